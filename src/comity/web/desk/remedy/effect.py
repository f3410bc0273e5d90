"""Whether telling subscribers helped: curves by channel and family, sources, relapses, comparison; and what cannot be told.

Standards:  ``comity.services.remedy.effect.measuring``: Kaplan and Meier's curves with their 95 % bounds.
Answers:    ``routes(door)``: GET /remedy/effect, and its pictures.
Limits:     a group of fewer than five lines is counted and not drawn; five groups at most in a picture, the largest.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from starlette.responses import Response
from starlette.routing import BaseRoute

from comity.locale import Catalogue
from comity.model import period as periods
from comity.model.account import Permit
from comity.model.period import Period
from comity.services.remedy.effect.answers import Understood
from comity.services.remedy.effect.measuring import HORIZON, RELAPSE_DAYS, Effect, Group
from comity.web.desk.door import Door
from comity.web.desk.pictures.picture import Picture, Table, plain_label
from comity.web.desk.pictures.plane import HIGH, Axis, Drawn, narrow_plane, plane, share_axis
from comity.web.desk.pictures.taking import picture_routes
from comity.web.desk.remedy.doing import doing_of
from comity.web.desk.work import Visit
from comity.web.waiting import Refused

FEWEST: Final = 5
_LINES: Final = 5
_DAYS: Final = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class EffectPage:
    """What the page shows."""

    effect: Effect
    period: str
    pictures: Mapping[str, Picture]
    counted: datetime
    answers: Sequence[tuple[str, Understood]]  # each question in the reader's language
    few: int  # lines in groups that are too small


def routes(door: Door) -> list[BaseRoute]:
    """The routes."""

    async def look(visit: Visit) -> EffectPage:
        period = _period(visit.asked("period", 40))
        effect, seconds = await door.counted(
            visit,
            ("effect", visit.asked("period", 40)),
            lambda records: doing_of(door).effect(records, now=visit.now, period=period),
        )
        (answers, texts), _ = await door.counted(
            visit,
            ("answers", visit.asked("period", 40)),
            lambda records: doing_of(door).answers(records, period=period),
        )
        spoken = texts.get(visit.words.language, {})
        channels = [_named(visit.words, each) for each in effect.channels]
        found = [
            curves(visit.words, "channels", channels),
            curves(visit.words, "families", [(plain_label(each.name), each) for each in effect.families]),
        ]
        return EffectPage(
            effect=effect,
            period=visit.asked("period", 40),
            pictures={each.name: each for each in found},
            counted=visit.now - timedelta(seconds=seconds),
            answers=[(spoken.get(each.question, each.question), each) for each in answers],
            few=sum(each.lines for each in effect.channels if each.lines < FEWEST),
        )

    async def page(visit: Visit) -> Response:
        view = await look(visit)
        title = visit.words.say("desk-remedy.effect")
        more: dict[str, Any] = {"horizon": HORIZON, "relapse_days": RELAPSE_DAYS, "fewest": FEWEST}
        return door.page(visit, "remedy/effect", title=title, view=view, **more)

    async def pictures(visit: Visit) -> Mapping[str, Picture]:
        return (await look(visit)).pictures

    return [
        door.route("/remedy/effect", page, Permit.REMEDY_SEE),
        *picture_routes(door, "/remedy/effect", pictures, permit=Permit.REMEDY_SEE),
    ]


def _period(text: str) -> Period | None:
    if not text:
        return None
    found = periods.read(text)
    if found is None:
        raise Refused("form", 400)
    return found


def _named(words: Catalogue, group: Group) -> tuple[str, Group]:
    return words.say(f"effect.channel.{group.name}"), group


def curves(words: Catalogue, name: str, groups: Sequence[tuple[str, Group]]) -> Picture:
    """One line a group: how many are still infected so many days after they were told."""
    drawn = [(label, each) for label, each in groups if each.lines >= FEWEST and each.steps][:_LINES]
    lines = [_line(label, each, style) for style, (label, each) in enumerate(drawn)]
    most = max((step.day for _, each in drawn for step in each.steps), default=0)
    ends = float(min(max(most, 14), _DAYS))
    days = Axis(
        words=words.say("desk-remedy.days-after"),
        begins=0.0,
        ends=ends,
        marks=[(ends * part / 4, f"{ends * part / 4:.0f}") for part in range(5)],
    )
    title, still = words.say(f"desk-remedy.curve.{name}"), share_axis(words.say("desk-remedy.still"))
    return Picture(
        name=name,
        title=title,
        label=words.say("desk-remedy.curve-label", title=title, n=len(drawn), days=round(ends)),
        high=HIGH,
        drawing=plane(lines, days, still),
        narrow=narrow_plane(lines, days, still),
        table=Table(
            head=[
                words.say(f"desk-remedy.col.{each}") for each in ("group", "day", "infected", "low", "high", "at-risk")
            ],
            rows=[
                [label, step.day, float(step.infected), step.low, step.high, step.at_risk]
                for label, each in drawn
                for step in each.steps
            ],
        ),
        notes=[words.say("desk-remedy.curve-note" if drawn else "desk-remedy.curve-none", n=FEWEST)],
        is_empty=not drawn,
    )


def _line(label: str, group: Group, style: int) -> Drawn:
    steps = [each for each in group.steps if each.day <= _DAYS]
    points = [(0.0, 1.0), *((float(each.day), each.infected) for each in steps)]
    band = [(float(each.day), each.low, each.high) for each in steps if each.low is not None and each.high is not None]
    return Drawn(name=f"{label} ({group.lines})", points=points, band=band, is_steps=True, style=style)
