"""Who complains about whom: bands between networks and countries, how it spreads over days, and both as tables.

Trust:      names of networks are a table's or strangers' words; they pass ``visible`` and ``plain_label``.
Answers:    ``routes(door)``: GET /flows, and its pictures.
Limits:     eight that report and twelve that are reported about, the largest; all others are put together. Counts of roll-ups, a
            minute old at most; two people who ask for the same are counted for once.
"""

from asyncio import Lock
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from starlette.responses import Response
from starlette.routing import BaseRoute

from comity.locale import Catalogue
from comity.model.account import Permit
from comity.services.public.pages.flows import COUNTRY, NETWORK, PREFIX, UNKNOWN, Asked, flows_of
from comity.store.records import Records
from comity.web.desk.door import Door
from comity.web.desk.pictures.bands import bands, gathered
from comity.web.desk.pictures.picture import Picture, Table
from comity.web.desk.pictures.series import Stretch, stretch_asked
from comity.web.desk.pictures.spread import in_order, spread
from comity.web.desk.pictures.taking import picture_routes
from comity.web.desk.work import Visit

_BY: Final = (COUNTRY, NETWORK, PREFIX)
_LEFT: Final = 8
_RIGHT: Final = 12
_FRESH: Final = timedelta(minutes=1)
_HOLDS: Final = timedelta(minutes=10)  # the names of networks come from a table that is read anew at times
_KEPT: Final = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowsPage:
    """What the page shows."""

    stretch: Stretch
    by: str
    pictures: Mapping[str, Picture]


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """What was drawn, when, and of what."""

    at: datetime
    state: tuple[int, int]
    pictures: Mapping[str, Picture]


class Recent:
    """What was drawn last: at hundreds of thousands of roll-ups, counting takes seconds."""

    def __init__(self, door: Door) -> None:
        self._door, self._one_at_a_time = door, Lock()
        self._drawn: OrderedDict[tuple[Asked, str], Drawn] = OrderedDict()

    async def pictures(self, asked: Asked, stretch: Stretch, visit: Visit) -> Mapping[str, Picture]:
        """Both pictures: those of before where nothing was counted since, else a minute old at most."""
        key = (asked, visit.words.language)
        state = await self._door.seen(visit, lambda records: records.queue.state_of_days(asked.first, asked.last))
        async with self._one_at_a_time:
            found = self._drawn.get(key)
            if found is not None and visit.now - found.at < (_HOLDS if found.state == state else _FRESH):
                return found.pictures
            drawn = await self._door.seen(
                visit, lambda records: self._draw(records, asked, stretch=stretch, visit=visit)
            )
            self._drawn[key] = drawn
            self._drawn.move_to_end(key)
            while len(self._drawn) > _KEPT:
                self._drawn.popitem(last=False)
            return drawn.pictures

    def _draw(self, records: Records, asked: Asked, *, stretch: Stretch, visit: Visit) -> Drawn:
        state = records.queue.state_of_days(asked.first, asked.last)
        counts = flows_of(records, asked, self._door.work.network)
        found = (_flows(visit.words, counts.ends, asked.by), _spread(visit.words, counts.days, stretch, by=asked.by))
        return Drawn(at=visit.now, state=state, pictures={each.name: each for each in found})


def routes(door: Door) -> list[BaseRoute]:
    """The routes."""
    recent = Recent(door)

    async def look(visit: Visit) -> FlowsPage:
        stretch = stretch_asked(visit, 90)
        word = visit.asked("by", 10)
        by = word if word in _BY else (COUNTRY if door.work.has_networks() else PREFIX)
        asked = Asked(first=stretch.first, last=stretch.last, by=by)
        return FlowsPage(stretch=stretch, by=by, pictures=await recent.pictures(asked, stretch, visit))

    async def page(visit: Visit) -> Response:
        view = await look(visit)
        return door.page(visit, "flows/flows", title=visit.words.say("desk-menu.flows"), view=view, ways=_BY)

    async def pictures(visit: Visit) -> Mapping[str, Picture]:
        return (await look(visit)).pictures

    return [
        door.route("/flows", page, Permit.LEDGER_SEE),
        *picture_routes(door, "/flows", pictures, permit=Permit.LEDGER_SEE),
    ]


def _flows(words: Catalogue, flows: Mapping[tuple[str, str], int], by: str) -> Picture:
    named = {(_reporting(words, one), _about(words, other, by)): n for (one, other), n in flows.items()}
    drawn = gathered(named, left=_LEFT, right=_RIGHT, others=words.say("desk-flows.others"))
    heads = (words.say("desk-flows.reporting"), words.say(f"desk-flows.about.{by}"))
    drawing, high = bands(drawn, heads)
    title = words.say("desk-flows.bands")
    return Picture(
        name="flows",
        title=title,
        label=words.say("desk-flows.label", n=sum(flows.values()), ends=len(flows)),
        high=high,
        drawing=drawing,
        narrow=bands(drawn, heads, is_narrow=True),
        table=Table(
            head=[*heads, words.say("desk-page.reports")],
            rows=[[*ends, n] for ends, n in sorted(named.items(), key=lambda item: (-item[1], item[0]))],
        ),
        notes=[words.say("desk-flows.note")] if flows else [],
        is_empty=not flows,
    )


def _spread(words: Catalogue, counts: Mapping[Any, int], stretch: Stretch, *, by: str) -> Picture:
    named = {(day, _about(words, name, by)): n for (day, name), n in counts.items()}
    rows = in_order(named, _RIGHT)
    across = words.say("desk-picture.day")
    drawing, high = spread(named, rows, stretch.days, across=across)
    title = words.say("desk-flows.spread")
    return Picture(
        name="spread",
        title=title,
        label=words.say("desk-flows.spread-label", n=len(rows), first=str(stretch.first), last=str(stretch.last)),
        high=high,
        drawing=drawing,
        narrow=spread(named, rows, stretch.days, across=across, is_narrow=True),
        table=Table(
            head=[across, words.say(f"desk-flows.about.{by}"), words.say("desk-page.reports")],
            rows=[[str(day), name, n] for (day, name), n in sorted(named.items())],
        ),
        notes=[words.say("desk-flows.spread-note")] if rows else [],
        is_empty=not rows,
    )


def _reporting(words: Catalogue, name: str) -> str:
    return words.say("desk-flows.outside") if name == UNKNOWN else name


def _about(words: Catalogue, name: str, by: str) -> str:
    return words.say(f"desk-flows.unknown.{by}") if name == UNKNOWN else name
