"""A DKIM signature for mail of our own.

Trust:      the caller's message, key and names; what cannot be signed soundly raises ValueError, because it is a
            mistake in our program or its settings, never a stranger's.
Standards:  RFC 6376 section 5, RFC 8463; relaxed/relaxed, SHA-256, no l=.
Answers:    the DKIM-Signature field to put before the message, folded, with the message's own line ends.
Limits:     the key is the caller's: ``cryptography`` makes one, ``public_record`` writes what to publish for it.
"""

import re
from base64 import b64encode
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import lru_cache
from hashlib import sha256
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256

from comity.formats.dkim.canonical import relaxed_field
from comity.formats.dkim.fields import Fields, fields_of
from comity.formats.dkim.keys import RSA_BITS_MIN, PrivateKey
from comity.formats.dkim.signature import NAME_LIMIT
from comity.formats.header_text import domain as domain_name

# RFC 6376 section 5.4.1, and what feedback rests on: List-Unsubscribe (RFC 8058), CFBL (RFC 9477).
SIGNED: Final = (
    "from", "to", "cc", "subject", "date", "message-id", "reply-to", "in-reply-to", "references", "mime-version",
    "content-type", "content-transfer-encoding", "list-id", "list-unsubscribe", "list-unsubscribe-post",
    "auto-submitted", "feedback-id", "cfbl-address", "cfbl-feedback-id",
)  # fmt: skip
# Signed once more than they occur: nobody can add one on the way (RFC 6376 section 8.15).
OVERSIGNED: Final = (
    "from", "to", "cc", "subject", "date", "message-id", "content-type", "cfbl-address", "cfbl-feedback-id",
)  # fmt: skip
_NAME: Final = re.compile(r"[!-9<-~]+")
_IDENTITY: Final = re.compile(r"[!-9<>-~]*@[A-Za-z0-9.-]+")
_LINE: Final = 76
# A program signs with a few names, domains and selectors; what they come to is worked out once.
_KEPT: Final = 64


def names_to_sign(
    message: bytes | Fields, *, names: Sequence[str] = SIGNED, oversign: Sequence[str] = OVERSIGNED
) -> tuple[str, ...]:
    """The h= list for a message: every field of these names, and one more of those that nobody shall add.

    >>> names_to_sign(b"From: a@west.example\\r\\nX: y\\r\\n\\r\\n", names=("from", "to"), oversign=("to",))
    ('from', 'to')
    """
    return _names(fields_of(message), tuple(names), tuple(oversign))


def _names(fields: Fields, names: tuple[str, ...], oversign: tuple[str, ...]) -> tuple[str, ...]:
    chosen: list[str] = []
    for name, written, more in _wished(names, oversign):
        count = len(fields.positions.get(written, ())) + more
        if count:
            chosen += [name] * count
    return tuple(chosen)


@lru_cache(maxsize=_KEPT)
def _wished(names: tuple[str, ...], oversign: tuple[str, ...]) -> tuple[tuple[str, bytes, bool], ...]:
    """Each name once, as text and as bytes, and whether it is signed once more than it occurs."""
    once_more = {name.lower() for name in oversign}
    wished = dict.fromkeys(name.lower() for name in (*names, *oversign))
    return tuple((name, name.encode(), name in once_more) for name in wished)


