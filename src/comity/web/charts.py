"""Charts as SVG, drawn here and readable without colour.

Trust:      numbers and words of our own catalogue; words are escaped all the same.
Answers:    ``svg(charts, say)`` gives one picture with the charts below each other.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from html import escape
from typing import Final

from comity.services.judge.curves import Chart

_WIDTH: Final = 720
_HEIGHT: Final = 420
_LEFT, _RIGHT, _TOP, _BOTTOM = 84, 24, 48, 64
_STROKES: Final = (("#b3261e", ""), ("#1a56a8", "7 4"), ("#2e7d32", "2 3"))
_STYLE: Final = "font-family='system-ui,Noto Sans,Noto Sans CJK SC,sans-serif' font-size='13' fill='#222'"


def svg(charts: Sequence[Chart], say: Callable[[str], str]) -> str:
    """The picture."""
    height = _HEIGHT * len(charts)
    parts = [
        f"<svg xmlns='http://www.w3.org/2000/svg' width='{_WIDTH}' height='{height}' "
        f"viewBox='0 0 {_WIDTH} {height}' role='img' {_STYLE}>",
        f"<rect width='{_WIDTH}' height='{height}' fill='#fff'/>",
    ]
    for number, chart in enumerate(charts):
        parts.append(f"<g transform='translate(0 {number * _HEIGHT})'>")
        parts += _chart(chart, say)
        parts.append("</g>")
    return "\n".join([*parts, "</svg>", ""])


def _chart(chart: Chart, say: Callable[[str], str]) -> Iterator[str]:
    wide, high = _WIDTH - _LEFT - _RIGHT, _HEIGHT - _TOP - _BOTTOM

    def across(value: float) -> float:
        return _LEFT + wide * place(value, (chart.across_from, chart.across_to), chart.across_is_log)

    def up(value: float) -> float:
        return _TOP + high * (1 - place(value, (chart.up_from, chart.up_to), True))

    yield f"<text x='{_LEFT}' y='26' font-size='16'>{escape(say(chart.title))}</text>"
    for value, words in ticks(chart.up_from, chart.up_to, True):
        yield f"<path d='M{_LEFT} {up(value):.1f}h{wide}' stroke='#ddd'/>"
        yield f"<text x='{_LEFT - 8}' y='{up(value) + 4:.1f}' text-anchor='end'>{words}</text>"
    for value, words in ticks(chart.across_from, chart.across_to, chart.across_is_log):
        yield f"<path d='M{across(value):.1f} {_TOP}v{high}' stroke='#ddd'/>"
        yield f"<text x='{across(value):.1f}' y='{_HEIGHT - _BOTTOM + 20}' text-anchor='middle'>{words}</text>"
    yield f"<rect x='{_LEFT}' y='{_TOP}' width='{wide}' height='{high}' fill='none' stroke='#666'/>"
    middle = _LEFT + wide / 2
    yield f"<text x='{middle}' y='{_HEIGHT - _BOTTOM + 44}' text-anchor='middle'>{escape(say(chart.across))}</text>"
    turned = f"rotate(-90 18 {_TOP + high / 2})"
    yield f"<text x='18' y='{_TOP + high / 2}' text-anchor='middle' transform='{turned}'>{escape(say(chart.up))}</text>"
    for number, line in enumerate(chart.lines):
        colour, dashes = _STROKES[number % len(_STROKES)]
        path = " ".join(f"{across(x):.1f},{up(y):.1f}" for x, y in line.points)
        dashed = f" stroke-dasharray='{dashes}'" if dashes else ""
        yield f"<polyline points='{path}' fill='none' stroke='{colour}' stroke-width='2'{dashed}/>"
        if len(chart.lines) > 1:
            y = _TOP + 18 + 20 * number
            right = _WIDTH - _RIGHT - 10
            yield f"<path d='M{right - 34} {y - 4}h34' stroke='{colour}' stroke-width='2'{dashed}/>"
            yield f"<text x='{right - 42}' y='{y}' text-anchor='end'>{escape(say(line.name))}</text>"


def place(value: float, ends: tuple[float, float], is_log: bool) -> float:
    """Where a value lies between the ends of an axis, from 0 to 1.

    >>> place(0.1, (0.01, 1.0), True), place(5, (0, 10), False)
    (0.5, 0.5)
    """
    low, high = ends
    if is_log:
        value, low, high = (math.log10(max(each, 1e-300)) for each in (value, low, high))
    return min(1.0, max(0.0, (value - low) / (high - low)))


def ticks(begins: float, ends: float, is_log: bool) -> list[tuple[float, str]]:
    """The values marked on an axis, with their words: percent on a logarithmic one, counts on the other.

    >>> ticks(0.01, 1.0, True)
    [(0.01, '1 %'), (0.1, '10 %'), (1.0, '100 %')]
    """
    if is_log:
        powers = range(round(math.log10(begins)), round(math.log10(ends)) + 1)
        return [(10.0**power, f"{100 * 10.0**power:g} %") for power in powers]
    return [(begins + (ends - begins) * part / 4, f"{begins + (ends - begins) * part / 4:,.0f}") for part in range(5)]
