"""Sightings become cases: of the right line, when two witnesses agree, once."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from comity.cases.own_side import OwnSide
from comity.formats import tables
from comity.formats.own_side import read_own
from comity.model.desk import Act
from comity.model.feedback import Reading
from comity.model.retention import KeptClass
from comity.remediation.corroboration import Standing
from comity.services.operate.lease_import import Books
from comity.services.receive.desk import Desk
from comity.services.receive.subscribers.whose import Whose
from comity.services.remedy.sightings.importing import Import, ImportOrder, Taken
from comity.store.engine import Store, open_store
from comity.store.remedy.sightings import BotSightings

from ....retention import erase_class

NOW = datetime(2026, 11, 28, 8, 0, 1, tzinfo=UTC)
OWN = OwnSide(read_own(b"192.0.2.0/24", "own").holdings)
HOUR = timedelta(hours=1)


class Book:
    """A book in memory."""

    name = "leases.csv"

    def __init__(self, text: str) -> None:
        self._text = text

    def lines(self) -> Iterator[str]:
        return iter(self._text.splitlines(keepends=True))


@pytest.fixture
def store() -> Iterator[Store]:
    """A store with 200 lines, each with an address for a month, and one address that lines share by ports."""
    opened = open_store(":memory:")
    opened.create()
    began, ended = NOW - timedelta(days=20), NOW + timedelta(days=20)
    rows = [f"192.0.2.{at},,line-{at},{began.isoformat()},{ended.isoformat()}" for at in range(1, 200)]
    rows += [f"192.0.2.250,1024-2047,cgn-1,{began.isoformat()},{ended.isoformat()}"]
    done = Books(opened.write, None).take([Book("address,ports,subscriber,began,ended\n" + "\n".join(rows))])
    assert done.mistakes == ()
    yield opened
    opened.close()


def feed(*rows: tuple[str, datetime], kind: str = "event4_sinkhole", port: str = "4455") -> Reading:
    """A feed of some rows."""
    lines = [f"{seen:%Y-%m-%d %H:%M:%S},{address},{port},64500,ZZ,mirai" for address, seen in rows]
    text = "\n".join(["timestamp,src_ip,src_port,src_asn,src_geo,family", *lines])
    return tables.read(text.encode(), f"2026-11-28-{kind}-x.csv")


def take(
    store: Store, reading: Reading, *, now: datetime = NOW, trusted: str = "shadowserver", release: bool = False
) -> Taken:
    """Take one feed in."""
    order = ImportOrder(now=now, quiet=timedelta(days=3), release=release)
    return Import(store.write, Whose(OWN), standing=Standing(trusted={trusted}), order=order).take("x", reading)


def rows_in(store: Store, subject: str) -> int:
    with store.read() as rows:
        return sum(each.times for each in rows.bots.of({subject: NOW - timedelta(days=99)}).get(subject, ()))


def test_a_trusted_source_opens_the_case_of_the_line(store: Store) -> None:
    """The case is the subscriber's, and delivered again it is the same one, counted once."""
    reading = feed(("192.0.2.7", NOW - HOUR))
    (case_id,) = take(store, reading).opened
    again = take(store, reading)
    assert (again.opened, again.repeats) == ((), 1)
    with store.read() as rows:
        case = rows.cases.by_id([case_id])[case_id]
    assert (case.key, case.reports, case.last_seen) == ("subscriber:line-7", 1, NOW - HOUR)


def test_one_witness_alone_opens_nothing(store: Store) -> None:
    """Fifty rows of one source that nobody trusts are kept, and nobody hears of it."""
    given = feed(*[("192.0.2.7", NOW - HOUR - timedelta(seconds=at)) for at in range(50)])
    taken = take(store, given, trusted="nobody")
    assert (taken.opened, dict(taken.untold)) == ((), {"one-class": 1})
    assert rows_in(store, "subscriber:line-7") == 50


def test_who_cannot_be_named_has_no_case(store: Store) -> None:
    """Without its port, a shared address names nobody; somebody else's address is not even kept."""
    taken = take(store, feed(("192.0.2.250", NOW - HOUR), ("203.0.113.5", NOW - HOUR), port=""))
    assert (taken.opened, dict(taken.left)) == ((), {"port-missing": 1, "not-ours": 1})


def test_a_feed_that_names_half_of_the_lines_is_held(store: Store) -> None:
    """Nothing of it is written until a person releases it; then all of it is."""
    mad = feed(*[(f"192.0.2.{at}", NOW - HOUR) for at in range(1, 101)])
    held = take(store, mad)
    assert (held.is_held, held.lines, held.opened) == (True, 100, ())
    assert rows_in(store, "subscriber:line-7") == 0
    assert len(take(store, mad, release=True).opened) == 100


