"""A short header in outgoing mail that says whose it is to us alone, and survives when a report is redacted.

Trust:      what opens with a key of ours we wrote, unchanged; to everybody else it is chance. The name in it is sealed: no
            recipient, and no provider, learns which customer sent a mail, nor that two mails are of one.
Standards:  RFC 5297 (AES-SIV); our own form: ``1.KEY.TOKEN``, TOKEN in base64url, under 200 characters.
Answers:    ``make(subject, at, keys, salt=...)`` gives the value; ``read(value, keys)`` gives ``Traced`` or None;
            ``find(original)`` the value that a reported message bears.
Limits:     a name of at most ``SUBJECT_LIMIT`` bytes. It proves that we wrote it for some mail of this subject, not for which:
            whoever gets a mail can put its trace into another, so that a report must be believed first.
"""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from comity.formats.original import HEAD, head

HEADER: Final = "X-Comity-Trace"
SALT_BYTES: Final = 4
SUBJECT_LIMIT: Final = 64
_VALUE: Final = re.compile(r"1\.(?P<key>[a-z0-9-]{1,40})\.(?P<token>[A-Za-z0-9_-]{30,140})", re.ASCII)
_FIELD: Final = re.compile(
    rb"^x-comity-trace[ \t]*:[ \t]*(?:\r?\n[ \t]+)?([!-~]{10,200})[ \t]*\r?$", re.IGNORECASE | re.MULTILINE
)
_BEGINNING: Final = datetime(2020, 1, 1, tzinfo=UTC)
_MINUTE: Final = timedelta(minutes=1)
_PURPOSE: Final = b"comity trace 1"


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceKeys:
    """The secrets by their ids; the first one writes, all of them read."""

    secrets: Mapping[str, bytes] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Traced:
    """Whose mail it is, and when it was sent, to the minute."""

    subject: str
    sent: datetime
    key: str


def make(subject: str, at: datetime, keys: TraceKeys, *, salt: bytes) -> str:
    """The value for one mail; ``salt`` is chance, so that no two mails look alike.

    >>> keys = TraceKeys(secrets={"a": bytes(32)})
    >>> value = make("line-7", datetime(2026, 11, 28, 8, 0, 30, tzinfo=UTC), keys, salt=bytes(4))
    >>> read(value, keys).subject, read(value, keys).sent.isoformat(), len(value) < 60
    ('line-7', '2026-11-28T08:00:00+00:00', True)
    """
    name = subject.encode("utf-8")
    if not 0 < len(name) <= SUBJECT_LIMIT or len(salt) != SALT_BYTES:
        raise ValueError(f"a trace names a subject of 1 to {SUBJECT_LIMIT} bytes")
    key_id, secret = next(iter(keys.secrets.items()))
    minutes = max((at - _BEGINNING) // _MINUTE, 0)
    sealed = _cipher(secret).encrypt(salt + minutes.to_bytes(4) + name, [_PURPOSE, key_id.encode("ascii")])
    return f"1.{key_id}.{urlsafe_b64encode(sealed).rstrip(b'=').decode('ascii')}"


def read(value: str, keys: TraceKeys) -> Traced | None:
    """What a value says, where a key of ours opens it."""
    found = _VALUE.fullmatch(value.strip())
    secret = None if found is None else keys.secrets.get(found["key"])
    if found is None or secret is None:
        return None
    token = found["token"]
    try:
        sealed = urlsafe_b64decode(token + "=" * (-len(token) % 4))
        opened = _cipher(secret).decrypt(sealed, [_PURPOSE, found["key"].encode("ascii")])
        subject = opened[SALT_BYTES + 4 :].decode("utf-8")
    except (InvalidTag, ValueError):
        return None
    sent = _BEGINNING + int.from_bytes(opened[SALT_BYTES : SALT_BYTES + 4]) * _MINUTE
    return Traced(subject=subject, sent=sent, key=found["key"])


def find(original: bytes | None) -> str | None:
    """The value in the header of a reported message, nobody having opened it.

    >>> field = b"x-comity-trace: 1.a.AAAAAAAAAAAA\\r\\n"
    >>> find(b"Subject: a\\r\\n" + field + b"\\r\\nbuy"), find(b"\\r\\n" + field)
    ('1.a.AAAAAAAAAAAA', None)
    """
    if original is None or (b"omity-" not in original[:HEAD] and b"OMITY-" not in original[:HEAD]):
        return None
    found = _FIELD.search(head(original))
    return found[1].decode("ascii") if found else None


def _cipher(secret: bytes) -> AESSIV:
    return AESSIV(sha256(_PURPOSE + secret).digest())
