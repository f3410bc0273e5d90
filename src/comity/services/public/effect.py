"""The public form of what helped: the keys of ``comity effect show --json``.

Answers:    ``effect_object(effect)``: shares in per mille with the bounds of their 95 % interval, null where nothing can be said;
            ``answers_object(found)`` the same of what readers answered (``comity effect answers --json``).
"""

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from comity.formats.intervals import Share
from comity.services.remedy.effect.answers import Understood
from comity.services.remedy.effect.measuring import HORIZON, RELAPSE_DAYS, Effect, Group


def effect_object(found: Effect) -> dict[str, Any]:
    """One object."""
    difference = found.comparison
    return {
        "found": found.found,
        "clean": found.clean,
        "waiting": found.waiting,
        "blind": found.blind,
        "clean_share": _share(found.share),
        "sources": [
            {
                "source": each.source,
                "days_seen": each.seen,
                "days": each.days,
                "silent_days_needed": each.needed,
                "right": each.outcomes.right,
                "wrong": each.outcomes.wrong,
                "weight": round(each.weight, 3),
                "wrong_share": _share(each.wrong),
                "silent_days": None if each.pause is None else each.pause[0],
            }
            for each in found.sources
        ],
        "channels": [_group(each) for each in found.channels],
        "families": [_group(each) for each in found.families],
        "relapses": {
            "within_days": RELAPSE_DAYS,
            "part": found.relapses,
            "whole": found.relapse_of,
            "share": _share(found.relapse),
        },
        "comparison": None if difference is None else {"within_days": HORIZON, **asdict(difference)},
    }


def answers_object(found: Iterable[Understood]) -> list[dict[str, Any]]:
    """What readers of the public pages knew before and after."""
    return [
        {"question": each.question}
        | {
            name: {"right": phase.right, "answers": phase.whole, "share": _share(phase.share)}
            for name, phase in (("before", each.before), ("after", each.after))
        }
        for each in found
    ]


def _group(each: Group) -> dict[str, Any]:
    return {
        "name": each.name,
        "lines": each.lines,
        "infected": [{name: _rounded(value) for name, value in asdict(point).items()} for point in each.points],
    }


def _share(found: Share | None) -> dict[str, Any] | None:
    return None if found is None else asdict(found)


def _rounded(value: float | None) -> float | None:
    return value if value is None or isinstance(value, int) else round(value, 3)
