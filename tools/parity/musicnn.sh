#!/usr/bin/env bash
# Fetches the wheel of musicnn 0.1.0, so that the tests can hold our import of it against the package's own tags.
#
#   tools/parity/musicnn.sh
#
# The wheel (29 MB, ISC licence) comes from PyPI and stays in $TUNEVOTE_CACHE (default target/cache). Needs Python 3 with pip and, on the
# first run, a network. Nothing is installed; a wheel that is there is kept.
set -euo pipefail
cd "$(dirname "$0")/../.."

cache=${TUNEVOTE_CACHE:-target/cache}
wheel=musicnn-0.1.0-py3-none-any.whl
digest=f38a4890c648c1ddbb141c5d96d2b0a8cfcd36746002d896989f7b88beb65cfa

die() {
  echo "tools/parity/musicnn.sh: $*" >&2
  exit 1
}

mkdir -p "$cache"
if [ ! -s "$cache/$wheel" ]; then
  rm -rf "$cache/wheel.part"
  python3 -m pip download --quiet --disable-pip-version-check --no-deps --only-binary :all: --dest "$cache/wheel.part" musicnn==0.1.0 ||
    die "cannot download musicnn 0.1.0 with pip (Debian: python3-pip); is there a network?"
  mv "$cache/wheel.part/$wheel" "$cache/$wheel"
  rm -rf "$cache/wheel.part"
fi
echo "$digest  $cache/$wheel" | sha256sum --check --quiet || die "$cache/$wheel is not the wheel that is known: remove it"
