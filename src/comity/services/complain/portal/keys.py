"""Secrets that open pages for other networks: given out, found, used once, ended.

Trust:      a secret has 192 bits of chance and is kept as its hash, so that whoever reads the store opens nothing. Who asks is kept
            as a keyed hash, to count by.
Standards:  OWASP ASVS 4.0 sections 2.7 and 3.3 (links hold once and shortly; sessions end without use, and anyhow).
Answers:    ``Keys(chance, secret)``: ``give`` gives the secret, ``opens`` whose it is, ``marked`` the keyed hash of an address.
"""

import hmac
from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final

from comity.model.portal import KeyKind, PortalKey
from comity.services.complain.portal.rows import PortalRows

LASTS: Final[Mapping[KeyKind, timedelta]] = {
    KeyKind.APPLICATION: timedelta(days=90),
    KeyKind.LINK: timedelta(minutes=30),
    KeyKind.SESSION: timedelta(hours=8),
    KeyKind.ASKED: timedelta(days=1),
}
IDLE: Final = timedelta(minutes=30)
TOUCH: Final = timedelta(minutes=1)
_OCTETS: Final = 24
_LONGEST: Final = 64


class Keys:
    """Gives out secrets and finds whose they are."""

    def __init__(self, chance: Callable[[int], bytes], secret: bytes) -> None:
        self._chance, self._secret = chance, secret

    def marked(self, text: str) -> str:
        """Who somebody is, to count by."""
        return hmac.digest(self._secret, f"portal\0{text}".encode(), "sha256").hex()[:32]

    def give(self, rows: PortalRows, kind: KeyKind, consumer: str | None, *, about: str, now: datetime) -> str:
        """A new secret; shown to whom it is for, and to nobody else."""
        secret = urlsafe_b64encode(self._chance(_OCTETS)).decode().rstrip("=")
        lasts = min(LASTS[kind], IDLE) if kind is KeyKind.SESSION else LASTS[kind]
        key = PortalKey(digest=hashed(secret), kind=kind, consumer=consumer, about=about, made=now, expires=now + lasts)
        rows.add(key)
        return secret

    def opens(self, rows: PortalRows, kind: KeyKind, secret: str, *, now: datetime) -> PortalKey | None:
        """Whose it is; None where it opens nothing, or nothing any more."""
        if not secret or len(secret) > _LONGEST:
            return None
        return rows.find(hashed(secret), kind, now)

    def touched(self, rows: PortalRows, key: PortalKey, now: datetime) -> PortalKey:
        """A session that is in use lasts on, up to its absolute end."""
        until = min(now + IDLE, key.made + LASTS[KeyKind.SESSION])
        rows.prolong(key.digest, until)
        return replace(key, expires=until)

    def is_stale(self, key: PortalKey, now: datetime) -> bool:
        """Whether it is worth writing down that a session is in use."""
        return key.expires - now < IDLE - TOUCH and key.expires < key.made + LASTS[KeyKind.SESSION]


def hashed(secret: str) -> bytes:
    """What is kept of a secret."""
    return sha256(secret.encode("utf-8", "replace")).digest()
