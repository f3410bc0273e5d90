"""What the playbook puts into the store, and what it asks of it.

Answers:    ``Join``, a report on its way into a case; ``Sighted``, an infected device; ``PositionRows``, ``ConsequenceRows`` and
            ``PlaybookTransaction``: what a store must offer. Nothing here commits.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from comity.model.case_consequence import CaseConsequence
from comity.model.desk import DeskCase
from comity.model.infestation import Infestation
from comity.model.playbook import ActionKind, Position, Reported
from comity.model.record import record
from comity.services.receive.desk import DeskRows


@record
class Join:
    """One report that joined a case; ``began``: the case was opened for it (``open``), or came back (``return``)."""

    case_id: str
    mark: int  # of the complainer
    reported: Reported
    began: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighted:
    """An infected device of a case was seen; ``case`` is as it is with that, ``began`` as in ``Join``."""

    case: DeskCase
    reported: Reported
    began: str | None = None


class InfestationRows(Protocol):
    """What is known of infected devices."""

    def of(self, case_ids: Sequence[str]) -> Mapping[str, Infestation]:
        """What is known of these cases."""


class PositionRows(Protocol):
    """Where cases stand, and the numbers that rates are made of."""

    def of(self, case_ids: Sequence[str]) -> Mapping[str, Position]:
        """Where these cases stand."""

    def put(self, positions: Sequence[Position]) -> None:
        """Where these cases stand now."""

    def due(self, now: datetime, most: int) -> Sequence[Position]:
        """Cases whose timers are to be looked at."""

    def complained(self, case_ids: Sequence[str], since: date) -> Mapping[str, Mapping[date, int]]:
        """Complaints of these cases by day."""

    def count_complaints(self, counts: Mapping[tuple[str, date], int]) -> None:
        """So many more."""

    def sent(self, labels: Sequence[str], since: date) -> Mapping[str, Mapping[date, int]]:
        """Mails of these customers by day."""


class ConsequenceRows(Protocol):
    """What was decided, and what holds."""

    def add(self, rows: Sequence[CaseConsequence]) -> None:
        """New ones; one that is there already stays as it is."""

    def about(self, kind: ActionKind, targets: Sequence[str], now: datetime) -> Sequence[CaseConsequence]:
        """What is, or would be, in force on these targets, and what a person lifted before its day."""

    def waiting_of(self, kind: ActionKind, case_ids: Sequence[str]) -> Sequence[CaseConsequence]:
        """What waits to be done for these cases."""

    def waiting_to(self, kind: ActionKind, target: str) -> Sequence[CaseConsequence]:
        """What waits to be done for this target, whenever it is due."""

    def lost(self, most: int) -> Sequence[CaseConsequence]:
        """What was told by a mail that was not delivered."""

    def prolong(self, consequence_id: int, until: datetime) -> None:
        """It holds longer."""

    def due(
        self, kinds: Iterable[ActionKind], now: datetime, most: int, *, at: datetime | None = None
    ) -> Sequence[CaseConsequence]:
        """What is to be done now; ``at`` is the moment by the clock of leases."""

    def lease(self, consequence_ids: Sequence[int], until: datetime) -> None:
        """Somebody is at these until then."""

    def is_leased(self, consequence_id: int, until: datetime) -> bool:
        """Whether whoever leased it until then still has it."""

    def done(self, consequence_ids: Sequence[int], at: datetime, *, outbox_id: int | None = None) -> None:
        """These were done."""

    def put_off(self, consequence_ids: Sequence[int], *, until: datetime, error: str | None = None) -> None:
        """These are tried again later."""

    def fail(self, consequence_id: int, *, reason: str, error: str | None, at: datetime) -> None:
        """It is not tried again."""

    def by_id(self, consequence_id: int) -> CaseConsequence | None:
        """One of them."""

    def lift(self, consequence_id: int, *, by: str, why: str | None, at: datetime) -> None:
        """A person undoes it."""

    def end(self, now: datetime) -> int:
        """What holds, and whose day has come, holds no more."""

    def undone(self, at: datetime) -> int:
        """What was lifted, or is over, is written nowhere any more."""

    def lifting(self) -> int:
        """How much is to be undone where it was written."""

    def to_release(self, now: datetime, most: int, *, at: datetime | None = None) -> Sequence[CaseConsequence]:
        """Gardens whose line is still to be let out."""

    def hasten(self, case_id: str, now: datetime) -> int:
        """The way out that is tried again later is tried now; for how many lines."""

    def released(self, consequence_id: int, at: datetime) -> None:
        """The line is out."""

    def in_force(self, now: datetime, kinds: Iterable[ActionKind] = ...) -> Sequence[CaseConsequence]:
        """All that holds."""

    def told_last(self, contact: str, template: str) -> datetime | None:
        """When a contact was told something by this template last."""

    def by_outbox(self, outbox_id: int) -> Sequence[CaseConsequence]:
        """What a mail told."""


class HeardRows(Protocol):
    """The feeds that reported cases."""

    def deaf(self, case_ids: Iterable[str]) -> Mapping[str, datetime | None]:
        """Cases that a feed reported which fell silent, and until when; None: it still is."""


class PlaybookTransaction(DeskRows, Protocol):
    """All rows of one transaction."""

    @property
    def positions(self) -> PositionRows:
        """Where cases stand."""

    @property
    def consequences(self) -> ConsequenceRows:
        """What was decided."""

    @property
    def infestations(self) -> InfestationRows:
        """What is known of infected devices."""

    @property
    def sources(self) -> HeardRows:
        """Who reports."""
