"""Send what waits in the outbox: claim, sign, hand over, mark; again later, or never, by what the mail host says.

Trust:      texts of answers may be strangers'.
Standards:  RFC 9477 section 3.3 and RFC 6376 (signed with d= of the From domain), RFC 5321 section 4.5.5 (reports are no notices of
            delivery, so they have an envelope address that is not null, one for each mail), RFC 3834 (Auto-Submitted).
Answers:    ``Mailing.once(by)`` sends what is due now and gives ``Sent``; ``run(stop)`` goes on until told to stop;
            ``wake()`` says that there is something to send; ``inherit(owner)`` ends the leases of whoever had this name before.
Limits:     the outbox is committed before a word is said to the mail host. Whoever dies between "sent" and the mark sends a mail at
            most once more, with the same Message-ID and report id: the receiver counts it once. What a fourth death interrupts
            fails, by name: whoever dies that often over one mail may die of it. Whoever lives keeps what it has claimed
            (``comity.services.complain.pacing.leasing``), and of what others have claimed meanwhile it writes down no more
            than that the mail host took it. A store that is away for a moment is asked again for as long as a claim is ours, so
            that it costs no second copy.
"""

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from contextlib import AbstractContextManager, closing
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from functools import partial
from threading import Condition, Event
from typing import Final, Protocol, TypeVar
from zlib import decompressobj

from comity.model.outcomes import ComityError, Outcome
from comity.model.sending import OURS, OutboxKind, PeerState
from comity.services.complain.contacts import acting as contacts
from comity.services.complain.contacts.rows import ContactRows
from comity.services.complain.pace import SPARE, TURN, Begun, Pace
from comity.services.complain.pacing.leasing import LEASE, Lease, Leases
from comity.services.complain.rows import OutboxRow, PeerRows, set_peer
from comity.services.prove.recourse import delivering
from comity.services.prove.recourse.rows import RecourseRows

_T = TypeVar("_T")

MARKED: Final = 50  # mails in one transaction: so many may leave twice when the process dies
_MARK_EVERY: Final = timedelta(seconds=0.25)
_FIRST_RETRY: Final = timedelta(minutes=5)
_LAST_RETRY: Final = timedelta(hours=6)
_UNREACHABLE: Final = timedelta(seconds=30)
_IDLE: Final = 1.0  # seconds
_BOUNCES_WITHIN: Final = timedelta(days=7)


class Answer(StrEnum):
    """What became of one mail at the mail host."""

    ACCEPTED = "accepted"
    LATER = "later"
    REFUSED = "refused"
    UNREACHABLE = "unreachable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """The answer, and what the host said."""

    answer: Answer
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """One mail, as it is handed over."""

    envelope_from: str
    to: str
    data: bytes = field(repr=False)


class MailOut(Protocol):
    """The way to the mail host."""

    def send(self, mail: Envelope) -> Reply:
        """Hand over one mail; nothing is raised."""

    def close(self) -> None:
        """End the connection."""


class OutboxRows(Protocol):
    """Rows of the outbox, as a sending thread needs them."""

    def claim(
        self,
        by: str,
        *,
        now: datetime,
        lease: tuple[datetime, datetime],
        after: str,
        lot: Callable[[str], int],
        without: Collection[int] = (),
    ) -> Sequence[OutboxRow]:
        """Lease what is due for one peer: the next behind ``after`` for which ``lot`` allows any; not those that are left out."""

    def leased(self, outbox_ids: Sequence[int], by: str) -> Collection[int]:
        """Which of these still wait and are leased by this name."""

    def let_go(self, owner: str, now: datetime) -> int:
        """End the leases of an owner who is dead, on what may be sent at once; how many there were."""

    def interrupted(self, now: datetime) -> Sequence[OutboxRow]:
        """Mail whose sending ended without an answer so often that it may be its fault."""

    def sent(self, outbox_ids: Sequence[int], at: datetime) -> Collection[int]:
        """The mail host took these; those of which nobody had said so yet."""

    def give_back(
        self, outbox_ids: Sequence[int], by: str, *, until: datetime | None = None, error: str | None = None
    ) -> None:
        """These were claimed by this name, and nothing was tried."""

    def postpone(self, outbox_id: int, *, until: datetime, error: str) -> None:
        """It is tried again later."""

    def fail(self, outbox_id: int, *, reason: str, error: str, at: datetime) -> None:
        """It is not tried again."""

    def hard_bounces(self, party: str, since: datetime) -> int:
        """How many mails for a party were refused for good since this moment."""


class OutboxTransaction(Protocol):
    """All rows of one transaction."""

    @property
    def sending(self) -> OutboxRows:
        """The outbox."""

    @property
    def peers(self) -> PeerRows:
        """Who may be written to."""

    @property
    def network_contacts(self) -> ContactRows:
        """Whom networks name for abuse."""

    @property
    def recourses(self) -> RecourseRows:
        """Consequences that were warned of."""


class OutboxStore(Protocol):
    """Where the rows are kept."""

    def write(self) -> AbstractContextManager[OutboxTransaction]:
        """One transaction."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Persistence:
    """How long it is tried, and when a peer is given up."""

    bounce_address: str  # "bounces@west.example": each mail has its own, bounces+TOKEN@west.example
    give_up_after: timedelta = timedelta(days=5)
    suspend_after: int = 5  # mails refused for good within a week
    warning: timedelta = timedelta(hours=48)  # between a warning that was taken and what a rule decided


