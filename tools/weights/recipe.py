"""What the parts of the recipe share: the tables, the programs of tools/corpus, the lists, what was said, and whose works are whose. Standard
library only."""

import csv
import fnmatch
import hashlib
import importlib.machinery
import importlib.util
import json
import os
import re
import sys

# The genres that real music here can test.
TESTED = ["classical", "electronic", "rock"]
# What a title says where a copyright file is for people alone.
UNNAMED = "as its copyright file says"

HERE = os.path.dirname(os.path.abspath(__file__))
CORPUS = os.path.join(os.path.dirname(HERE), "corpus")
sys.dont_write_bytecode = True
sys.path.insert(0, CORPUS)
import tables  # noqa: E402


def program(name, folder=CORPUS):
    """A program of tools/corpus, or of another folder, as a module."""
    path = os.path.join(folder, name)
    loader = importlib.machinery.SourceFileLoader(name, path)
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader(name, loader))
    loader.exec_module(module)
    return module


def table(name, columns):
    """The rows of one of this folder's tables."""
    return tables.read_table(os.path.join(HERE, name), columns)


def listed(folder, name="songs"):
    """The rows of a list that tools/weights/songs made, by the files' paths."""
    where = os.path.join(folder, "songs")
    with open(os.path.join(where, name + ".csv"), encoding="utf-8", newline="") as f:
        return {os.path.join(where, row["path"]): row for row in csv.DictReader(f)}


def said(folder, name):
    """What `tunevote evaluate --json` said."""
    with open(os.path.join(folder, "said", name + ".json"), encoding="utf-8") as f:
        return json.load(f)


def result(folder, name):
    """What `tunevote train --json` said at the end."""
    with open(os.path.join(folder, name + ".json"), encoding="utf-8") as f:
        return json.loads(f.read().rstrip("\n").split("\n")[-1])


def fingerprint(path):
    """What a model's card knows a song by: the SHA-256 of the file's length and of the 64 KiB in its middle, 16 digits of it."""
    part = 1 << 16
    length = os.path.getsize(path)
    with open(path, "rb") as f:
        f.seek(max(0, length - part) // 2)
        middle = f.read(part)
    return hashlib.sha256(length.to_bytes(8, "little") + middle).hexdigest()[:16]


def stanzas(path):
    """(patterns, holders, licence) of every paragraph about files of a machine-readable copyright file (DEP-5); none of another one."""
    with open(path, encoding="utf-8", errors="replace") as f:
        text = f.read()
    if not text.startswith("Format:"):
        return []
    found = []
    for paragraph in re.split(r"\n[ \t]*\n", text):
        fields, name = {}, None
        for line in paragraph.split("\n"):
            head = re.match(r"([A-Za-z-]+):\s*(.*)", line)
            if head:
                name = head.group(1)
                fields[name] = [head.group(2)]
            elif name:
                fields[name].append(line)
        if "Files" in fields:
            holders = " ".join(" ".join(fields.get("Copyright", [])).split())
            found.append((" ".join(fields["Files"]).split(), holders, fields.get("License", [""])[0].strip()))
    return found


HEADING = re.compile(r"\s*(?:[A-Z][a-z]+ )?(?:Authors?(?:\(s\))?|Copyright)\b\s*(?:\(c\)|©)?[-0-9, ]*:?\s*(.*)", re.IGNORECASE)
# Lines of licences, not of names.
PROSE = re.compile(r"\b(this|software|liab\w+|redistribut\w+|see|rights|licen[sc]e\w*|holders?|permi\w+|notice|claims?|debianized|obtained|applicable|licensor|adaptation|screenplay|of|the|may|you|as)\b", re.IGNORECASE)


def holders(path):
    """The names in another copyright file: what follows its words for author and copyright, up to an empty line behind it."""
    found, inside, here = [], False, False
    with open(path, encoding="utf-8", errors="replace") as f:
        for line in f.read().split("\n"):
            head = HEADING.match(line)
            if PROSE.search(line):
                inside = False
            elif head:
                inside, here = True, bool(re.search(r"[A-Za-z]{3}", head.group(1)))
                found += [head.group(1)] if here else []
            elif inside and line.strip():
                here = True
                found.append(line.strip())
            elif here:
                inside = False
    return found


def stated(paragraphs, rel):
    """(holders, licence) of an installed file. Patterns name files of the source package, whose folders are other than those of the installed
    one: a pattern fits if its end fits the path's end, and what names most of the path's folders counts, of equals the last."""
    best = (0, ("", ""))
    for patterns, holders, licence in paragraphs:
        for pattern in patterns:
            parts = pattern.split("/")
            tails = [parts[at:] for at in range(len(parts)) if re.search(r"[A-Za-z0-9]{2}", "".join(parts[at:]))]
            fits = [len(tail) for tail in tails if fnmatch.fnmatchcase("/" + rel, "*/" + "/".join(tail))]
            named = max(fits, default=1 if pattern == "*" else 0)
            if named and named >= best[0]:
                best = (named, (holders, licence))
    return best[1]
