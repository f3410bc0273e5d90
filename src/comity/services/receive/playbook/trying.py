"""What a playbook would have done with all that came so far: a dry run over the store's history that writes nothing.

Standards:  the same steps (``comity.services.receive.playbook.walking``) and the same placing of reports
            (``comity.cases.opening``) as in earnest.
Answers:    ``tried(history, terms, now=...)`` yields ``Tried`` after ``Tried`` in the order of time.
Limits:     every action is taken as live. What was answered, bounced or told by other programs is not repeated; what people did at
            the desk is. A report counts from when it arrived.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from heapq import heappop, heappush, merge
from itertools import count
from typing import Any, Final

from comity.cases.identity import complainer_mark
from comity.cases.matching import Claim
from comity.cases.opening import OpenCase, Return, place, subject_of
from comity.cases.playbook.calendar import awake
from comity.cases.playbook.engine import joined, next_due
from comity.cases.threads import AHEAD
from comity.model.case import Evidence
from comity.model.desk import Act, CaseState, DeskCase
from comity.model.playbook import (
    CLOSED,
    STANDING,
    ActionKind,
    Decision,
    Do,
    Facts,
    Happened,
    Happening,
    Move,
    Playbook,
    Reported,
)
from comity.services.receive.playbook.marks import marks_told, names_one, states_own_id
from comity.services.receive.playbook.rows import Join
from comity.services.receive.playbook.walking import Walk
from comity.services.receive.prepare import unpack

_PERSONS: Final = (Act.TAKE, Act.WAIT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """One report, as it is in the store."""

    at: datetime
    report_id: int
    case: DeskCase
    evidence: Evidence
    is_verified: bool
    source: str | None = None
    has_own_id: bool | None = None  # whether its id is the sender's own; None: nobody can say any more


@dataclass(frozen=True, slots=True, kw_only=True)
class Acted:
    """One thing that a person did at the desk."""

    at: datetime
    case: DeskCase
    act: str
    note: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """One thing that would have happened; ``is_new`` is false where it held, or waited to be told, already."""

    at: datetime
    case: DeskCase
    decision: Decision
    is_new: bool = True
    heard: Heard | None = None  # the report that it was decided about


@dataclass(frozen=True, slots=True, kw_only=True)
class TryTerms:
    """What holds besides."""

    playbook: Playbook
    quiet: timedelta
    sent: dict[str, dict[date, int]]


@dataclass(slots=True)
class _Course:
    walk: Walk
    marks: set[int]
    due: datetime | None = None


def tried(reports: Iterable[Heard], acts: Iterable[Acted], terms: TryTerms, *, now: datetime) -> Iterator[Tried]:
    """Go through it all; both are in the order of time."""
    run = _Run(terms)
    history: Iterable[Heard | Acted] = merge(reports, acts, key=lambda each: each.at)
    for each in history:
        yield from run.until(each.at)
        yield from run.hears(each) if isinstance(each, Heard) else run.acts(each)
    yield from run.until(now)


class _Run:
    """One dry run."""

    def __init__(self, terms: TryTerms) -> None:
        self._terms, self._playbook = terms, terms.playbook
        self._courses: dict[str, _Course] = {}
        self._timers: list[tuple[datetime, int, str]] = []
        self._order = count()
        self._held: dict[tuple[str, str, str], datetime] = {}
        self._told: dict[tuple[str, str], datetime] = {}  # when the last notice of a key leaves, or left

    def until(self, moment: datetime) -> Iterator[Tried]:
        """Timers that end until then."""
        while self._timers and self._timers[0][0] <= moment:
            due, _, subject = heappop(self._timers)
            course = self._courses[subject]
            if course.due == due:
                course.walk.happens(Happened(happening=Happening.TIME, at=due))
                yield from self._ends(subject, course, due)

    def hears(self, heard: Heard) -> Iterator[Tried]:
        """A report joins."""
        real = heard.case
        claim = Claim(kind=real.subject_kind, label=real.label, contact=real.contact)
        subject, seen = subject_of(claim), heard.evidence.seen
        when = seen if seen is not None and seen <= heard.at + AHEAD else heard.at
        course = self._courses.get(subject)
        before = course.walk.facts.case if course else None
        placing = place(claim, before, when, now=heard.at, quiet=self._terms.quiet)
        began = None
        if course is None or isinstance(placing, OpenCase):
            began, serial = "open", course.walk.position.serial if course else 0
            course = self._begun(placing.case, heard.at, serial=serial)
            self._courses[subject] = course
        elif isinstance(placing, Return):
            began = "return"
            returned = replace(placing.case, state=CaseState.NEW, state_since=heard.at)
            course.walk.facts = replace(course.walk.facts, case=returned)
        mark = complainer_mark(course.walk.facts.case.case_id, heard.evidence, heard.report_id)
        reported = Reported(
            evidence_class=heard.evidence.evidence_class,
            when=when,
            is_verified=heard.is_verified,
            marks=marks_told(heard.evidence, has_own_id=heard.has_own_id),
        )
        join = Join(case_id=course.walk.facts.case.case_id, mark=mark, reported=reported, began=began)
        is_new = mark not in course.marks
        course.marks.add(mark)
        if course.walk.facts.case.state is CaseState.CLOSED:  # late news is filed, and changes nothing
            course.walk.facts = joined(course.walk.facts, replace(reported, is_new_complainer=is_new), heard.at)
            return
        course.walk.reports(join, is_new_complainer=is_new, now=heard.at)
        yield from self._ends(subject, course, heard.at, heard=heard)

    def acts(self, acted: Acted) -> Iterator[Tried]:
        """A person acts."""
        subject = subject_of(Claim(kind=acted.case.subject_kind, label=acted.case.label))
        course = self._courses.get(subject)
        if course is None:
            return
        case = course.walk.facts.case
        if acted.act == Act.CLOSE:
            course.walk.position = replace(course.walk.position, state=CLOSED, due=None)
            self._put(course, replace(case, state=CaseState.CLOSED, state_since=acted.at))
        elif acted.act == Act.REOPEN:
            self._put(course, replace(case, state=CaseState.OPEN, state_since=acted.at))
            course.walk.begins_again(acted.at)
        word = (acted.note or "").partition(":")[0] if acted.act == "decided" else acted.act
        if acted.act in (*_PERSONS, Act.REOPEN, "decided") and course.walk.facts.case.state is not CaseState.CLOSED:
            course.walk.happens(Happened(happening=Happening.PERSON, at=acted.at, word=word))
        yield from self._ends(subject, course, acted.at)

    def _begun(self, case: DeskCase, at: datetime, *, serial: int) -> _Course:
        facts = Facts(case=case, sent=self._terms.sent.get(case.label, {}))
        walk = Walk(self._playbook, facts, None, now=at)
        walk.position = replace(walk.position, serial=serial)
        return _Course(walk=walk, marks=set())

    @staticmethod
    def _put(course: _Course, case: DeskCase) -> None:
        course.walk.facts = replace(course.walk.facts, case=case)

    def _ends(self, subject: str, course: _Course, at: datetime, *, heard: Heard | None = None) -> Iterator[Tried]:
        """What was decided, and when the next timer ends."""
        decisions, course.walk.decisions = course.walk.decisions, []
        for each in decisions:
            if isinstance(each, Move) and each.to_state == CLOSED:
                self._put(course, replace(course.walk.facts.case, state=CaseState.CLOSED, state_since=at))
            is_new = not isinstance(each, Do) or self._is_new(each, at)
            yield Tried(at=at, case=course.walk.facts.case, decision=each, is_new=is_new, heard=heard)
        is_over = course.walk.facts.case.state is CaseState.CLOSED
        course.due = None if is_over else next_due(self._playbook, course.walk.facts, course.walk.position)
        if course.due is not None:
            heappush(self._timers, (course.due, next(self._order), subject))

    def _is_new(self, do: Do, at: datetime) -> bool:
        """Whether it is one thing more: not what holds already, not what goes into a notice that waits."""
        if do.kind in STANDING and do.until is not None:
            sort = (do.kind.value, do.target_kind, do.target)
            before = self._held.get(sort)
            self._held[sort] = max(do.until, before or do.until)
            return before is None or before <= at
        if do.kind is ActionKind.TELL:
            key, due = (do.target, do.action.template or ""), do.due or at
            last = self._told.get(key)
            if last is not None and last > at:
                return False
            digest = self._playbook.templates[key[1]].digest
            leaves = due if last is None else max(due, awake(last + digest, self._playbook.calendar))
            self._told[key] = leaves
        return True


def _has_own_id(records: Any, report_id: int, evidence: Evidence) -> bool | None:
    """What the bytes of a report say of its id, where it is asked at all and they are still there."""
    if evidence.feedback_id is None or names_one(evidence):
        return None
    kept = records.past.carried(report_id)
    return None if kept is None else states_own_id(unpack(bytes(kept.data), kept.size))


def history_of(records: Any, now: datetime, *, trusting: Collection[str] = ()) -> tuple[Iterator[Heard], list[Acted]]:
    """The reports and acts of a store, oldest first; sources in ``trusting`` are taken as trusted."""
    cases = {case.case_id: case for case in records.past.cases()}
    reports = (
        Heard(
            at=min(arrived, now),
            report_id=number,
            case=cases[case_id],
            evidence=evidence,
            is_verified=is_verified,
            source=source,
            has_own_id=_has_own_id(records, number, evidence),
        )
        for number, case_id, evidence, arrived, is_verified, source in records.past.heard(trusting)
        if case_id in cases
    )
    acts = [
        Acted(at=each.at, case=cases[each.case_id], act=each.act, note=each.note)
        for each in records.past.acts_of_people()
        if each.case_id in cases
    ]
    return reports, acts
