"""Settings of what is proved and stated.

Answers:    ``ProveSettings``.
"""

from dataclasses import dataclass, field

from comity.settings.kinds import Number, Switch, about


@dataclass(frozen=True, slots=True, kw_only=True)
class ProveSettings:
    """Closing days and stating periods."""

    answer_hours: int = field(
        default=72,
        metadata=about(
            Number(1, 8760),
            "Where no agreement says when answers are due: what is answered within so many hours counts as in time.",
            example="48",
        ),
    )
    warning_hours: int = field(
        default=48,
        metadata=about(
            Number(0, 720), "How long before it begins another network is warned, unless it is severe.", example="72"
        ),
    )
    recourse_days: int = field(
        default=5,
        metadata=about(
            Number(1, 90),
            "Within how many working days, by the calendar of the playbook in use, a person answers whoever objects.",
            example="3",
        ),
    )
    show_less: bool = field(
        default=True,
        metadata=about(
            Switch(),
            "Reports to a peer whose complainers vanish while others go on complaining tell no more who complained, for 60 days "
            "(`comity recourse washing`).",
            example="false",
        ),
    )
