"""Copy what a backup is made of: a database in use as it stands at one moment, files by their bytes.

Trust:      keys are among the files: every copy is readable for its owner only.
Standards:  SQLite, VACUUM INTO: the copy is one consistent view, made while others write; rows that were erased are not in it.
Answers:    ``snapshot(database, target)``; ``copied(source, target)`` and ``digest(path)`` give size and SHA-256;
            ``whole(part, folder)`` gives a finished folder its name.
Limits:     a target must not exist. What was copied is on the disk; a snapshot is when its digest was taken.
"""

import errno
import hashlib
import os
import sqlite3
from pathlib import Path
from typing import BinaryIO, Final

from comity.model.outcomes import ComityError, Outcome
from comity.outlets.files.replacing import sync_folder

_LOT: Final = 1 << 20
_SECONDS: Final = 30


def snapshot(database: Path, target: Path) -> None:
    """Copy a database; others may write to it meanwhile."""
    uri = database.absolute().as_uri() + "?mode=rw"  # whoever reads a WAL has to be able to make its index
    try:
        source = sqlite3.connect(uri, uri=True, isolation_level=None, timeout=_SECONDS)
        try:
            source.execute("VACUUM INTO ?", (str(target),))
        finally:
            source.close()
    except sqlite3.Error as error:
        target.unlink(missing_ok=True)
        reason, number = str(error), getattr(error, "sqlite_errorcode", 0) & 0xFF
        code = "store-damaged" if number in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB) else "backup-database"
        raise ComityError(
            code, reason, outcome=Outcome.TRY_AGAIN, place=str(database), details={"reason": reason}
        ) from error
    target.chmod(0o600)


def copied(source: Path, target: Path) -> tuple[int, str]:
    """Copy a file."""
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with open(descriptor, "wb") as file, source.open("rb") as read:  # noqa: PTH123 - opened so that only its owner can read it
        found = _hashed(read, file)
        file.flush()
        os.fsync(file.fileno())
    sync_folder(target.parent)
    return found


def digest(path: Path) -> tuple[int, str]:
    """Size and hash of a file of our own; it is on the disk then."""
    with path.open("r+b") as file:
        os.fsync(file.fileno())
        return _hashed(file, None)


def _hashed(read: BinaryIO, write: BinaryIO | None) -> tuple[int, str]:
    found, size = hashlib.sha256(), 0
    while lot := read.read(_LOT):
        found.update(lot)
        size += len(lot)
        if write is not None:
            write.write(lot)
    return size, found.hexdigest()


def whole(part: Path, folder: Path) -> None:
    """What was written under another name gets its own, now that it is complete."""
    for each in (*(inner for inner in part.rglob("*") if inner.is_dir()), part):
        sync_folder(each)
    try:
        part.rename(folder)
    except OSError as error:
        if error.errno in (errno.ENOTEMPTY, errno.EEXIST):  # somebody else was quicker
            raise ComityError(
                "backup-not-empty", "there is something", outcome=Outcome.USAGE, place=str(folder)
            ) from error
        raise
    sync_folder(folder.parent)
