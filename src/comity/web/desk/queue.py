"""The queue: cases in the order in which one would work on them, what is found among them, one act on several.

Answers:    ``routes(door)``: GET /cases, POST /cases.
Limits:     fifty stand on a page; of those that words are found in, the first thousand.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import urlencode

from starlette.responses import Response
from starlette.routing import BaseRoute

from comity.cases.severity import level
from comity.cases.weighing import weigh
from comity.model.account import Permit
from comity.model.case import Score, SubjectKind
from comity.model.desk import Act, CaseState, DeskCase
from comity.model.outcomes import ComityError, Outcome
from comity.model.teamwork import CaseOwner
from comity.services.receive.teamwork import colleagues
from comity.store.desk import places
from comity.store.desk.places import AT_REST, Asked
from comity.web.desk.door import Door
from comity.web.desk.together.views import Link, Views
from comity.web.desk.work import Visit
from comity.web.waiting import Refused, Unfilled

ORDERED: Final = 1000
SHOWN: Final = 50
ME, NOBODY = "me", "nobody"
ASKED_FOR: Final = "raised"  # beside the states: a playbook put it before a person
_FIRST_DAY: Final = datetime(2000, 1, 1, tzinfo=UTC)
_LAST_DAY: Final = datetime(2199, 12, 31, tzinfo=UTC)
_TOGETHER: Final = (Act.TAKE, Act.WAIT, Act.CLOSE, Act.NOTE)  # what is done to several at once
_MOST_AT_ONCE: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One case in the queue."""

    case: DeskCase
    score: Score
    level: str
    is_late: bool
    owner: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """What the page shows."""

    lines: Sequence[Line]
    found: int
    is_cut: bool  # there may be more
    page: int
    pages: int
    first: int  # the place of the first line in the whole queue
    counts: dict[str, int]
    state: str
    about: str
    words: str
    whose: str
    views: Sequence[Link]
    colleagues: Sequence[str]


def routes(door: Door) -> list[BaseRoute]:
    """The routes."""

    views = Views(lambda view, visit: asked_of(view.asked, visit))

    async def page(visit: Visit) -> Response:
        view = await door.seen(visit, lambda records: _look(records, visit, views))
        title = visit.words.say("desk-menu.cases")
        return door.page(
            visit, "cases", title=title, view=view, kinds=list(SubjectKind), states=list(CaseState), most=ORDERED
        )

    async def act(visit: Visit) -> Response:
        chosen = list(dict.fromkeys(visit.form.get("case", ())))[:_MOST_AT_ONCE]
        word = visit.said("act", 40)
        if not chosen:
            raise Unfilled("desk-said.none-chosen")
        if word not in [each.value for each in _TOGETHER]:
            raise Refused("form", 400)
        note = visit.said("note") or None
        if word == Act.NOTE.value and note is None:
            raise Unfilled("desk-said.note-needed", "note")
        due = day_of(visit.said("until", 10)) if word == Act.WAIT.value else None
        unfit = await door.write(lambda records: _act(door, records, visit, chosen, Act(word), note=note, due=due))
        return door.away(_back(visit), "some-unfit" if unfit else "done")

    return [
        door.route("/cases", page, Permit.CASES_SEE),
        door.route("/cases", act, Permit.CASES_ACT, method="POST"),
    ]


def _back(visit: Visit) -> str:
    query = urlencode([(name, each) for name, each in visit.request.query_params.multi_items() if name != "said"])
    return f"/cases?{query}" if query else "/cases"


def said_of(visit: Visit) -> dict[str, str]:
    """What the address asks of the queue."""
    said = {"state": visit.asked("state", 20), "about": visit.asked("about", 20)}
    return said | {"words": visit.asked("words"), "whose": visit.asked("whose", 64)}


def asked_of(said: Mapping[str, str], visit: Visit) -> Asked:
    """What is asked for; "me" is whoever asks."""
    state, about, whose = said.get("state", ""), said.get("about", ""), said.get("whose", "")
    states = (
        (CaseState(state),)
        if state in list(CaseState)
        else places.RAISED
        if state == ASKED_FOR
        else tuple(each for each in CaseState if state == "all" or each not in AT_REST)
    )
    owner = {"": None, ME: visit.signed.account, NOBODY: ""}.get(whose, whose)
    return Asked(
        states=states,
        about=SubjectKind(about) if about in list(SubjectKind) else None,
        words=said.get("words", ""),
        whose=owner,
        is_raised=state == ASKED_FOR,
        is_deep=visit.may(Permit.PERSONAL_SEE),  # who may not see people does not find by them either
    )


def _look(records: Any, visit: Visit, views: Views) -> Listed:
    said = said_of(visit)
    asked = asked_of(said, visit)
    names, found, page = _names(records.places, asked, visit)
    cases, owners = records.cases.by_id(names), records.teamwork.owners(names)
    return Listed(
        lines=[_line(visit.as_seen(cases[name]), visit.now, owners.get(name)) for name in names if name in cases],
        found=found,
        is_cut=bool(asked.words) and found >= ORDERED,
        page=page,
        pages=_pages(found),
        first=(page - 1) * SHOWN,
        counts=Counter({key.value: count for key, count in records.places.counts().items()}),
        **said,
        views=views.of(records, visit),
        colleagues=[each.name for each in colleagues(records.accounts)],
    )


def _names(places: Any, asked: Asked, visit: Visit) -> tuple[list[str], int, int]:
    """The cases of the page that was asked for, how many there are on all pages, and which page it is."""
    number = visit.asked("page", 6)
    wanted = int(number) if number.isascii() and number.isdigit() else 1
    if asked.words:
        all_of_them = places.names(asked, visit.now, most=ORDERED)
        page = min(max(wanted, 1), _pages(len(all_of_them)))
        return all_of_them[(page - 1) * SHOWN : page * SHOWN], len(all_of_them), page
    found = places.count(asked)
    page = min(max(wanted, 1), _pages(found))
    return places.names(asked, visit.now, start=(page - 1) * SHOWN, most=SHOWN), found, page


def _pages(found: int) -> int:
    return max(1, -(-found // SHOWN))


def _line(case: DeskCase, now: datetime, owner: CaseOwner | None) -> Line:
    weighed = weigh(case, now)
    return Line(
        case=case,
        score=weighed,
        level=level(weighed),
        is_late=case.due is not None and case.due <= now,
        owner=None if owner is None else owner.account,
    )


def _act(  # noqa: PLR0917 - one act on several cases, in the order in which it is put together
    door: Door, records: Any, visit: Visit, chosen: Sequence[str], act: Act, *, note: str | None, due: datetime | None
) -> int:
    """Do it to each; how many it did not fit, which stay as they were."""
    person, unfit = door.work.person(records, actor=visit.signed.account, now=visit.now), 0
    known = records.cases.by_id(chosen)
    for name in chosen:
        try:
            if name not in known:
                raise ComityError("case-unknown", name, outcome=Outcome.UNKNOWN)
            with records.savepoint():
                person.act(known[name], act, note=note, due=due)
        except ComityError:
            unfit += 1
    return unfit


def day_of(text: str) -> datetime | None:
    """The day that a form or an address holds; none where the field was left empty. Days of other centuries are slips."""
    if not text:
        return None
    try:
        day = datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        raise Refused("form", 400) from None
    if not _FIRST_DAY <= day <= _LAST_DAY:
        raise Refused("form", 400)
    return day
