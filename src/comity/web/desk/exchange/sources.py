"""Sources of feedback: who reports to us, how often that was right, how far it is believed, and what about it needs somebody.

Trust:      names of sources without proof are strangers' words and pass ``visible``.
Answers:    ``routes(door)``: GET /sources, POST /sources.
Limits:     thirty sources on a page, the busiest first; thirty days in each picture.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from markupsafe import Markup
from starlette.responses import Response
from starlette.routing import BaseRoute

from comity.cases.sources.precision import Precision
from comity.model.account import Permit
from comity.model.source import Alarm, Hour, JoinedLoop, Proof, Trust
from comity.services.public.sources import YEAR, by_month, precision_of
from comity.services.receive.sources import deciding
from comity.services.receive.sources.alarming import State
from comity.web.desk.door import Door
from comity.web.desk.drawings import days_bars
from comity.web.desk.exchange.paging import Leaf, leaf_of, reason_of
from comity.web.desk.work import Visit
from comity.web.waiting import Refused

SHOWN: Final = 30
_DAYS: Final = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One source."""

    state: State
    precision: Precision
    months: Sequence[tuple[date, Precision]]  # the same by month, the oldest first
    picture: Markup
    days: Sequence[tuple[date, int]]
    alarms: int

    @property
    def could_be_trusted(self) -> bool:
        """Whether it was right often enough, and may be."""
        source = self.state.source
        return self.precision.is_enough and not source.acts and source.proof is not Proof.NONE

    @property
    def choices(self) -> list[Trust]:
        """How far else it may be believed."""
        source = self.state.source
        able = [each for each in Trust if each is not source.trust]
        return [each for each in able if each is not Trust.TRUSTED or source.proof is not Proof.NONE]


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """What the page shows."""

    lines: Sequence[Line]
    leaf: Leaf
    alarms: Sequence[Alarm]
    over: Sequence[Alarm]  # the newest alarms that ended
    unheard: Sequence[JoinedLoop]  # loops that we joined, and nothing came from


def routes(door: Door) -> list[BaseRoute]:
    """The routes."""

    async def page(visit: Visit) -> Response:
        key = ("sources", visit.asked("page", 6), visit.words.language, visit.now.date())
        view, _ = await door.counted(visit, key, lambda records: _look(door, records, visit))
        return door.page(visit, "exchange/sources", title=visit.words.say("desk-menu.sources"), view=view)

    async def act(visit: Visit) -> Response:
        await door.write(lambda records: _act(door, records, visit))
        return door.away("/sources", "done")

    return [
        door.route("/sources", page, Permit.SOURCES_SEE),
        door.route("/sources", act, Permit.SOURCES_ACT, method="POST"),
    ]


def _look(door: Door, records: Any, visit: Visit) -> Listed:
    rows, watch = records.sources, door.work.dealings.watch()
    everything, alarms = rows.all(), rows.alarms(is_open=False)
    leaf = leaf_of(visit, len(everything), SHOWN)
    verdicts, is_open = rows.verdicts(), [each for each in alarms if each.ended is None]
    known = {each.name for each in everything}
    shown = everything[leaf.start : leaf.start + SHOWN]
    lines, months = [], rows.verdicts_by_month([each.name for each in shown], visit.now - YEAR)
    for state in watch.states(rows, visit.now, shown):
        name = state.source.name
        days = days_of(rows.hours(name, visit.now - timedelta(days=_DAYS)), visit.now.date())
        lines.append(
            Line(
                state=state,
                precision=precision_of(verdicts.get(name, {})),
                months=by_month(months.get(name, {})),
                picture=days_bars(visit.words, days),
                days=days,
                alarms=sum(each.source == name for each in is_open),
            )
        )
    return Listed(
        lines=lines,
        leaf=leaf,
        alarms=is_open,
        over=[each for each in alarms if each.ended is not None][:20],
        unheard=[each for each in door.work.dealings.loops() if f"loop:{each.name}" not in known],
    )


def days_of(hours: Sequence[Hour], today: date) -> list[tuple[date, int]]:
    """How many reports came on each day, those without any too."""
    counts: dict[date, int] = {}
    for each in hours:
        counts[each.at.date()] = counts.get(each.at.date(), 0) + each.reports
    days = [today - timedelta(days=back) for back in range(_DAYS - 1, -1, -1)]
    return [(day, counts.get(day, 0)) for day in days]


def _act(door: Door, records: Any, visit: Visit) -> None:
    word = visit.said("act", 20)
    decision = deciding.Decision(by=visit.signed.account, why=reason_of(visit), at=visit.now)
    if word == "trust":
        joined = [each.name for each in door.work.dealings.loops()]
        name, trust = visit.said("name", 400), visit.said("trust", 20)
        deciding.trust(records.sources, name, trust, decision=decision, joined=joined)
    elif word == "seen" and visit.said("alarm", 18).isdecimal():
        deciding.end(records.sources, int(visit.said("alarm", 18)), decision)
    else:
        raise Refused("form", 400)
