"""What is in no case: reports, by the reason why, and letters to us that report nothing.

Trust:      what they name is strangers'. Who looks is written down before. That a letter names a case proves nothing.
Answers:    ``routes(door)``: GET /unmatched, POST /unmatched/letters: somebody has seen these letters; GET
            /unmatched/letters/NUMBER: ordinary mail that came after one that day and stands nowhere, what is only counted among it.
            What our own filter is sure is spam stands folded behind the others, as long as a filter is in service.
Limits:     fifty on a page, the newest first; a page begins where the one before ended, so that the last is as quick as the first.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from starlette.responses import Response
from starlette.routing import BaseRoute

from comity.formats.item_facts import from_line
from comity.model.account import Permit
from comity.model.outcomes import ComityError
from comity.services.receive.conversation.arriving import see
from comity.services.receive.conversation.folding import look_like_spam
from comity.web.desk.door import Door
from comity.web.desk.work import NUMBER, Visit
from comity.web.waiting import Refused

_SHOWN: Final = 50
_LETTERS: Final = "letters"  # of either sort


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """One that waits."""

    number: int
    item: int
    arrived: datetime
    writer: str | None
    subject: str | None
    case_id: str | None
    more: int  # that stand behind it


@dataclass(frozen=True, slots=True, kw_only=True)
class Unmatched:
    """What the page shows."""

    counts: Mapping[str, int]
    reason: str | None
    rows: Sequence[Any]
    letters: Sequence[Letter]
    spam: Sequence[Letter]  # that our own filter is sure of: behind the others
    before: int | None  # where this page begins; None: at the newest
    after: int | None  # where the next one begins


@dataclass(frozen=True, slots=True, kw_only=True)
class Behind:
    """What came after a letter that day."""

    number: int
    letters: Sequence[Letter]
    after: int | None  # where the next page begins


def routes(door: Door) -> list[BaseRoute]:
    """The routes."""

    async def page(visit: Visit) -> Response:
        await door.saw(visit, "list", "unmatched")
        view = await door.seen(visit, lambda records: _look(door, records, visit))
        return door.page(visit, "unmatched", title=visit.words.say("desk-menu.unmatched"), view=view)

    async def seen(visit: Visit) -> Response:
        named = list(visit.form.get("letter", ()))[:_SHOWN]
        if not named or not all(NUMBER.fullmatch(each) for each in named):
            raise Refused("form", 400)
        numbers, by = [int(each) for each in named], visit.signed.account
        n = await door.write(lambda records: see(records.arrived, numbers, by=by, now=visit.now))
        door.work.log("desk-letters-seen", account=by, n=n)
        return door.away(f"/unmatched?reason={_LETTERS}", "letters-seen")

    async def behind(visit: Visit) -> Response:
        await door.saw(visit, "list", "unmatched")
        view = await door.seen(visit, lambda records: _behind(records, visit))
        return door.page(visit, "letters-behind", title=visit.words.say("desk-arrived.behind"), view=view)

    return [
        door.route("/unmatched/letters/{letter}", behind, Permit.PERSONAL_SEE),
        door.route("/unmatched", page, Permit.PERSONAL_SEE),
        door.route("/unmatched/letters", seen, Permit.CASES_ACT, method="POST"),
    ]


def _look(door: Door, records: Any, visit: Visit) -> Unmatched:
    letters = records.arrived.counts()
    counts = dict(sorted(records.intake.unmatched().items(), key=lambda each: -each[1])) | letters
    asked, begin = visit.asked("reason", 40), visit.asked("before", 18)
    if asked == _LETTERS:
        asked = next(iter(letters), asked)
    reason = asked if asked in counts else next(iter(counts), None)
    before = int(begin) if begin.isascii() and begin.isdigit() else None
    rows: Sequence[Any] = ()
    if reason in letters:
        rows = records.arrived.waiting(reason, before=before, most=_SHOWN + 1)
    elif reason is not None:
        rows = records.intake.without_case(reason, before, _SHOWN + 1)
    is_letters, shown = reason in letters, rows[:_SHOWN]
    folded = _look_like_spam(door, records, shown) if is_letters else frozenset()
    return Unmatched(
        counts=counts,
        reason=reason,
        rows=() if is_letters else shown,
        letters=[_waiting(row) for row in shown if row.id not in folded] if is_letters else (),
        spam=[_waiting(row) for row in shown if row.id in folded],
        before=before,
        after=rows[_SHOWN - 1].id if len(rows) > _SHOWN else None,
    )


def _look_like_spam(door: Door, records: Any, rows: Sequence[Any]) -> frozenset[int]:
    """Where a filter is in service; one that cannot be used folds nothing, and its own page says so."""
    filtering = door.work.filtering
    if filtering is None or not filtering.is_in_service():
        return frozenset()
    with suppress(ComityError):
        return look_like_spam(records.intake, rows, filtering.judge)
    return frozenset()


def _behind(records: Any, visit: Visit) -> Behind:
    number, begin = str(visit.request.path_params["letter"]), visit.asked("after", 18)
    after = int(begin) if begin.isascii() and begin.isdigit() else 0
    found = records.arrived.behind(int(number), after, _SHOWN) if NUMBER.fullmatch(number) else None
    if found is None:
        raise Refused("missing", 404)
    rows, last = found
    return Behind(number=int(number), letters=[_counted(row) for row in rows], after=last)


def _counted(row: Any) -> Letter:
    return _letter(row, item=row.id, arrived=row.arrived)


def _waiting(row: Any) -> Letter:
    return _letter(row, item=row.item_id, arrived=row.first, more=row.tries - 1)


def _letter(row: Any, *, item: int, arrived: datetime, more: int = 0) -> Letter:
    facts = from_line(row.reading)
    return Letter(
        number=row.id,
        item=item,
        arrived=arrived,
        writer=facts.carried_from if facts else None,
        subject=facts.subject if facts else None,
        case_id=row.case_id,
        more=more,
    )
