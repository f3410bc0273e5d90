"""The search: one field on every page, for everything that whoever asks may see.

Trust:      what is found holds strangers' words and passes ``visible``. Whoever is shown personal data is written down before it is
            shown: for each mail and case, not for the words that were typed.
Answers:    ``routes(door)``: GET /search.
Limits:     eight of each sort, or fifty of one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from starlette.responses import Response
from starlette.routing import BaseRoute

from comity.model.account import Permit
from comity.model.searched import Group, Sort
from comity.services.search.finding import find
from comity.services.search.indexing import standing
from comity.web.desk.door import Door
from comity.web.desk.finding import next_case
from comity.web.desk.work import Visit

SHOWN: Final = 8
OF_ONE: Final = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What the page shows."""

    words: str
    sort: Sort | None
    groups: Sequence[Group]
    behind: int
    indexed: datetime | None


def routes(door: Door) -> list[BaseRoute]:
    """The routes."""

    async def page(visit: Visit) -> Response:
        words = visit.asked("words")
        view = await door.seen(visit, lambda records: _look(records, visit, words))
        about = [hit.about for group in view.groups for hit in group.hits if hit.about is not None]
        await door.saw_each(visit, "found", about)
        say = visit.words.say
        title = say("desk-search.title-words", words=words) if words else say("desk-search.title")
        return door.page(visit, "search", title=title, view=view, words=words, of_one=OF_ONE)

    return [door.route("/search", page), *next_case.routes(door)]


def _look(records: Any, visit: Visit, words: str) -> Found:
    asked = visit.asked("sort", 20)
    sort = Sort(asked) if asked in list(Sort) else None
    groups = find(records, words, visit.signed.permits, only=sort, most=SHOWN if sort is None else OF_ONE)
    kinds = standing(records) if visit.may(Permit.CASES_SEE) else []
    return Found(
        words=words,
        sort=sort,
        groups=groups,
        behind=sum(each.behind for each in kinds),
        indexed=min((each.at for each in kinds if each.at is not None), default=None),
    )
