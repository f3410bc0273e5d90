"""Decide on the complaints whose time has come: reports for the parties, held or on their way, in one transaction a batch.

Trust:      mail is a stranger's; a fault of ours over one complaint shunts that complaint, and the next one is decided.
Standards:  promise P3 (row, leaf, roll-up and outbox in one transaction) and P9 (nothing leaves before the operator says so).
Answers:    ``Deciding.run(now)`` decides on some batches and gives ``Decided``; ``retry(ids, now)`` on what was shunted;
            ``sweep(now)`` lets out what a quota held, and ends what was held for too long.
Limits:     complaints are looked at before the transaction, by others (``looking.py``); what was taken back meanwhile is left
            out. What kills whoever looks at it twice is shunted.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Protocol, Self

from comity.accord.agreement import terms
from comity.feedback.enrolment import rung
from comity.feedback.pacing import PaceRules
from comity.model.agreement import Agreement
from comity.model.decisions import Step, keep, step_object
from comity.model.sending import OutboxKind, OutboxState, Peer, PeerState
from comity.model.sighting import Sighting
from comity.services.complain.agreed import TRIAL, Agreed
from comity.services.complain.cards.judged import Judged
from comity.services.complain.contacts.volume import UNCONFIRMED, Few, Registry, Volume, is_unasked
from comity.services.complain.exchanging import Exchange, let_out
from comity.services.complain.looking import Drafted, Looked, Looks, Task, Unseen
from comity.services.complain.pacing.let_out import LetOut
from comity.services.complain.pacing.paced import Paced, delay
from comity.services.complain.rows import DueComplaint, OutboxRow, Outgoing, Store, Transaction
from comity.services.prove.forwarding import Window, behind, is_open
from comity.services.prove.owed.heads import gives_receipts
from comity.services.receive.working_off import LostReader

# Some seventy statements of a lot cost the same for a hundred complaints and for more.
BATCH: Final = 250
_ROOM: Final = 8 << 20  # bytes of their mails, as they are kept
MOST: Final = 1000  # in one run

_STOPPED: Final = "ledger-stopped"
# What is held for one of these leaves by itself when it has passed.
_PASSING: Final = ("quota", "no-receipt", _STOPPED, TRIAL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pacing:
    """How much leaves, and how long it may be held."""

    per_day: int = 1000  # reports for one peer, where the agreement says nothing
    quotas: Mapping[str, int] = field(default_factory=dict)  # what agreements say, by peer
    held_for: timedelta = timedelta(days=14)
    windows: Mapping[str, Window] = field(default_factory=dict)  # of peers that give receipts, by domain
    our_domain: str = ""
    rules: PaceRules | None = None  # None: every report of a campaign leaves
    longest_delay: timedelta = timedelta(0)  # how long a report may wait at random
    names: Mapping[str, str] = field(default_factory=dict)  # what the settings call peers, by domain
    unsolicited: Few | None = None  # None: networks that did not ask are not told

    def quota(self, party: str) -> int:
        """How many reports a day one party gets."""
        return self.quotas.get(party, self.per_day)


@dataclass(slots=True, kw_only=True)
class Decided:
    """What one batch came to."""

    complaints: int = 0
    released: int = 0
    held: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    shunted: int = 0
    aside: list[int] = field(default_factory=list)  # the numbers of these


class Sights(Protocol):
    """Who takes in what complaints say of lines of ours."""

    def fetch(self, seen: Sequence[Sighting]) -> None:
        """Ask whoever must be asked for it: before a transaction."""

    def take(self, records: Any, seen: Sequence[Sighting], now: datetime) -> None:
        """Take it in, within one."""


@dataclass(slots=True)
class _Room:
    """What one peer may still get today."""

    peer: Peer
    left: int
    is_open: bool = True  # enough of what it got has a receipt
    is_stopped: bool = False  # nothing can be signed in our ledger with it, before somebody has healed that


class Deciding:
    """Turns due complaints into reports."""

    def __init__(
        self,
        store: Store,
        looks: Looks,
        exchange: Exchange,
        *,
        pacing: Pacing,
        new_token: Callable[[], str],
        chance: Callable[[], float] = lambda: 0.0,
        registry: Registry | None = None,
    ) -> None:
        """``new_token`` gives chance for the envelope address of one mail, ``chance`` a number below 1 for its delay,
        ``registry`` whom networks name for abuse.
        """
        self._sights: Sights | None = None
        self._wake: Callable[[], None] = _nobody
        self._registry, self._let_out = registry, LetOut()
        self._store, self._looks, self._exchange = store, looks, exchange
        self._pacing, self._new_token, self._chance = pacing, new_token, chance

    def seeing(self, sights: Sights | None) -> Self:
        """With somebody who takes in what complaints say of lines of ours."""
        self._sights = sights
        return self

    def waking(self, wake: Callable[[], None]) -> Self:
        """With somebody who sends, and is called when there is something to send."""
        self._wake = wake
        return self

    def run(self, now: datetime, most: int = MOST) -> Decided:
        """Decide on the complaints that are due, the oldest first: while one batch is written, the next is looked at.

        Whoever sends is called once, at the end: lots that are small cost a commit each.
        """
        decided, begun = Decided(), self._due(now, ())
        self._begin(begun)
        count = len(begun)
        while begun:
            # What comes next is read while this is looked at, so that nobody who looks waits for it.
            with self._while_looking(begun):
                following = self._due(now, [due.complaint_id for due, *_ in begun]) if count < most else []
            count += len(following)
            looked_at = self._looked_at(begun)
            self._begin(following)
            with self._while_looking(following), self._store.write() as rows:
                self._apply(rows, looked_at, decided, now=now)
            begun = following
        if decided.released:
            self._wake()
        return decided

    def retry(self, complaint_ids: Sequence[int], now: datetime) -> Decided:
        """Decide on complaints that were put aside: these, or all."""
        with self._store.read() as view:
            aside = self._tasks(view, [each.due for each in view.sending.shunted(complaint_ids)], now)
        decided = Decided()
        for at in range(0, len(aside), BATCH):
            tasks = aside[at : at + BATCH]
            self._looks.send(tasks)
            looked_at = self._looked_at(tasks)
            with self._store.write() as rows:
                rows.sending.wait_again([due.complaint_id for due, *_ in tasks])
                self._apply(rows, looked_at, decided, now=now)
        return decided

    def close(self) -> None:
        """Let go of those who look."""
        self._looks.close()

    def _due(self, now: datetime, without: Sequence[int]) -> list[Task]:
        """A batch to be looked at, if there is anything."""
        with self._store.read() as view:
            return self._tasks(view, view.sending.due(now, BATCH, room=_ROOM, without=without), now)

    def _tasks(self, view: Transaction, due: Sequence[DueComplaint], now: datetime) -> list[Task]:
        if not due:
            return []
        seen, signed = view.sightings.seen([each.key for each in due]), self._signed(view, now)
        lowered = view.agreements.lowered(now)
        return [(each, now, seen, signed, lowered) for each in due]

    def _begin(self, tasks: Sequence[Task]) -> None:
        """Have a batch looked at."""
        if tasks:
            self._looks.send(tasks)

    @contextmanager
    def _while_looking(self, tasks: Sequence[Task]) -> Iterator[None]:
        """What fails meanwhile leaves nothing with those who look: its answers would be taken for those of the next batch."""
        try:
            yield
        except BaseException:
            if tasks:
                self._looks.receive()  # nobody will ask for it: it is looked at again
            raise

    def _signed(self, view: Transaction, now: datetime) -> tuple[Agreement, ...]:
        """What both sides signed, as it holds now; beside it who is enrolled, where no agreement says anything."""
        papers = view.agreements.all()
        signed = terms.signed(papers, self._pacing.our_domain, self._pacing.names, now=now) if papers else ()
        return (*signed, *rung(view.consumers.in_force(), now, beside=(*self._pacing.names, *papers)))

    def _agreed(self, rows: Transaction, peers: Iterable[str | None], now: datetime) -> Agreed:
        known = {each for each in peers if each is not None}
        return Agreed(rows.agreements, self._pacing.our_domain, now, peers=known)

    def _looked_at(self, begun: Sequence[Task]) -> list[tuple[DueComplaint, Looked | Unseen]]:
        answers = [self._certain(task, each) for task, each in zip(begun, self._looks.receive(), strict=True)]
        looked_at = self._with_registry(begun, answers)
        if self._sights is not None:
            seen = (each.sighting for each in looked_at if isinstance(each, Looked))
            self._sights.fetch([each for each in seen if each is not None])
        return [(task[0], each) for task, each in zip(begun, looked_at, strict=True)]

    def _with_registry(self, begun: Sequence[Task], answers: list[Looked | Unseen]) -> list[Looked | Unseen]:
        """Where nobody is told so far, and whoever did not ask may be: look up who that is, and look at the complaint again."""
        wanting = {
            at: each.to_look_up for at, each in enumerate(answers) if isinstance(each, Looked) and each.to_look_up
        }
        if not wanting or self._registry is None:
            return answers
        with self._store.read() as view:
            found = {at: self._registry(view, address) for at, address in wanting.items()}
        tasks: list[Task] = [
            (begun[at][0], begun[at][1], begun[at][2], begun[at][3], begun[at][4], each) for at, each in found.items()
        ]
        self._looks.send(tasks)
        for at, task, again in zip(found, tasks, self._looks.receive(), strict=True):
            answers[at] = self._certain(task, again)
        return answers

    def _certain(self, task: Task, answer: Looked | Unseen | LostReader) -> Looked | Unseen:
        """What was said; a complaint that kills whoever looks at it has one more try, alone, and is shunted then."""
        if isinstance(answer, LostReader):
            self._looks.send([task])
            answer = self._looks.receive()[0]
        return Unseen(reason=answer.reason) if isinstance(answer, LostReader) else answer

    def _apply(
        self,
        rows: Transaction,
        looked_at: Sequence[tuple[DueComplaint, Looked | Unseen]],
        decided: Decided,
        *,
        now: datetime,
    ) -> None:
        waiting = rows.sending.still_waiting([due.complaint_id for due, _ in looked_at])
        reports = [each for _, looked in looked_at if isinstance(looked, Looked) for each in looked.reports]
        agreed = self._agreed(rows, (each.outgoing.reported for each in reports), now)
        fresh: list[Drafted] = []
        trapped, seen = Counter[str](), list[Sighting]()
        noes: dict[int, list[dict[str, str | None]]] = {}
        steps: dict[int, list[dict[str, Any]]] = {}
        for due, looked in looked_at:
            if due.complaint_id not in waiting:
                continue
            if isinstance(looked, Unseen):
                rows.sending.shunt(due.complaint_id, reason=looked.reason, detail=looked.detail, at=now)
                decided.shunted += 1
                decided.aside.append(due.complaint_id)
                continue
            if any(agreed.is_stale(each.outgoing) for each in looked.reports):
                continue  # the terms changed while it was looked at: it waits, and is looked at again
            decided.complaints += 1
            if looked.trapped is not None:
                trapped[looked.trapped] += 1
            if looked.sighting is not None:
                seen.append(looked.sighting)
            noes[due.complaint_id], steps[due.complaint_id] = list(looked.refusals), list(looked.steps)
            fresh += looked.reports
        known = rows.sending.known_reports([each.outgoing.report_key for each in fresh])
        fresh = [each for each in fresh if each.outgoing.report_key not in known]
        rooms = self._rooms(rows, fresh, agreed, now=now)
        paced = Paced(rows.pace, self._pacing.rules, [each.outgoing for each in fresh], now=now)
        few = Volume(rows.sending, self._pacing.unsolicited, now)
        allowed, reasons = list[Drafted](), list[str | None]()
        for each in fresh:  # one after the other: each that leaves may be the last that does
            no = agreed.no(each.outgoing) or few.no(each.outgoing) or paced.no(each.outgoing)
            if no is not None:
                noes[each.outgoing.complaint_id].append(_no(no, each.outgoing))
                steps[each.outgoing.complaint_id].append(_no_step(no, each.outgoing.party))
                continue
            few.use(each.outgoing)
            allowed.append(each)
            reasons.append(_reason(rooms[each.outgoing.party], agreed, each.outgoing))
        decided.refused.update(each["reason"] or "" for refusals in noes.values() for each in refusals)
        rows.sending.decided({each: keep(noes[each], steps[each]) for each in noes}, now)
        rows.judged.add({(now.astimezone(UTC).date(), peer): Judged(traps=n) for peer, n in trapped.items()})
        if self._sights is not None and seen:
            self._sights.take(rows, seen, now)
        numbers = self._tell(rows, allowed, reasons, decided=decided, now=now)
        agreed.settle()
        paced.settle([(number, each.outgoing) for number, each in zip(numbers, allowed, strict=True)])

    def _tell(
        self,
        rows: Transaction,
        fresh: Sequence[Drafted],
        reasons: Sequence[str | None],
        *,
        decided: Decided,
        now: datetime,
    ) -> Sequence[int]:
        """Rows, leaves, roll-ups and outbox of these reports; ``reasons`` say which are held. Their numbers."""
        leaving = [(each.outgoing, each.data) for each, reason in zip(fresh, reasons, strict=True) if reason is None]
        exchanged = iter(self._exchange.exchange(rows, leaving, now))
        outgoing_rows = [
            next(exchanged) if reason is None else each.outgoing for each, reason in zip(fresh, reasons, strict=True)
        ]
        numbers = rows.sending.add_reports(outgoing_rows)
        rows.sending.add_outbox(
            [
                self._mail(each, reason, report_id=number, now=now)
                for each, reason, number in zip(fresh, reasons, numbers, strict=True)
            ]
        )
        decided.released += len(leaving)
        decided.held.update(reason for reason in reasons if reason is not None)
        return numbers

    def _rooms(self, rows: Transaction, fresh: Sequence[Drafted], agreed: Agreed, *, now: datetime) -> dict[str, _Room]:
        """Every party of a batch with its state; one that nobody knew is observed first."""
        wanted = {each.outgoing.party: each for each in fresh}
        known = rows.peers.by_name(sorted(wanted))
        rooms = {}
        for name, each in wanted.items():
            version = each.outgoing.agreement_version
            peer = known.get(name) or Peer(name=name, address=each.address, state=PeerState.OBSERVE, since=now)
            if (peer.address, peer.agreement_version) != (each.address, version) or name not in known:
                peer = replace(peer, address=each.address, agreement_version=version)
                rows.peers.put(peer)
            left = self._left(rows, peer, agreed, now=now)
            is_stopped = self._exchange.is_stopped(rows, each.outgoing.reported, now)
            rooms[name] = _Room(peer, left, self._is_open(rows, peer, agreed, now=now), is_stopped)
        return rooms

    def _is_open(self, rows: Transaction, peer: Peer, agreed: Agreed, *, now: datetime) -> bool:
        """Whether a peer that gives receipts has given enough of them."""
        domain = peer.address.rpartition("@")[2]
        ours, window = self._pacing.our_domain, agreed.window(domain) or self._pacing.windows.get(domain)
        if window is None or not (domain in self._pacing.windows or gives_receipts(rows.history, ours, domain)):
            return True  # it speaks mail alone, and has cosigned nothing so far
        return is_open(behind(rows.history, ours, domain), window, now)

    def _left(self, rows: Transaction, peer: Peer, agreed: Agreed, *, now: datetime) -> int:
        quota = agreed.quota(peer.address.rpartition("@")[2])
        if quota is None:
            quota = rows.consumers.quota_of(peer.name)
        most = self._pacing.quota(peer.name) if quota is None else quota
        return most - self._let_out.today(rows.sending, peer.name, now)

    def _mail(self, drafted: Drafted, reason: str | None, *, report_id: int, now: datetime) -> OutboxRow:
        return OutboxRow(
            kind=OutboxKind.REPORT,
            party=drafted.outgoing.party,
            address=drafted.address,
            bounce_token=self._new_token(),
            packed=drafted.packed,
            size=len(drafted.data),
            report_id=report_id,
            state=OutboxState.WAITING if reason is None else OutboxState.HELD,
            reason=reason,
            entered=now,
            released=now if reason is None else None,
            due=now + delay(self._chance(), self._pacing.longest_delay),
        )

    def sweep(self, now: datetime) -> Decided:
        """A new day lets out what a quota held; what was held for too long ends, with its reason."""
        swept = Decided()
        with self._store.write() as rows:
            rows.sending.expire(now - self._pacing.held_for, now)
            waiting = {each: None for reason in _PASSING for each in rows.sending.parties_held_for(reason)}
            for party in waiting:
                peer = rows.peers.by_name([party]).get(party)
                if peer is None or peer.state is not PeerState.LIVE:
                    continue
                agreed = self._agreed(rows, [peer.address.rpartition("@")[2]], now)
                left = self._left(rows, peer, agreed, now=now)
                is_stopped = self._exchange.is_stopped(rows, peer.address.rpartition("@")[2], now)
                if left > 0 and not is_stopped and self._is_open(rows, peer, agreed, now=now):
                    held = rows.sending.held(party, _PASSING, most=min(left, BATCH))
                    swept.released += let_out(rows, self._exchange, held, agreed=agreed, now=now)
        if swept.released:
            self._wake()
        return swept


def _no(reason: str, outgoing: Outgoing) -> dict[str, str | None]:
    """With the campaign, where it has one: report cards count the people behind it, whether or not the party heard of each."""
    of = {} if outgoing.campaign is None else {"campaign": outgoing.campaign.hex()}
    return {"reason": reason, "party": outgoing.party, **of}


def _no_step(reason: str, party: str) -> dict[str, Any]:
    """A party that the ladder found, and that is not told: agreed otherwise, told before, enough for now."""
    return step_object(Step(rule="pacing", held=False, reason=reason, about=party))


def _nobody() -> None:
    """Nobody sends beside us."""


def _reason(room: _Room, agreed: Agreed, outgoing: Outgoing) -> str | None:
    """Why a report for this peer is held; None where it leaves, which uses one place of the day."""
    if is_unasked(outgoing):
        return UNCONFIRMED
    if room.peer.state is PeerState.OBSERVE:
        return "observe"
    if room.peer.state is PeerState.SUSPENDED:
        return "suspended"
    if room.is_stopped:
        return _STOPPED
    if not room.is_open:
        return "no-receipt"
    trial = agreed.hold(outgoing)
    if trial is not None:
        return trial
    if room.left <= 0:
        return "quota"
    room.left -= 1
    agreed.use(outgoing)
    return None
