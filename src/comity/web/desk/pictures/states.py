"""States and how one leads to the next: a box for each, with how many are in it, and an arrow for each way on.

Answers:    ``states(names, counts, ways, start=..., called=...)`` gives the drawing and its height.
Limits:     boxes stand in the order of the playbook; ways forward run on the right, ways back on the left; the table
            names them.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from markupsafe import Markup

from comity.web.desk.pictures.picture import plain_label

SLIM: Final = 372  # of a picture that a phone shows whole, with letters of eleven pixels or more
_BOX, _TALL, _GAP, _TOP = 200, 34, 22, 10
_BEND: Final = 26
_REACH: Final = 112  # a bend goes three quarters as far: so far is it from a box to the edge
_HEAD: Final = 5


def states(
    names: Sequence[str],
    counts: Mapping[str, int],
    ways: Sequence[tuple[str, str]],
    *,
    start: str,
    called: Callable[[str], str],
) -> tuple[Markup, int]:
    """The drawing, and how high it is; ``called`` gives what people call a state."""
    left = (SLIM - _BOX) / 2
    at = {name: _TOP + n * (_TALL + _GAP) for n, name in enumerate(names)}
    parts = [
        _way(at[one], at[other], left)
        for one, other in dict.fromkeys(ways)
        if one in at and other in at and one != other
    ]
    for name in names:
        n = counts.get(name, 0)
        parts.append(
            Markup('<rect class="box{}" x="{}" y="{}" width="{}" height="{}" rx="8"/>').format(
                " full" if n else "", left, at[name], _BOX, _TALL
            )
        )
        parts.append(
            Markup('<text x="{}" y="{}">{}</text><text class="count" x="{}" y="{}" text-anchor="end">{}</text>').format(
                left + 12,
                at[name] + 22,
                ("▸ " if name == start else "") + plain_label(called(name), 24),
                left + _BOX - 12,
                at[name] + 22,
                f"{n:,}" if n else "",
            )
        )
    return Markup("").join(parts), _TOP + len(names) * (_TALL + _GAP)


def _way(one: float, other: float, left: float) -> Markup:
    """An arrow: to the next box straight down, further on along the right, back along the left."""
    if 0 < other - one <= _TALL + _GAP:
        x = left + _BOX / 2
        return Markup('<path class="way" d="M{0} {1}V{2}"/><path class="tip" d="M{3} {4}L{0} {2}L{5} {4}"/>').format(
            x, one + _TALL, other, x - _HEAD, other - 7, x + _HEAD
        )
    forward = other > one
    x = left + _BOX if forward else left
    side = 1 if forward else -1
    reach = x + side * min(_BEND + abs(other - one) * 0.25, _REACH)
    begins, ends = one + _TALL * 0.65, other + _TALL * 0.4
    return Markup(
        '<path class="way" d="M{0} {1}C{2} {1} {2} {3} {0} {3}"/><path class="tip" d="M{4} {5}L{0} {3}L{4} {6}"/>'
    ).format(x, begins, reach, ends, x + side * 7, ends - _HEAD, ends + _HEAD)
