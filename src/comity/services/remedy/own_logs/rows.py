"""What counting our own mail needs of the store.

Answers:    ``OpenHour``; ``OwnLogRows`` and the transaction that has them.
Limits:     in the caller's transaction.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from comity.services.receive.rows import LeaseRows
from comity.services.receive.subscribers.mail_logs import LoginRows


@dataclass(slots=True, kw_only=True)
class OpenHour:
    """What one line did so far within an hour; the bits are hashes of recipients and greetings."""

    subject: str
    hour: datetime
    address: str
    port: int | None
    last: datetime
    mails: int = 0
    recipients: int = 0
    helos: int = 0
    failures: int = 0
    refused: int = 0
    recipient_bits: bytes = b""
    helo_bits: bytes = b""


class OwnLogRows(Protocol):
    """Hours of lines, their salts, and mails in the queue."""

    def salt(self, hour: datetime, fresh: bytes) -> bytes | None:
        """The salt of an open hour, made where it is new; None where the hour was closed."""

    def open_hours(self, keys: Iterable[tuple[str, datetime]]) -> Mapping[tuple[str, datetime], OpenHour]:
        """Those of these hours that are open."""

    def put(self, hours: Sequence[OpenHour]) -> None:
        """As they are now."""

    def queue(self, marks: Mapping[bytes, str], at: datetime) -> None:
        """Whose mails these are."""

    def whose(self, marks: Sequence[bytes]) -> Mapping[bytes, str]:
        """Whose mails these are, as far as it is known."""

    def due(self, before: datetime, most: int) -> list[OpenHour]:
        """Open hours that began before a moment, the oldest first."""

    def past(self, subjects: Sequence[str], since: datetime) -> Mapping[str, Sequence[Any]]:
        """The closed hours of these lines since a moment."""

    def close(self, each: OpenHour, *, recipients: int, helos: int) -> None:
        """Numbers stay; the hashed bits go."""

    def forget(self, *, hours: datetime, queue: datetime, salts: datetime) -> None:
        """Drop hours, mails of the queue and salts of before these moments."""


class OwnLogPlace(Protocol):
    """One transaction."""

    @property
    def own_logs(self) -> OwnLogRows:
        """What was counted."""

    @property
    def logins(self) -> LoginRows:
        """How far logs were read."""

    @property
    def leases(self) -> LeaseRows:
        """Who held which address when."""
