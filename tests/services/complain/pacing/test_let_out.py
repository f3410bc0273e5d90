"""What was let out today: counted once, and right in every batch."""

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from comity.services.complain.deciding import Pacing
from comity.services.complain.pacing.let_out import LetOut

if TYPE_CHECKING:
    from ..conftest import Desk

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


class Outbox:
    """The moments at which mail was let out, and what was asked."""

    def __init__(self) -> None:
        self.moments: list[datetime] = []
        self.looked_at = 0

    def released_since(self, party: str, since: datetime, before: datetime | None = None) -> int:
        found = sum(each >= since and (before is None or each < before) for each in self.moments)
        self.looked_at += found
        return found


def test_what_is_a_minute_old_is_counted_once() -> None:
    """A thousand batches look at what has come since, never at the whole day again; what comes late within a minute counts."""
    outbox, let_out = Outbox(), LetOut()
    for batch in range(1000):
        now = NOON + timedelta(seconds=20 * batch)
        outbox.moments += [now, now - timedelta(seconds=50)]
        midnight = now.replace(hour=0, minute=0, second=0)
        expected = sum(each >= midnight for each in outbox.moments)
        outbox.looked_at, looked_at = 0, outbox.looked_at
        assert let_out.today(outbox, "east", now) == expected
        assert outbox.looked_at <= 12, looked_at


def test_another_day_and_another_peer_begin_at_nought() -> None:
    """At midnight nothing was let out yet; what one peer got is nothing to another."""
    outbox, let_out = Outbox(), LetOut()
    outbox.moments = [NOON, NOON]
    assert let_out.today(outbox, "east", NOON + timedelta(hours=1)) == 2
    assert let_out.today(outbox, "east", NOON + timedelta(hours=12)) == 0
    outbox.moments.append(NOON + timedelta(hours=12))
    assert let_out.today(outbox, "east", NOON + timedelta(hours=13)) == 1


def test_the_first_minute_of_a_day_knows_nothing_of_the_last_one() -> None:
    """What left within the minute before midnight is of yesterday's quota, however often it is counted after it."""
    outbox, let_out = Outbox(), LetOut()
    midnight = NOON + timedelta(hours=12)
    outbox.moments = [midnight - timedelta(seconds=each) for each in range(1, 60)]
    for second in (0, 10, 30, 59, 60, 61, 90):
        outbox.moments.append(midnight + timedelta(seconds=second))
        expected = sum(each >= midnight for each in outbox.moments)
        assert [let_out.today(outbox, "east", midnight + timedelta(seconds=second)) for _ in range(2)] == [expected] * 2


def test_a_clock_that_was_put_back_hides_nothing() -> None:
    """It was an hour ahead for one batch: all that is let out in the hour that comes twice counts."""
    outbox, let_out = Outbox(), LetOut()
    let_out.today(outbox, "east", NOON + timedelta(hours=1))
    for minute in range(40):
        now = NOON + timedelta(minutes=minute)
        outbox.moments.append(now)
        assert let_out.today(outbox, "east", now) == minute + 1


def test_a_quota_holds_from_batch_to_batch(desk: "Desk") -> None:
    """Three reports a day, made over hours and read out of the store: the fourth is held, and the next day has room again."""
    paced = type(desk)(desk.store, pacing=Pacing(quotas={"east": 3}))
    paced.live("east")
    paced.now = NOON
    released = []
    for number in range(5):
        paced.complain(number)
        paced.later(hours=1)
        released.append(paced.decide().released)
    assert released == [1, 1, 1, 0, 0]
    paced.later(days=1)
    paced.complain(7)
    paced.later(hours=1)
    assert paced.decide().released == 1
    assert paced.faults() == []
