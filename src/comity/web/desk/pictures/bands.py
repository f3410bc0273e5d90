"""What flows from where to where: bands between two rows of names, as wide as there is much.

Answers:    ``bands(flows, heads)`` gives the drawing and its height; ``gathered(flows, ...)`` puts the small ones together.
Limits:     names carry their counts, so that nothing is told by width alone; each band says both ends and its count when asked.
            On a narrow drawing names stand above what they name, and not beside it.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from markupsafe import Markup

from comity.web.desk.pictures.picture import NARROW, WIDE, plain_label

Flows = Mapping[tuple[str, str], int]

_THICK, _ROW = 12, 17
_LEAST: Final = 240


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shape:
    """Where names have their place."""

    wide: int
    beside: int  # room for a name at either side
    top: int
    gap: int  # what a name needs, so that none lies on the next
    letters: int


_BROAD: Final = _Shape(wide=WIDE, beside=236, top=34, gap=17, letters=24)
_SLIM: Final = _Shape(wide=NARROW, beside=0, top=46, gap=22, letters=21)


def gathered(flows: Flows, *, left: int, right: int, others: str) -> dict[tuple[str, str], int]:
    """The largest at each side, and all others under one name.

    >>> gathered({("a", "x"): 5, ("b", "x"): 2, ("c", "y"): 1}, left=1, right=2, others="others")
    {('a', 'x'): 5, ('others', 'x'): 2, ('others', 'y'): 1}
    """
    from_, to = _sums(flows, 0), _sums(flows, 1)
    kept = (_largest(from_, left), _largest(to, right))
    found = Counter[tuple[str, str]]()
    for (one, other), n in flows.items():
        found[one if one in kept[0] else others, other if other in kept[1] else others] += n
    return dict(found)


def bands(flows: Flows, heads: tuple[str, str], *, is_narrow: bool = False) -> tuple[Markup, int]:
    """The drawing, and how high it is."""
    shape = _SLIM if is_narrow else _BROAD
    sides = (_sums(flows, 0), _sums(flows, 1))
    rows = max(len(sides[0]), len(sides[1]), 1)
    high = max(_LEAST, rows * (_ROW + shape.gap))
    total = sum(flows.values()) or 1
    scale = (high - (rows - 1) * shape.gap) / total
    places = tuple(_places(side, scale, high, top=shape.top) for side in sides)
    parts = [_head(heads, shape)]
    left, right = ({name: at for name, (at, _) in each.items()} for each in places)
    for (one, other), n in sorted(flows.items(), key=lambda item: (places[0][item[0][0]][0], places[1][item[0][1]][0])):
        thick = n * scale
        words = f"{plain_label(one, 80)} → {plain_label(other, 80)}: {n:,}"
        parts.append(_band((left[one], right[other]), thick, shape, words=words))
        left[one] += thick
        right[other] += thick
    for side, is_left in ((0, True), (1, False)):
        named = sides[side]
        parts += [_node(name, named[name], place, shape=shape, is_left=is_left) for name, place in places[side].items()]
    return Markup("").join(parts), shape.top + high + 14


def _sums(flows: Flows, side: int) -> Counter[str]:
    found = Counter[str]()
    for names, n in flows.items():
        found[names[side]] += n
    return found


def _largest(sums: Counter[str], most: int) -> set[str]:
    return {name for name, _ in sums.most_common(most)}


def _places(side: Counter[str], scale: float, high: int, *, top: int) -> dict[str, tuple[float, float]]:
    """From where on, and how thick each is; the largest on top, spread over the whole height."""
    used = sum(side.values()) * scale
    gap = max((high - used) / max(len(side) - 1, 1), 0.0)
    found, at = dict[str, tuple[float, float]](), float(top)
    for name, n in side.most_common():
        found[name] = (at, n * scale)
        at += n * scale + gap
    return found


def _head(heads: tuple[str, str], shape: _Shape) -> Markup:
    return _beside(heads[0], 16, shape, is_left=True, soft=True) + _beside(
        heads[1], 16, shape, is_left=False, soft=True
    )


def _beside(text: str, y: float, shape: _Shape, *, is_left: bool, soft: bool = False) -> Markup:
    """A name outside of its side; where there is no room, inside, along the edge."""
    if shape.beside:
        x, is_end = (shape.beside - 8, True) if is_left else (shape.wide - shape.beside + 8, False)
    else:
        x, is_end = (0, False) if is_left else (shape.wide, True)
    return Markup('<text{} x="{}" y="{}"{}>{}</text>').format(
        Markup(' class="soft"') if soft else "", x, y, Markup(' text-anchor="end"') if is_end else "", text
    )


def _band(ends: tuple[float, float], thick: float, shape: _Shape, *, words: str) -> Markup:
    (one, other), begins, stops = ends, shape.beside + _THICK, shape.wide - shape.beside - _THICK
    middle = (begins + stops) / 2
    thick = max(thick, 1.0)
    path = (
        f"M{begins} {one:.1f}C{middle} {one:.1f} {middle} {other:.1f} {stops} {other:.1f}"
        f"V{other + thick:.1f}C{middle} {other + thick:.1f} {middle} {one + thick:.1f} {begins} {one + thick:.1f}Z"
    )
    return Markup('<path class="flow" d="{}"><title>{}</title></path>').format(path, words)


def _node(name: str, n: int, place: tuple[float, float], *, shape: _Shape, is_left: bool) -> Markup:
    at, thick = place
    x = shape.beside if is_left else shape.wide - shape.beside - _THICK
    y = round(at + thick / 2 + 4.5, 1) if shape.beside else round(at - 5, 1)
    box = Markup('<rect class="node" x="{}" y="{}" width="{}" height="{}"/>')
    text = _beside(f"{plain_label(name, shape.letters)} {n:,}", y, shape, is_left=is_left)
    return box.format(x, round(at, 1), _THICK, round(max(thick, 2.0), 1)) + text
