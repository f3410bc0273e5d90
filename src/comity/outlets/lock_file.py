"""Only one process at a time: whoever comes second is told, or waits.

Answers:    ``only_one(path)`` holds a lock for the time of a ``with`` block, or raises ``ComityError`` ("already-running").
            ``in_turn(path)`` waits for it. ``instance(path)`` gives whoever holds the lock a name that stays the same.
Limits:     the file stays; the lock ends with the process, however that ends. The file is its folder's owner's, also where root was
            the first: a command that root ran once would keep the service out for ever.
"""

import fcntl
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex
from socket import gethostname
from typing import Final

from comity.model.outcomes import ComityError, Outcome

_NAME_BYTES: Final = 8
_NAME: Final = re.compile(r"[0-9a-f]{16}")


@contextmanager
def only_one(path: Path) -> Iterator[None]:
    """Hold the lock of this file."""
    descriptor = _opened(path)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        raise ComityError(
            "already-running", "another process does this already", outcome=Outcome.TRY_AGAIN, place=str(path)
        ) from None
    finally:
        os.close(descriptor)


@dataclass(frozen=True, slots=True, kw_only=True)
class Instance:
    """``name`` is nobody else's now. ``was_ours``: whoever had it before is gone, because the lock is ours."""

    name: str
    was_ours: bool


@contextmanager
def instance(path: Path) -> Iterator[Instance]:
    """The name that stands in this file, for one process at a time; whoever comes second has a name for once."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = _opened(path)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield Instance(name=token_hex(_NAME_BYTES), was_ours=False)
            return
        name = os.pread(descriptor, 4 * _NAME_BYTES, 0).decode("ascii", "replace")
        if not _NAME.fullmatch(name):
            name = token_hex(_NAME_BYTES)
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, name.encode("ascii"), 0)
            os.fsync(descriptor)
        # A copy of the file on another machine is another instance.
        yield Instance(name=f"{name}@{gethostname()[:100]}", was_ours=True)
    finally:
        os.close(descriptor)


@contextmanager
def in_turn(path: Path) -> Iterator[None]:
    """Hold the lock of this file as soon as nobody else does."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = _opened(path)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _opened(path: Path) -> int:
    flags = os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW
    try:
        descriptor = os.open(path, flags | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return os.open(path, flags)
    if os.geteuid() == 0:  # and of a file that was made here: whoever has the folder could have put another one there
        folder = path.parent.stat()
        with suppress(OSError):
            os.fchown(descriptor, folder.st_uid, folder.st_gid)
    return descriptor
