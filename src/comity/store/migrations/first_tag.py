"""The tables as the first tagged version of the program makes them, as SQL for each database.

Answers:    ``statements(dialect)`` are those of the files, in order; ``written(dialect)`` is what stands in such a file when it is
            made anew from the tables of today; ``seal()`` is the hash of both files.
Limits:     until the tag is set (``SEAL`` is empty) the files follow the tables, by ``script/tables``, and a store gets what it
            lacks when it is written to. From then on they never change, and whatever changes has a step of its own.
"""

import hashlib
from pathlib import Path
from typing import Final

from sqlalchemy.schema import CreateIndex, CreateTable

from comity.store import tables
from comity.store.dialects import dialect_of
from comity.store.metadata import metadata

# Written by "script/tables --seal" when the first tag is set.
SEAL: Final = "dc03bb07192b27c20f7bacb3f3cc98f9417f0b2d5282c3670e44272a6152983d"
NUMBER: Final = 1
DIALECTS: Final = ("sqlite", "postgresql")
_FOLDER: Final = Path(__file__).with_name("versions")
_END: Final = ";\n\n"
_HEAD: Final = (
    "-- The tables of the first tagged version. Made by script/tables; once the tag is set, never changed.\n\n"
)

assert tables  # noqa: S101 - importing them puts them into the metadata


def path(dialect: str) -> Path:
    """Where they stand."""
    return _FOLDER / f"v{NUMBER:04}_first_tag.{dialect}.sql"


def statements(dialect: str) -> list[str]:
    """In the order in which they are run."""
    text = path(dialect).read_text(encoding="utf-8").removeprefix(_HEAD)
    return [each for each in text.split(_END) if each]


def written(dialect: str) -> str:
    """The tables of today, one after the other, each with its indexes."""
    compiler = dialect_of(dialect)
    parts: list[str] = []
    for table in metadata.sorted_tables:
        parts.append(str(CreateTable(table).compile(dialect=compiler)))
        indexes = sorted(table.indexes, key=lambda index: str(index.name))
        parts += [str(CreateIndex(index).compile(dialect=compiler)) for index in indexes]
    lines = ("\n".join(line.rstrip() for line in part.strip().splitlines()) + _END for part in parts)
    return _HEAD + "".join(lines)


def seal() -> str:
    """Says that nobody has changed them since."""
    return hashlib.sha256(b"".join(path(each).read_bytes() for each in DIALECTS)).hexdigest()