def sign(
    message: bytes | Fields,
    *,
    domain: str,
    selector: str,
    key: PrivateKey,
    headers: Sequence[str] | None = None,
    identity: str | None = None,
    timestamp: datetime | None = None,
) -> bytes:
    """Give the DKIM-Signature field to put before ``message``.

    ``headers`` is h= word for word (a name once for each field, bottom first; once more to oversign it); without it
    ``names_to_sign`` chooses. A message that was split already (``fields_of``) has CRLF. The
    algorithm follows from the key: Ed25519, or RSA of 1,024 bits and more.
    """
    fields = fields_of(message)
    names = _names(fields, SIGNED, OVERSIGNED) if headers is None else tuple(name.lower() for name in headers)
    _refuse(fields, names, key)
    written_domain, written_selector = _written(domain), _written(selector)
    if written_domain is None or "." not in written_domain or written_selector is None:
        raise ValueError(f"no domain name: {domain!r}, {selector!r}")
    if identity is not None and not _is_identity(identity, written_domain):
        raise ValueError(f"i= must lie within d=: {identity!r}")
    body_hash, _ = fields.body_hash(True, None)
    kind = "ed25519" if isinstance(key, Ed25519PrivateKey) else "rsa"
    tags = ["v=1", f"a={kind}-sha256", "c=relaxed/relaxed", f"d={written_domain}", f"s={written_selector}"]
    if identity is not None:
        tags.append(f"i={identity}")
    if timestamp is not None:
        tags.append(f"t={int(timestamp.timestamp())}")
    begun, line = _begun(tuple(tags), names)
    hashed = (f"bh={b64encode(body_hash or b'').decode('ascii')};", "b=")
    field = "\r\n".join((*begun, *_folded(hashed, line))).encode("ascii")
    lines = fields.signed([name.encode("ascii") for name in names], True, None)
    signed = b"\r\n".join([*lines, relaxed_field(field)])
    text = b64encode(_signature(key, signed))
    field += b"".join(b"\r\n\t" + text[at : at + _LINE - 2] for at in range(0, len(text), _LINE - 2)) + b"\r\n"
    has_crlf = isinstance(message, Fields) or b"\r\n" in message or b"\n" not in message
    return field if has_crlf else field.replace(b"\r\n", b"\n")


def _signature(key: PrivateKey, signed: bytes) -> bytes:
    if isinstance(key, Ed25519PrivateKey):
        return key.sign(sha256(signed).digest())  # RFC 8463 section 3: over the hash, not over the text
    return key.sign(signed, PKCS1v15(), SHA256())


def _refuse(fields: Fields, names: Sequence[str], key: PrivateKey) -> None:
    """Say no to what others would not believe."""
    if len(names) > NAME_LIMIT:
        raise ValueError(f"{len(names)} fields to sign: nobody would read such a signature")
    if b"from" not in fields.positions:
        raise ValueError("the message has no From: nobody would believe its signature")
    if Counter(names)["from"] < len(fields.positions[b"from"]):
        raise ValueError("every From must be signed")
    odd = _odd(names)
    if odd is not None:
        raise ValueError(f"no field name: {odd!r}")
    if not isinstance(key, Ed25519PrivateKey) and key.key_size < RSA_BITS_MIN:
        raise ValueError(f"an RSA key of {key.key_size} bits proves nothing (RFC 8301)")


def _is_identity(identity: str, domain: str) -> bool:
    named = identity.lower().rpartition("@")[2]
    return bool(_IDENTITY.fullmatch(identity)) and (named == domain or named.endswith("." + domain))


@lru_cache(maxsize=_KEPT)
def _odd(names: tuple[str, ...]) -> str | None:
    """The first of them that is no name of a field."""
    return next((name for name in names if not _NAME.fullmatch(name)), None)


@lru_cache(maxsize=_KEPT)
def _written(name: str) -> str | None:
    return domain_name(name)


@lru_cache(maxsize=_KEPT)
def _begun(tags: tuple[str, ...], names: tuple[str, ...]) -> tuple[tuple[str, ...], str]:
    """The lines of the field up to the names that it signs, and the line that goes on: the same for many mails of one second."""
    words = [f"{tag};" for tag in tags]
    words += [f"h={names[0]}", *(f":{name}" for name in names[1:]), ";"]
    *lines, line = _folded(words, "DKIM-Signature:")
    return tuple(lines), line


def _folded(words: Iterable[str], line: str) -> list[str]:
    """The lines of the field, begun with ``line`` and folded between words; relaxed form makes one blank of every fold."""
    lines = list[str]()
    for word in words:
        blank = "" if word.startswith((":", ";")) else " "
        if len(line) + len(blank) + len(word) > _LINE:
            lines.append(line)
            line, blank = "\t", ""
        line += blank + word
    return [*lines, line]
