"""What flows from where to where: bands between two rows of names, as wide as there is much.

Answers:    ``bands(flows)`` gives the drawing and its height; ``gathered(flows, ...)`` puts the small ones together.
Limits:     names carry their counts, so that nothing is told by width alone; each band says both ends and its count when asked.
"""

from collections import Counter
from collections.abc import Mapping
from typing import Final

from markupsafe import Markup

from comity.web.desk.pictures.picture import WIDE, plain_label

Flows = Mapping[tuple[str, str], int]

_LEFT, _RIGHT, _THICK, _TOP, _GAP, _ROW = 236, 236, 12, 34, 17, 17
_LEAST: Final = 240  # _GAP is what a name needs, so that none lies on the next


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


def bands(flows: Flows, heads: tuple[str, str]) -> tuple[Markup, int]:
    """The drawing, and how high it is."""
    sides = (_sums(flows, 0), _sums(flows, 1))
    rows = max(len(sides[0]), len(sides[1]), 1)
    high = max(_LEAST, rows * (_ROW + _GAP))
    total = sum(flows.values()) or 1
    scale = (high - (rows - 1) * _GAP) / total
    places = tuple(_places(side, scale, high) for side in sides)
    parts = [_head(heads)]
    left, right = ({name: at for name, (at, _) in each.items()} for each in places)
    for (one, other), n in sorted(flows.items(), key=lambda item: (places[0][item[0][0]][0], places[1][item[0][1]][0])):
        thick = n * scale
        parts.append(
            _band(left[one], right[other], thick, words=f"{plain_label(one, 80)} → {plain_label(other, 80)}: {n:,}")
        )
        left[one] += thick
        right[other] += thick
    parts += [_node(name, sides[0][name], place, is_left=True) for name, place in places[0].items()]
    parts += [_node(name, sides[1][name], place, is_left=False) for name, place in places[1].items()]
    return Markup("").join(parts), _TOP + high + 14


def _sums(flows: Flows, side: int) -> Counter[str]:
    found = Counter[str]()
    for names, n in flows.items():
        found[names[side]] += n
    return found


def _largest(sums: Counter[str], most: int) -> set[str]:
    return {name for name, _ in sums.most_common(most)}


def _places(side: Counter[str], scale: float, high: int) -> dict[str, tuple[float, float]]:
    """From where on, and how thick each is; the largest on top, spread over the whole height."""
    used = sum(side.values()) * scale
    gap = max((high - used) / max(len(side) - 1, 1), 0.0)
    found, at = dict[str, tuple[float, float]](), float(_TOP)
    for name, n in side.most_common():
        found[name] = (at, n * scale)
        at += n * scale + gap
    return found


def _head(heads: tuple[str, str]) -> Markup:
    return Markup(
        '<text class="soft" x="{}" y="16" text-anchor="end">{}</text><text class="soft" x="{}" y="16">{}</text>'
    ).format(_LEFT - 8, heads[0], WIDE - _RIGHT + 8, heads[1])


def _band(one: float, other: float, thick: float, *, words: str) -> Markup:
    begins, ends = _LEFT + _THICK, WIDE - _RIGHT - _THICK
    middle = (begins + ends) / 2
    thick = max(thick, 1.0)
    path = (
        f"M{begins} {one:.1f}C{middle} {one:.1f} {middle} {other:.1f} {ends} {other:.1f}"
        f"V{other + thick:.1f}C{middle} {other + thick:.1f} {middle} {one + thick:.1f} {begins} {one + thick:.1f}Z"
    )
    return Markup('<path class="flow" d="{}"><title>{}</title></path>').format(path, words)


def _node(name: str, n: int, place: tuple[float, float], *, is_left: bool) -> Markup:
    at, thick = place
    x = _LEFT if is_left else WIDE - _RIGHT - _THICK
    text = Markup('<text x="{}" y="{}"{}>{}</text>').format(
        _LEFT - 8 if is_left else WIDE - _RIGHT + 8,
        round(at + thick / 2 + 4.5, 1),
        Markup(' text-anchor="end"') if is_left else "",
        f"{plain_label(name, 24)} {n:,}",
    )
    box = Markup('<rect class="node" x="{}" y="{}" width="{}" height="{}"/>')
    return box.format(x, round(at, 1), _THICK, round(max(thick, 2.0), 1)) + text
