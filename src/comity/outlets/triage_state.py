"""The file an interrupted triage goes on from: one line of JSON for each item that was read.

Trust:      our own file, readable by its owner only, because it holds subjects and names. A file that is not ours is refused,
            never written over.
Answers:    ``StateFile`` is the ``Memory`` of ``comity.services.receive.triage``; use it in a ``with`` statement.
Limits:     a cut last line is dropped and its item read again. A state of another reader, other settings or another source is
            begun anew. One run at a time: a second one is told to wait.
"""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Final, Self

from comity.formats.item_facts import from_line, to_line
from comity.model.case import ItemFacts
from comity.model.outcomes import ComityError, Outcome

_KIND: Final = "comity-triage-state"
_MARK: Final = f'"kind": "{_KIND}"'.encode()
_LONGEST_HEAD: Final = 8192
_FLUSH_EVERY: Final = 200


class StateFile:
    """What was read so far, in a file that is only added to."""

    def __init__(self, path: Path, *, version: str, source: str) -> None:
        self._path = path
        self._head = json.dumps({"kind": _KIND, "version": version, "source": source}).encode() + b"\n"
        self._known: dict[str, ItemFacts] = {}
        self._file: BinaryIO | None = None
        self._unflushed = 0
        self.remembered = 0  # items on file

    def __enter__(self) -> Self:
        file = open(os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600), "r+b")  # noqa: PTH123  # mode 600
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._load(file)
        except BlockingIOError:
            file.close()
            remedy = "Wait for it, or name another file with --state."
            raise ComityError(
                "state-busy",
                "another run is using this state",
                outcome=Outcome.TRY_AGAIN,
                place=str(self._path),
                remedy=remedy,
            ) from None
        except BaseException:
            file.close()
            raise
        self._file = file
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        file, self._file = self._file, None
        if file is None:
            return
        with self._named():
            try:
                file.flush()
                os.fsync(file.fileno())
            finally:
                file.close()

    def __contains__(self, position: object) -> bool:
        return position in self._known

    def recall(self, position: str) -> ItemFacts | None:
        """The facts of the item that was at this position."""
        return self._known.get(position)

    def remember(self, facts: ItemFacts) -> None:
        """Write the facts of one item."""
        if self._file is None:
            raise ValueError("the state file is not open")
        with self._named():
            self._file.write(to_line(facts).encode("ascii") + b"\n")
            self.remembered += 1
            self._unflushed += 1
            if self._unflushed >= _FLUSH_EVERY:
                self._file.flush()
                self._unflushed = 0

    @contextmanager
    def _named(self) -> Iterator[None]:
        """A write does not say by itself which file had no room."""
        try:
            yield
        except OSError as error:
            error.filename = error.filename or str(self._path)
            raise

    def _load(self, file: BinaryIO) -> None:
        head = file.readline(_LONGEST_HEAD)
        if not (_MARK in head or self._head.startswith(head)):  # an empty or cut head is ours too
            remedy = "Name another file with --state."
            raise ComityError(
                "state-foreign",
                "this file is no triage state",
                outcome=Outcome.USAGE,
                place=str(self._path),
                remedy=remedy,
            )
        good = len(head)
        if head != self._head:
            good = len(self._head)
            file.seek(0)
            file.truncate()
            file.write(self._head)
        for line in _lines(file):
            good += len(line)
            facts = from_line(line.decode("ascii", "replace"))
            if facts is not None:
                self._known[facts.position] = facts
        self.remembered = len(self._known)
        file.seek(good)
        file.truncate()


def _lines(file: BinaryIO) -> Iterator[bytes]:
    """Whole lines; what stands behind the last newline was cut off."""
    for line in file:
        if not line.endswith(b"\n"):
            return
        yield line
