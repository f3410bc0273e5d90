"""Whose a report is, where our books say who held the address: one subscriber, or a question on the desk."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from comity.model.desk import CaseState
from comity.services.operate.lease_import import Books
from comity.services.receive.desk import Desk
from comity.store.engine import Store

from ...stores import store
from ..intake import NOW, arf, cases, ingest

__all__ = ["store"]

SEEN = NOW - timedelta(hours=2)
POOL = "192.0.2.7"


class Book:
    """A book in memory."""

    def __init__(self, text: str, name: str = "leases.csv") -> None:
        self.name, self._text = name, text

    def lines(self) -> Iterator[str]:
        return iter(self._text.splitlines(keepends=True))


def keep(store: Store, *rows: str, zone: str | None = None) -> None:
    """Take in a table of leases."""
    text = "address,ports,subscriber,began,ended,shared\n" + "\n".join(rows)
    done = Books(store.write, ZoneInfo(zone) if zone else None).take([Book(text)])
    assert done.mistakes == ()


def row(who: str, began: datetime, ended: datetime | None, *, ports: str = "", shared: str = "") -> str:
    return f"{POOL},{ports},{who},{began.isoformat()},{ended.isoformat() if ended else ''},{shared}"


def hours(number: float) -> timedelta:
    return timedelta(hours=number)


def test_the_lease_says_whose_it_is(store: Store) -> None:
    """The list knows the network, the book the line: the case is the subscriber's."""
    keep(store, row("line-7", SEEN - hours(1), SEEN + hours(1)), row("line-8", SEEN + hours(1), None))
    ingest(store, arf(seen=SEEN))
    (case,) = cases(store).values()
    assert (case.key, case.state) == ("subscriber:line-7", CaseState.NEW)


def test_a_line_keeps_its_case_when_its_address_changes(store: Store) -> None:
    """Two addresses, one subscriber, one case."""
    other = f"192.0.2.9,,line-7,{SEEN.isoformat()},{(SEEN + hours(3)).isoformat()},"
    keep(store, row("line-7", SEEN - hours(2), SEEN - hours(0.5)), other)
    ingest(store, arf(1, seen=SEEN - hours(1)), arf(2, source="192.0.2.9", seen=SEEN + hours(1)))
    (case,) = cases(store).values()
    assert (case.key, case.reports) == ("subscriber:line-7", 2)


@pytest.mark.parametrize(
    ("rows", "doubt", "among"),
    [
        ([row("a", SEEN - hours(1), SEEN), row("b", SEEN, SEEN + hours(1))], "changed-hands", {"a", "b"}),
        ([row("a", SEEN - hours(1), SEEN + hours(1), ports="1024-2047")], "port-missing", set()),
        ([row("cafe", SEEN - hours(1), SEEN + hours(1), shared="yes")], "shared-line", {"cafe"}),
        ([row("a", SEEN - hours(90), None)], "lease-stale", {"a"}),
        (
            [row("a", SEEN - hours(1), SEEN + hours(2)), row("b", SEEN - hours(2), SEEN + hours(1))],
            "overlapping",
            {"a", "b"},
        ),
    ],
    ids=lambda each: each if isinstance(each, str) else "",
)
def test_where_it_is_not_certain_nobody_is_told(store: Store, rows: list[str], doubt: str, among: set[str]) -> None:
    """Each doubt is a question with a name, and the case waits for a person."""
    keep(store, *rows)
    ingest(store, arf(seen=SEEN.replace(second=7)))
    (case,) = cases(store).values()
    assert (case.key, case.state) == (f"address:{POOL}", CaseState.UNDECIDED)
    assert case.question is not None
    assert (case.question.code, set(case.question.candidates)) == (doubt, among)


def test_a_person_says_whose_it_is(store: Store) -> None:
    """The undecided case goes into the subscriber's, not into that of a customer of the same name."""
    keep(store, row("a", SEEN - hours(1), SEEN), row("b", SEEN, SEEN + hours(1)))
    ingest(store, arf(seen=SEEN))
    with store.write() as rows:
        (case,) = rows.cases.in_states([CaseState.UNDECIDED])
        target = Desk(rows, actor="ann", now=NOW).assign(case, "b")
    assert target.key == "subscriber:b"


def test_an_address_that_no_book_knows_is_the_lists(store: Store) -> None:
    """Where nothing is known of that moment, the customer of the network is asked, as before."""
    keep(store, row("a", SEEN - hours(9), SEEN - hours(8)))
    ingest(store, arf(seen=SEEN))
    assert set(cases(store)) == {"customer:West Hosting"}


def test_the_night_the_clock_goes_back(store: Store) -> None:
    """A book in local time: in the hour that comes twice, two lines may have held it; an hour later there is no doubt."""
    keep(
        store,
        f"{POOL},,a,2025-10-26 01:00:00,2025-10-26 02:30:00,",
        f"{POOL},,b,2025-10-26 02:30:00,2025-10-26 06:00:00,",
        zone="Europe/Berlin",
    )
    twice, later = datetime.fromisoformat("2025-10-26T01:10:09Z"), datetime.fromisoformat("2025-10-26T02:10:09Z")
    ingest(store, arf(1, seen=twice))
    ingest(store, arf(2, seen=later))
    found = cases(store)
    assert found[f"address:{POOL}"].question is not None
    assert found["subscriber:b"].reports == 1


def test_a_book_with_a_bad_line_is_not_taken(store: Store) -> None:
    """The line is named, nothing of the book is there; with ``keep_going`` the rest is."""
    text = "address,subscriber,began\n192.0.2.7,a,2026-03-20T10:00:00Z\n192.0.2.7,b,soon\n"
    done = Books(store.write, None).take([Book(text)])
    assert [(each.line, each.mistake.code) for each in done.mistakes] == [(3, "time-unfit")]
    assert not done.books[0].taken
    with store.read() as rows:
        assert rows.leases.counts()[0] == 0
    again = Books(store.write, None, keep_going=True).take([Book(text)])
    assert (again.books[0].taken, again.books[0].added) == (True, 1)


def test_what_is_no_book_is_said_once(store: Store) -> None:
    """A file of another kind is one mistake, not a thousand; an empty one is another."""
    done = Books(store.write, None).take([Book("hello\n" * 1000), Book("")])
    assert [each.mistake.code for each in done.mistakes] == ["shape", "empty"]


def test_out_of_order_is_in_order(store: Store) -> None:
    """A stop before its start, in another book: one lease."""
    stop = "address,subscriber,began,ended,session\n192.0.2.7,a,2026-03-20T09:00:00Z,2026-03-20T11:00:00Z,s1\n"
    start = "address,subscriber,began,ended,session\n192.0.2.7,a,2026-03-20T09:00:00Z,,s1\n"
    done = Books(store.write, None).take([Book(stop), Book(start), Book(stop)])
    assert [(each.added, each.changed) for each in done.books] == [(1, 0), (0, 0), (0, 0)]
