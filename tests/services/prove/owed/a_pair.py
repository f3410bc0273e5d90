"""West reports, east answers: a pair of networks that goes through days together, and what its closes say."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from comity.ledger import note
from comity.ledger.leaf import LeafType
from comity.model import period as periods
from comity.model.playbook import Calendar
from comity.services.prove.closing import Closed, Closing
from comity.services.prove.leaves.examining import examine
from comity.services.prove.stating.agreeing import Ours, Stating

from ..agreement.two_desks import EAST, WEST, Side, agreed, both
from ..two_sides import CLOSE_TERMS, KEYS, give

__all__ = ["CLOSE_TERMS", "EAST", "KEYS", "MONDAY", "PUBLIC", "WEEKDAYS", "WEST", "Pair", "Side", "a_week", "told"]

MONDAY = date(2026, 11, 23)
WEEKDAYS = Calendar(zone=UTC)
PUBLIC = [note.verifier_of(name, key) for name, key in KEYS.items()]


class Pair:
    """West reports, east answers: two business days by version 1; both move through the same days."""

    def __init__(self) -> None:
        self.west, self.east = both()
        self.digest = agreed(
            self.west, self.east, directions__west__answer_days=2, directions__west__acknowledge_days=1
        ).digest
        self.calendars = {WEST: WEEKDAYS, EAST: WEEKDAYS}

    def at(self, day: int, hour: int = 12) -> None:
        """So many days after Monday."""
        for side in (self.west, self.east):
            side.now = datetime(2026, 11, 23, hour, tzinfo=UTC) + timedelta(days=day)

    def report(self, *numbers: int, **facts: Any) -> None:
        named = {"agreement": 1, "terms": self.digest} | facts
        event = self.west.event
        self.west.write(*(replace(one := event(EAST, n), facts={**one.facts, **named}) for n in numbers))

    def take_back(self, *numbers: int) -> None:
        for n in numbers:
            facts = {"report": f"cr1-{n}", "reason": "taken-back"}
            self.west.write(
                self.west.event(
                    EAST, n, leaf_type=LeafType.RETRACT, event_id=f"cr1-{n}.retract", facts=facts, payload=None, observed=None
                )
            )  # fmt: skip

    def answer(self, *numbers: int, name: str = "cr1-{n}.outcome") -> None:
        for n in numbers:
            facts = {"report": f"cr1-{n}", "outcome": "stopped"}
            self.east.write(
                self.east.event(
                    WEST, n, leaf_type=LeafType.OUTCOME, event_id=name.format(n=n), facts=facts, payload=None, observed=None
                )
            )  # fmt: skip

    def exchange(self) -> None:
        for one, other in ((self.west, self.east), (self.east, self.west)):
            assert {step.reason for step in give(one, other)} <= {None}

    def close(self, side: Side, through: int = 0, *, day: date | None = None) -> Closed:
        """Close the days of a side's own direction up to so many after Monday; the newest close."""
        other = EAST if side is self.west else WEST
        last = day or MONDAY + timedelta(days=through)
        terms = replace(CLOSE_TERMS, calendar=self.calendars[side.name])
        with side.store.write() as rows:
            return Closing(side.scribe, terms).close(rows, (side.name, other), last, now=side.now)[-1]

    def found(self, closed: Closed) -> list[tuple[str, int, int]]:
        """What west finds in a close of east's, when it counts again."""
        with self.west.store.read() as rows:
            channel = rows.history.channel(closed.channel.origin)
            assert channel is not None
            return examine(rows.closes, channel, closed.position, terms=CLOSE_TERMS)

    def stating(self, side: Side) -> Stating:
        return Stating(Ours(domain=side.name, key=KEYS[side.name]), side.scribe, CLOSE_TERMS)

    def made(self, period: str) -> bytes:
        found = periods.read(period)
        assert found is not None
        with self.west.store.write() as rows:
            return self.stating(self.west).make(rows, EAST, found, now=self.west.now, keys=PUBLIC)

    def signed(self, period: str) -> bytes:
        data = self.made(period)
        for side in (self.east, self.west):
            with side.store.write() as rows:
                data = self.stating(side).sign(rows, data, PUBLIC, now=side.now).data
        return data


def told(closed: Closed, horizon: str = "day") -> dict[str, int]:
    """What is not nought."""
    assert closed.answers is not None
    return {key: n for key, n in closed.answers[horizon].items() if n}


def a_week(pair: Pair) -> list[Closed]:
    """Ten reports on Monday, three on Tuesday; four answers on Tuesday, two on Thursday; one taken back."""
    pair.at(0)
    pair.report(*range(10))
    pair.exchange()
    closes = []
    for day in range(5):
        pair.at(day, 13)
        if day == 1:
            pair.report(10, 11, 12)
            pair.exchange()
            pair.answer(0, 1, 2, 3)
        if day == 2:
            pair.take_back(9, 12)
        if day == 3:
            pair.answer(4, 5)
        pair.exchange()
        pair.at(day + 1, 0)
        pair.close(pair.west, day)
        closes.append(pair.close(pair.east, day))
        pair.exchange()
    return closes
