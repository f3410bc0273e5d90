"""What the readers of mail logs have in common.

Answers:    ``Handed``; ``cut(text)`` a text that is kept, or None.
"""

from dataclasses import dataclass
from datetime import datetime
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


def cut(text: str | None, limit: int = LOGIN_LIMIT) -> str | None:
    """The text, where it can be kept."""
    text = (text or "").strip()
    return text if text and len(text) <= limit and text.isprintable() else None
