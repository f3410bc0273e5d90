"""Named views of the queue, as links with how many cases each holds.

Trust:      names are our own people's words and pass ``visible``; "me" in a shared view is whoever looks.
Answers:    ``Views(asked_of).of(records, visit)`` gives ``Link`` for each; ``routes(door)``: POST /views, POST /views/{view}.
Limits:     a count is some seconds old; where words are looked for it ends at two hundred.
"""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import urlencode

from starlette.responses import Response
from starlette.routing import BaseRoute

from comity.model.account import Permit
from comity.model.teamwork import NamedView
from comity.services.receive.teamwork.views import ASKED, drop, keep, made
from comity.store.desk.places import Asked
from comity.web.desk.door import Door
from comity.web.desk.work import Visit
from comity.web.waiting import Refused

COUNTED: Final = 200
_FRESH: Final = timedelta(seconds=15)
_KNOWN: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """One view as it is shown."""

    view: NamedView
    path: str
    n: int
    is_cut: bool
    is_here: bool
    may_drop: bool


class Views:
    """Their counts, for some seconds: the same views are looked at by everybody all day."""

    def __init__(self, asked_of: Callable[[NamedView, Visit], Asked]) -> None:
        self._asked_of = asked_of
        self._known: OrderedDict[Asked, tuple[datetime, int]] = OrderedDict()

    def of(self, records: Any, visit: Visit) -> list[Link]:
        """The views that whoever looks sees."""
        here = {name: visit.asked(name) for name in ASKED if visit.asked(name)}
        return [self._link(records, visit, each, here=here) for each in records.teamwork.views(visit.signed.account)]

    def _link(self, records: Any, visit: Visit, view: NamedView, *, here: dict[str, str]) -> Link:
        n = self._count(records, self._asked_of(view, visit), visit.now)
        is_own = view.account == visit.signed.account
        return Link(
            view=view,
            path=f"/cases?{urlencode(view.asked)}" if view.asked else "/cases",
            n=n,
            is_cut=bool(view.asked.get("words")) and n >= COUNTED,
            is_here=dict(view.asked) == here,
            may_drop=visit.may(Permit.CASES_ACT) and (is_own or visit.may(Permit.ACCOUNTS_ACT)),
        )

    def _count(self, records: Any, asked: Asked, now: datetime) -> int:
        found = self._known.get(asked)
        if found is not None and timedelta(0) <= now - found[0] < _FRESH:
            return found[1]
        places = records.places
        n = len(places.names(asked, now, most=COUNTED)) if asked.words else places.count(asked)
        self._known[asked] = (now, n)
        while len(self._known) > _KNOWN:
            self._known.popitem(last=False)
        return int(n)


def routes(door: Door) -> list[BaseRoute]:
    """The routes."""

    async def add(visit: Visit) -> Response:
        asked = {name: visit.said(name, 200) for name in ASKED}
        view = made(visit.said("name", 200), visit.signed.account, asked, is_shared=visit.said("shared", 3) == "yes")
        await door.write(lambda records: keep(records.teamwork, view, visit.now))
        return door.away(f"/cases?{urlencode(view.asked)}" if view.asked else "/cases", "done")

    async def forget(visit: Visit) -> Response:
        number = str(visit.request.path_params["view"])
        if not (number.isascii() and number.isdecimal() and len(number) < 18):
            raise Refused("missing", 404)
        account, may_all = visit.signed.account, visit.may(Permit.ACCOUNTS_ACT)
        await door.write(lambda records: drop(records.teamwork, int(number), account, may_all=may_all))
        return door.away("/cases", "done")

    return [
        door.route("/views", add, Permit.CASES_ACT, method="POST"),
        door.route("/views/{view}", forget, Permit.CASES_ACT, method="POST"),
    ]
