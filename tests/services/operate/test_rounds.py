"""What is done now and then: each step by itself."""

from datetime import UTC, datetime, timedelta

from comity.model.outcomes import ComityError, Outcome
from comity.services.operate.rounds import AGAIN, EVERY, Rounds, Step

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)


class Done:
    """Steps that are noted, and fail as often as they are told to."""

    def __init__(self) -> None:
        self.times: dict[str, list[datetime]] = {}
        self.faults: dict[str, list[Exception]] = {}
        self.events: list[tuple[str, dict[str, object]]] = []

    def step(self, name: str, *, is_daily: bool = False) -> Step:
        def do(now: datetime) -> None:
            if self.faults.get(name):
                raise self.faults[name].pop(0)
            self.times.setdefault(name, []).append(now)

        return Step(name, do, is_daily=is_daily)

    def log(self, event: str, /, **details: object) -> None:
        self.events.append((event, details))


def _through(rounds: Rounds, times: int, every: timedelta = timedelta(minutes=1), start: datetime = NOON) -> None:
    for each in range(times):
        rounds.turn(start + each * every)


def test_every_ten_minutes_and_once_a_day() -> None:
    """At the beginning, and from then on as often as it says."""
    done = Done()
    _through(Rounds([done.step("wake"), done.step("erase", is_daily=True)], done.log), 24 * 60)
    assert done.times["wake"][:3] == [NOON, NOON + EVERY, NOON + 2 * EVERY]
    assert done.times["erase"] == [NOON, NOON + timedelta(hours=12)]


def test_a_step_that_fails_keeps_nobody_from_anything() -> None:
    """Trouble with the store, a fault of ours: said, tried again within a minute, and the next step is done."""
    done = Done()
    busy = ComityError("store-busy", "busy", outcome=Outcome.TRY_AGAIN)
    done.faults = {"wake": [busy, ValueError("secret@west.example")], "erase": [OSError()]}
    _through(Rounds([done.step("wake"), done.step("erase", is_daily=True), done.step("mail")], done.log), 3)
    assert done.times == {"mail": [NOON], "wake": [NOON + 2 * AGAIN], "erase": [NOON + AGAIN]}
    assert done.events == [
        ("house-waits", {"step": "wake", "code": "store-busy"}),
        ("house-step-failed", {"step": "erase", "code": "OSError"}),
        ("house-step-failed", {"step": "wake", "code": "ValueError"}),
    ]


def test_a_clock_that_was_wrong() -> None:
    """Set back by a year it does not stop anything; set forward, all is done once."""
    done = Done()
    rounds = Rounds([done.step("wake"), done.step("erase", is_daily=True)], done.log)
    rounds.turn(NOON)
    rounds.turn(NOON - timedelta(days=365))
    rounds.turn(NOON + timedelta(days=365))
    assert [len(done.times[each]) for each in ("wake", "erase")] == [3, 3]


def test_whoever_is_to_stop_begins_nothing_more() -> None:
    """Between two steps it is looked at."""
    done = Done()
    Rounds([done.step("wake"), done.step("mail")], done.log).turn(NOON, stop=lambda: "wake" in done.times)
    assert list(done.times) == ["wake"]


def test_what_is_called_is_done_at_once_and_asked_for_no_more_often_than_it_holds() -> None:
    """A call between two rounds is answered at the next turn; one that fails is tried again after a minute, unasked."""
    done, calls, asked = Done(), [NOON + timedelta(minutes=3)], list[datetime]()
    now = [NOON]

    def is_called() -> bool:
        asked.append(now[0])
        return now[0] in calls

    step = done.step("consumers")
    rounds = Rounds([Step(step.name, step.do, is_called=is_called)], done.log)
    done.faults = {}
    for minute in range(12):
        now[0] = NOON + timedelta(minutes=minute)
        if minute == 3:
            done.faults["consumers"] = [OSError()]
        rounds.turn(now[0])
    assert done.times["consumers"] == [NOON, NOON + timedelta(minutes=4)]
    assert [event for event, _ in done.events] == ["house-step-failed"]
    assert asked == [NOON + timedelta(minutes=each) for each in (1, 2, 3, 5, 6, 7, 8, 9, 10, 11)]
