"""Write tables as Parquet files.

Standards:  Apache Parquet, written by DuckDB; zstd.
Answers:    ``write_parquet(path, columns, rows)`` gives the number of rows; the file is there when it is whole, and on the disk.
Limits:     DuckDB is the extra "stats". Rows go through a file beside the other, readable for its owner only, so that memory
            does not grow with them. DuckDB is told to fetch nothing and to load nothing.
"""

import csv
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from comity.model.outcomes import ComityError, Outcome
from comity.outlets.files.replacing import sync_folder

_MEMORY: Final = "256MB"


def write_parquet(path: Path, columns: Mapping[str, str], rows: Iterable[Sequence[Any]]) -> int:
    """Write one table; an older file of this name stays until the new one is whole."""
    try:
        import duckdb  # noqa: PLC0415 - the extra "stats"
    except ImportError:
        raise ComityError(
            "parquet-missing",
            "duckdb is not installed",
            outcome=Outcome.CONFIGURATION,
            remedy='pip install "comity[stats]"',
        ) from None
    path.parent.mkdir(parents=True, exist_ok=True)
    between, fresh = path.with_name(f".{path.name}.{os.getpid()}.csv"), path.with_name(f".{path.name}.{os.getpid()}")
    try:
        count = _write_rows(between, rows)
        settings: dict[str, str | bool | int | float | list[str]] = {
            "memory_limit": _MEMORY,
            "threads": 1,
            "autoinstall_known_extensions": False,
        }
        with duckdb.connect(":memory:", config=settings) as connection:
            shape = ", ".join(f"{_quoted(name)}: {_quoted(sort)}" for name, sort in columns.items())
            source = f"read_csv({_quoted(str(between))}, columns={{{shape}}}, header=false, nullstr='\\N', auto_detect=false, "
            source += "delim=',', quote='\"', escape='\"')"
            connection.execute(
                f"COPY (SELECT * FROM {source}) TO {_quoted(str(fresh))} (FORMAT parquet, COMPRESSION zstd)"  # noqa: S608
            )
        with fresh.open("rb") as file:
            os.fsync(file.fileno())
        fresh.replace(path)
        sync_folder(path.parent)
    finally:
        between.unlink(missing_ok=True)
        fresh.unlink(missing_ok=True)
    return count


def _write_rows(path: Path, rows: Iterable[Sequence[Any]]) -> int:
    count = 0
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
    with open(descriptor, "w", encoding="utf-8", newline="") as file:  # noqa: PTH123 - for its owner only
        writer = csv.writer(file, lineterminator="\n")
        for row in rows:
            writer.writerow(["\\N" if each is None else each for each in row])
            count += 1
    return count


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
