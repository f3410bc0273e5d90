"""What has to be done now and then: wake cases whose day has come, forget old sightings of signatures and what became of old
submissions.

Answers:    ``keep_house(records, now)`` gives ``Kept``, every few minutes; ``forget_counters(records, now)``, once a day, forgets
            counters, digests and what was read in our own logs. Both in the caller's transaction.
Limits:     what a law may bound is erased by ``comity.services.operate.retention``, with a proof.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final, Protocol

from comity.services.complain.cards import judged
from comity.services.complain.cards.claimed import KEPT, ClaimedRows
from comity.services.integrate.submissions import KEPT_FOR
from comity.services.prove import deliveries
from comity.services.receive.desk import Desk, DeskCaseRows, EvidenceRows
from comity.services.receive.teamwork import TeamworkRows
from comity.services.remedy.own_logs import judging

PROGRAM: Final = "comity"
DIGESTS_KEPT: Final = timedelta(days=90)
TOLD_FOR: Final = timedelta(days=90)  # the longest that a campaign may be quiet and go on
# A replay goes on for hours or days; what was seen longer ago says nothing about it.
SEEN_FOR: Final = timedelta(days=14)


class HouseSightingRows(Protocol):
    """Signatures that may have been sent again."""

    def forget(self, before: datetime) -> int:
        """Forget those that were last seen before this moment; how many there were."""


class HousePaceRows(Protocol):
    """What parties were told about campaigns."""

    def forget(self, before: datetime) -> int:
        """Forget campaigns about which nobody has complained since this moment; how many there were."""


class HouseSubmissionRows(Protocol):
    """What programs handed over."""

    def forget(self, before: datetime) -> int:
        """Forget what was worked off before this moment; how many there were."""


class HouseCountRows(Protocol):
    """Counters by day."""

    def forget(self, before: date) -> int:
        """Drop days before this one; how many rows there were."""


class HouseRows(Protocol):
    """The rows that are looked after."""

    @property
    def submissions(self) -> HouseSubmissionRows:
        """What programs handed over."""

    @property
    def intake(self) -> EvidenceRows:
        """What came in."""

    @property
    def cases(self) -> DeskCaseRows:
        """The desk."""

    @property
    def accounts(self) -> Any:
        """Who works with the pages."""

    @property
    def teamwork(self) -> TeamworkRows:
        """Who has which case."""

    @property
    def pace(self) -> HousePaceRows:
        """What parties were told about campaigns."""

    @property
    def claimed(self) -> ClaimedRows:
        """What was claimed at delivery, and proved."""

    @property
    def judged(self) -> HouseCountRows:
        """How much mail came from peers, and left for them."""

    @property
    def sightings(self) -> HouseSightingRows:
        """Signatures that may have been sent again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What was done."""

    woken: int
    forgotten: int


def keep_house(records: HouseRows, now: datetime) -> Kept:
    """Do it."""
    woken = Desk(records, actor=PROGRAM, now=now).wake()
    forgotten = records.sightings.forget(now - SEEN_FOR) + records.submissions.forget(now - KEPT_FOR)
    records.pace.forget(now - TOLD_FOR)
    records.claimed.forget((now - KEPT).date())
    records.judged.forget((now - judged.KEPT).date())
    return Kept(woken=len(woken), forgotten=forgotten)


class CounterRows(Protocol):
    """Counters, and what was read in our own logs: whatever writes it has rows of its own."""

    @property
    def cards(self) -> Any:
        """Mails that were delivered, by the hour."""

    @property
    def positions(self) -> Any:
        """Mails of customers, by day."""

    @property
    def deliveries(self) -> Any:
        """Mails that left, as hashes."""

    @property
    def coalition(self) -> Any:
        """Digests that were mailed to our own people."""

    @property
    def own_logs(self) -> Any:
        """What our mail hosts took from lines of ours."""


def forget_counters(records: CounterRows, now: datetime) -> None:
    """Forget what is too old. Where a new file is taken in, what came out of older ones goes at once; it must go as well where no
    file comes any more, and digests where there is nothing to tell."""
    before = (now - judged.KEPT).date()
    records.cards.forget_delivered(before)
    records.positions.forget_sent(before)
    records.deliveries.forget((now - deliveries.KEPT).date())
    records.coalition.forget_digests(now - DIGESTS_KEPT)
    records.own_logs.forget(hours=now - judging.PAST, queue=now - judging.QUEUE, salts=now - timedelta(days=1))
