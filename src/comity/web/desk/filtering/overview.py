"""The filter at a glance: what people say and where mail goes by day, and what was promised against what holds.

Standards:  the bound is Clopper and Pearson's at 95 % (``comity.services.judge.promise``).
Answers:    ``routes(door)``: GET /filter, and its pictures.
Limits:     where mail went is known from the counters of the mailboxes' own logs alone; without them there is no such picture.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from starlette.responses import Response
from starlette.routing import BaseRoute

from comity.locale import Catalogue
from comity.model.account import Permit
from comity.services.judge.curves import Chart
from comity.services.judge.learning.showing import Shown, shown
from comity.services.judge.promise import Promise
from comity.services.public.pages.filter import FilterDays, days_of
from comity.web.desk.door import Door
from comity.web.desk.filtering.doing import Held, Serving
from comity.web.desk.pictures.picture import Picture, Table
from comity.web.desk.pictures.plane import HIGH, Axis, Drawn, log_axis, narrow_plane, plane, share_axis
from comity.web.desk.pictures.series import Stretch, series, stretch_asked
from comity.web.desk.pictures.taking import picture_routes
from comity.web.desk.work import Visit

_FOLDERS = ("inbox", "junk", "other")


@dataclass(frozen=True, slots=True, kw_only=True)
class FilterPage:
    """What the page shows."""

    stretch: Stretch
    learnt: Shown
    serving: Serving
    pictures: Mapping[str, Picture]


def routes(door: Door, held: Held) -> list[BaseRoute]:
    """The routes."""

    async def look(visit: Visit) -> FilterPage:
        stretch = stretch_asked(visit)
        serving = await door.inside(held.serving)
        (days, learnt), _ = await door.counted(
            visit,
            ("filter", stretch.begins, stretch.ends),
            lambda records: (days_of(records, stretch.begins, stretch.ends), shown(records, visit.now)),
        )
        return FilterPage(
            stretch=stretch,
            learnt=learnt,
            serving=serving,
            pictures=_pictures(visit.words, stretch, days, serving=serving),
        )

    async def page(visit: Visit) -> Response:
        view = await look(visit)
        return door.page(visit, "filter/overview", title=visit.words.say("desk-menu.filter"), view=view)

    async def pictures(visit: Visit) -> Mapping[str, Picture]:
        return (await look(visit)).pictures

    return [
        door.route("/filter", page, Permit.FILTER_SEE),
        *picture_routes(door, "/filter", pictures, permit=Permit.FILTER_SEE),
    ]


def _pictures(words: Catalogue, stretch: Stretch, days: FilterDays, *, serving: Serving) -> Mapping[str, Picture]:
    said = {words.say("desk-filter.said-spam"): days.spam, words.say("desk-filter.said-legitimate"): days.legitimate}
    mail = {words.say(f"desk-filter.folder.{each}"): days.folders[each] for each in _FOLDERS if each in days.folders}
    judged = {
        words.say("desk-filter.called-spam"): days.called_spam,
        words.say("desk-filter.let-through"): days.let_through,
    }
    found = [
        series(words, "judged", stretch, counts=judged, up=words.say("desk-filter.mails")),
        series(words, "said", stretch, counts=said, up=words.say("desk-filter.mails")),
        series(words, "delivered", stretch, counts=mail, up=words.say("desk-filter.mails")),
        budget_picture(words, serving.promise),
    ]
    if serving.examples is not None:
        found.append(roc_picture(words, serving.examples))
    return {each.name: each for each in found}


def budget_picture(words: Catalogue, promise: Promise) -> Picture:
    """What each threshold would cost, with its bound; the threshold that holds, and what was promised."""
    points = promise.curve
    most = min(1.0, max([promise.share * 5, *(each.at_most for each in points if each.threshold >= promise.threshold)]))
    across = Axis(
        words=words.say("desk-picture.threshold"),
        begins=points[0].threshold if points else 0.0,
        ends=points[-1].threshold if points else 1.0,
        marks=_thresholds(promise),
    )
    lost = Drawn(
        name=words.say("desk-filter.lost"),
        points=[(each.threshold, min(each.lost, most)) for each in points],
        band=[(each.threshold, min(each.lost, most), min(each.at_most, most)) for each in points],
        is_steps=True,
        style=1,
    )
    title = words.say("desk-picture.budget")
    promised = f"{100 * promise.share:g} %"
    up = share_axis(words.say("desk-filter.lost-share"), most)
    kept_to = (promise.share, words.say("desk-filter.promised", share=promised))
    return Picture(
        name="budget",
        title=title,
        label=words.say("desk-filter.budget-label", promised=promised, at_most=f"{100 * promise.at_most:.3g} %"),
        high=HIGH,
        drawing=plane([lost], across, up, promise=kept_to),
        narrow=narrow_plane([lost], across, up, promise=kept_to),
        table=Table(
            head=[words.say(f"desk-picture.{each}") for each in ("threshold", "lost", "at-most")],
            rows=[[round(each.threshold, 3), each.lost, each.at_most] for each in points],
        ),
        notes=[words.say("desk-filter.budget-note" if points else "desk-filter.budget-none", n=promise.kept)],
        is_empty=not points,
    )


def _thresholds(promise: Promise) -> list[tuple[float, str]]:
    if not promise.curve:
        return []
    begins, ends = promise.curve[0].threshold, promise.curve[-1].threshold
    ordinary = [begins + (ends - begins) * part / 5 for part in range(6)]
    near = (ends - begins) / 8
    kept = [each for each in ordinary if abs(each - promise.threshold) > near]
    return [
        *((each, f"{round(each, 1) + 0.0:.1f}") for each in kept),
        (promise.threshold, f"▲ {promise.threshold:.2f}"),
    ]


def roc_picture(words: Catalogue, chart: Chart) -> Picture:
    """Spam missed over legitimate lost, on the operator's own examples."""
    line = chart.lines[0]
    missed = Drawn(name=words.say("desk-filter.missed"), points=line.points, is_steps=True)
    across = log_axis(words.say("desk-filter.lost-share"), chart.across_from)
    up = log_axis(words.say("desk-filter.missed-share"), chart.up_from)
    return Picture(
        name="roc",
        title=words.say("desk-picture.roc"),
        label=words.say("desk-filter.roc-label", n=len(line.points)),
        high=HIGH,
        drawing=plane([missed], across, up),
        narrow=narrow_plane([missed], across, up),
        table=Table(
            head=[words.say("desk-picture.lost"), words.say("desk-picture.missed")],
            rows=[[float(x), float(y)] for x, y in line.points],
        ),
        notes=[words.say("desk-filter.roc-note")],
        is_empty=not line.points,
    )
