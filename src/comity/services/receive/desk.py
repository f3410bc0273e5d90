"""What a person does to a case: take it, give it to a colleague, wait, close, merge, say whose it is.

Trust:      the operator's own acts; who acted is written down with each.
Standards:  the life cycle in ``comity.cases.lifecycle``.
Answers:    ``Desk(records, actor, now)``: ``find``, ``act``, ``give``, ``merge``, ``assign``, ``wake``; each gives the case as it
            is then. An act that does not fit raises ``ComityError`` and changes nothing. A note calls by ``@NAME``.
Limits:     one transaction, the caller's. A merge moves numbers, not reports: the merged case keeps its own, and can be taken out
            again.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final, Protocol, TypeGuard

from comity.cases.identity import complainer_mark
from comity.cases.lifecycle import BY_ITSELF, LIFE, next_state
from comity.cases.matching import Claim
from comity.cases.opening import case_key, opened
from comity.model.case import Evidence, SubjectKind
from comity.model.desk import TWO_CUSTOMERS, Act, CaseEvent, CaseState, DeskCase
from comity.model.outcomes import ComityError, Outcome
from comity.model.teamwork import CaseOwner, MentionKind
from comity.services.receive.rows import CaseRows
from comity.services.receive.teamwork import GIVE, TeamworkRows, called_in, readers, receiver

OPENED: Final = "open"
TOOK_IN: Final = "took-in"
GAVE_BACK: Final = "gave-back"
_FEWEST: Final = 4


class EvidenceRows(Protocol):
    """The reports of cases."""

    def evidence_of(self, case_ids: Sequence[str]) -> Iterator[tuple[int, Evidence, datetime | None]]:
        """Number, evidence and time of every report in these cases that repeats nothing."""


class DeskCaseRows(CaseRows, Protocol):
    """The rows of cases, as a person works on them."""

    def beginning_with(self, start: str) -> list[DeskCase]:
        """Cases whose short name begins so."""

    def merged_into(self, case_id: str) -> list[DeskCase]:
        """The cases that went into this one, directly."""

    def drop_marks(self, case_id: str) -> None:
        """Forget who was counted in a case."""

    def due_before(self, now: datetime) -> list[DeskCase]:
        """Cases that wait for a day that has come."""


class DeskRows(Protocol):
    """All rows that the desk works on."""

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
        """Who has which case, and who is called to one."""


class FollowsActs(Protocol):
    """What is told of what a person does to a case. The rows that it needs are those of whoever made it."""

    def acted(self, records: Any, case: DeskCase, act: Act, *, now: datetime) -> None:
        """A person did something along the life cycle."""

    def took_in(self, records: Any, case: DeskCase, *, now: datetime) -> None:
        """Another case went into this one."""


class Desk:
    """One person at the desk, in one transaction."""

    def __init__(self, records: DeskRows, *, actor: str, now: datetime, following: FollowsActs | None = None) -> None:
        """``following`` is told of each act, where a playbook is in use."""
        self._rows, self._actor, self._now, self._following = records, actor, now, following

    def find(self, text: str) -> DeskCase:
        """The case of this short name, the beginning of one, or this key."""
        wanted = text.strip()
        found = list(self._rows.cases.newest([wanted]).values()) if ":" in wanted else []
        if not found and len(wanted) >= _FEWEST:
            found = self._rows.cases.beginning_with(wanted.lower())
        if len(found) > 1:
            listed = ", ".join(case.case_id for case in found)
            raise _wrong("case-several", wanted, Outcome.USAGE, cases=listed)
        if not found:
            raise _wrong("case-unknown", wanted, Outcome.UNKNOWN)
        return found[0]

    def act(self, case: DeskCase, act: Act, *, note: str | None = None, due: datetime | None = None) -> DeskCase:
        """Do what needs nothing beside the case."""
        after = self._unmerge(case, note) if act is Act.UNMERGE else self._plain(case, act, note=note, due=due)
        if act is Act.TAKE:
            self._own(after, self._actor)
        if self._following is not None:
            self._following.acted(self._rows, after, act, now=self._now)
        return after

    def give(self, case: DeskCase, account: str, *, note: str | None = None) -> DeskCase:
        """A colleague has it from now on, and is told so on his first page; what nobody had begun with is taken by that."""
        name = receiver(self._rows.accounts, account)
        if case.state in (CaseState.MERGED, CaseState.CLOSED):
            raise _unfit(case, GIVE)
        taken = next_state(case.state, Act.TAKE)
        changed = case if taken is None else replace(case, state=taken, state_since=self._now, due=None)
        after = self._save(case, changed, act=GIVE, note=_told(name, note), given=name)
        self._own(after, name)
        if taken is not None and self._following is not None:
            self._following.acted(self._rows, after, Act.TAKE, now=self._now)
        return after

    def _own(self, case: DeskCase, account: str) -> None:
        self._rows.teamwork.own(CaseOwner(case_id=case.case_id, account=account, by=self._actor, at=self._now))

    def _plain(self, case: DeskCase, act: Act, *, note: str | None, due: datetime | None) -> DeskCase:
        state = self._next(case, act)
        stays = act in (Act.NOTE, Act.EVIDENCE)
        changed = replace(
            case,
            state=state,
            state_since=case.state_since if stays else self._now,
            due=case.due if stays else due if state is CaseState.WAITING else None,
            question=None if state is CaseState.CLOSED else case.question,
        )
        return self._save(case, changed, act=act.value, note=note)

    def merge(self, case: DeskCase, into: DeskCase, *, note: str | None = None, act: Act = Act.MERGE) -> DeskCase:
        """Put a case into another; the other one, with the numbers of both, is the answer."""
        if case.case_id == into.case_id:
            raise _wrong("case-itself", case.case_id, Outcome.USAGE)
        if into.state in (CaseState.MERGED, CaseState.CLOSED):
            raise _wrong("case-target", into.case_id, Outcome.CONFLICT, state=into.state.value)
        state = self._next(case, act)
        merged = replace(case, state=state, state_since=self._now, merged_into=into.case_id, due=None, question=None)
        self._save(case, merged, act=act.value, note=_told(into.case_id, note))
        together = replace(
            into,
            reports=into.reports + case.reports,
            repeats=into.repeats + case.repeats,
            classes=Counter(into.classes) + Counter(case.classes),
            first_seen=min(_times(into.first_seen, case.first_seen), default=None),
            last_seen=max(_times(into.last_seen, case.last_seen), default=None),
        )
        together = replace(together, complainers=into.complainers + self._count(into, [merged]))
        after = self._save(into, together, act=TOOK_IN, note=case.case_id)
        if self._following is not None:
            self._following.acted(self._rows, merged, act, now=self._now)
            self._following.took_in(self._rows, after, now=self._now)
        return after

    def assign(self, case: DeskCase, customer: str, *, note: str | None = None) -> DeskCase:
        """Say whose an undecided case is: it goes into the customer's or subscriber's, which is opened where there is none."""
        self._next(case, Act.ASSIGN)
        by_list = case.question is None or case.question.code == TWO_CUSTOMERS
        kind = SubjectKind.CUSTOMER if by_list else SubjectKind.SUBSCRIBER
        key = case_key(kind, customer)
        newest = self._rows.cases.newest([key])
        target = newest.get(key)
        if target is None or target.state is CaseState.CLOSED:
            claim = Claim(kind=kind, label=customer, rule="assigned")
            erased = self._rows.cases.erased([key], newest).get(key, 0)
            target = opened(claim, self._now, before=target, erased=erased)
            self._rows.cases.add([target])
            self._rows.cases.record([self._event(target, OPENED, None, before=None)])
        return self.merge(case, target, note=_told(customer, note), act=Act.ASSIGN)

    def wake(self) -> list[DeskCase]:
        """Open again what waited for a day that has come."""
        return [self.act(case, Act.DUE) for case in self._rows.cases.due_before(self._now)]

    def _unmerge(self, case: DeskCase, note: str | None) -> DeskCase:
        state = self._next(case, Act.UNMERGE)
        alone = replace(case, state=state, state_since=self._now, merged_into=None)
        parted = self._save(case, alone, act=Act.UNMERGE.value, note=note)
        for into in self._above(case):
            self._rows.cases.drop_marks(into.case_id)
            rest = list(self._family(into))
            fewer = replace(
                into,
                reports=into.reports - case.reports,
                repeats=into.repeats - case.repeats,
                classes=Counter(into.classes) - Counter(case.classes),
                first_seen=min((each.first_seen for each in rest if each.first_seen), default=into.first_seen),
                complainers=self._count(into, rest),
            )
            self._save(into, fewer, act=GAVE_BACK, note=case.case_id)
        return parted

    def _above(self, case: DeskCase) -> Iterator[DeskCase]:
        """The case that it went into, and whichever that went into: each has its numbers."""
        name = case.merged_into
        while name is not None and (found := self._rows.cases.by_id([name]).get(name)) is not None:
            yield found
            name = found.merged_into

    def _family(self, case: DeskCase) -> Iterator[DeskCase]:
        """A case and all that went into it."""
        yield case
        for each in self._rows.cases.merged_into(case.case_id):
            yield from self._family(each)

    def _count(self, case: DeskCase, members: Iterable[DeskCase]) -> int:
        """How many complainers of these are new to the case; they are counted from now on."""
        ids = [each.case_id for member in members for each in (self._family(member) if member != case else [member])]
        reports = self._rows.intake.evidence_of(list(dict.fromkeys(ids)))
        marks = {complainer_mark(case.case_id, evidence, number): case.case_id for number, evidence, _ in reports}
        known = self._rows.cases.known_marks(list(marks))
        self._rows.cases.add_marks({mark: case_id for mark, case_id in marks.items() if mark not in known})
        return len(marks) - len(known)

    def _next(self, case: DeskCase, act: Act) -> CaseState:
        state = next_state(case.state, act)
        if state is None:
            raise _unfit(case, act.value)
        return state

    def _save(
        self, before: DeskCase, after: DeskCase, *, act: str, note: str | None, given: str | None = None
    ) -> DeskCase:
        self._rows.cases.change([after])
        self._rows.cases.record([self._event(after, act, note, before=before)])
        called = dict.fromkeys(called_in(note, readers(self._rows.accounts)), MentionKind.NAMED) if _calls(note) else {}
        if given is not None:
            called[given] = MentionKind.GIVEN
        called.pop(self._actor, None)
        self._rows.teamwork.call(after.case_id, called, by=self._actor, at=self._now)
        self._rows.teamwork.see(self._actor, self._now, case_id=after.case_id)  # whoever acts has seen it
        return after

    def _event(self, case: DeskCase, act: str, note: str | None, *, before: DeskCase | None) -> CaseEvent:
        return CaseEvent(
            case_id=case.case_id,
            at=self._now,
            actor=self._actor,
            act=act,
            note=note,
            from_state=before.state if before else None,
            to_state=case.state,
        )


def _calls(note: str | None) -> TypeGuard[str]:
    return note is not None and "@" in note


def _unfit(case: DeskCase, act: str) -> ComityError:
    fits = ", ".join(sorted(each.value for each in LIFE[case.state] if each not in BY_ITSELF))
    return _wrong("case-act-unfit", case.case_id, Outcome.CONFLICT, act=act, state=case.state.value, fits=fits)


def _told(what: str, note: str | None) -> str:
    return f"{what}: {note}" if note else what


def _times(*moments: datetime | None) -> list[datetime]:
    return [each for each in moments if each is not None]


def _wrong(code: str, case: str, outcome: Outcome, **details: object) -> ComityError:
    said: Mapping[str, object] = {"case": case, **details}
    return ComityError(code, f"{code}: {case}", outcome=outcome, details=said)
