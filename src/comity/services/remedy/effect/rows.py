"""What measuring the effect asks of the store, and puts into it.

Answers:    ``SourceOutcome``, ``FirstNotice``, ``SeenOnDay``; ``EffectRows`` and ``EffectPlace``: what a store must offer, in one
            transaction.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from comity.model.desk import DeskCase
from comity.model.record import record
from comity.model.sighting import Outcomes


@record
class SeenOnDay:
    """A source saw a line on a day; ``said`` is the family in its own word."""

    subject: str
    source: str
    seen: datetime
    said: str | None


@record
class FirstNotice:
    """How a case was told first."""

    case_id: str
    kind: str
    family: str
    given: datetime


@record
class SourceOutcome:
    """What came of the word of a source in one case; ``by`` is "person" or "subscriber"."""

    case_id: str
    source: str
    is_right: bool
    by: str
    at: datetime


class EffectRows(Protocol):
    """The rows of what helped."""

    def put_days(self, days: Mapping[str, Iterable[int]]) -> None:
        """On these days these sources delivered something."""

    def days(self) -> Mapping[str, Sequence[int]]:
        """All such days."""

    def forget_days(self, before: int) -> int:
        """Drop days before this one; how many there were."""

    def seen(self, since: datetime, known: datetime) -> Iterator[SeenOnDay]:
        """What was seen of lines since then and taken in by that moment, by line and time."""

    def cases(self) -> Sequence[DeskCase]:
        """The cases on lines of which any sighting is known, each subject's in order."""

    def first_notices(self) -> Mapping[str, FirstNotice]:
        """The first notice of each case."""

    def findings(self) -> Mapping[str, tuple[str, datetime]]:
        """The last thing that a person found out about each of these cases."""

    def last_acts(self) -> Mapping[str, tuple[str, datetime]]:
        """The last thing that each subscriber said."""

    def put_outcomes(self, outcomes: Sequence[SourceOutcome]) -> None:
        """What came of words of sources; what was known of the same case and source is replaced."""

    def drop_outcomes(self, case_ids: Sequence[str], by: str) -> None:
        """Nothing is known any more of these."""

    def outcomes(self) -> Mapping[str, Outcomes]:
        """The counts of each source."""


class EffectPlace(Protocol):
    """One transaction."""

    @property
    def effects(self) -> EffectRows:
        """What helped."""
