"""What the parts of the recipe share: the tables, the programs of tools/corpus, the lists, and what was said. Standard library only."""

import csv
import hashlib
import importlib.machinery
import importlib.util
import json
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
CORPUS = os.path.join(os.path.dirname(HERE), "corpus")
sys.dont_write_bytecode = True
sys.path.insert(0, CORPUS)
import tables  # noqa: E402


def program(name):
    """A program of tools/corpus as a module."""
    path = os.path.join(CORPUS, name)
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
        return json.loads(f.read().splitlines()[-1])


def fingerprint(path):
    """What a model's card knows a song by: the SHA-256 of the file's length and of the 64 KiB in its middle, 16 digits of it."""
    part = 1 << 16
    length = os.path.getsize(path)
    with open(path, "rb") as f:
        f.seek(max(0, length - part) // 2)
        middle = f.read(part)
    return hashlib.sha256(length.to_bytes(8, "little") + middle).hexdigest()[:16]
