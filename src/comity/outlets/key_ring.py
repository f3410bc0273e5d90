"""The secrets of the delivery header: read, or the first one made.

Trust:      whoever has the file can write headers that we believe: it is made readable for its owner only, and one that others can
            read is refused.
Answers:    ``read_keys(path)`` gives the keys or None where there is no file; ``keys_at(path)`` makes the first key there.
Limits:     a line holds an id and 64 hexadecimal digits; ``#`` begins a remark. To change the key put a new line on top; take the
            old one away when mail that it marked is not complained about any more.
"""

import secrets
from contextlib import suppress
from pathlib import Path
from typing import Final

from comity.formats.delivery_memory import KEY_BYTES, DeliveryKeys
from comity.model.outcomes import ComityError, Outcome
from comity.outlets.secret_file import get, put

_LIMIT: Final = 1 << 16
_FIRST: Final = "1"


def keys_at(path: Path) -> DeliveryKeys:
    """The keys in this file."""
    found = read_keys(path)
    if found is None:
        with suppress(FileExistsError):  # another process was first
            put(path, f"{_FIRST} {secrets.token_hex(KEY_BYTES)}\n".encode("ascii"))
        found = read_keys(path)
    if found is None:
        raise _unfit(path, None)
    return found


def read_keys(path: Path) -> DeliveryKeys | None:
    """The keys, where there is a file."""
    try:
        text = get(path, _LIMIT).decode("ascii", "replace")
    except FileNotFoundError:
        return None
    found: dict[str, bytes] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        words = line.partition("#")[0].split()
        if not words:
            continue
        try:
            name, digits = words
            found.update(DeliveryKeys(secrets={name: bytes.fromhex(digits)}).secrets)
        except ValueError:
            raise _unfit(path, number) from None
    if not found:
        raise _unfit(path, None)
    return DeliveryKeys(secrets=found)


def _unfit(path: Path, line: int | None) -> ComityError:
    place = f"{path}:{line}" if line else str(path)
    message = "this is no key of the delivery header"
    return ComityError("key-ring-line", message, outcome=Outcome.CONFIGURATION, place=place)
