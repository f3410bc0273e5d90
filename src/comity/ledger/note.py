"""Signed notes: a text and lines that say who signed it.

Trust:      a note may come from anybody; ``opened`` believes only keys it is given.
Standards:  C2SP signed-note; key ids and Ed25519 signatures as there (algorithm byte 0x01), cosignature/v1 (0x04).
Answers:    ``sign``, ``cosign``, ``opened``; a note that is no note, or that no known key signed, gives None or no signers.
            ``text_of`` and ``lines_of`` are its two parts, ``with_lines`` puts more signature lines under it.
Limits:     100 signature lines; a text of 1 MiB. Unknown algorithms and unknown keys are passed over, as the format demands.
"""

import struct
from base64 import b64encode
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from comity.ledger.base64_text import strict

ED25519: Final = 0x01
COSIGNATURE: Final = 0x04
_DASH: Final = "\u2014 "
_LINES: Final = 100
_TEXT: Final = 1 << 20
_LATEST: Final = (1 << 63) - 1  # the last second that a cosignature may name


@dataclass(frozen=True, slots=True, kw_only=True)
class Verifier:
    """A public key under a name; ``algorithm`` says which kind of line it verifies."""

    name: str
    public: bytes
    algorithm: int = ED25519

    @property
    def key_id(self) -> bytes:
        """The first four bytes of SHA-256(name, newline, algorithm, key)."""
        return sha256(self.name.encode() + b"\n" + bytes([self.algorithm]) + self.public).digest()[:4]

    def encoded(self) -> str:
        """The form in which keys are exchanged: ``name+hash+base64``."""
        return f"{self.name}+{self.key_id.hex()}+{b64encode(bytes([self.algorithm]) + self.public).decode()}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """A note whose lines were checked: the text, and who signed it, a cosigner with the second of its clock."""

    text: str
    signers: tuple[str, ...]
    cosigned: tuple[tuple[str, int], ...] = ()


def is_name(name: str) -> bool:
    """A key name holds no blank and no plus sign.

    >>> is_name("west.example"), is_name("west example")
    (True, False)
    """
    return bool(name) and "+" not in name and not any(sign.isspace() for sign in name)


def decoded(text: str) -> Verifier | None:
    """Read ``name+hash+base64``; None where it is damaged.

    >>> key = Verifier(name="west.example", public=bytes(32))
    >>> decoded(key.encoded()) == key, decoded(key.encoded().replace("w", "e"))
    (True, None)
    """
    name, plus, rest = text.strip().partition("+")
    identity, also, data = rest.partition("+")
    if not plus or not also or not is_name(name):
        return None
    raw = strict(data)
    if raw is None or len(raw) != 33:
        return None
    key = Verifier(name=name, public=raw[1:], algorithm=raw[0])
    return key if key.key_id.hex() == identity else None


def verifier_of(name: str, key: Ed25519PrivateKey, algorithm: int = ED25519) -> Verifier:
    """The public half of a signing key."""
    return Verifier(name=name, public=key.public_key().public_bytes_raw(), algorithm=algorithm)


def sign(text: str, name: str, key: Ed25519PrivateKey) -> str:
    """The note: the text, an empty line, our signature line."""
    if not text.endswith("\n") or "\n\n" in text or not is_name(name):
        raise ValueError("a note's text ends with a newline and holds no empty line")
    return f"{text}\n{_line(verifier_of(name, key), key.sign(text.encode()))}"


def cosign(note: str, name: str, key: Ed25519PrivateKey, *, second: int) -> str:
    """The line that another party adds to a checkpoint: it saw this text at this second."""
    text = note.rpartition("\n\n")[0] + "\n"
    signature = key.sign(f"cosignature/v1\ntime {second}\n{text}".encode())
    return _line(verifier_of(name, key, COSIGNATURE), struct.pack(">Q", second) + signature)


def opened(note: str, known: Iterable[Verifier]) -> Signed | None:
    """Check the lines of a note; None where it is no note, or where a line of a known key does not verify.

    >>> key = Ed25519PrivateKey.generate()
    >>> note = sign("hello\\n", "west.example", key)
    >>> opened(note, [verifier_of("west.example", key)]).signers
    ('west.example',)
    >>> opened(note.replace("hello", "hallo"), [verifier_of("west.example", key)]) is None
    True
    """
    if len(note) > _TEXT + _LINES * 500 or "\n\n" not in note or not _is_plain(note):
        return None
    text, _, lines = note.rpartition("\n\n")
    text += "\n"
    *rows, last = lines.split("\n")
    if not rows or len(rows) > _LINES or last:
        return None
    keys = {(key.name, key.key_id): key for key in known}
    signers: list[str] = []
    cosigned: list[tuple[str, int]] = []
    for row in rows:
        name, _, data = row.removeprefix(_DASH).partition(" ")
        raw = strict(data) if row.startswith(_DASH) and is_name(name) else None
        if raw is None or len(raw) < 5:
            return None
        key = keys.get((name, raw[:4]))
        if key is None:
            continue
        second = _verified(text, key, raw[4:])
        if second is None:
            return None
        if key.algorithm == COSIGNATURE:
            cosigned.append((name, second))
        else:
            signers.append(name)
    return Signed(text=text, signers=tuple(dict.fromkeys(signers)), cosigned=tuple(dict.fromkeys(cosigned)))


def text_of(note: str) -> str:
    """The text of a note without its signatures, of one that was checked when it was kept.

    >>> text_of(sign("hello\\n", "west.example", Ed25519PrivateKey.generate()))
    'hello\\n'
    """
    return note.partition("\n\n")[0] + "\n"


def lines_of(note: str) -> tuple[str, ...]:
    """The signature lines of a note, each with its newline.

    >>> lines_of("hello\\n\\n\u2014 west.example AAAAAA==\\n")
    ('\u2014 west.example AAAAAA==\\n',)
    """
    return tuple(f"{row}\n" for row in note.rpartition("\n\n")[2].split("\n") if row)


def keys_named(note: str) -> tuple[tuple[str, str], ...]:
    """By whom, and with which keys, a note says that it was signed; nothing is verified.

    >>> key = Ed25519PrivateKey.generate()
    >>> [name for name, _ in keys_named(sign("hello\\n", "west.example", key))], keys_named("hello")
    (['west.example'], ())
    """
    found = []
    for row in lines_of(note)[:_LINES]:
        name, _, data = row.removeprefix(_DASH).strip().partition(" ")
        raw = strict(data) if row.startswith(_DASH) and is_name(name) else None
        if raw is not None and len(raw) > 4:
            found.append((name, raw[:4].hex()))
    return tuple(dict.fromkeys(found))


def with_lines(note: str, lines: Iterable[str]) -> str:
    """The note with these lines under it, each once."""
    return note + "".join(dict.fromkeys(each for each in lines if each not in lines_of(note)))


def _is_plain(note: str) -> bool:
    """UTF-8 without control characters but the newline."""
    return not any((sign < " " and sign != "\n") or "\ud800" <= sign <= "\udfff" for sign in note)


def _verified(text: str, key: Verifier, signature: bytes) -> int | None:
    """The cosigner's second, 0 for a plain signature; None where it does not hold."""
    second, signed = 0, text.encode()
    if key.algorithm == COSIGNATURE:
        if len(signature) != 72:
            return None
        second = struct.unpack(">Q", signature[:8])[0]
        if second > _LATEST:
            return None
        signed, signature = f"cosignature/v1\ntime {second}\n{text}".encode(), signature[8:]
    elif key.algorithm != ED25519:
        return None
    try:
        Ed25519PublicKey.from_public_bytes(key.public).verify(signature, signed)
    except (InvalidSignature, ValueError):
        return None
    return second


def _line(key: Verifier, signature: bytes) -> str:
    return f"{_DASH}{key.name} {b64encode(key.key_id + signature).decode()}\n"
