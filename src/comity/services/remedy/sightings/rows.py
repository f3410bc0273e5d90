"""What taking in sightings puts into the store, and what it asks of it.

Answers:    ``SightingRow``; ``BotSightingRows``, ``SightingPlace``: what a store must offer, in one transaction.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from comity.model.desk import CaseEvent, DeskCase
from comity.model.record import record
from comity.model.sighting import SeenBy, Sighting
from comity.services.receive.rows import LeaseRows
from comity.services.remedy.rows import InfestationRows


@record
class SightingRow:
    """One sighting, and whose line it was; ``doubt`` is why nobody is certain."""

    identity: bytes
    sighting: Sighting
    subject: str | None
    doubt: str | None
    taken: datetime


class BotSightingRows(Protocol):
    """Rows of sightings."""

    def put(self, rows: Sequence[SightingRow]) -> None:
        """Add what is new; what is there takes the line that is known now, and the moment if its own was left unsettled."""

    def known(self, identities: Sequence[bytes]) -> Mapping[bytes, str | None]:
        """Which of these are there, and whose line each was; nobody's where it was left unsettled."""

    def of(self, since: Mapping[str, datetime], taken: datetime | None = None) -> Mapping[str, Sequence[SeenBy]]:
        """What was seen of each of these after its moment, summed up by source, way and word.

        Of what is unsettled that alone counts which was taken in at the second one.
        """

    def unsettled(self, taken: datetime) -> None:
        """What is taken in at this moment is part of an item, and nothing is concluded of it yet."""

    def settled(self, taken: datetime) -> None:
        """All of it was, or nothing of it is left."""

    def take_out(self, taken: datetime, most: int) -> int:
        """Drop at most so many that were added at this very moment; how many there were."""

    def customers(self, most: int) -> int:
        """How many lines the books know, counted up to so many."""


class DeskRows(Protocol):
    """Rows of cases."""

    def newest(self, subjects: Sequence[str]) -> Mapping[str, DeskCase]:
        """The newest case on each subject."""

    def erased(self, subjects: Sequence[str], newest: Mapping[str, DeskCase]) -> Mapping[str, int]:
        """The number of the last case that was on a subject, where it is another than the newest that is known."""

    def add(self, cases: Sequence[DeskCase]) -> None:
        """New cases."""

    def change(self, cases: Sequence[DeskCase]) -> None:
        """Cases as they are now."""

    def record(self, events: Sequence[CaseEvent]) -> None:
        """What was done."""


class SourceDayRows(Protocol):
    """On which days sources spoke."""

    def put_days(self, days: Mapping[str, Iterable[int]]) -> None:
        """On these days these sources delivered something."""

    def forget_days(self, before: int) -> int:
        """Drop days before this one; how many there were."""


class SightingPlace(Protocol):
    """One transaction."""

    @property
    def effects(self) -> SourceDayRows:
        """On which days sources spoke."""

    @property
    def bots(self) -> BotSightingRows:
        """What was seen of bots."""

    @property
    def leases(self) -> LeaseRows:
        """Who held which address when."""

    @property
    def infestations(self) -> InfestationRows:
        """What is known of infected devices."""

    @property
    def cases(self) -> DeskRows:
        """The desk."""
