#!/usr/bin/env bash
# Paints real music with SoX 14.4.2, so that the tests can hold our pictures against it.
#
#   tools/parity/sox.sh [FOLDER]
#
# FOLDER (default: $TUNEVOTE_PARITY, else target/parity) receives SONG-RATE.wav (16-bit mono, the song's first 30 to 60 seconds)
# and SONG-RATE.png (raw monochrome picture) for eight freely licensed songs at four rates. The songs come from Debian
# packages, fetched once into $TUNEVOTE_CACHE (default target/cache). Needs sox with its ogg reader (Debian: `sox` and
# `libsox-fmt-base`) and, on the first run, apt-get and a network. Nothing is installed; pairs that are there are kept.
set -euo pipefail
cd "$(dirname "$0")/../.."

out=${1:-${TUNEVOTE_PARITY:-target/parity}}
cache=${TUNEVOTE_CACHE:-target/cache}
rates="44100 48000 22050 16000"
# package, file, seconds: lengths that end columns and hops at odd places
songs="
trackballs-data usr/share/games/trackballs/music/crazy.ogg 30
trackballs-data usr/share/games/trackballs/music/tb_genesis.ogg 33.333
trackballs-data usr/share/games/trackballs/music/tb_sorrow.ogg 60
wordwarvi-sound usr/share/wordwarvi/sounds/dtox3monomix.ogg 41.0071
wordwarvi-sound usr/share/wordwarvi/sounds/lucky-holiday-cornbread-stuffing-mono.ogg 37.5003
wordwarvi-sound usr/share/wordwarvi/sounds/lucky13-steve-mono-mix.ogg 52.9
noiz2sa-data usr/share/games/noiz2sa/sounds/stg1.ogg 44.444
noiz2sa-data usr/share/games/noiz2sa/sounds/stg3.ogg 31.7771
"

die() {
  echo "tools/parity/sox.sh: $*" >&2
  exit 1
}

command -v sox >/dev/null || die "sox is missing: apt-get install sox libsox-fmt-base"
mkdir -p "$out" "$cache"
out=$(realpath "$out")
cache=$(realpath "$cache")

unpack() { # unpack PACKAGE: its files under $cache/PACKAGE
  [ -d "$cache/$1" ] && return
  command -v apt-get >/dev/null || die "apt-get is missing: unpack the Debian package $1 into $cache/$1"
  rm -rf "$cache/$1.part" "$cache/$1"_*.deb
  (cd "$cache" && apt-get -o APT::Sandbox::User=root download -q "$1" >/dev/null) || die "cannot download the Debian package $1; is there a network?"
  dpkg-deb -x "$cache/$1"_*.deb "$cache/$1.part"
  mv "$cache/$1.part" "$cache/$1"
  rm -f "$cache/$1"_*.deb
}

count=0
while read -r package file seconds; do
  [ -n "$package" ] || continue
  for rate in $rates; do
    name="$(basename "${file%.*}")-$rate"
    count=$((count + 1))
    [ -s "$out/$name.wav" ] && [ -s "$out/$name.png" ] && continue
    unpack "$package"
    # -R and -D: the same samples on every run, and no dither.
    sox -R -D "$cache/$package/$file" -b 16 -c 1 -r "$rate" "$out/part.tmp.wav" trim 0 "$seconds" 2>/dev/null ||
      die "sox cannot read $cache/$package/$file"
    sox "$out/part.tmp.wav" -n spectrogram -Y 200 -X 50 -m -r -o "$out/part.tmp.png"
    mv "$out/part.tmp.wav" "$out/$name.wav"
    mv "$out/part.tmp.png" "$out/$name.png"
  done
done <<<"$songs"
echo "$count pictures in $out"
