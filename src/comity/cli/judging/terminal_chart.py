"""A chart in the terminal, in plain signs.

Answers:    ``drawn(chart, say)``: lines of text, 72 columns at the most.
"""

from collections.abc import Callable
from typing import Final

from comity.services.judge.curves import Chart
from comity.web.charts import place, ticks

_WIDE: Final = 60
_HIGH: Final = 15
_SIGNS: Final = "*o+"


def drawn(chart: Chart, say: Callable[[str], str]) -> str:
    """The chart."""
    grid = [[" "] * _WIDE for _ in range(_HIGH)]
    for sign, line in zip(_SIGNS, chart.lines, strict=False):
        for x, y in line.points:
            column = round((_WIDE - 1) * place(x, (chart.across_from, chart.across_to), chart.across_is_log))
            row = round((_HIGH - 1) * (1 - place(y, (chart.up_from, chart.up_to), True)))
            grid[row][column] = sign
    labels = {
        round((_HIGH - 1) * (1 - place(value, (chart.up_from, chart.up_to), True))): words
        for value, words in ticks(chart.up_from, chart.up_to, True)
    }
    names = "   ".join(f"{sign} {say(line.name)}" for sign, line in zip(_SIGNS, chart.lines, strict=False))
    rows = [
        say(chart.title),
        *(f"{labels.get(number, ''):>9} |{''.join(row).rstrip()}" for number, row in enumerate(grid)),
    ]
    marks = ticks(chart.across_from, chart.across_to, chart.across_is_log)
    rows.append(f"{'':>9} +{'-' * _WIDE}")
    rows.append(f"{'':>10} {marks[0][1]:<{_WIDE - 12}}{marks[-1][1]:>12}")
    rows.append(f"{'':>10} {say(chart.across)}; {names}")
    return "\n".join(rows) + "\n"
