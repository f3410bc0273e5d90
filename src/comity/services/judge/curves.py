"""The two curves of an evaluation: ROC, and how the errors fall as labels arrive.

Answers:    ``roc_curve(labels, scores)`` and ``learning_curve(labels, called_spam)``: a ``Chart`` each.
Limits:     200 points a line; shares below 1 in 100,000 are drawn there.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from comity.verdict.measures import roc

_POINTS: Final = 200
_LEAST: Final = 1e-5

Point = tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line; ``name`` is a message id. Values are shares; a vertical value of None is not drawn."""

    name: str
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """Lines between two axes, each named by a message id; a logarithmic axis spans whole powers of ten."""

    title: str
    across: str
    up: str
    lines: tuple[Line, ...]
    across_from: float
    across_to: float
    across_is_log: bool
    up_from: float = _LEAST
    up_to: float = 1.0


def roc_curve(labels: Sequence[bool], scores: Sequence[float]) -> Chart:
    """Spam missed over legitimate lost, both logarithmic: the nearer to the corner, the better."""
    spam = [score for score, label in zip(scores, labels, strict=True) if label]
    legitimate = [score for score, label in zip(scores, labels, strict=True) if not label]
    lost, caught = roc(spam, legitimate)
    points = [(max(_LEAST, float(x)), max(_LEAST, 1 - float(y))) for x, y in zip(lost, caught, strict=True)]
    line = Line(name="chart.missed", points=tuple(_thinned(points)))
    return Chart(
        title="chart.roc",
        across="chart.lost",
        up="chart.missed",
        lines=(line,),
        across_from=_LEAST,
        across_to=1.0,
        across_is_log=True,
    )


def learning_curve(labels: Sequence[bool], called_spam: Sequence[bool]) -> Chart:
    """The shares of both errors so far, after each message."""
    lost: list[Point] = []
    missed: list[Point] = []
    counts, errors = [0, 0], [0, 0]
    every = max(1, len(labels) // _POINTS)
    for number, (label, called) in enumerate(zip(labels, called_spam, strict=True), 1):
        counts[label] += 1
        errors[label] += label != called
        if number % every == 0 or number == len(labels):
            for line, kind in ((lost, 0), (missed, 1)):
                if counts[kind]:
                    line.append((float(number), max(_LEAST, errors[kind] / counts[kind])))
    return Chart(
        title="chart.learning",
        across="chart.messages",
        up="chart.share",
        lines=(Line(name="chart.lost", points=tuple(lost)), Line(name="chart.missed", points=tuple(missed))),
        across_from=0.0,
        across_to=float(max(1, len(labels))),
        across_is_log=False,
    )


def _thinned(points: Sequence[Point]) -> list[Point]:
    """No more points than can be told apart on a logarithmic axis."""
    kept: dict[tuple[int, int], Point] = {}
    for point in points:
        kept.setdefault((round(40 * math.log10(point[0])), round(40 * math.log10(point[1]))), point)
    return list(kept.values())
