"""Settings of what is proved and stated.

Answers:    ``ProveSettings``.
"""

from dataclasses import dataclass, field

from comity.settings.kinds import Number, about


@dataclass(frozen=True, slots=True, kw_only=True)
class ProveSettings:
    """Closing days and stating periods."""

    answer_hours: int = field(
        default=72,
        metadata=about(
            Number(1, 8760), "A report that is answered within so many hours is answered in time.", example="48"
        ),
    )
