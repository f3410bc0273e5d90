"""How something spreads: days across, one row for each place, a dot as large as there is much.

Answers:    ``spread(rows, days)`` gives the drawing and its height.
Limits:     rows are in the order in which they began; each dot says its day, its row and its count when asked. On a narrow
            drawing the name of a row stands above its dots.
"""

import math
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final

from markupsafe import Markup

from comity.web.desk.pictures.picture import NARROW, WIDE, plain_label

_LEFT, _RIGHT, _TOP, _ROW, _BOTTOM = 236, 30, 20, 26, 52
_EDGE, _BELOW_NAME = 20, 20  # of a narrow drawing
_LARGEST: Final = 11.0
_SMALL: Final = 4.0
_MARKS: Final = 5


def in_order(counts: Mapping[tuple[date, str], int], most: int) -> list[str]:
    """The rows that hold most, in the order in which they began."""
    sums: dict[str, int] = {}
    began: dict[str, date] = {}
    for (day, name), n in counts.items():
        sums[name] = sums.get(name, 0) + n
        began[name] = min(began.get(name, day), day)
    kept = sorted(sums, key=lambda name: (-sums[name], name))[:most]
    return sorted(kept, key=lambda name: (began[name], -sums[name], name))


def spread(
    counts: Mapping[tuple[date, str], int],
    rows: Sequence[str],
    days: Sequence[date],
    *,
    across: str,
    is_narrow: bool = False,
) -> tuple[Markup, int]:
    """The drawing, and how high it is."""
    begins, row = (_EDGE, _ROW + _BELOW_NAME) if is_narrow else (_LEFT, _ROW)
    name_at, name_up = (0, _BELOW_NAME) if is_narrow else (_LEFT - 8, 0)
    high = _TOP + len(rows) * row
    wide = NARROW - 2 * _EDGE if is_narrow else WIDE - _LEFT - _RIGHT
    at = {day: round(begins + wide * n / max(len(days) - 1, 1), 1) for n, day in enumerate(days)}
    radius = min(_LARGEST, max(_SMALL, 0.8 * wide / max(len(days) - 1, 1)))
    largest = math.sqrt(max((n for (_, name), n in counts.items() if name in rows), default=1))
    parts = []
    for number, name in enumerate(rows):
        y = _TOP + (number + 1) * row - _ROW / 2
        parts.append(
            Markup('<path class="grid" d="M{0} {1}h{2}"/><text x="{3}" y="{4}"{5}>{6}</text>').format(
                begins,
                y,
                wide,
                name_at,
                y + 4.5 - name_up,
                "" if is_narrow else Markup(' text-anchor="end"'),
                plain_label(name, 40 if is_narrow else 26),
            )
        )
        parts += [
            Markup('<circle class="dot s0" cx="{}" cy="{}" r="{}"><title>{}</title></circle>').format(
                at[day],
                y,
                round(max(2.0, radius * math.sqrt(n) / largest), 1),
                f"{day} · {plain_label(name, 80)}: {n:,}",
            )
            for day in days
            if (n := counts.get((day, name), 0))
        ]
    every = max(1, (len(days) - 1) // _MARKS or 1)
    parts += [
        Markup('<text class="soft" x="{}" y="{}" text-anchor="middle">{}</text>').format(
            at[day], high + 18, f"{day:%m-%d}"
        )
        for day in days[::every]
    ]
    parts.append(
        Markup('<text class="soft" x="{}" y="{}" text-anchor="middle">{}</text>').format(
            begins + wide / 2, high + 40, across
        )
    )
    return Markup("").join(parts), high + _BOTTOM
