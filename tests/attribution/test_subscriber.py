"""Which subscriber held an address: one, or nobody is told, and why."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Network

import pytest

from comity.attribution.subscriber import Event, Holder, LeaseTerms, Unsure, holder
from comity.model.lease import LAST_PORT, Lease

NOON = datetime(2026, 11, 28, 12, tzinfo=UTC)
TERMS = LeaseTerms()


def lease(
    who: str,
    began: float,
    ended: float | None,
    *,
    ports: tuple[int, int] = (0, LAST_PORT),
    known: float | None = None,
    shared: bool = False,
) -> Lease:
    """A lease whose times are minutes after noon."""
    first = NOON + timedelta(minutes=began)
    last = None if ended is None else NOON + timedelta(minutes=ended)
    return Lease(
        network=IPv4Network("192.0.2.7"),
        first_port=ports[0],
        last_port=ports[1],
        began=first,
        ended=last,
        known_until=last or NOON + timedelta(minutes=known if known is not None else began),
        subscriber=who,
        is_shared=shared,
        identity=f"{who}{began}".encode(),
    )


def at(minute: float, **more: object) -> Event:
    return Event(seen=NOON + timedelta(minutes=minute), **more)  # type: ignore[arg-type]


def test_one_line_held_it() -> None:
    """In the middle of a lease there is no doubt."""
    found = holder([lease("a", -60, 60), lease("b", 120, 180)], at(0.5), TERMS)
    assert isinstance(found, Holder)
    assert found.subscriber == "a"


def test_nobody_held_it() -> None:
    """Between two leases no book knows anything."""
    assert holder([lease("a", -60, -30), lease("b", 30, 60)], at(0.5), TERMS) is None


@pytest.mark.parametrize("minute", [-0.9, -0.1, 0.1, 0.9])
def test_within_what_clocks_may_be_off_nobody_is_told(minute: float) -> None:
    """A minute before or after it changed hands it could be either."""
    found = holder([lease("a", -60, 0), lease("b", 0, 60)], at(minute), TERMS)
    assert found == Unsure(reason="changed-hands", candidates=("a", "b"))


@pytest.mark.parametrize("seconds", [-120, 120])
def test_two_minutes_are_what_clocks_may_be_off_and_a_second_more_is_not(seconds: int) -> None:
    """To the second, on either side: nobody is told who may not have been it, and a doubt has an end."""
    two, way = [lease("a", -60, 0), lease("b", 0, 60)], 1 if seconds > 0 else -1
    assert holder(two, at(seconds / 60), TERMS) == Unsure(reason="changed-hands", candidates=("a", "b"))
    found = holder(two, at((seconds + way) / 60), TERMS)
    assert isinstance(found, Holder)
    assert found.subscriber == ("b" if seconds > 0 else "a")


def test_the_first_port_and_the_last_one_are_of_the_line_and_none_beside_them() -> None:
    """A block of ports ends where the next line's begins."""
    two = [lease("a", -60, 60, ports=(1024, 2047)), lease("b", -60, 60, ports=(2048, 3071))]
    held = [holder(two, at(0.5, port=port, is_split=True), TERMS) for port in (1023, 1024, 2047, 2048, 3071, 3072)]
    assert [each.subscriber if isinstance(each, Holder) else each for each in held] == [None, "a", "a", "b", "b", None]


def test_another_block_of_ports_does_not_end_a_lease() -> None:
    """What came later on other ports, or on another address, is of another line; on one port that both have it ends the first."""
    first = lease("a", -60, None, ports=(1024, 2047), known=-30)
    for ports, still in (((2048, 3071), True), ((0, 1023), True), ((2047, 3071), False), ((0, 1024), False)):
        two = [first, lease("b", 0, 30, ports=ports)]
        found = holder(two, at(60, port=1500, is_split=True), TERMS)
        assert (isinstance(found, Holder) and found.subscriber == "a") is still, ports
    other = replace(lease("b", 0, 30), network=IPv4Network("192.0.2.8"))
    assert isinstance(holder([first, other], at(60, port=1500, is_split=True), TERMS), Holder)


