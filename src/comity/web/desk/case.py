"""A case on one page: who, what, what was done, what comes next; and what a person does to it.

Trust:      labels, subjects and notes are strangers' words and pass ``visible``.
Standards:  the life cycle in ``comity.cases.lifecycle``; an act that does not fit is refused and changes nothing.
Answers:    ``routes(door)``: GET /cases/{case}, POST /cases/{case}.
Limits:     fifty reports and fifty letters, the newest.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from markupsafe import Markup
from starlette.responses import Response
from starlette.routing import BaseRoute

from comity.cases.lifecycle import BY_ITSELF, LIFE, PLAIN_ACTS
from comity.cases.opening import case_key
from comity.cases.severity import level
from comity.formats.item_facts import from_line
from comity.model.account import Permit
from comity.model.case_consequence import IN_FORCE, CaseConsequence
from comity.model.case_letter import CaseLetter
from comity.model.case_outcome import CaseOutcome
from comity.model.desk import Act, DeskCase
from comity.model.outcomes import ComityError, Outcome
from comity.model.retention import LegalHold
from comity.model.teamwork import CaseOwner, Mention
from comity.services.operate.retention.holding import Holding
from comity.services.public.cases import Whole, family, whole
from comity.services.receive.answering import Answered
from comity.services.receive.conversation.arriving import NAMES_CASE
from comity.services.receive.playbook.lifting import lift
from comity.services.receive.teamwork import GIVE, colleagues
from comity.web.desk.door import Door
from comity.web.desk.drawings import days_bars
from comity.web.desk.finding.next_case import way_of
from comity.web.desk.queue import day_of
from comity.web.desk.rendering import link
from comity.web.desk.together import calls_of
from comity.web.desk.work import Visit
from comity.web.waiting import Refused

_SHOWN: Final = 50
_HOLDS: Final = ("hold", "unhold")
_PLAIN: Final = (*(each.value for each in PLAIN_ACTS), Act.CLOSE.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A letter that came in about the case."""

    item: int
    name: str
    arrived: Any
    subject: str | None
    writer: str | None
    only_names: bool  # anybody can write the number of a case


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One letter of the thread, of theirs or of ours."""

    at: datetime
    theirs: Letter | None = None
    ours: CaseLetter | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CasePage:
    """What the page shows."""

    whole: Whole
    level: str
    acts: Sequence[Act]  # what a person may do with it now
    thread: Sequence[Entry]  # letters of both sides, the newest first
    may_write: bool
    earlier: Sequence[DeskCase]  # other cases on the same subject
    undoable: frozenset[int]
    owner: CaseOwner | None
    colleagues: Sequence[str]  # whom it may be given to
    calls: Sequence[Mention]  # what calls whoever is looking to it
    holds: Sequence[LegalHold]  # in force
    may_hold: bool
    picture: Markup | None
    days: Sequence[tuple[date, int]]


def routes(door: Door) -> list[BaseRoute]:
    """The routes."""

    async def page(visit: Visit) -> Response:
        view = await door.seen(visit, lambda records: _look(door, records, visit))
        case = visit.as_seen(view.whole.case)
        if visit.may(Permit.PERSONAL_SEE):
            await door.saw(visit, "case", case.case_id)
        return door.page(
            visit,
            "case",
            title=case.label,
            view=view,
            case=case,
            way=way_of(visit),
            outcomes=list(CaseOutcome),
        )

    async def act(visit: Visit) -> Response:
        if visit.said("act", 80) in _HOLDS and not await door.write(lambda records: _admitted(door, records, visit)):
            raise Refused("forbidden", 403)
        where, said = await door.write(lambda records: _act(door, records, visit))
        return door.away(link(f"/cases/{where}", **way_of(visit)), said)

    return [
        door.route("/cases/{case}", page, Permit.CASES_SEE),
        door.route("/cases/{case}", act, Permit.CASES_ACT, method="POST"),
    ]


def found_case(records: Any, name: str) -> DeskCase:
    """The case of this short name."""
    case: DeskCase | None = records.cases.by_id([name]).get(name)
    if case is None:
        raise ComityError("case-unknown", name, outcome=Outcome.UNKNOWN, details={"case": name})
    return case


def _look(door: Door, records: Any, visit: Visit) -> CasePage:
    case = found_case(records, str(visit.request.path_params["case"]))
    shown = whole(records, case, _SHOWN, now=visit.now, course=door.work.course(records, case))
    days = _days(shown)
    decided = shown.course.consequences if shown.course is not None else ()
    return CasePage(
        whole=shown,
        level=level(shown.score),
        acts=[each for each in LIFE[case.state] if each not in BY_ITSELF],
        thread=_thread(shown),
        may_write=visit.may(Permit.CASES_ACT) and visit.may(Permit.PERSONAL_SEE) and door.work.letters is not None,
        earlier=[each for each in records.cases.on_subject(case.key.partition("#")[0]) if each.case_id != case.case_id],
        undoable=frozenset(each.consequence_id for each in decided if each.state in IN_FORCE),
        owner=records.teamwork.owners([case.case_id]).get(case.case_id),
        colleagues=[each.name for each in colleagues(records.accounts)] if visit.may(Permit.CASES_ACT) else (),
        calls=calls_of(records, visit, case.case_id),
        holds=[each for each in records.holds.of_subject(_subject(case), case.case_id) if each.holds(visit.now)],
        may_hold=visit.signed.account in door.work.holders,
        picture=days_bars(visit.words, days) if len(days) > 1 else None,
        days=days,
    )


def _thread(shown: Whole) -> list[Entry]:
    theirs = [Entry(at=row.arrived, theirs=_letter(row)) for row in shown.letters]
    ours = [Entry(at=each.written, ours=each) for each in shown.thread]
    return sorted((*theirs, *ours), key=lambda each: each.at, reverse=True)


def _letter(row: Any) -> Letter:
    facts = from_line(row.reading)
    return Letter(
        item=row.id,
        name=row.name,
        arrived=row.arrived,
        subject=facts.subject if facts else None,
        writer=facts.carried_from if facts else None,
        only_names=row.why == NAMES_CASE,
    )


def _days(shown: Whole) -> list[tuple[date, int]]:
    """The days of the newest reports, those between them too, fourteen at least and sixty at most."""
    counts: dict[date, int] = {}
    for row in shown.reports:
        when = (row.observed or row.arrived or shown.case.opened).date()
        counts[when] = counts.get(when, 0) + 1
    if not counts:
        return []
    last = max(counts).toordinal()
    # A fortnight at least: two days alone are no picture.
    first = max(min(min(counts).toordinal(), last - 13), last - 59)
    return [(date.fromordinal(number), counts.get(date.fromordinal(number), 0)) for number in range(first, last + 1)]


def _act(door: Door, records: Any, visit: Visit) -> tuple[str, str]:
    """Do one thing; the name of the case that is to be looked at then, and of the sentence that it begins with."""
    case, word = found_case(records, str(visit.request.path_params["case"])), visit.said("act", 80)
    note, actor = visit.said("note") or None, visit.signed.account
    person = door.work.person(records, actor=actor, now=visit.now)
    if word == Act.ASSIGN.value:
        return str(person.assign(case, _needed(visit, "customer"), note=note).case_id), "done"
    if word == GIVE:
        return str(person.give(case, _needed(visit, "colleague"), note=note).case_id), "done"
    if word == Act.MERGE.value:
        person.merge(case, person.find(_needed(visit, "into")), note=note)
    elif word in _PLAIN:
        due = day_of(visit.said("until", 10)) if word == Act.WAIT.value else None
        person.act(case, Act(word), note=_needed(visit, "note") if word == Act.NOTE.value else note, due=due)
        if word == Act.CLOSE.value and _tell(door, records, visit, case=case):
            return case.case_id, "closed-held"
    elif word in _HOLDS:
        _hold(door, records, visit, case=case)
    elif word == "lift":
        _lift(records, visit, case, note=note)
    else:
        door.work.decide(records, case, word, note=note, actor=actor, now=visit.now)
    return case.case_id, "done"


def _tell(door: Door, records: Any, visit: Visit, *, case: DeskCase) -> bool:
    """Write down what was found, where that was said, and tell whoever reported it; whether somebody could not be told yet."""
    word = visit.said("outcome", 40)
    if not word:
        return False
    if word not in list(CaseOutcome):
        raise Refused("form", 400)
    told: Answered = door.work.tell(records, family(records, case), CaseOutcome(word), now=visit.now)
    return told.waits


def _lift(records: Any, visit: Visit, case: DeskCase, *, note: str | None) -> None:
    """Undo what was decided about this case, and nothing of another."""
    number = visit.said("consequence", 18)
    decided: Sequence[CaseConsequence] = records.consequences.of_case(case.case_id, 1000)
    if number not in {str(each.consequence_id) for each in decided}:
        raise Refused("form", 400)
    lift(records, number, by=visit.signed.account, why=note, now=visit.now)


def _admitted(door: Door, records: Any, visit: Visit) -> bool:
    """Whether whoever asks may hold; a refusal is written down."""
    why, case = visit.said("why"), found_case(records, str(visit.request.path_params["case"]))
    return _holding(door, records, visit, why=why).admit(case.case_id)


def _hold(door: Door, records: Any, visit: Visit, *, case: DeskCase) -> None:
    """Put the case on hold until a day, or lift a hold that is shown with it."""
    holding = _holding(door, records, visit, why=_needed(visit, "why"))
    if visit.said("act", 80) == "hold":
        day = day_of(visit.said("until", 10))
        if day is None:
            raise Refused("form", 400)
        holding.place(until=day, case=case)
        return
    number = visit.said("hold", 18)
    if number not in {str(each.hold_id) for each in records.holds.of_subject(_subject(case), case.case_id)}:
        raise Refused("form", 400)
    holding.lift(int(number))


def _holding(door: Door, records: Any, visit: Visit, *, why: str) -> Holding:
    return Holding(records, by=visit.signed.account, why=why, holders=sorted(door.work.holders), now=visit.now)


def _subject(case: DeskCase) -> str:
    return case_key(case.subject_kind, case.label)


def _needed(visit: Visit, name: str) -> str:
    text = visit.said(name)
    if not text:
        raise ComityError(f"desk-needs-{name}", name, outcome=Outcome.USAGE)
    return text
