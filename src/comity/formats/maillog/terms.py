"""What the readers of mail logs have in common.

Answers:    ``Handed``, ``Counted``; ``cut(text)`` a text that is kept, or None; ``address_of(text)``, ``port_of(text)``.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from ipaddress import ip_address
from typing import Final

LOGIN_LIMIT: Final = 200
ID_LIMIT: Final = 996


@dataclass(frozen=True, slots=True, kw_only=True)
class Handed:
    """One mail that was handed in, as far as a line tells: by whom, or under which Message-ID."""

    at: datetime
    queue_id: str
    host: str | None = None
    login: str | None = None
    message_id: str | None = None


class CountedKind(StrEnum):
    """What a line says."""

    MAIL = "mail"  # a mail was taken from a client
    RECIPIENT = "recipient"  # it went to somebody
    REFUSED = "refused"  # a recipient was refused
    FAILED = "failed"  # a password was wrong


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """One line; ``address`` is None where the queue id says who it was."""

    kind: CountedKind
    at: datetime
    host: str
    address: str | None = None
    port: int | None = None
    queue_id: str | None = None
    recipient: str | None = None
    helo: str | None = None


def cut(text: str | None, limit: int = LOGIN_LIMIT) -> str | None:
    """The text, where it can be kept."""
    text = (text or "").strip()
    return text if text and len(text) <= limit and text.isprintable() else None


def address_of(text: str) -> str | None:
    """An address in the one way in which we write it."""
    try:
        return str(ip_address(text))
    except ValueError:
        return None


def port_of(text: str | None) -> int | None:
    """A port, where there is one."""
    return int(text) if text and 0 < int(text) < 65536 else None