@dataclass(slots=True, kw_only=True)
class Sent:
    """What one run of sending came to."""

    sent: int = 0
    later: int = 0
    failed: Counter[str] = field(default_factory=Counter)
    unreachable: str | None = None  # what was said when the mail host could not be reached


@dataclass(slots=True)
class _Told:
    """How long a peer took for how many mails. What our own store took is no slowness of a peer."""

    took: timedelta = timedelta()
    mails: int = 0

    def add(self, took: timedelta) -> None:
        """One mail more."""
        self.took += took
        self.mails += 1


class Mailing:
    """Sends the outbox."""

    def __init__(
        self,
        store: OutboxStore,
        mail_out: Callable[[], MailOut],
        sign: Callable[[bytes, datetime], bytes],
        *,
        persistence: Persistence,
        clock: Callable[[], datetime],
        lease_clock: Callable[[], datetime] | None = None,
    ) -> None:
        """``mail_out`` opens a way to the mail host for one thread; ``sign`` gives a mail with its signature before it.

        ``lease_clock`` is the clock of all who send from this store, on whichever machine; without one it is ``clock``.
        """
        self._store, self._mail_out, self._sign = store, mail_out, sign
        self._persistence, self._clock, self._lease_clock = persistence, clock, lease_clock or clock
        self._leases = Leases(store.write, self._lease_clock)
        self._pace = Pace(1)
        self._bell = _Bell()

    def wake(self) -> None:
        """There is something to send: those who wait for work look at once. Whoever waits for the mail host goes on waiting."""
        self._bell.ring()

    def once(self, by: str, stop: Event | None = None) -> Sent:
        """Send all that is due, until there is nothing or the mail host cannot be reached. ``by`` is nobody else's name."""
        over = Event()
        with ThreadPoolExecutor(1, "leases") as pool:
            renewing = pool.submit(self._leases.renew, over)
            try:
                sent = self._once(by, stop)
            finally:
                over.set()
        renewing.result()
        return sent

    def _once(self, by: str, stop: Event | None) -> Sent:
        with closing(_Hand(by, self._mail_out(), stop)) as hand:
            while not hand.stop.is_set() and self._some(hand):
                pass
        return hand.total

    def inherit(self, owner: str) -> int:
        """What a process of this name had claimed when it died is free again; how many mails that are."""
        with self._store.write() as rows:
            return rows.sending.let_go(owner, self._lease_clock())

    def run(self, stop: Event, threads: int, owner: str = "sending") -> None:
        """Send in some threads until told to stop; a fault in one of them ends all, and is raised. ``owner`` stands beside each
        claim, and is nobody else's name. A spare thread works while another is stuck.
        """
        self._pace = Pace(threads)
        with ThreadPoolExecutor(threads + SPARE + 2, thread_name_prefix="sending") as pool:
            running = [pool.submit(self._go_on, f"{owner}/{number}", stop) for number in range(threads + SPARE)]
            running.append(pool.submit(self._leases.renew, stop))
            pool.submit(self._end, stop)
            wait(running, return_when=FIRST_EXCEPTION)
            stop.set()
        for each in running:
            each.result()

    def _end(self, stop: Event) -> None:
        """Nobody waits for work any more when it is over."""
        stop.wait()
        self._bell.ring()

    def _go_on(self, by: str, stop: Event) -> None:
        pause, rung = _IDLE, 0
        while True:
            if pause > _IDLE:
                stop.wait(pause)
            elif not stop.is_set():
                self._bell.wait(rung, pause)
            if stop.is_set():
                return
            rung = self._bell.rung
            try:
                sent = self._once(by, stop)
            except ComityError as error:
                if error.outcome is not Outcome.TRY_AGAIN:
                    raise
                pause = 5 * _IDLE
                continue
            pause = _UNREACHABLE.total_seconds() if sent.unreachable else _IDLE

    def _some(self, hand: "_Hand") -> bool:
        """Send a lot to one peer; False where there is nothing more to do now."""
        claimed, begun = self._claim(hand)
        if not claimed or begun is None or hand.lease is None:
            return False
        told = _Told()
        try:
            self._send(claimed, hand, told, lease=hand.lease)
        finally:
            self._leases.end(hand.lease)
            self._pace.end(begun, each=told.took / max(told.mails, 1))
        return hand.total.unreachable is None

    def _claim(self, hand: "_Hand") -> tuple[Sequence[OutboxRow], Begun | None]:
        """A lot for the peer whose turn it is."""
        now = self._clock()
        begun: Begun | None = None
        if not self._pace.has_room(now):
            return (), None
        pace = partial(self._pace.lot, now=now)
        try:
            with self._store.write() as rows:
                at, ours = self._lease_clock(), self._leases.at()
                for row in rows.sending.interrupted(at):
                    if row.outbox_id in ours:
                        continue
                    rows.sending.fail(row.outbox_id, reason="interrupted", error="", at=now)
                    delivering.not_taken(rows, row, "interrupted", now=now)
                    hand.total.failed["interrupted"] += 1
                lasting = (at, at + LEASE)
                claimed = rows.sending.claim(hand.by, now=now, lease=lasting, after=hand.last, lot=pace, without=ours)
                if claimed:
                    # Before anybody can claim again: where the clock is set now, the store holds them for nobody.
                    hand.lease = self._leases.begin(hand.by, [row.outbox_id for row in claimed], lasting[1])
                    hand.last = claimed[0].party
                    begun = self._pace.begin(hand.last, self._clock())  # to wait for the store was no part of its turn
        except ComityError:
            if begun is not None and hand.lease is not None:
                self._pace.end(begun, each=None)
                self._leases.end(hand.lease)
            raise
        return claimed, begun

    def _send(self, claimed: Sequence[OutboxRow], hand: "_Hand", told: "_Told", *, lease: Lease) -> None:
        """Send one after the other while the turn lasts and they are ours, and give back the rest."""
        answered: list[tuple[OutboxRow, Reply]] = []
        due = self._clock() + _MARK_EVERY
        for at, row in enumerate(claimed):
            if not self._leases.holds(lease):
                self._mark(answered, hand)
                self._give_back(claimed[at:], hand)
                return
            begun = self._clock()
            try:
                reply = self._hand_over(row, hand.out)
            finally:
                told.add(self._clock() - begun)
            if reply.answer is Answer.UNREACHABLE:
                hand.total.unreachable = reply.text
                self._mark(answered, hand)
                self._give_back(claimed[at:], hand, until=self._clock() + _UNREACHABLE, error=reply.text)
                return
            answered.append((row, reply))
            now, is_suspended = self._clock(), False
            if len(answered) == MARKED or now >= due or reply.answer is not Answer.ACCEPTED:
                is_suspended = self._mark(answered, hand)
                answered, due = [], self._clock() + _MARK_EVERY
            if is_suspended or told.took > TURN:
                self._mark(answered, hand)
                self._give_back(claimed[at + 1 :], hand)
                return
        self._mark(answered, hand)

    def _hand_over(self, row: OutboxRow, out: MailOut) -> Reply:
        data = decompressobj().decompress(row.packed or b"", row.size)
        local, _, domain = self._persistence.bounce_address.rpartition("@")
        # Nothing comes back about an automatic answer (RFC 3834 section 3.3).
        envelope_from = "" if row.kind is OutboxKind.ANSWER else f"{local}+{row.bounce_token}@{domain}"
        return out.send(Envelope(envelope_from=envelope_from, to=row.address, data=self._sign(data, self._clock())))

    def _give_back(
        self, rows_left: Sequence[OutboxRow], hand: "_Hand", *, until: datetime | None = None, error: str | None = None
    ) -> None:
        ids = [row.outbox_id for row in rows_left]
        if ids:
            self._write_down(lambda rows: rows.sending.give_back(ids, hand.by, until=until, error=error), hand)

    def _write_down(self, change: Callable[[OutboxTransaction], _T], hand: "_Hand") -> _T:
        """What became of mail that we have claimed. A store that is away is asked again until somebody else may have claimed it."""
        while True:
            try:
                with self._store.write() as rows:
                    return change(rows)
            except ComityError as error:
                is_ours = hand.lease is not None and self._leases.holds(hand.lease)
                if error.outcome is not Outcome.TRY_AGAIN or not is_ours or hand.stop.wait(_IDLE):
                    raise

    def _mark(self, answered: Sequence[tuple[OutboxRow, Reply]], hand: "_Hand") -> bool:
        """Write down what became of these; True where their peer is suspended now.

        What was taken was taken, whoever is at it now: it is not sent once more. A no to us is nothing to whoever has claimed the
        mail since.
        """
        if not answered:
            return False
        is_suspended, done = self._write_down(lambda rows: self._marked(rows, answered, hand.by), hand)
        hand.total.sent += done.sent
        hand.total.later += done.later
        hand.total.failed += done.failed
        return is_suspended

    def _marked(
        self, rows: OutboxTransaction, answered: Sequence[tuple[OutboxRow, Reply]], by: str
    ) -> tuple[bool, Sent]:
        now, is_suspended = self._clock(), False
        accepted = [row.outbox_id for row, reply in answered if reply.answer is Answer.ACCEPTED]
        others = [row.outbox_id for row, reply in answered if reply.answer is not Answer.ACCEPTED]
        done = Sent(sent=len(accepted))
        settled = {*rows.sending.sent(accepted, now), *rows.sending.leased(others, by)}
        for row, reply in answered:
            if row.outbox_id not in settled:
                continue
            if reply.answer is not Answer.ACCEPTED:
                is_suspended |= self._not_taken(rows, row, reply=reply, total=done)
            elif row.kind is OutboxKind.RECOURSE:
                delivering.taken(rows, row, now=now, warning=self._persistence.warning)
        return is_suspended, done

    def _not_taken(self, rows: OutboxTransaction, row: OutboxRow, *, reply: Reply, total: Sent) -> bool:
        now = self._clock()
        if reply.answer is Answer.REFUSED:
            rows.sending.fail(row.outbox_id, reason="refused", error=reply.text, at=now)
            total.failed["refused"] += 1
            delivering.not_taken(rows, row, reply.text, now=now)
            contacts.bounced(rows.network_contacts, row.address, reply.text, now=now)
            return suspend_if_dead(rows, row.party, self._persistence.suspend_after, now=now)
        if now - (row.released or row.entered) > self._persistence.give_up_after:
            rows.sending.fail(row.outbox_id, reason="gave-up", error=reply.text, at=now)
            total.failed["gave-up"] += 1
            delivering.not_taken(rows, row, reply.text, now=now)
        else:
            until = now + min(_FIRST_RETRY * 2 ** min(row.attempts - 1, 10), _LAST_RETRY)
            rows.sending.postpone(row.outbox_id, until=until, error=reply.text)
            total.later += 1
        return False