def test_the_days_of_a_file_that_breaks_off_speak_for_no_silence(store: Store) -> None:
    """Its rows count, but whoever is missing in it may have stood in what is missing of it."""
    text = "timestamp,src_ip,src_port,src_asn,src_geo,family\n2026-11-27 08:00:00,192.0.2.7,4455,64500,ZZ,mirai\n2026-11-27"
    name = "2026-11-28-event4_sinkhole-x.csv"
    cut = take(store, tables.read(text.encode(), name))
    assert (len(cut.opened), dict(cut.left)) == (1, {"cut-off": 1})
    with store.read() as rows:
        assert rows.effects.days() == {}
    take(store, tables.read(text.rpartition("\n")[0].encode(), name))
    with store.read() as rows:
        assert {source: len(days) for source, days in rows.effects.days().items()} == {"shadowserver": 1}


def test_the_days_of_a_file_that_is_read_in_part_speak_for_no_silence(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever is missing in the rows that were read may stand in those that were too many."""
    monkeypatch.setattr(tables, "ROW_LIMIT", 1)
    row = "2026-11-27 08:00:00,192.0.2.{},4455,64500,ZZ,mirai\n"
    text = "timestamp,src_ip,src_port,src_asn,src_geo,family\n" + row.format(7) + row.format(8)
    long = take(store, tables.read(text.encode(), "2026-11-28-event4_sinkhole-x.csv"))
    assert (len(long.opened), dict(long.left)) == (1, {})
    with store.read() as rows:
        assert rows.effects.days() == {}


def test_lines_are_counted_no_further_than_an_alarm_needs(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """A mail that names a few lines counts none of ten million; how many there are is never said to be more than was asked."""
    with store.read() as rows:
        assert [rows.bots.customers(most) for most in (1, 150, 200, 201, 5000)] == [1, 150, 200, 200, 200]
    asked: list[int] = []

    def customers(self: BotSightings, most: int) -> int:
        asked.append(most)
        return most

    monkeypatch.setattr(BotSightings, "customers", customers)
    take(store, feed(*[(f"192.0.2.{at}", NOW - HOUR) for at in range(1, 20)]))
    assert asked == []
    taken = take(store, feed(*[(f"192.0.2.{at}", NOW - HOUR) for at in range(50, 75)]))
    assert (asked, taken.is_held) == ([500], False)


def test_what_was_released_is_not_held_again(store: Store) -> None:
    """The same file once more alarms nobody: only lines that are newly named are counted."""
    mad = feed(*[(f"192.0.2.{at}", NOW - HOUR) for at in range(1, 101)])
    take(store, mad, release=True)
    again = take(store, mad)
    assert (again.is_held, again.repeats, again.opened) == (False, 100, ())


def test_what_is_known_is_weighed_again_under_new_trust(store: Store) -> None:
    """A source that was trusted meanwhile makes the case which its word alone could not make."""
    reading = feed(("192.0.2.7", NOW - HOUR))
    assert take(store, reading, trusted="nobody").opened == ()
    again = take(store, reading)
    assert (len(again.opened), again.repeats) == (1, 1)
    assert rows_in(store, "subscriber:line-7") == 1


def test_order_does_not_matter(store: Store) -> None:
    """The same rows in another order, some of them twice, make the same cases."""
    given = [(f"192.0.2.{at}", NOW - HOUR * at) for at in range(1, 9)]
    first = take(store, feed(*given))
    second = take(store, feed(*given[::-1], *given))
    assert (len(first.opened), second.opened, second.repeats) == (8, (), 16)


def test_a_relapse_is_linked_and_late_news_is_none(store: Store) -> None:
    """What was seen before the case was closed opens nothing; what is seen long after it opens a case with a link."""
    (case_id,) = take(store, feed(("192.0.2.7", NOW - HOUR))).opened
    with store.write() as rows:
        Desk(rows, actor="somebody", now=NOW).act(rows.cases.by_id([case_id])[case_id], Act.CLOSE)
    late = take(store, feed(("192.0.2.7", NOW - HOUR * 2)), now=NOW + HOUR)
    assert (late.opened, dict(late.untold)) == ((), {"late-news": 1})
    later = NOW + timedelta(days=9)
    (again,) = take(store, feed(("192.0.2.7", later - HOUR)), now=later).relapses
    with store.read() as rows:
        case = rows.cases.by_id([again])[again]
    assert (case.key, case.reopened_from, case.reports) == ("subscriber:line-7#2", case_id, 1)


def test_sightings_go_when_their_time_is_over(store: Store) -> None:
    """Thirteen months later, nothing says any more what was seen where."""
    take(store, feed(("192.0.2.7", NOW - HOUR)))
    with store.write() as rows:
        assert erase_class(rows, KeptClass.SIGHTING, NOW + timedelta(days=1)) == 1
    assert rows_in(store, "subscriber:line-7") == 0
