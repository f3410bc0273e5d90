"""The queue: cases in the order in which one would work on them, what is found among them, one act on several.

Answers:    ``routes(door)``: GET /cases, POST /cases.
Limits:     five thousand cases are put in order, those with a day and those with the most complainers; fifty stand on a page.
"""

from collections import Counter, OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
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
from comity.services.public.queue import in_order
from comity.web.desk.door import Door, Refused
from comity.web.desk.work import Visit

ORDERED: Final = 5000
SHOWN: Final = 50
_FIRST_DAY: Final = datetime(2000, 1, 1, tzinfo=UTC)
_LAST_DAY: Final = datetime(2199, 12, 31, tzinfo=UTC)
_FRESH: Final = timedelta(seconds=5)
_QUESTIONS: Final = 64
_AT_REST: Final = (CaseState.CLOSED, CaseState.MERGED)
_TOGETHER: Final = (Act.TAKE, Act.WAIT, Act.CLOSE, Act.NOTE)  # what is done to several at once
_MOST_AT_ONCE: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One case in the queue."""

    case: DeskCase
    score: Score
    level: str
    is_late: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """What the page shows."""

    lines: Sequence[Line]
    found: int  # in order; ``ORDERED`` where there may be more
    page: int
    pages: int
    counts: dict[str, int]
    state: str
    about: str
    words: str


class Orders:
    """The order of the last questions, for a few seconds: to put thousands of cases in order costs more than a page.

    What others do meanwhile is seen on each line, and in the order a few seconds later.
    """

    def __init__(self) -> None:
        self._known: OrderedDict[tuple[object, ...], tuple[datetime, list[str]]] = OrderedDict()

    def get(self, key: tuple[object, ...], now: datetime) -> list[str] | None:
        """The cases in order, if that was asked a moment ago."""
        found = self._known.get(key)
        return found[1] if found is not None and timedelta(0) <= now - found[0] < _FRESH else None

    def put(self, key: tuple[object, ...], now: datetime, names: list[str]) -> None:
        """Keep it for a moment."""
        self._known[key] = (now, names)
        while len(self._known) > _QUESTIONS:
            self._known.popitem(last=False)

    def clear(self) -> None:
        """Somebody acted here."""
        self._known.clear()


def routes(door: Door) -> list[BaseRoute]:
    """The routes."""

    orders = Orders()

    async def page(visit: Visit) -> Response:
        view = await door.read(lambda records: _look(records, visit, orders))
        title = visit.words.say("desk-menu.cases")
        return door.page(
            visit, "cases", title=title, view=view, kinds=list(SubjectKind), states=list(CaseState), most=ORDERED
        )

    async def act(visit: Visit) -> Response:
        chosen = list(dict.fromkeys(visit.form.get("case", ())))[:_MOST_AT_ONCE]
        word = visit.said("act", 40)
        if not chosen:
            return door.away(_back(visit), "none-chosen")
        if word not in [each.value for each in _TOGETHER]:
            raise Refused("form", 400)
        note = visit.said("note") or None
        if word == Act.NOTE.value and note is None:
            return door.away(_back(visit), "note-needed")
        due = day_of(visit.said("until", 10)) if word == Act.WAIT.value else None
        unfit = await door.write(lambda records: _act(door, records, visit, chosen, Act(word), note=note, due=due))
        orders.clear()
        return door.away(_back(visit), "some-unfit" if unfit else "done")

    return [
        door.route("/cases", page, Permit.CASES_SEE),
        door.route("/cases", act, Permit.CASES_ACT, method="POST"),
    ]


def _back(visit: Visit) -> str:
    query = urlencode([(name, each) for name, each in visit.request.query_params.multi_items() if name != "said"])
    return f"/cases?{query}" if query else "/cases"


def _look(records: Any, visit: Visit, orders: Orders) -> Listed:
    state, about, words = visit.asked("state", 20), visit.asked("about", 20), visit.asked("words")
    states = (
        [CaseState(state)]
        if state in list(CaseState)
        else [each for each in CaseState if state == "all" or each not in _AT_REST]
    )
    kind = SubjectKind(about) if about in list(SubjectKind) else None
    is_deep = visit.may(Permit.PERSONAL_SEE)  # who may not see a contact does not find by it either
    key = (tuple(states), kind, words, is_deep)
    standing = orders.get(key, visit.now)
    if standing is None:
        rows = in_order(records.queue.standing(states, kind, words, is_deep=is_deep, most=ORDERED), visit.now)
        standing = [each.case_id for each in rows]
        orders.put(key, visit.now, standing)
    pages = max(1, -(-len(standing) // SHOWN))
    asked = visit.asked("page", 4)
    page = min(max(int(asked), 1), pages) if asked.isascii() and asked.isdigit() else 1
    names = standing[(page - 1) * SHOWN : page * SHOWN]
    found = records.cases.by_id(names)
    lines = [_line(found[name], visit.now) for name in names if name in found]
    counts = Counter({key.value: count for key, count in records.cases.count_by_state().items()})
    return Listed(
        lines=lines,
        found=len(standing),
        page=page,
        pages=pages,
        counts=counts,
        state=state,
        about=about,
        words=words,
    )


def _line(case: DeskCase, now: datetime) -> Line:
    weighed = weigh(case, now)
    return Line(case=case, score=weighed, level=level(weighed), is_late=case.due is not None and case.due <= now)


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
