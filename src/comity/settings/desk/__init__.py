"""Settings of the desk: how cases are kept, and who is told at once.

Answers:    ``DeskSettings``.
"""

from dataclasses import dataclass, field

from comity.settings.desk.calendars import CalendarEntry
from comity.settings.kinds import Days, Entries, Mailbox, Many, about


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskSettings:
    """How cases are kept."""

    quiet_days: int = field(
        default=3,
        metadata=about(
            Days(0, 90),
            "What happens this long after a case was closed brings it back; what happens later is a relapse, a new case with a "
            "link to the old one.",
            example="7",
        ),
    )
    urgent_to: tuple[str, ...] = field(
        default=(),
        metadata=about(
            Many(Mailbox()),
            "Who is told within the hour when somebody reports fraud, whatever the counts and the hour; without this, postmaster@ "
            "of `identity.domain`.",
            example='["soc@west.example", "postmaster@west.example"]',
        ),
    )
    weekly_to: tuple[str, ...] = field(
        default=(),
        metadata=about(
            Many(Mailbox()),
            "To which mailboxes of your own the report of the week is mailed, on Mondays, in both languages (`comity report "
            "weekly`).",
            example='["boss@west.example"]',
        ),
    )
    calendars: tuple[CalendarEntry, ...] = field(
        default=(),
        metadata=about(
            Entries(CalendarEntry),
            "When others work, a table `[[desk.calendars]]` each: what a letter asks them to answer is due after working days of "
            "theirs. Without one, the playbook's calendar counts, else Monday to Friday in UTC.",
            example='[{ domains = ["east.example"], time_zone = "Asia/Shanghai", holidays = [2026-10-01] }]',
        ),
    )
