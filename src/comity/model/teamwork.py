"""Who at the desk has which case, who is called to one, and which views of the queue were given a name.

Trust:      names are those of accounts, and of whoever acted by command; notes and names of views are our own people's words.
Answers:    ``CaseOwner``; ``Mention`` with its ``MentionKind``; ``NamedView``.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class MentionKind(StrEnum):
    """Why somebody is called."""

    GIVEN = "given"  # a colleague gave the case to him
    NAMED = "named"  # a note says @NAME


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseOwner:
    """Who has a case."""

    case_id: str
    account: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
    """Somebody is called to a case, until he has seen it."""

    mention_id: int
    case_id: str
    account: str
    kind: MentionKind
    by: str
    at: datetime
    label: str  # of the case
    note: str | None
    seen: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedView:
    """What of the queue somebody wants to see again: ``asked`` is what the page is asked for."""

    view_id: int
    name: str
    account: str
    is_shared: bool
    asked: Mapping[str, str]
    made: datetime
