"""A log that grows: its whole lines from a place on.

Trust:      the operator chose the file.
Answers:    ``GrowingFile(path)``: ``head()`` a hash of its first line, ``size()``, ``lines(offset)``; ``TurnedFile``
            knows what it was turned over to.
Limits:     a line that has no end yet is left for the next time; of a longer one than ``LINE`` only the beginning is read. Packed
            logs (gzip) are read from their beginning each time: they do not grow.
"""

import gzip
import io
from collections.abc import Iterator
from hashlib import blake2b
from pathlib import Path
from typing import Final

LINE: Final = 8192
_GZIP: Final = b"\x1f\x8b"


class GrowingFile:
    """One log."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def name(self) -> str:
        """Where it lies."""
        return str(self.path.resolve())

    def head(self) -> bytes:
        """A hash of its first line."""
        with self._open() as file:
            return blake2b(file.readline(LINE), digest_size=16).digest()

    def size(self) -> int:
        """How long it is now."""
        with self._open() as file:
            return file.seek(0, io.SEEK_END) if not isinstance(file, gzip.GzipFile) else self._unpacked()

    def lines(self, offset: int) -> Iterator[tuple[str, int]]:
        """Whole lines from there on, each with where it ends."""
        with self._open() as file:
            file.seek(offset)
            at = offset
            while line := file.readline(LINE):
                at += len(line)
                first = line
                while not line.endswith(b"\n") and len(line) == LINE:
                    line = file.readline(LINE)
                    at += len(line)
                if not line.endswith(b"\n"):
                    return
                yield first.decode("utf-8", "replace"), at

    def _open(self) -> io.BufferedReader | gzip.GzipFile:
        file = self.path.open("rb")
        if file.peek(2)[:2] == _GZIP:
            return gzip.GzipFile(fileobj=file)
        return file

    def _unpacked(self) -> int:
        with self._open() as file:
            size = 0
            while piece := file.read(1 << 20):
                size += len(piece)
            return size


class TurnedFile(GrowingFile):
    """A log that is turned over to a file of its name with ``.1`` behind it, as logrotate does, copied or renamed."""

    def before(self) -> "TurnedFile | None":
        """The file that was this log before."""
        found = TurnedFile(self.path.with_name(f"{self.path.name}.1"))
        return found if found.path.is_file() else None