def test_the_same_line_seen_twice_is_told_by_what_was_last_heard_of_it() -> None:
    """48 hours after the last news, to the second."""
    one = lease("a", -60, None, known=0)
    assert isinstance(holder([lease("a", -90, -60), one], at(60 * 48), TERMS), Holder)
    assert holder([lease("a", -90, -60), one], at(60 * 48 + 1 / 60), TERMS) == Unsure(
        reason="lease-stale", candidates=("a",)
    )


def test_whoever_shares_an_address_is_no_less_unsure_without_a_time() -> None:
    """A port does not say when; where no book knows the address, nothing is said of it."""
    assert holder([], Event(seen=None, port=80, is_split=True), TERMS) == Unsure(reason="time-missing")
    assert holder([], Event(seen=None, port=80), TERMS) is None


def test_the_same_line_again_is_no_doubt() -> None:
    """A lease that was renewed changed no hands."""
    found = holder([lease("a", -60, 0), lease("a", 0, 60)], at(0.1), TERMS)
    assert isinstance(found, Holder)


def test_two_books_that_disagree_name_nobody() -> None:
    """Two lines at the same moment on the same ports: a person must look."""
    found = holder([lease("a", -60, 60), lease("b", -30, 30)], at(0.5), TERMS)
    assert found == Unsure(reason="overlapping", candidates=("a", "b"))


@pytest.mark.parametrize(("precision", "length"), [("minute", 60), ("day", 24 * 60 * 60), (None, 24 * 60 * 60)])
def test_two_books_that_disagree_all_the_while_need_no_better_time(precision: str | None, length: int) -> None:
    """Where both lines stand in the books for all that a coarse time may mean, the books are the question, not the reporter."""
    end = length / 60
    found = holder([lease("a", -60, end + 60), lease("b", -30, end)], at(0, precision=precision), TERMS)
    assert found == Unsure(reason="overlapping", candidates=("a", "b"))
    found = holder([lease("a", -60, end + 60), lease("b", -30, end - 0.5)], at(0, precision=precision), TERMS)
    assert found == Unsure(reason="changed-hands", candidates=("a", "b"))


def test_a_shared_address_needs_the_port() -> None:
    """With the port it is one of them, without it nobody."""
    two = [lease("a", -60, 60, ports=(1024, 2047)), lease("b", -60, 60, ports=(2048, 3071))]
    found = holder(two, at(0.5, port=2048, is_split=True), TERMS)
    assert isinstance(found, Holder)
    assert found.subscriber == "b"
    assert holder(two, at(0.5, is_split=True), TERMS) == Unsure(reason="port-missing")
    assert holder(two, at(0.5, port=80, is_split=True), TERMS) is None


def test_a_day_is_no_moment() -> None:
    """A report that knows only the day tells nobody where the address changed hands in it, and one where it did not."""
    two = [lease("a", -600, 60), lease("b", 60, 700)]
    day = Event(seen=NOON.replace(hour=0), precision="day")
    assert holder(two, day, TERMS) == Unsure(reason="changed-hands", candidates=("a", "b"))
    found = holder([lease("a", -2000, 2000)], day, TERMS)
    assert isinstance(found, Holder)


def test_no_time_names_nobody() -> None:
    """Without a time there is no telling, however few there were."""
    assert holder([lease("a", -60, 60)], Event(seen=None), TERMS) == Unsure(reason="time-missing", candidates=("a",))


def test_a_hotspot_names_nobody() -> None:
    """The line is known, the person is not."""
    assert holder([lease("cafe", -60, 60, shared=True)], at(0.5), TERMS) == Unsure(
        reason="shared-line", candidates=("cafe",)
    )


def test_a_lease_that_nobody_ended_grows_stale() -> None:
    """Two days after its last news it is believed no longer."""
    old = lease("a", -60, None, known=-60)
    fresh = holder([old], at(60 * 40), TERMS)
    assert isinstance(fresh, Holder)
    assert holder([old], at(60 * 50), TERMS) == Unsure(reason="lease-stale", candidates=("a",))


def test_the_next_one_ends_a_lease_whose_stop_was_lost() -> None:
    """What came after it is believed; and when that has ended, nobody holds it."""
    two = [lease("a", -60, None, known=-30), lease("b", 0, 30)]
    found = holder(two, at(15.5), TERMS)
    assert isinstance(found, Holder)
    assert found.subscriber == "b"
    assert holder(two, at(60.5), TERMS) is None
    assert isinstance(holder(two, at(-20.5), TERMS), Holder)
