"""Notices that a playbook decided on are given out: the case's subscriber is told in the first form that reaches.

Standards:  DESIGN.md section 5, P5 (one that fails does not stop the next), P8, P9.
Answers:    ``Informing.put(records, now)`` gives out what is due and gives ``Informed``, whose files ``bring`` writes after the
            commit; ``finish`` marks them. ``by_hand`` is the same for a person. Nobody who could be told nothing is an error: the
            playbook hears ``UNREACHED``, and a person is to look. Within quiet hours, what would ring waits for their end.
Limits:     between the commit and the mark lies a lease: a crash there has the same notice written again, under the same name.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final, Protocol

from comity.cases.playbook.calendar import awake, waiting_forms
from comity.model.case_consequence import IN_FORCE, UNSAID, CaseConsequence, ConsequenceState
from comity.model.desk import CaseState, DeskCase
from comity.model.notice import NoticeKind
from comity.model.outcomes import ComityError, Outcome
from comity.model.playbook import ActionKind, Happening
from comity.services.receive.playbook.following import Following
from comity.services.remedy.ladder import Reached, Wanted
from comity.services.remedy.notices import Given

UNREACHED: Final = "notice-unreached"
_LOT: Final = 100
_LEASE: Final = timedelta(minutes=2)
_RESTS: Final = (CaseState.CLOSED, CaseState.MERGED)


class Reaches(Protocol):
    """What tells subscribers."""

    def reach(self, records: Any, case: DeskCase, wanted: Wanted, *, actor: str, now: datetime) -> Reached:
        """Tell the subscriber of a case, in the caller's transaction."""

    def bring(self, given: Given, label: str) -> str | None:
        """Write what is no mail."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Informed:
    """One that was told; what is no mail is still to be written."""

    consequence_id: int
    label: str
    given: Given


class Informing:
    """Gives notices out."""

    def __init__(self, reaches: Reaches, following: Following) -> None:
        self._reaches, self._following = reaches, following

    def put(self, records: Any, now: datetime, *, at: datetime | None = None) -> list[Informed]:
        """Give out what is due; ``at`` is the moment by the clock of leases."""
        due: Sequence[CaseConsequence] = records.consequences.due((ActionKind.NOTICE,), now, _LOT, at=at)
        records.consequences.lease([each.consequence_id for each in due], (at or now) + _LEASE)
        cases = records.cases.by_id([each.case_id for each in due if each.case_id is not None])
        found, calendar = list[Informed](), self._following.playbook.calendar
        not_now = waiting_forms(now, calendar)
        for each in due:
            case = cases.get(each.case_id or "")
            if case is None or case.state in _RESTS:
                records.consequences.fail(each.consequence_id, reason="case-closed", error=None, at=now)
                continue
            reached = self._reaches.reach(records, case, _wanted(each, not_now), actor=each.actor, now=now)
            if reached.waits:
                records.consequences.put_off([each.consequence_id], until=awake(now, calendar))
            elif reached.given is None:
                self._nobody(records, case, each, reached=reached, now=now)
            else:
                found.append(Informed(consequence_id=each.consequence_id, label=case.label, given=reached.given))
        return found

    def bring(self, informed: Informed) -> None:
        """Write it, after the commit."""
        self._reaches.bring(informed.given, informed.label)

    @staticmethod
    def finish(records: Any, informed: Informed, now: datetime) -> None:
        """It was written."""
        records.consequences.done([informed.consequence_id], now, outbox_id=informed.given.outbox_id)

    def _nobody(self, records: Any, case: DeskCase, each: CaseConsequence, *, reached: Reached, now: datetime) -> None:
        said = ", ".join(f"{form.value}: {why}" for form, why in reached.without.items())
        records.consequences.fail(each.consequence_id, reason=reached.reason, error=said or None, at=now)
        self._following.happen(records, case, Happening.API, word=UNREACHED, now=now)
        position = records.positions.of([case.case_id]).get(case.case_id)
        if position is not None and position.raised is None:
            records.positions.put([replace(position, raised=now)])


def by_hand(records: Any, case: DeskCase, wanted: Wanted, *, reaches: Reaches, actor: str, now: datetime) -> Reached:
    """A person tells the subscriber: it stands on the case as what a playbook does, and a mail that comes back is heard of.

    A page says that the internet is paused: it is given out where that is so, by us or, as ``wanted`` says, by others.
    """
    held = _confined(records, case, now) if NoticeKind.PAGE in wanted.forms else []
    if NoticeKind.PAGE in wanted.forms and not (wanted.is_confined or held):
        raise ComityError(
            "notice-not-confined",
            f"notice-not-confined: {case.case_id}",
            outcome=Outcome.USAGE,
            details={"case": case.case_id},
        )
    if held:  # it says until when, as one does that a playbook gives out
        wanted = replace(wanted, deadline=held[0].until)
    reached = reaches.reach(records, case, wanted, actor=actor, now=now)
    given = reached.given
    if given is not None and given.is_new:
        row = CaseConsequence(
            key=f"by-hand:{given.notice.reference}",
            case_id=case.case_id,
            kind=ActionKind.NOTICE,
            target_kind=case.subject_kind.value,
            target=case.label,
            facts={"forms": [given.notice.kind.value]},
            actor=actor,
            why=UNSAID,
            state=ConsequenceState.WAITING,
            entered=now,
            due=now,
        )
        records.consequences.add([row])
        (one,) = [
            each for each in records.consequences.waiting_to(ActionKind.NOTICE, case.label) if each.key == row.key
        ]
        records.consequences.done([one.consequence_id], now, outbox_id=given.outbox_id)
    return reached


def _confined(records: Any, case: DeskCase, now: datetime) -> list[CaseConsequence]:
    """What confines the line of a case now."""
    found: Sequence[CaseConsequence] = records.consequences.about(ActionKind.GARDEN, [case.label], now)
    return [each for each in found if each.case_id == case.case_id and each.state in IN_FORCE]


def _wanted(each: CaseConsequence, not_now: Collection[NoticeKind]) -> Wanted:
    days = each.facts.get("days")
    forms = tuple(map(NoticeKind, each.facts.get("forms", ())))
    return Wanted(forms=forms, days=days if isinstance(days, int) else None, not_now=not_now)
