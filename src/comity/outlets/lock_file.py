"""Only one process at a time: whoever comes second is told, or waits.

Answers:    ``only_one(path)`` holds a lock for the time of a ``with`` block, or raises ``ComityError`` ("already-running").
            ``in_turn(path)`` waits for it.
Limits:     the file stays; the lock ends with the process, however that ends.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from comity.model.outcomes import ComityError, Outcome


@contextmanager
def only_one(path: Path) -> Iterator[None]:
    """Hold the lock of this file."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        raise ComityError(
            "already-running", "another process does this already", outcome=Outcome.TRY_AGAIN, place=str(path)
        ) from None
    finally:
        os.close(descriptor)


@contextmanager
def in_turn(path: Path) -> Iterator[None]:
    """Hold the lock of this file as soon as nobody else does."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
