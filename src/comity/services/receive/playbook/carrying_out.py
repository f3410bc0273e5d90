"""Do outside what was decided: write who is suppressed or held, put notices into the outbox, tell other programs.

Trust:      only addresses and programs of our own settings are spoken to (P6); a notice goes to the contact in the operator's list.
Standards:  DESIGN.md section 5, P8 and P9.
Answers:    ``CarryingOut.turn(now)`` does what is due and gives ``Carried``; asked again it does nothing twice. What failed
            outside is tried again later.
            While ``own_programs`` is held, as in a desk that was restored, cases follow their rules, and all that is to be done
            outside waits.
Limits:     files are written as a whole, again after a crash; a notice and its mail are one transaction; another program may be
            told the same thing twice, with the same id, when this one dies between its answer and the mark. Each is claimed
            for longer than it may take to answer, and for no more than a minute: so long it waits when this machine dies.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, Protocol

from comity.model.case_consequence import CaseConsequence
from comity.model.playbook import TABLED, ActionKind, Happening
from comity.model.sending import OWN_PROGRAMS, PeerState
from comity.services.receive.playbook.following import Following
from comity.services.receive.playbook.gardening import Gardening
from comity.services.receive.playbook.informing import Informing
from comity.services.receive.playbook.noticing import Noticing
from comity.services.receive.playbook.rows import PlaybookTransaction

_LOT: Final = 200
_WEBHOOKS: Final = 20
LEASE: Final = timedelta(minutes=1)  # another program has ten or twenty seconds to answer
_FIRST_RETRY: Final = timedelta(minutes=1)
_LAST_RETRY: Final = timedelta(hours=6)


class Files(Protocol):
    """Where it is written who is suppressed, throttled or held."""

    def write(self, held: Sequence[CaseConsequence]) -> None:
        """Write all of it anew."""


class Replied(Protocol):
    """What another program answered."""

    @property
    def status(self) -> int:
        """An HTTP status; 0: nobody answered."""

    @property
    def text(self) -> str:
        """What it said."""


class Tells(Protocol):
    """The way to other programs."""

    def tell(self, what: CaseConsequence, facts: Mapping[str, Any], now: datetime) -> Replied:
        """Tell one of them something, once."""


@dataclass(slots=True, kw_only=True)
class Carried:
    """What was done in one turn."""

    timers: int = 0
    written: int = 0
    noticed: int = 0
    informed: int = 0
    gardens: int = 0
    bounced: int = 0
    told: int = 0
    failed: Counter[str] = field(default_factory=Counter)

    def __bool__(self) -> bool:
        """Whether there was anything to do."""
        done = (self.timers, self.written, self.noticed, self.informed, self.gardens, self.bounced, self.told)
        return any(done) or bool(self.failed)


@dataclass(frozen=True, slots=True, kw_only=True)
class Helping:
    """What is done for subscribers with an infected device; None: notices are not live, or there is no way into a garden."""

    informing: Informing | None = None
    gardening: Gardening | None = None


class CarryingOut:
    """Does what was decided."""

    def __init__(
        self,
        write: Callable[[], AbstractContextManager[Any]],
        following: Following,
        *,
        noticing: Noticing | None,
        helping: Helping | None = None,
        files: Files,
        tells: Tells,
        give_up: timedelta,
    ) -> None:
        """``write`` opens a transaction; ``noticing`` is None where no mail can leave, ``helping`` where nobody is helped."""
        self._helping = helping or Helping()
        self._write, self._following, self._noticing = write, following, noticing
        self._files, self._tells, self._give_up = files, tells, give_up

    def turn(self, now: datetime, clock: Callable[[], datetime] | None = None) -> Carried:
        """Do what is due: timers first, because they decide. ``clock`` is that of all who carry out for this store, by which they
        lease; without one, no time passes within a turn.
        """
        carried, clock = Carried(), clock or (lambda: now)
        while True:
            with self._write() as records:
                looked = self._following.tick(records, now)
                ours = records.peers.by_name([OWN_PROGRAMS]).get(OWN_PROGRAMS)
            carried.timers += looked
            if not looked:
                break
        if ours is not None and ours.state is not PeerState.LIVE:
            return carried  # somebody wants nothing done outside now; where nobody ever said anything, it is done
        self._tables(carried, now)
        if self._helping.gardening is not None:
            carried.gardens, failed = self._helping.gardening.turn(now, clock)
            carried.failed.update(failed)
        if self._noticing is not None:
            with self._write() as records:
                carried.noticed = self._noticing.put(records, now)
        self._inform(carried, now, at=clock())
        if self._noticing is not None or self._helping.informing is not None:
            with self._write() as records:
                carried.bounced = self._came_back(records, now)
        self._programs(carried, now, clock=clock)
        return carried

    def _tables(self, carried: Carried, now: datetime) -> None:
        """Write who is suppressed, throttled, held, where that changed."""
        with self._write() as records:
            records.consequences.end(now)
            due = records.consequences.due(TABLED, now, 100_000)
            if not due and not records.consequences.lifting():
                return
            held = records.consequences.in_force(now, TABLED)
        self._files.write(held)
        with self._write() as records:
            records.consequences.done([each.consequence_id for each in due], now)
            carried.written = len(due) + records.consequences.undone(now)

    def _inform(self, carried: Carried, now: datetime, *, at: datetime) -> None:
        """Tell subscribers; what is no mail is written after the commit."""
        if self._helping.informing is None:
            return
        with self._write() as records:
            informed = self._helping.informing.put(records, now, at=at)
        for each in informed:
            self._helping.informing.bring(each)
            with self._write() as records:
                self._helping.informing.finish(records, each, now)
        carried.informed = len(informed)

    def _came_back(self, records: PlaybookTransaction, now: datetime) -> int:
        """Notices that could not be delivered: the playbook is told, once for each case."""
        lost = records.consequences.lost(_LOT)
        cases = records.cases.by_id([each.case_id for each in lost if each.case_id is not None])
        for each in lost:
            records.consequences.fail(each.consequence_id, reason="bounced", error=None, at=now)
            case = cases.get(each.case_id or "")
            if case is not None:
                self._following.happen(records, case, Happening.BOUNCE, now=now)
        return len(lost)

    def _programs(self, carried: Carried, now: datetime, *, clock: Callable[[], datetime]) -> None:
        """Tell other programs, one after the other: leased first, so that nobody else does it too."""
        for _ in range(_WEBHOOKS):
            with self._write() as records:
                at = clock()
                each = next(iter(records.consequences.due((ActionKind.WEBHOOK,), now, 1, at=at)), None)
                if each is None:
                    return
                records.consequences.lease([each.consequence_id], at + LEASE)
                case = records.cases.by_id([each.case_id]).get(each.case_id) if each.case_id is not None else None
            reply = self._tells.tell(each, webhook_facts(each, case), now)
            with self._write() as records:
                if 200 <= reply.status < 300:
                    records.consequences.done([each.consequence_id], now)
                    carried.told += 1
                elif not records.consequences.is_leased(each.consequence_id, at + LEASE):
                    continue  # this machine slept, and another one has told it, or is about to
                elif reply.status == 410 or now - each.entered > self._give_up:
                    reason = "gone" if reply.status == 410 else "gave-up"
                    records.consequences.fail(each.consequence_id, reason=reason, error=_said(reply), at=now)
                    carried.failed[reason] += 1
                else:
                    until = now + min(_FIRST_RETRY * 2 ** min(each.attempts, 10), _LAST_RETRY)
                    records.consequences.put_off([each.consequence_id], until=until, error=_said(reply))
                    carried.failed["later"] += 1


def webhook_facts(each: CaseConsequence, case: Any) -> dict[str, Any]:
    """What another program may know: the case and its numbers, and why it is told. Nothing of those who complained."""
    facts: dict[str, Any] = {
        "event": "case",
        "rule": each.why,
        "decided": each.entered.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "case": each.case_id,
    }
    if case is not None:
        facts |= {
            "about": case.subject_kind.value,
            "label": case.label,
            "contact": case.contact,
            "state": case.state.value,
            "number": case.number,
            "reports": case.reports,
            "complainers": case.complainers,
            "classes": {sort.value: n for sort, n in case.classes.items()},
            "first": case.first_seen and case.first_seen.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "last": case.last_seen and case.last_seen.strftime("%Y-%m-%dT%H:%M:%SZ"),
        }
    return facts


def _said(reply: Replied) -> str:
    return f"{reply.status} {reply.text}".strip()[:200]
