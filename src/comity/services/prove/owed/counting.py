"""Which answers and receipts are overdue, by the agreement that both signed and the working days of whoever received a report.

Trust:      days of exchange and receipts are our own rows. Whose holidays count, the settings say (``desk.calendars``).
Standards:  the agreement: days to acknowledge, to answer and to escalate are business days of the receiver.
Answers:    ``due(day, days, calendar)`` gives when so many business days after a day are over; ``owed(...)`` one direction;
            ``unreceipted(rows, ...)`` how many leaves of ours are past the day for a receipt.
Limits:     a day of exchange is one in UTC and counts whole, so that nobody is overdue by an hour of the clock.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final, Protocol

from comity.cases.playbook.calendar import later
from comity.model import utc_day
from comity.model.agreement_document import AgreedDirection
from comity.model.entry import Channel, Head
from comity.model.owed import AnswersOwed
from comity.model.playbook import Calendar, Span

_DAY: Final = timedelta(days=1)
_LOOKED_BACK: Final = 800  # days: longer than the longest that an agreement can give


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What was agreed for one direction, and by which days its receiver works."""

    direction: AgreedDirection
    escalate_days: int
    calendar: Calendar

    @property
    def escalation(self) -> int:
        """After how many business days somebody else is written to: never before the answer is due."""
        return max(self.escalate_days, self.direction.answer_days)


class HeadRows(Protocol):
    """What is asked of the ledger."""

    def between(self, reporting: str, reported: str) -> list[Channel]:
        """Every channel of one direction."""

    def receipted(self, channel_id: int) -> Head | None:
        """The newest head that both sides signed."""


class LeafRows(Protocol):
    """What is asked of its leaves."""

    def first_from(self, channel_id: int, start: int, moment: datetime) -> int:
        """The first position from ``start`` on that was submitted at this moment or later; the size where there is none."""


def due(day: date, days: int, calendar: Calendar) -> datetime:
    """When so many business days after a day are over.

    >>> due(date(2026, 9, 30), 2, Calendar(zone=UTC, holidays=frozenset({date(2026, 10, 1), date(2026, 10, 2)}))).isoformat()
    '2026-10-07T00:00:00+00:00'
    """
    return later(utc_day.end(day) - timedelta(seconds=1), Span(working_days=days), calendar) + (timedelta(seconds=1))


def overdue(days: Mapping[date, int], within: int, calendar: Calendar, *, now: datetime) -> list[date]:
    """The days of exchange whose answers are overdue, oldest first."""
    return [day for day in sorted(days) if due(day, within, calendar) <= now]


def owed(days: Mapping[date, int], terms: Terms, *, now: datetime, unreceipted: int | None = None) -> AnswersOwed:
    """How one direction stands; ``days`` has how many are without an answer by the day on which they were exchanged."""

    def past(within: int) -> int:
        return sum(days[day] for day in overdue(days, within, terms.calendar, now=now))

    return AnswersOwed(
        answer_days=terms.direction.answer_days,
        acknowledge_days=terms.direction.acknowledge_days,
        escalate_days=terms.escalation,
        open=sum(days.values()),
        overdue=past(terms.direction.answer_days),
        escalating=past(terms.escalation),
        oldest=min(days, default=None),
        unreceipted=unreceipted,
    )


def unreceipted(
    heads: HeadRows, leaves: LeafRows, direction: tuple[str, str], *, terms: Terms, now: datetime
) -> int | None:
    """How many leaves of ours are past the day for a receipt; None where this peer has never given one."""
    channels = list(_given(heads.between(*direction)))
    receipts = {each.channel_id: heads.receipted(each.channel_id) for each in channels}
    until = _last_over(terms.direction.acknowledge_days, terms.calendar, now)
    if not any(receipts.values()) or until is None:
        return None
    return sum(_late(leaves, each, receipts[each.channel_id], until=until) for each in channels)


def _given(channels: Sequence[Channel]) -> Iterator[Channel]:
    """Those that we write and give to the other side."""
    return (each for each in channels if not each.is_copy and not each.origin.endswith("/by-mail"))


def _late(leaves: LeafRows, channel: Channel, head: Head | None, *, until: datetime) -> int:
    start = head.size if head is not None else 0
    return max(leaves.first_from(channel.channel_id, start, until) - start, 0)


def _last_over(within: int, calendar: Calendar, now: datetime) -> datetime | None:
    """The end of the newest day after which so many business days have passed."""
    day = now.astimezone(UTC).date()
    for _ in range(_LOOKED_BACK):
        day -= _DAY
        if due(day, within, calendar) <= now:
            return utc_day.end(day)
    return None