class _Bell:
    """Ends the sleep of all who wait for it."""

    def __init__(self) -> None:
        self._condition = Condition()
        self.rung = 0  # how often, so far

    def ring(self) -> None:
        with self._condition:
            self.rung += 1
            self._condition.notify_all()

    def wait(self, heard: int, seconds: float) -> None:
        """Until it rings more often than ``heard``, so many seconds at the most."""
        with self._condition:
            self._condition.wait_for(lambda: self.rung > heard, seconds)


class _Hand:
    """One thread: its way to the mail host, the peer that had its turn last, what it has claimed, what it did, when it is over."""

    def __init__(self, by: str, out: MailOut, stop: Event | None = None) -> None:
        self.by, self.out, self.last, self.total, self.stop = by, out, "", Sent(), stop or Event()
        self.lease: Lease | None = None

    def close(self) -> None:
        self.out.close()


def suspend_if_dead(rows: OutboxTransaction, party: str, most: int, *, now: datetime) -> bool:
    """Suspend a peer whose mailbox refuses our mail again and again; the reason stands beside it. What it refused before somebody
    let mail leave again counts no more."""
    if party in OURS:
        return False
    peer = rows.peers.by_name([party]).get(party)
    if peer is None or peer.state is not PeerState.LIVE:
        return False
    if rows.sending.hard_bounces(party, max(now - _BOUNCES_WITHIN, peer.since)) < most:
        return False
    set_peer(rows.peers, peer, PeerState.SUSPENDED, now=now, reason="mail-refused")
    return True
