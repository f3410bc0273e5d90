"""The log of a SQLite file: that there is one, and that all of it is on the disk when somebody begins to rely on it.

Standards:  SQLite, "Write-Ahead Logging". Linux takes what a sync could not write for written: the next sync says "done".
            SQLite, "WAL File Format": a frame whose salt is not that of the head is of an earlier round, and ends the log.
Answers:    ``into_wal(connection, path)`` goes over to the log; ``rely_on(connection, path)`` puts the log on the disk, whatever
            was said of it before; ``write_again(path)`` does so for whoever holds the lock for writing. What the disk refuses is
            an error as SQLite has it.
Limits:     while it is written nobody appends, and the same bytes at the same place disturb no reader.
"""

import errno
import os
import sqlite3
from pathlib import Path
from typing import Final

_PIECE: Final = 1 << 20
_HEAD: Final = 32  # bytes, as is known of the format
_FRAME: Final = 24  # before each page
_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT})


def into_wal(connection: sqlite3.Connection, path: Path) -> None:
    """Keep a log. SQLite says in its answer alone that it does not: its older way of writing could lose the last commit in a
    power cut.
    """
    (mode,) = connection.execute("PRAGMA journal_mode=WAL").fetchone()
    if mode != "wal":
        raise _refused(f"{path} has no log for writing ahead: its disk allows {mode} only")


def rely_on(connection: sqlite3.Connection, path: Path) -> None:
    """Have the lock for writing, put the log on the disk, and let go. Where that fails the connection is to be closed."""
    connection.execute("BEGIN IMMEDIATE")
    write_again(path)
    connection.execute("COMMIT")


def write_again(path: Path) -> None:
    """Write the log over itself and sync it.

    After a sync that failed, a log may look whole to all who read it and have a hole on the disk. Whoever comes next appends to it,
    and in a power cut everything behind the hole would be lost. Its name, and that no other journal lies there any more, are a
    matter of the folder, whose sync SQLite does not insist on.
    """
    path = path.resolve()  # beside the file itself, wherever a link to it lies
    try:
        log = os.open(f"{path}-wal", os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)
        try:
            _over_itself(log)
            os.fsync(log)
        finally:
            os.close(log)
        folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as error:
        code = sqlite3.SQLITE_FULL if error.errno in _FULL else sqlite3.SQLITE_IOERR
        raise _refused(str(error), code) from error


def _over_itself(file: int) -> None:
    at, end = 0, _end(file)
    while at < end and (piece := os.pread(file, min(_PIECE, end - at), at)):
        at += os.pwrite(file, piece, at)


def _end(file: int) -> int:
    """Where the log ends. The file is as long as the log ever was, and whoever opens it writes: a store that took in a gigabyte at
    once would be held for as long as that takes, by every command."""
    head = os.pread(file, _HEAD, 0)
    page, salt, at = int.from_bytes(head[8:12], "big"), head[16:24], len(head)
    while salt and os.pread(file, _FRAME, at)[8:16] == salt:
        at += _FRAME + page
    return at


def _refused(reason: str, code: int = sqlite3.SQLITE_IOERR) -> sqlite3.OperationalError:
    """What SQLite itself says of a disk that refuses."""
    error = sqlite3.OperationalError(reason)
    error.sqlite_errorcode = code
    return error
