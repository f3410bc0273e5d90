"""What is kept about sources.

Answers:    ``SourceRows``: what a store must offer. Nothing here commits.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Protocol

from comity.model.source import Alarm, Hour, Source, Trust


class SourceRows(Protocol):
    """Rows of sources."""

    def of(self, names: Iterable[str]) -> Mapping[str, Source]:
        """Those that are known."""

    def all(self) -> Sequence[Source]:
        """All of them, the busiest first."""

    def unproven(self) -> int:
        """How many without proof are known by name."""

    def add(self, sources: Sequence[Source]) -> None:
        """New ones."""

    def count(self, counts: Mapping[str, Hour], now: datetime) -> None:
        """Add to a source and its hour."""

    def set_trust(self, name: str, trust: Trust, *, by: str, why: str | None, at: datetime) -> None:
        """A person says how far it is believed."""

    def selectors(self, name: str) -> Sequence[str]:
        """The selectors of the signatures that proved it."""

    def signed_with(self, name: str, selectors: Sequence[str]) -> None:
        """The selectors that were seen, the newest last."""

    def hours(self, name: str, since: datetime) -> Sequence[Hour]:
        """What came from it, hour by hour."""

    def verdicts(self) -> Mapping[str, Mapping[str, int]]:
        """Decided cases of each source by outcome; each case counts once, by what was said of it last."""

    def verdicts_by_month(
        self, names: Sequence[str], since: datetime
    ) -> Mapping[str, Mapping[date, Mapping[str, int]]]:
        """The same for some of them, by the month (its first day) in which it was found out."""

    def found(self, case_ids: Iterable[str], outcome: str, at: datetime) -> None:
        """Something was found out about these cases."""

    def addresses(self, name: str, most: int) -> Sequence[str]:
        """The addresses that its newest reports are about."""

    def alarms(self, *, is_open: bool = True) -> Sequence[Alarm]:
        """Alarms, the newest first."""

    def raise_alarm(self, alarm: Alarm) -> None:
        """A new one; one of the same kind that is open gets the new numbers."""

    def end_alarm(self, alarm_id: int, *, by: str, why: str | None, at: datetime) -> None:
        """It is over, or a person says that it is none."""

    def alarm_told(self, alarm_ids: Sequence[int], at: datetime) -> None:
        """A mail about these is in the outbox."""

    def last_ended(self, name: str, kind: str) -> Alarm | None:
        """The last one that a person ended."""

    def forget(self, before: datetime) -> int:
        """Drop hours before that; how many there were."""
