"""The walled garden: a line that somebody decided to confine is confined by the operator's own program, and let out again.

Trust:      only the program or webhook of our settings is spoken to (P6). It is told the line, the case, why, and until when;
            nothing of those who reported.
Standards:  RFC 6561 section 5.4; DESIGN.md section 5, P8: every step stands on the case with its reason, and ends by its day.
Answers:    ``Gardening.turn(now, clock)`` gives how many lines were confined or let out, and what failed.
Limits:     letting out goes first, and is tried for ever; confining is given up after a while, and never begun after its end. A
            case that is closed lets its line out. What was never begun is let out without asking anybody. Where nobody answers,
            the others are asked in the next turn. Where this program stands still, the equipment must end it by itself: the end
            is in what it is told.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final, Protocol

from comity.model.case_consequence import CaseConsequence
from comity.model.desk import CaseEvent, CaseState, DeskCase
from comity.model.playbook import ActionKind, Happening
from comity.services.receive.playbook.following import Following
from comity.services.receive.playbook.writing_down import PROGRAM

FAILED: Final = "garden-failed"
_LOT: Final = 50
_LEASE: Final = timedelta(minutes=1)  # the program has twenty seconds
_FIRST_RETRY: Final = timedelta(minutes=1)
_LAST_RETRY: Final = timedelta(minutes=15)
_RESTS: Final = (CaseState.CLOSED, CaseState.MERGED)


class Step(StrEnum):
    """What is done to a line; letting out goes first."""

    RELEASE = "release"
    CONFINE = "confine"


class Replied(Protocol):
    """What became of it; a status as in HTTP, 0: nobody answered."""

    @property
    def status(self) -> int:
        """What it was."""

    @property
    def said(self) -> str:
        """The same for people, with what was said."""


class Gate(Protocol):
    """The way to whatever confines lines. Each step can be done again: a line that is in stays in, one that is out stays out."""

    def do(self, step: Step, what: CaseConsequence, facts: Mapping[str, Any], *, now: datetime) -> Replied:
        """Do it, once."""


class Gardening:
    """Confines lines, and lets them out."""

    def __init__(
        self,
        write: Callable[[], AbstractContextManager[Any]],
        following: Following,
        gate: Gate,
        *,
        give_up: timedelta,
    ) -> None:
        """``write`` opens a transaction."""
        self._write, self._following, self._gate, self._give_up = write, following, gate, give_up

    def turn(self, now: datetime, clock: Callable[[], datetime]) -> tuple[int, Mapping[str, int]]:
        """Let out, then confine; ``clock`` as for ``CarryingOut.turn``."""
        failed: Counter[str] = Counter()
        with self._write() as records:
            records.consequences.end(now)
            self._end_with_case(records, now)
        done = 0
        for step in Step:
            for _ in range(_LOT):
                at = clock()
                each = self._claimed(step, now, at=at)
                if each is None:
                    break
                reply = self._gate.do(step, each, facts_of(each), now=now)
                with self._write() as records:
                    if not records.consequences.is_leased(each.consequence_id, at + _LEASE):
                        continue  # this machine slept, and another one has done it, or is about to
                    settle = self._released if step is Step.RELEASE else self._confined
                    done += settle(records, each, reply, failed, now=now)
                if not reply.status:  # nobody answers: the others would wait as long, and the desk's timers with them
                    return done, failed
        return done, failed

    def _claimed(self, step: Step, now: datetime, *, at: datetime) -> CaseConsequence | None:
        """The next one to do; nobody else does it meanwhile."""
        with self._write() as records:
            found = self._next(step, records, now, at=at)
            records.consequences.lease([each.consequence_id for each in found], at + _LEASE)
            return next(iter(found), None)

    @staticmethod
    def _next(step: Step, records: Any, now: datetime, *, at: datetime) -> Sequence[CaseConsequence]:
        """The next one to confine, or to let out; those that nobody was ever told to confine are out."""
        found: Sequence[CaseConsequence]
        if step is Step.CONFINE:
            found = records.consequences.due((ActionKind.GARDEN,), now, 1, at=at)
            return found
        while True:
            found = records.consequences.to_release(now, 1, at=at)
            if not found or found[0].attempts:
                return found
            records.consequences.released(found[0].consequence_id, now)

    @staticmethod
    def _end_with_case(records: Any, now: datetime) -> None:
        held = records.consequences.in_force(now, (ActionKind.GARDEN,))
        cases = records.cases.by_id([each.case_id for each in held if each.case_id])
        for each in held:
            case = cases.get(each.case_id or "")
            if case is None or case.state in _RESTS:
                records.consequences.lift(each.consequence_id, by=PROGRAM, why="case-closed", at=now)

    def _confined(  # noqa: PLR0917 - one step
        self, records: Any, each: CaseConsequence, reply: Replied, failed: Counter[str], *, now: datetime
    ) -> bool:
        if _is_done(reply):
            records.consequences.done([each.consequence_id], now)
            self._note(records, each, f"{Step.CONFINE.value}: {each.why}", by=each.actor, now=now)
            return True
        if now - each.entered > self._give_up:
            # It may have been done all the same: let out, as if it had been.
            records.consequences.lift(each.consequence_id, by=PROGRAM, why="gave-up", at=now)
            records.consequences.put_off([each.consequence_id], until=now, error=_said(reply))
            failed["gave-up"] += 1
            self._ask(records, each, reply, now=now)
            return False
        failed["later"] += 1
        self._later(records, each, reply, now=now)
        return False

    def _released(  # noqa: PLR0917 - one step
        self, records: Any, each: CaseConsequence, reply: Replied, failed: Counter[str], *, now: datetime
    ) -> bool:
        if _is_done(reply):
            records.consequences.released(each.consequence_id, now)
            why = each.lifted_why or "end"
            self._note(records, each, f"{Step.RELEASE.value}: {why}", by=each.lifted_by or PROGRAM, now=now)
            return True
        failed["release-later"] += 1
        began = each.lifted or each.until or now
        if each.finished is not None and each.due <= began:
            # Somebody is in the garden who should not be any more: a person is told, once.
            self._ask(records, each, reply, now=now)
        self._later(records, each, reply, now=now)
        return False

    @staticmethod
    def _later(records: Any, each: CaseConsequence, reply: Replied, *, now: datetime) -> None:
        until = now + min(_FIRST_RETRY * 2 ** min(each.attempts, 10), _LAST_RETRY)
        records.consequences.put_off([each.consequence_id], until=until, error=_said(reply))

    def _ask(self, records: Any, each: CaseConsequence, reply: Replied, *, now: datetime) -> None:
        """A person is to look."""
        case = self._note(records, each, f"{FAILED}: {_said(reply)}", by=PROGRAM, now=now)
        if case is None:
            return
        self._following.happen(records, case, Happening.API, word=FAILED, now=now)
        position = records.positions.of([case.case_id]).get(case.case_id)
        if position is not None and position.raised is None:
            records.positions.put([replace(position, raised=now)])

    @staticmethod
    def _note(records: Any, each: CaseConsequence, note: str, *, by: str, now: datetime) -> DeskCase | None:
        case: DeskCase | None = records.cases.by_id([each.case_id or ""]).get(each.case_id)
        if case is not None:
            event = CaseEvent(
                case_id=case.case_id,
                at=now,
                actor=by,
                act="garden",
                note=note,
                from_state=case.state,
                to_state=case.state,
            )
            records.cases.record([event])
        return case


def facts_of(each: CaseConsequence) -> dict[str, Any]:
    """What the program is told."""
    return {
        "event": "garden",
        "line": each.target,
        "about": each.target_kind,
        "case": each.case_id,
        "until": each.until and each.until.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "decided": each.entered.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "rule": each.why,
        "by": each.lifted_by or each.actor,
        "why": each.lifted_why or each.why,
    }


def _is_done(reply: Replied) -> bool:
    return 200 <= reply.status < 300


def _said(reply: Replied) -> str:
    return reply.said[:200]
