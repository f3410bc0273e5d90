"""What a person must see within the hour, whatever the counts: somebody reported fraud.

Answers:    ``Urgent`` as it is kept, ``UrgentKind`` why it is one. ``about`` is what a stranger's mail says of itself.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class UrgentKind(StrEnum):
    """Who said it, about whom."""

    CASE = "case"  # a report that is in a case
    UNMATCHED = "unmatched"  # a report about nobody of ours
    LETTER = "letter"  # a person wrote
    SEALED = "sealed"  # a mail was sealed: whoever has the role must decide on it
    COMPLAINT = "complaint"  # one of our own people
    LOOKS = "looks"  # one of our own people calls it spam, and it looks like fraud
    REPORTED_LOOKS = "reported-looks"  # somebody reports it as abuse, and it looks like fraud


@dataclass(frozen=True, slots=True, kw_only=True)
class Urgent:
    """One thing that a person must see; ``more`` came about the same while it stood."""

    urgent_id: int = 0
    key: str  # what else goes into the same one while it stands
    kind: UrgentKind
    about: str
    entered: datetime
    case_id: str | None = None
    more: int = 0
    told: datetime | None = None  # when it was mailed last
    tellings: int = 0
    seen: datetime | None = None
    seen_by: str | None = None
    why: str | None = None
