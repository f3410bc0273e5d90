"""Settings of what is made of silence, and of comparisons between two ways of telling.

Answers:    ``EffectSettings``; ``effect_mistakes(rooms)`` gives what does not fit together.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from comity.settings.calendar import Day
from comity.settings.kinds import Choice, Many, Number, Switch, Text, about
from comity.settings.watch import Mistake


@dataclass(frozen=True, slots=True, kw_only=True)
class EffectSettings:
    """When a silent line counts as clean, and whether two ways of telling are compared."""

    close_silent: bool = field(
        default=True,
        metadata=about(
            Switch(),
            "Whether a case that holds nothing but sightings is closed when its line has been silent for so long that an infected "
            "one would have been seen with 95 %; it comes back when the line is seen again.",
            example="false",
        ),
    )
    silent_days: int = field(
        default=30,
        metadata=about(
            Number(7, 365),
            "How many days of silence are enough where too little is known of how often a source sees an infected line; only days "
            "count on which the source delivered anything.",
            example="60",
        ),
    )
    comparison: str = field(
        default="off",
        metadata=about(
            Choice(("off", "order", "channel")),
            "Whether a new way of telling is compared with the usual one, group after group passing to it: by `order`, or by "
            "`channel`. Nobody is left without a notice, and dangerous families are in no group. `comity effect group` says which "
            "way a case goes.",
            example='"channel"',
        ),
    )
    comparison_began: date | None = field(
        default=None,
        metadata=about(
            Day(),
            "The day on which the comparison begins; the first group passes to the new way one step later.",
            example="2027-01-01",
        ),
    )
    comparison_step_days: int = field(
        default=28, metadata=about(Number(7, 365), "How many days lie between two groups.", example="14")
    )
    comparison_groups: int = field(default=4, metadata=about(Number(2, 26), "How many groups there are.", example="6"))
    never_compared: tuple[str, ...] = field(
        default=(),
        metadata=about(
            Many(Text()),
            "More families that are in no group; those that steal or destroy never are.",
            example='["mirai"]',
        ),
    )


def effect_mistakes(rooms: Mapping[str, Any]) -> Iterator[Mistake]:
    """A comparison has a beginning."""
    found: EffectSettings = rooms.get("effect", EffectSettings())
    if found.comparison != "off" and found.comparison_began is None:
        yield "comparison-without-beginning", ("effect", "comparison"), {"word": found.comparison}
