"""Counts by day as a picture: several lines, a stretch of days that one chooses, and the time before it to compare.

Answers:    ``Stretch`` with ``stretch_asked(visit)``; ``series(...)`` gives the picture.
Limits:     a stretch is at most 400 days; what somebody asks beyond that is cut.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final

from comity.locale import Catalogue
from comity.web.desk.pictures.picture import Picture, Table
from comity.web.desk.pictures.plane import HIGH, Drawn, Hover, day_axis, narrow_plane, number_axis, plane
from comity.web.desk.work import Visit

MOST_DAYS: Final = 400
USUAL_DAYS: Final = 30
_SLIM_MARKS: Final = 4  # as many as stand beside each other on a phone


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """Days that are looked at, and whether those before are shown too."""

    first: date
    last: date
    compares: bool = False

    @property
    def days(self) -> list[date]:
        """All of them."""
        return [self.first + timedelta(days=n) for n in range((self.last - self.first).days + 1)]

    @property
    def before(self) -> "Stretch":
        """As many days before."""
        n = len(self.days)
        return Stretch(first=self.first - timedelta(days=n), last=self.first - timedelta(days=1))

    @property
    def begins(self) -> datetime:
        """Its first moment; that of the days before where they are shown too."""
        return _moment(self.before.first if self.compares else self.first)

    @property
    def ends(self) -> datetime:
        """The moment after its last one."""
        return _moment(self.last + timedelta(days=1))


def stretch_asked(visit: Visit, usual: int = USUAL_DAYS) -> Stretch:
    """The days that the address names, else the last ones up to today."""
    today = visit.now.date()
    last = min(_day(visit.asked("until", 10)) or today, today)
    first = _day(visit.asked("from", 10)) or last - timedelta(days=usual - 1)
    first = max(min(first, last), last - timedelta(days=MOST_DAYS - 1))
    return Stretch(first=first, last=last, compares=visit.asked("compare", 5) == "yes")


def _day(text: str) -> date | None:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if found.year > 1 + MOST_DAYS // 365 * 2 else None


def _moment(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def series(
    words: Catalogue,
    name: str,
    stretch: Stretch,
    *,
    counts: Mapping[str, Mapping[date, int]],
    up: str,
) -> Picture:
    """The picture; ``counts`` holds each line by its name in words, ``up`` says what is counted."""
    days = stretch.days
    lines, shown = list[Drawn](), list[tuple[str, Sequence[int]]]()
    for style, (line, by_day) in enumerate(counts.items()):
        values = [by_day.get(day, 0) for day in days]
        shown.append((line, values))
        lines.append(Drawn(name=line, points=[(float(n), float(value)) for n, value in enumerate(values)], style=style))
        if stretch.compares:
            earlier = [by_day.get(day, 0) for day in stretch.before.days]
            before = words.say("desk-picture.before", name=line)
            shown.append((before, earlier))
            points = [(float(n), float(value)) for n, value in enumerate(earlier)]
            lines.append(Drawn(name=before, points=points, style=style, is_before=True))
    most = max((value for _, values in shown for value in values), default=0)
    hovers = [
        Hover(at=n, words=f"{each} · " + " · ".join(f"{line}: {values[n]:,}" for line, values in shown), key=str(each))
        for n, each in enumerate(days)
    ]
    title = words.say(f"desk-picture.{name}")
    totals = ", ".join(f"{line} {sum(values):,}" for line, values in shown)
    day = words.say("desk-picture.day")
    across, slim = day_axis(day, days), day_axis(day, days, most=_SLIM_MARKS)
    counted = number_axis(up, most)
    return Picture(
        name=name,
        title=title,
        label=words.say(
            "desk-picture.series-label", title=title, first=str(days[0]), last=str(days[-1]), totals=totals
        ),
        high=HIGH,
        drawing=plane(lines, across, counted, hovers=hovers, ends_now=True),
        table=Table(
            head=[day, *(line for line, _ in shown)],
            rows=[[str(each), *(values[n] for _, values in shown)] for n, each in enumerate(days)],
        ),
        notes=[words.say("desk-picture.before-note")] if stretch.compares else [],
        is_empty=not most,
        has_days=True,
        narrow=narrow_plane(lines, slim, counted, hovers=hovers),
    )
