"""Put reports into a folder, one folder for each party in it.

Trust:      the names are ours; one that could lead out of the folder is refused, and so is a party's folder that is a link.
Answers:    ``put(party, name, data)`` is True where the report is new, False where it lay there already: what is reported twice is
            counted once. After ``close`` every byte and every name is on the disk.
Limits:     a report that lies there already is never overwritten; a file of ours that is half written is called ``.NAME.new``.
"""

import errno
import os
import re
from pathlib import Path
from types import TracebackType
from typing import Final, Self

_NAME: Final = re.compile(r"[a-z0-9_](?:[a-z0-9._-]{0,251}[a-z0-9_])?")  # a short name, a domain, an id


class ReportFolder:
    """Writes below one folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._parties: dict[str, Path] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def put(self, party: str, name: str, data: bytes) -> bool:
        """Write one report, whole or not at all."""
        if not _NAME.fullmatch(party) or not _NAME.fullmatch(name) or ".." in party + name:
            raise ValueError(f"not the name of a file of ours: {party!r}, {name!r}")
        folder = self._parties.get(party)
        if folder is None:
            folder = self._parties[party] = self._opened(party)
        target = folder / name
        if target.exists():
            return False
        waiting = folder / f".{name}.new"
        descriptor = os.open(waiting, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o640)
        try:
            with open(descriptor, "wb") as file:  # noqa: PTH123 - the descriptor was opened without following links
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            waiting.replace(target)
        except OSError as error:
            waiting.unlink(missing_ok=True)
            error.filename = error.filename or str(target)  # a write does not say by itself which file had no room
            raise
        return True

    def _opened(self, party: str) -> Path:
        folder = self._folder / party
        if folder.is_symlink():  # whoever may write into our folder must not choose where reports go
            raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), str(folder))
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def close(self) -> None:
        """Make the names last, too."""
        for folder in (*self._parties.values(), self._folder):
            if folder.is_dir():
                descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
                try:
                    os.fsync(descriptor)
                finally:
                    os.close(descriptor)
