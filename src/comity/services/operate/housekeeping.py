"""What has to be done now and then: drop mails whose time is over, wake cases whose day has come,
forget old sightings of signatures, who held which address, what subscribers were told, and what became of old submissions.

Answers:    ``keep_house(records, now)`` gives ``Kept``; in the caller's transaction.
Limits:     at most a thousand mails at once, so that nobody waits long for the store.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Protocol

from comity.services.complain.cards.claimed import KEPT, ClaimedRows
from comity.services.integrate.submissions import KEPT_FOR
from comity.services.receive.desk import Desk, DeskCaseRows, EvidenceRows
from comity.services.receive.teamwork import TeamworkRows

PROGRAM: Final = "comity"
TOLD_FOR: Final = timedelta(days=90)  # the longest that a campaign may be quiet and go on
SEEN_FOR: Final = timedelta(
    days=14
)  # a replay goes on for hours or days; what was seen longer ago says nothing about it


class HouseIntakeRows(EvidenceRows, Protocol):
    """Rows of what came in."""

    def drop_bytes(self, now: datetime) -> int:
        """Drop bytes whose time is over; how many there were."""


class HouseSightingRows(Protocol):
    """Signatures that may have been sent again."""

    def forget(self, before: datetime) -> int:
        """Forget those that were last seen before this moment; how many there were."""


class HousePaceRows(Protocol):
    """What parties were told about campaigns."""

    def forget(self, before: datetime) -> int:
        """Forget campaigns about which nobody has complained since this moment; how many there were."""


class HouseLeaseRows(Protocol):
    """Who held which address when."""

    def forget(self, before: datetime) -> int:
        """Drop the oldest whose time was over before this moment; how many there were."""


class HouseLoginRows(Protocol):
    """Who handed in which mail."""

    def forget(self, before: datetime) -> int:
        """Drop the oldest whose time was over before this moment; how many there were."""


class HouseSubmissionRows(Protocol):
    """What programs handed over."""

    def forget(self, before: datetime) -> int:
        """Forget what was worked off before this moment; how many there were."""


class HouseForgetting(Protocol):
    """What is forgotten when it is old."""

    def forget(self, before: datetime) -> int:
        """Drop what is older than this moment; how many there were."""


class HouseRows(Protocol):
    """The rows that are looked after."""

    @property
    def submissions(self) -> HouseSubmissionRows:
        """What programs handed over."""

    @property
    def intake(self) -> HouseIntakeRows:
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
    def leases(self) -> HouseLeaseRows:
        """Who held which address when."""

    @property
    def pace(self) -> HousePaceRows:
        """What parties were told about campaigns."""

    @property
    def claimed(self) -> ClaimedRows:
        """What was claimed at delivery, and proved."""

    @property
    def logins(self) -> HouseLoginRows:
        """Who handed in which mail."""

    @property
    def notices(self) -> HouseForgetting:
        """What subscribers were told, and said."""

    @property
    def infestations(self) -> HouseForgetting:
        """What is known of infected devices."""

    @property
    def sightings(self) -> HouseSightingRows:
        """Signatures that may have been sent again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What was done."""

    dropped: int
    woken: int
    forgotten: int
    leases: int = 0


def keep_house(
    records: HouseRows, now: datetime, *, lease_days: int = 180, login_days: int = 30, notice_days: int = 396
) -> Kept:
    """Do it; ``lease_days`` is how long it is kept who held which address, ``login_days`` who handed in which mail.

    ``notice_days`` is how long a notice can be checked; what is known of the device goes with it.
    """
    woken = Desk(records, actor=PROGRAM, now=now).wake()
    forgotten = records.sightings.forget(now - SEEN_FOR) + records.submissions.forget(now - KEPT_FOR)
    records.pace.forget(now - TOLD_FOR)
    records.claimed.forget((now - KEPT).date())
    records.logins.forget(now - timedelta(days=login_days))
    records.notices.forget(now - timedelta(days=notice_days))
    records.infestations.forget(now - timedelta(days=notice_days))
    leases = records.leases.forget(now - timedelta(days=lease_days))
    dropped = records.intake.drop_bytes(now)
    return Kept(dropped=dropped, woken=len(woken), forgotten=forgotten, leases=leases)
