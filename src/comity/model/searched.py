"""What is found by its words, and what was found.

Answers:    ``Searched``, the kinds of rows that an index is kept of, whose numbers stand in the store; ``BLOCK``, how many
            neighbouring numbers stand together there; ``Sort``, ``Hit`` and ``Group``, what somebody is shown.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum, StrEnum
from typing import Final

BLOCK: Final = 1 << 14


class Searched(IntEnum):
    """Rows that are found by an index."""

    REPORT = 1
    CASE = 2  # by the event that opened it
    NOTE = 3  # an event with a note
    LETTER = 4


class Sort(StrEnum):
    """What is found, in the order in which it is shown."""

    CASE = "case"
    REPORT = "report"
    LETTER = "letter"
    NOTE = "note"
    SUBSCRIBER = "subscriber"
    CONSUMER = "consumer"
    PEER = "peer"
    AGREEMENT = "agreement"
    STATEMENT = "statement"
    RECOURSE = "recourse"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """One thing that was found. Its texts are strangers' words."""

    sort: Sort
    title: str
    path: str
    under: tuple[str, ...] = ()
    said: str | None = None  # a message of ours that says what it is: a state, a class of evidence
    arguments: Mapping[str, str] = field(default_factory=dict)
    when: datetime | None = None
    about: str | None = None  # what of whom it shows, for the log of who saw what; None: of nobody


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """What was found of one sort, the newest first."""

    sort: Sort
    hits: Sequence[Hit]
    is_more: bool = False  # there is more
    is_cut: bool = False  # not all of it was looked at: the words say too little


@dataclass(frozen=True, slots=True, kw_only=True)
class Indexed:
    """How far rows of one kind are indexed."""

    kind: Searched
    upto: int
    last: int
    at: datetime | None

    @property
    def behind(self) -> int:
        """How many numbers were not looked at yet."""
        return max(0, self.last - self.upto)
