"""Lines between two axes: days or numbers across, counts or shares up.

Answers:    ``plane(lines, across, up, words)`` gives the drawing of lines, steps and the bands around them, ``narrow_plane`` the
            same for a phone and how high it is; ``day_axis`` and ``number_axis``, ``share_axis`` say how an axis runs.
Limits:     each line has a dash pattern and its name at its end, so that none is known by colour alone; six marks an axis.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from markupsafe import Markup

from comity.web.charts import place
from comity.web.desk.pictures.picture import NARROW, WIDE

HIGH: Final = 340
_LEFT, _RIGHT, _TOP, _BOTTOM = 66, 24, 54, 56
_NAME: Final = 18  # a name in a row of its own
_WIDE_SIGNS: Final = 0x2E7F  # from here on signs are as wide as they are high
_SLOPES: Final = (1, 2, 2.5, 5, 10)


@dataclass(frozen=True, slots=True, kw_only=True)
class Axis:
    """One axis: its ends, the marks on it with their words, and what it counts."""

    words: str
    begins: float
    ends: float
    marks: Sequence[tuple[float, str]]
    is_log: bool = False

    def place(self, value: float) -> float:
        """Where a value lies, from 0 to 1."""
        return place(value, (self.begins, self.ends), self.is_log)


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """One line; ``band`` holds the lower and upper bound at each point; ``is_steps`` holds until the next point."""

    name: str
    points: Sequence[tuple[float, float]]
    band: Sequence[tuple[float, float, float]] = ()
    is_steps: bool = False
    is_before: bool = False  # what stood there in the time before, to compare
    style: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Hover:
    """What stands at one place across, in words, and by what a script of ours names it."""

    at: float
    words: str
    key: str


def day_axis(words: str, days: Sequence[date], most: int = 6) -> Axis:
    """Days, the first and last of them among the marks, about so many stretches between them."""
    last = max(len(days) - 1, 1)
    every = max(1, round(last / most))
    marks = [(float(n), f"{day:%m-%d}") for n, day in enumerate(days) if n % every == 0 and n <= last - every / 2]
    if len(days) > 1:
        marks.append((float(len(days) - 1), f"{days[-1]:%m-%d}"))
    return Axis(words=words, begins=0, ends=last, marks=marks)


def number_axis(words: str, most: float) -> Axis:
    """Counts from nought on.

    >>> [mark for mark, _ in number_axis("", 17).marks]
    [0.0, 5.0, 10.0, 15.0, 20.0]
    """
    step = max(1.0, _step(most / 4))
    ends = max(step, math.ceil(most / step) * step)
    marks = [(step * n, f"{step * n:,.0f}") for n in range(round(ends / step) + 1)]
    return Axis(words=words, begins=0, ends=ends, marks=marks)


def share_axis(words: str, most: float = 1.0) -> Axis:
    """Shares in percent."""
    step = max(_step(most / 4), 1e-6)
    ends = math.ceil(round(most / step, 6)) * step
    marks = [(step * n, f"{100 * step * n:g} %") for n in range(round(ends / step) + 1)]
    return Axis(words=words, begins=0, ends=ends, marks=marks)


def log_axis(words: str, begins: float, ends: float = 1.0) -> Axis:
    """Shares over whole powers of ten."""
    powers = range(round(math.log10(begins)), round(math.log10(ends)) + 1)
    marks = [(10.0**each, f"{100 * 10.0**each:g} %") for each in powers]
    return Axis(words=words, begins=begins, ends=ends, marks=marks, is_log=True)


def _step(least: float) -> float:
    if least <= 0:
        return 1.0
    power = 10 ** math.floor(math.log10(least))
    return float(next(each * power for each in _SLOPES if each * power >= least * 0.999))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Frame:
    """Where the lines have their place."""

    wide: int = WIDE
    left: int = _LEFT
    right: int = _RIGHT
    lower: int = 0  # how much further down everything is, because names have rows of their own

    @property
    def high(self) -> int:
        return HIGH + self.lower

    @property
    def top(self) -> int:
        return _TOP + self.lower


def plane(
    lines: Sequence[Drawn],
    across: Axis,
    up: Axis,
    *,
    promise: tuple[float, str] | None = None,
    hovers: Sequence[Hover] = (),
    ends_now: bool = False,
) -> Markup:
    """The drawing; ``promise`` is a height that was promised, with its words.

    Where the newest is at its right end, as ``ends_now`` says, scale and names stand there too.
    """
    frame = _Frame(left=_RIGHT, right=_LEFT) if ends_now else _Frame()
    return _drawn(frame, lines, (across, up), promise=promise, hovers=hovers)


def narrow_plane(
    lines: Sequence[Drawn],
    across: Axis,
    up: Axis,
    *,
    promise: tuple[float, str] | None = None,
    hovers: Sequence[Hover] = (),
) -> tuple[Markup, int]:
    """The same as wide as a phone, each name in a row of its own, and how high it is."""
    n = sum(not each.is_before for each in lines)
    frame = _Frame(wide=NARROW, left=_LEFT - 12, right=_RIGHT - 6, lower=_NAME * max(n - 1, 0))
    return _drawn(frame, lines, (across, up), promise=promise, hovers=hovers), frame.high


def _drawn(
    frame: _Frame,
    lines: Sequence[Drawn],
    axes: tuple[Axis, Axis],
    *,
    promise: tuple[float, str] | None,
    hovers: Sequence[Hover] = (),
) -> Markup:
    at, high = _places(frame, axes)
    parts = [_grid(frame, axes, at=at, high=high)]
    if promise is not None:
        right = frame.wide - frame.right
        parts.append(
            Markup('<path class="promise" d="M{} {}H{}"/><text x="{}" y="{}" text-anchor="end">{}</text>').format(
                frame.left, high(promise[0]), right, right - 4, high(promise[0]) - 5, promise[1]
            )
        )
    parts += [_band(each, at, high) for each in lines if each.band]
    parts += [_line(each, at, high) for each in lines if each.points]
    parts.append(_names(frame, lines))
    parts += [_hover(frame, each, at, n=len(hovers)) for each in hovers]
    return Markup("").join(parts)


def _places(frame: _Frame, axes: tuple[Axis, Axis]) -> tuple[Callable[[float], float], Callable[[float], float]]:
    wide, tall = frame.wide - frame.left - frame.right, HIGH - _TOP - _BOTTOM
    across, up = axes

    def at(value: float) -> float:
        return round(frame.left + wide * across.place(value), 1)

    def high(value: float) -> float:
        return round(frame.top + tall * (1 - up.place(value)), 1)

    return at, high


def _grid(
    frame: _Frame,
    axes: tuple[Axis, Axis],
    *,
    at: Callable[[float], float],
    high: Callable[[float], float],
) -> Markup:
    across, up = axes
    left, right, bottom = frame.left, frame.wide - frame.right, frame.high - _BOTTOM
    is_right = frame.right > frame.left
    beside, anchor = (right + 8, "start") if is_right else (left - 8, "end")
    parts = [
        Markup(
            '<path class="grid" d="M{0} {1}H{2}"/><text class="soft" x="{3}" y="{4}" text-anchor="{5}">{6}</text>'
        ).format(left, high(value), right, beside, high(value) + 4, anchor, words)
        for value, words in up.marks
    ]
    parts += [
        Markup('<text class="soft" x="{}" y="{}" text-anchor="middle">{}</text>').format(at(value), bottom + 19, words)
        for value, words in across.marks
    ]
    bent = (left, bottom, right, frame.top) if is_right else (right, bottom, left, frame.top)
    corner = Markup('<path class="frame" d="M{} {}H{}V{}"/>').format(*bent)
    below = Markup('<text class="soft" x="{}" y="{}" text-anchor="middle">{}</text>').format(
        (left + right) / 2 if frame.wide == WIDE else frame.wide / 2, frame.high - 14, across.words
    )
    edge, anchor = (frame.wide - 4, "end") if is_right else (4, "start")
    counted = Markup('<text class="soft" x="{}" y="{}" text-anchor="{}">{}</text>').format(
        edge, frame.top - 14, anchor, up.words
    )
    return Markup("").join([*parts, corner, below, counted])


def _line(each: Drawn, at: Callable[[float], float], high: Callable[[float], float]) -> Markup:
    path = f"M{at(each.points[0][0])} {high(each.points[0][1])}"
    for x, y in each.points[1:]:
        path += f"H{at(x)}V{high(y)}" if each.is_steps else f"L{at(x)} {high(y)}"
    name = f"line s{each.style}{' before' if each.is_before else ''}"
    dots = Markup("")
    if len(each.points) <= 45 and not each.is_before:
        dots = Markup("").join(
            Markup('<circle class="s{}" cx="{}" cy="{}" r="2.5"/>').format(each.style, at(x), high(y))
            for x, y in each.points
        )
    return Markup('<path class="{}" d="{}"/>').format(name, path) + dots


def _band(each: Drawn, at: Callable[[float], float], high: Callable[[float], float]) -> Markup:
    """The bounds: there along the upper ones, back along the lower ones."""
    upper = [(at(x), high(most)) for x, _, most in each.band]
    lower = [(at(x), high(least)) for x, least, _ in reversed(each.band)]
    there = f"M{upper[0][0]} {upper[0][1]}"
    back = f"L{lower[0][0]} {lower[0][1]}"
    if each.is_steps:
        there += "".join(f"H{x}V{y}" for x, y in upper[1:])
        back += "".join(f"V{y}H{x}" for x, y in lower[1:])
    else:
        there += "".join(f"L{x} {y}" for x, y in upper[1:])
        back += "".join(f"L{x} {y}" for x, y in lower[1:])
    return Markup('<path class="band s{}" d="{}{}Z"/>').format(each.style, there, back)


def _names(frame: _Frame, lines: Sequence[Drawn]) -> Markup:
    """The names, each behind a piece of its line, above the picture: from the left, or up to its right end; below each other where
    there is room for one alone.
    """
    named = [each for each in lines if not each.is_before]
    wide = [48 + round(sum(13.5 if ord(sign) > _WIDE_SIGNS else 7.6 for sign in each.name)) for each in named]
    parts, x, y = [], max(4, frame.wide - sum(wide)) if frame.right > frame.left else 4, 16
    for each, takes in zip(named, wide, strict=True):
        parts.append(
            Markup('<path class="line s{}" d="M{} {}h24"/><text x="{}" y="{}">{}</text>').format(
                each.style, x, y - 4, x + 30, y, each.name
            )
        )
        x, y = (x, y + _NAME) if frame.wide < WIDE else (x + takes, y)
    return Markup("").join(parts)


def _hover(frame: _Frame, each: Hover, at: Callable[[float], float], *, n: int) -> Markup:
    wide = round((frame.wide - frame.left - frame.right) / max(n - 1, 1), 1)
    return Markup(
        '<rect class="hit" data-key="{}" x="{}" y="{}" width="{}" height="{}"><title>{}</title></rect>'
    ).format(each.key, round(at(each.at) - wide / 2, 1), frame.top, wide, HIGH - _TOP - _BOTTOM, each.words)
