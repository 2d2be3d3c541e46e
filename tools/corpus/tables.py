"""The tables of the corpus: which packages, which tracks, what each is called and how it is licensed.

Standard library only. Read by fetch, summary, licences and check.
"""

import csv
import fnmatch
import io
import os

HERE = os.path.dirname(os.path.abspath(__file__))
PACKAGE_COLUMNS = ["package", "from", "licence", "licence_at", "container", "note"]
TRACK_COLUMNS = ["package", "glob", "genre", "artist", "title", "licence", "note"]
CSV_COLUMNS = ["path", "genre", "artist", "title", "package", "licence", "licence_at", "source", "seconds"]

MODULE = {".mod", ".xm", ".it", ".s3m", ".mtm"}
MIDI = {".mid", ".midi"}
# Decoders for these are common; the file is taken as it is.
AS_IS = {".ogg", ".mp3", ".flac"}
# Opus needs a decoder that pure readers often lack, so it is stored again as Vorbis.
REENCODE = {".opus"}

# Shorter than this is a jingle, not a piece.
SHORTEST = 10.0
# No artist has more than this share of a label's time ...
ARTIST_SHARE = 0.25
# ... nor more than this many tracks of it.
ARTIST_TRACKS = 40
FEWEST_ARTISTS = 4


class TableError(Exception):
    """A table that cannot be used; the text names the file, the line and what to change."""


def read_table(name, columns):
    """Rows of a tab-separated table as dicts, each with its line number under "line"."""
    path = os.path.join(HERE, name)
    rows = []
    with open(path, encoding="utf-8") as f:
        head = None
        for number, line in enumerate(f, 1):
            line = line.rstrip("\n")
            if not line.strip() or line.startswith("#"):
                continue
            cells = line.split("\t")
            if head is None:
                if cells != columns:
                    raise TableError(f"{path}:{number}: the columns should be {columns}, not {cells}")
                head = cells
                continue
            if len(cells) > len(columns):
                raise TableError(f"{path}:{number}: {len(cells)} cells, at most {len(columns)} expected")
            cells += [""] * (len(columns) - len(cells))
            row = dict(zip(columns, (c.strip() for c in cells)))
            row["line"] = number
            rows.append(row)
    return rows


def packages():
    """The package table, in order."""
    return read_table("packages.tsv", PACKAGE_COLUMNS)


def tracks():
    """The track table, in order; of the rows that fit a file the first one counts."""
    return read_table("tracks.tsv", TRACK_COLUMNS)


def kind_of(path):
    """How a file is turned into a track: "audio", "opus", "module", "midi", or None if it is none."""
    ext = os.path.splitext(path)[1].lower()
    if ext in AS_IS:
        return "audio"
    if ext in REENCODE:
        return "opus"
    if ext in MODULE:
        return "module"
    if ext in MIDI:
        return "midi"
    return None


SOURCE = {"audio": "real", "opus": "real", "module": "module", "midi": "midi"}


def matcher(rows):
    """A function (package, path in the package) -> the first row that fits, or None."""
    by_package = {}
    for row in rows:
        by_package.setdefault(row["package"], []).append(row)

    def find(package, rel):
        for row in by_package.get(package, []):
            if any(fnmatch.fnmatchcase(rel, "*" + g.strip()) for g in row["glob"].split("|")):
                return row
        return None

    return find


def read_corpus(folder):
    """The rows of FOLDER/corpus.csv."""
    with open(os.path.join(folder, "corpus.csv"), encoding="utf-8", newline="") as f:
        return list(csv.DictReader(f))


def write_corpus(folder, rows):
    """Write FOLDER/corpus.csv."""
    write_rows(os.path.join(folder, "corpus.csv"), rows)


def write_rows(path, rows, more=()):
    """Write a list of songs in the columns of corpus.csv, and in these."""
    text = io.StringIO()
    writer = csv.DictWriter(text, [*CSV_COLUMNS, *more], lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    write_whole(path, text.getvalue())


def write_whole(path, text):
    """Write a file under another name in the same folder, sync it, then give it its name."""
    part = path + ".part"
    with open(part, "w", encoding="utf-8", newline="") as f:
        f.write(text)
        f.flush()
        os.fsync(f.fileno())
    os.replace(part, path)
