"""Small pictures on the pages of the desk, each with its numbers as a table beside it.

Trust:      numbers, days and words of our own catalogue.
Answers:    ``days_bars(words, days)`` gives one bar a day.
Limits:     SVG without style and script; colours come from classes in the style sheet.
"""

from collections.abc import Sequence
from datetime import date
from typing import Final

from markupsafe import Markup

from comity.locale import Catalogue

_WIDE: Final = 16
_HIGH: Final = 72


def days_bars(words: Catalogue, days: Sequence[tuple[date, int]]) -> Markup:
    """One bar a day, the highest as high as the picture."""
    most = max((count for _, count in days), default=0) or 1
    bars = "".join(_bar(place, day, count, most=most, last=len(days) - 1) for place, (day, count) in enumerate(days))
    label = words.say("desk-today.picture", n=sum(count for _, count in days), days=len(days), most=most)
    return Markup(
        '<svg class="days" viewBox="0 0 {} {}" preserveAspectRatio="none" role="img" aria-label="{}">{}</svg>'
    ).format(len(days) * _WIDE - 3, _HIGH, label, Markup(bars))  # noqa: S704 - numbers and days alone


def _bar(place: int, day: date, count: int, *, most: int, last: int) -> str:
    high = _height(count, most)
    return (
        f'<rect class="bar{" now" if place == last else ""}" x="{place * _WIDE}" y="{round(_HIGH - high, 1)}"'
        f' width="{_WIDE - 3}" height="{high}"><title>{day.isoformat()}: {count:,}</title></rect>'
    )


def _height(count: int, most: int) -> float:
    return round(max(count / most * (_HIGH - 4), 2.0), 1) if count else 1.0
