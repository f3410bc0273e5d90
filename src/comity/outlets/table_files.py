"""Tables in files, plain or gzip: line after line, and the day they are from.

Trust:      the operator chose the file; whoever made it did not ask us: a line is read only so far, and so is a file.
Answers:    ``TableFile(path)``: ``lines()`` gives the lines, ``day()`` when the table was made: what gzip noted, else when the file
            was changed last.
Limits:     2 GiB of text in a file; what is not UTF-8 is replaced sign by sign. A gzip file that breaks off is an error.
"""

import gzip
import io
import struct
import zlib
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final

from comity.model.outcomes import ComityError, Outcome

_GZIP: Final = b"\x1f\x8b\x08"
_LINE: Final = 4000
_TEXT: Final = 2 << 30


class TableFile:
    """One file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def name(self) -> str:
        """As the operator named it."""
        return str(self.path)

    def day(self) -> date:
        """The day that the table is from, as far as the file shows it."""
        with self.path.open("rb") as file:
            head = file.read(8)
        noted = struct.unpack("<I", head[4:8])[0] if head.startswith(_GZIP) and len(head) == 8 else 0
        return datetime.fromtimestamp(noted or self.path.stat().st_mtime, UTC).date()

    def lines(self) -> Iterator[str]:
        """Every line with its end; of one that is too long only so much that it can be seen."""
        left = _TEXT
        with self.path.open("rb") as raw:
            packed = raw.read(3) == _GZIP
            raw.seek(0)
            with io.BufferedReader(gzip.GzipFile(fileobj=raw)) if packed else raw as file:
                try:
                    while line := file.readline(_LINE):
                        left -= len(line)
                        if left < 0:
                            raise self._unfit("table-file-large", "this table is too large")
                        yield line.decode("utf-8", "replace")
                        while not line.endswith(b"\n") and len(line) == _LINE:
                            line = file.readline(_LINE)
                            left -= len(line)
                except (EOFError, gzip.BadGzipFile, zlib.error) as fault:
                    raise self._unfit("table-file-packed", str(fault)) from None

    def _unfit(self, code: str, message: str) -> ComityError:
        return ComityError(code, message, outcome=Outcome.BAD_INPUT, place=self.name)
