"""Settings of when others work: what they are asked to answer is due after working days of theirs.

Answers:    ``CalendarEntry``, a table ``[[desk.calendars]]`` each.
"""

from dataclasses import dataclass, field
from datetime import date, tzinfo
from pathlib import Path

from comity.settings.calendar import Day, Zone
from comity.settings.kinds import Choice, Domain, File, Many, about

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarEntry:
    """When the people of some domains work."""

    domains: tuple[str, ...] = field(
        metadata=about(Many(Domain()), "Whose days these are; domains below them, too.", example='["east.example"]')
    )
    time_zone: tzinfo = field(metadata=about(Zone(), "Whose clock they go by.", example='"Asia/Shanghai"'))
    work_days: tuple[str, ...] = field(
        default=DAYS[:5], metadata=about(Many(Choice(DAYS)), "The days on which they work.", example='["mon", "tue"]')
    )
    holidays: tuple[date, ...] = field(
        default=(), metadata=about(Many(Day()), "Days on which they do not.", example="[2026-10-01]")
    )
    extra_work_days: tuple[date, ...] = field(
        default=(),
        metadata=about(
            Many(Day()),
            "Days on which they work although it is a weekend (in China, the days that make up for long holidays).",
            example="[2026-10-10]",
        ),
    )
    days_file: Path | None = field(
        default=None,
        metadata=about(
            File(),
            "A file with more of both, a day a line: `2026-10-01 free`, `2026-10-10 work`.",
            example='"days-2026.txt"',
        ),
    )
