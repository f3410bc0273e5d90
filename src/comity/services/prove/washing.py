"""Look at every consumer of our reports for washed lists, and show less to one whose numbers say so.

Trust:      our own complaints, and our operator's count of mails delivered (``comity volume import``, under the peer's domain).
Standards:  TRUST, "unmasks complainers (listwashing)"; promise P8: the consequence has its why, an end and a way back.
Answers:    ``look(rows, now)`` gives what was measured of each peer; ``lower(rows, desk, found, now)`` shows less to those that
            wash, unless they are shown less already: T1, where nothing in a report tells who complained.
Limits:     in the caller's transaction. What left before stays known to whoever got it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final, Protocol

from comity.feedback.washing import LOOKED_BACK, Complained, Verdict, Washing, measured
from comity.model.recourse import Consequence, Measure
from comity.services.prove.recourse.acting import Imposing, RecourseDesk

__all__ = ["Looked", "Verdict", "arithmetic", "look", "lower"]
LASTS: Final = timedelta(days=60)


class ComplainedRows(Protocol):
    """Our own complaints, by whom they were reported to."""

    def complained(self, since: datetime) -> Mapping[str, Sequence[Complained]]:
        """By the domain of the peer."""


class DeliveredRows(Protocol):
    """How many mails there were."""

    def sent(self, labels: Sequence[str], since: date) -> Mapping[str, Mapping[date, int]]:
        """By name and day."""


class GateRows(Protocol):
    """What is shown less."""

    def lowered(self, now: datetime) -> frozenset[str]:
        """Domains of peers that are shown less at this moment."""


class WashingTransaction(Protocol):
    """All rows of one transaction."""

    @property
    def complainers(self) -> ComplainedRows:
        """Our own complaints."""

    @property
    def positions(self) -> DeliveredRows:
        """How many mails were delivered."""

    @property
    def agreements(self) -> GateRows:
        """What is shown less."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """What was measured of one peer."""

    peer: str
    washing: Washing
    is_lowered: bool


def look(rows: WashingTransaction, now: datetime) -> list[Looked]:
    """Measure every peer that gets reports, by name."""
    complained = rows.complainers.complained(now - LOOKED_BACK)
    delivered = rows.positions.sent(sorted(complained), (now - LOOKED_BACK).date())
    lowered = rows.agreements.lowered(now)
    return [
        Looked(peer=peer, washing=measured(said, delivered.get(peer, {}), now), is_lowered=peer in lowered)
        for peer, said in sorted(complained.items())
    ]


def lower(desk: RecourseDesk, found: Sequence[Looked], now: datetime) -> list[Consequence]:
    """Show less to whoever washes; what was imposed, each with its reference for the way back."""
    return [
        desk.impose(
            Imposing(
                subject=each.peer,
                measure=Measure.SHOWN_LESS,
                reason=arithmetic(each.washing),
                ends=now + LASTS,
                given={"complaint": each.washing.told + each.washing.new_after},
                peer=each.peer,
            )
        )
        for each in found
        if each.washing.verdict is Verdict.WASHES and not each.is_lowered
    ]


def arithmetic(washing: Washing) -> str:
    """The why of it in one line, for the other side too: numbers, and nobody's name."""
    return (
        f"listwashing: of {washing.told} complainers shown, {washing.returned} complained again; "
        f"new complainers {washing.new_before} -> {washing.new_after} per 28 days, "
        f"of {washing.delivered_before} -> {washing.delivered_after} mails delivered"
    )
