"""The secret that turns a complainer into a token: read, or made once.

Trust:      whoever has the file can find out who complained: it is made readable for its owner only, and one that others can
            read is refused.
Answers:    ``secret(path)`` gives the key; a file that does not exist is made with 32 bytes of chance. ``put`` and ``get`` do
            the same for secrets of other forms; ``authorization_in(path)`` gives what another program lets us in by.
Limits:     the file holds the key as 64 hexadecimal digits on one line.
"""

import os
import secrets
import stat
from pathlib import Path
from typing import Final

from comity.model.outcomes import ComityError, Outcome

_BYTES: Final = 32
_TOKEN_LIMIT: Final = 4096


def secret(path: Path) -> bytes:
    """The key in this file."""
    try:
        return _read(path)
    except FileNotFoundError:
        pass
    try:
        return _made(path)
    except FileExistsError:  # another process was first
        return _read(path)


def put(path: Path, data: bytes) -> None:
    """Write a new file that only its owner can read; FileExistsError where there is one.

    It is written beside its place and linked there, so that a crash leaves either the whole secret or none.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    waiting = path.with_name(f".{path.name}.{secrets.token_hex(8)}.new")
    descriptor = os.open(waiting, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    try:
        with open(descriptor, "wb") as file:  # noqa: PTH123 - opened so that only its owner can read it
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.link(waiting, path, follow_symlinks=False)
    finally:
        waiting.unlink(missing_ok=True)
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def get(path: Path, limit: int) -> bytes:
    """Read a file that only its owner can read; one that others can read is refused."""
    with path.open("rb") as file:
        if stat.S_IMODE(os.fstat(file.fileno()).st_mode) & 0o077:
            raise _wrong("secret-open", "others can read this key", path)
        return file.read(limit)


def authorization_in(path: Path | None) -> str | None:
    """The first line of a file of the operator's: the value of the field Authorization; None without a file."""
    if path is None:
        return None
    lines = get(path, _TOKEN_LIMIT).decode("utf-8", "replace").splitlines()
    return lines[0].strip() if lines else None


def _made(path: Path) -> bytes:
    key = secrets.token_bytes(_BYTES)
    put(path, f"{key.hex()}\n".encode("ascii"))
    return key


def _read(path: Path) -> bytes:
    try:
        key = bytes.fromhex(get(path, 4 * _BYTES).decode("ascii").strip())
    except ValueError:
        key = b""
    if len(key) != _BYTES:
        raise _wrong("secret-malformed", "this is no key of 64 hexadecimal digits", path)
    return key


def _wrong(code: str, message: str, path: Path) -> ComityError:
    return ComityError(code, message, outcome=Outcome.CONFIGURATION, place=str(path))
