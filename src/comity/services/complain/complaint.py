"""A complaint enters, waits, and may be taken back: "not spam" about the same message and mailbox undoes "spam".

Trust:      the mail is a stranger's; who complained is known by the gate. The mailbox is kept in clear only while a
            complaint waits.
Standards:  RFC 6449 section 3 (only what users initiate), DESIGN.md P2: made twice, it is counted once.
Answers:    ``Complaints.enter(rows, mail, now)`` gives ``Entered``: what became of it, by name. In the caller's transaction: it is
            on the disk when that ends.
Limits:     what one mailbox says by moving more than ``Burst.most`` mails within a minute waits as one batch for ``Burst.hold``: a
            slip, or a program that tidies up. The last word counts. What was taken back after it left is retracted in the
            ledger; making the same complaint a third time does not tell anybody again.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import Final
from zlib import compress

from comity.formats.deception import Deception
from comity.model.sending import ComplaintState
from comity.services.complain.exchanging import Exchange
from comity.services.complain.rows import KnownComplaint, NewComplaint, Transaction
from comity.services.complain.straight_line import Identity, Mail, StraightLine
from comity.services.judge.learning.drawing import Drawn

WAIT: Final = timedelta(minutes=15)
_UNDECIDED: Final = frozenset({ComplaintState.WAITING, ComplaintState.SHUNTED})
MINUTE: Final = timedelta(minutes=1)
_SETTLED: Final = frozenset({ComplaintState.DECIDED, ComplaintState.SHUNTED, ComplaintState.WAITING})


@dataclass(frozen=True, slots=True, kw_only=True)
class Burst:
    """What more than a person says within a minute, and how long that waits."""

    most: int = 20
    hold: timedelta = timedelta(hours=24)


class Fate(StrEnum):
    """What became of one complaint when it entered."""

    WAITS = "waits"
    REPEATED = "repeated"  # it was made before
    TAKEN_BACK = "taken-back"  # the opposite waited: both are gone
    RETRACTED = "retracted"  # the opposite had been decided: it is retracted, and this one waits


@dataclass(frozen=True, slots=True, kw_only=True)
class ComplaintMail:
    """One mail that is complained about, and which one in whose mailbox that is."""

    mail: Mail
    identity: Identity
    is_moved: bool = False  # said by moving it
    fraud: str | None = None  # it is called fraud: what the mail says of itself, for the person who is told at once
    looks: Deception | None = None  # it is called spam, and what of it says that it is fraud
    drawn: Drawn | None = None  # what the filter may learn from it


@dataclass(frozen=True, slots=True, kw_only=True)
class Entered:
    """One complaint, and what became of it; ``retracted`` reports had been exchanged."""

    complaint_id: int
    fate: Fate
    due: datetime | None
    retracted: int = 0


class Complaints:
    """Takes complaints in."""

    def __init__(
        self,
        line: StraightLine,
        exchange: Exchange,
        *,
        wait: timedelta = WAIT,
        keep: timedelta | None = None,
        burst: Burst | None = None,
    ) -> None:
        """``keep``: how long the bytes of a reported mail are kept; None for as long as its row."""
        self._line, self._exchange, self._wait, self._keep = line, exchange, wait, keep
        self._burst = burst or Burst()

    def enter(
        self,
        rows: Transaction,
        mail: Mail,
        now: datetime,
        *,
        said: datetime | None = None,
        identity: Identity | None = None,
        is_moved: bool = False,
    ) -> Entered:
        """Take one complaint in.

        ``said``: when it was made, where a gate noted it; what is no later than the last word that is known is heard no
        more, so that it may be worked off twice. ``identity``: what it is about, where that was found out before.
        ``is_moved``: it was made by moving the mail, as programs do too.
        """
        identity = identity or self._line.identify(mail)
        known = {each.not_spam: each for each in rows.sending.complaints_by_key([identity.key])}
        same, opposite = known.get(mail.not_spam), known.get(not mail.not_spam)
        for each in known.values():
            if said is not None and each.last_said >= said:
                return Entered(complaint_id=each.complaint_id, fate=Fate.REPEATED, due=None)
        at = said or now
        if opposite is not None and opposite.state in _UNDECIDED:
            rows.sending.settle(opposite.complaint_id, ComplaintState.TAKEN_BACK, at=at)
            return Entered(complaint_id=opposite.complaint_id, fate=Fate.TAKEN_BACK, due=None)
        if same is not None and same.state in _SETTLED:
            rows.sending.count_repeat(same.complaint_id)
            return Entered(complaint_id=same.complaint_id, fate=Fate.REPEATED, due=None)
        retracted = self._take_back(rows, opposite, now, at=at)
        due = now + self._wait
        if identity.sightings and identity.mailbox_token is not None:
            rows.sightings.add(identity.sightings, complaint=identity.key, mailbox_token=identity.mailbox_token, at=now)
        complaint_id = rows.sending.add_complaint(self._new(mail, identity, arrived=at, due=due))
        if is_moved and identity.mailbox is not None:
            due = self._hold_burst(rows, identity.mailbox, now, at=at) or due
        fate = Fate.WAITS if retracted is None else Fate.RETRACTED
        return Entered(complaint_id=complaint_id, fate=fate, due=due, retracted=retracted or 0)

    def _hold_burst(self, rows: Transaction, mailbox: str, now: datetime, *, at: datetime) -> datetime | None:
        """Let everything that one mailbox said within a minute wait together, if it is more than a person says."""
        together = rows.sending.waiting_of(mailbox, since=at - MINUTE)
        if len(together) <= self._burst.most:
            return None
        until = now + self._burst.hold
        rows.sending.wait_until(together, until)
        return until

    def _take_back(
        self, rows: Transaction, opposite: KnownComplaint | None, now: datetime, *, at: datetime
    ) -> int | None:
        """Retract what was decided on the opposite; None where there is nothing."""
        if opposite is None or opposite.state is not ComplaintState.DECIDED:
            return None
        told = rows.sending.told_about(opposite.complaint_id)
        rows.sending.settle(opposite.complaint_id, ComplaintState.RETRACTED, at=at)
        return self._exchange.retract(rows, told, now)

    def _new(self, mail: Mail, identity: Identity, *, arrived: datetime, due: datetime) -> NewComplaint:
        return NewComplaint(
            key=identity.key,
            not_spam=mail.not_spam,
            digest=sha256(mail.data).digest(),
            packed=compress(mail.data, 1),
            size=len(mail.data),
            name=mail.path,
            mailbox=identity.mailbox,
            mailbox_token=identity.mailbox_token,
            arrived=arrived,
            due=due,
            kept_until=None if self._keep is None else arrived + self._keep,
        )
