"""What happens in the year beside its days: quarters that are stated, holds, machines that are off, a clock that is set back.

Answers:    ``plan(world, until)`` writes it into the world's plans.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final

from .world import EAST, START, WEST, World

OFF: Final = {
    WEST: [("2027-11-06T03:00", "2027-11-16T09:00"), ("2028-03-10T03:00", "2028-03-22T09:00")],
    EAST: [("2028-07-08T03:00", "2028-07-16T01:00")],
}
QUARTERS: Final = {
    "2027q4": "2028-01-05",
    "2028q1": "2028-04-05",
    "2028q2": "2028-07-05",
    "2028q3": "2028-10-05",
    "2028q4": "2029-01-05",
}
HELD_UNTIL: Final = "2028-09-01"
SILENT: Final = "2028-06-01"  # from then on the consumer answers no mail, and its records are gone
NOTICE, ENDS = "2028-11-01", "2028-12-01"  # of the agreement
BACK: Final = ("2027-10-31T18:00", "2028-04-30T18:00", "2028-09-03T18:00")  # Sundays


def moment(text: str) -> datetime:
    """A moment in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def plan(world: World, until: datetime) -> None:
    """All of it, as far as it is before the end."""

    def at(when: datetime, act: Callable[[], object]) -> None:
        if when < until:
            world.at(when, act)

    world.ends = {name: [(moment(one), moment(other)) for one, other in each] for name, each in OFF.items()}
    for period, day in QUARTERS.items():
        at(moment(f"{day}T10:00"), lambda period=period: world.state_quarter(period))  # type: ignore[misc]
    at(moment("2027-12-10T10:00"), lambda: world.hold(HELD_UNTIL))
    at(moment(f"{SILENT}T10:00"), world.fall_silent)
    at(moment(f"{NOTICE}T10:00"), lambda: world.west.comity("agreement", "end", EAST, "--on", ENDS))
    for when in BACK:
        at(moment(when), world.set_back)
    month = START.replace(day=1, hour=12)
    while month < until:
        month = (month + timedelta(days=32)).replace(day=1)
        at(month, world.impose)
        at(month.replace(day=2), world.east.again)
        at(month.replace(day=9), world.wait)
    at(moment("2028-08-01T10:00"), world.west.again)
