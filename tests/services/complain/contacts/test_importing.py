"""Contacts are taken in as a whole, and looked up by the narrowest range."""

import tracemalloc
from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest

from comity.model.network_contact import ContactState, ContactWay
from comity.outlets.files.registry_aside import RegistryAside
from comity.services.complain.contacts.importing import ContactImport, ContactsImported
from comity.store.engine import Store, open_store

from ....engines import ONLY_SQLITE

NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)

RANGES = """\
inetnum: 192.0.2.0 - 192.0.2.255
org: ORG-E1-RIPE
remarks: abuse: hint@east.example
source: RIPE

inetnum: 192.0.2.64 - 192.0.2.95
remarks: report abuse to narrow@east.example
source: RIPE

inetnum: 198.51.100.0 - 198.51.102.255
abuse-c: AR1-RIPE
source: RIPE

inet6num: 2001:db8::/32
tech-c: T1-RIPE
source: RIPE

aut-num: AS64500
org: ORG-E1-RIPE
source: RIPE
"""
HOLDERS = """\
organisation: ORG-E1-RIPE
abuse-c: AR1-RIPE
source: RIPE

role: Abuse
nic-hdl: AR1-RIPE
abuse-mailbox: abuse@east.example
source: RIPE

person: Somebody
nic-hdl: T1-RIPE
abuse-mailbox: six@east.example
source: RIPE
"""
TABLE = "network,contact,note\n192.0.2.128/25,ours@east.example,by letter\nAS64501,as@south.example,\n"


class _File:
    def __init__(self, name: str, text: str) -> None:
        self.name, self._text = name, text

    def day(self) -> date:
        return date(2026, 3, 1)

    def lines(self) -> Iterator[str]:
        yield from self._text.splitlines(keepends=True)


@pytest.fixture
def store() -> Iterator[Store]:
    """A store in memory."""
    made = open_store(":memory:")
    made.create()
    yield made
    made.close()


def _take(store: Store, *texts: str, keep_going: bool = False) -> ContactsImported:
    files = [_File(f"file{number}", text) for number, text in enumerate(texts, start=1)]
    return ContactImport(store.write, RegistryAside, keep_going=keep_going).take(files, now=NOW)


def test_a_range_may_stand_before_what_it_refers_to(store: Store) -> None:
    """The narrowest range that names somebody wins; a remark for people wins over nobody only."""
    done = _take(store, RANGES, HOLDERS)
    assert (done.source, done.ranges, done.told, done.fresh, done.taken) == ("RIPE", 5, 5, 3, True)
    with store.read() as rows:
        found = rows.network_contacts.about("192.0.2.70")
        assert found is not None
        assert (found.address, found.way, found.network) == ("abuse@east.example", ContactWay.ABUSE_C, "192.0.2.0/24")
        assert (found.source, found.day, found.state) == ("RIPE", date(2026, 3, 1), ContactState.KNOWN)
        last = rows.network_contacts.about("198.51.102.9")  # of a range that is no prefix
        assert last is not None
        assert (last.address, last.network) == ("abuse@east.example", "198.51.102.0/24")
        six = rows.network_contacts.about("2001:db8:1::1")
        assert six is not None
        assert (six.address, six.way) == ("six@east.example", ContactWay.ABUSE_MAILBOX)
        assert rows.network_contacts.about("203.0.113.1") is None
        by_number = rows.network_contacts.about("203.0.113.1", 64500)
        assert by_number is not None
        assert by_number.network == "AS64500"


def test_our_operators_word_goes_first(store: Store) -> None:
    """A table of ours stands beside the registry's and before it; a new import replaces the one of its source alone."""
    _take(store, RANGES, HOLDERS)
    _take(store, TABLE)
    with store.read() as rows:
        found = rows.network_contacts.about("192.0.2.200")
        assert found is not None
        assert (found.address, found.source) == ("ours@east.example", "operator")
    _take(store, RANGES.replace("198.51.100.0 - 198.51.102.255", "203.0.113.0 - 203.0.113.255"), HOLDERS)
    with store.read() as rows:
        assert rows.network_contacts.about("198.51.102.9") is None
        assert rows.network_contacts.about("203.0.113.9") is not None
        kept = rows.network_contacts.about("192.0.2.200")
        assert kept is not None
        assert kept.source == "operator"
        assert [row.source for row in rows.network_contacts.imports()] == ["RIPE", "operator"]
    with store.write() as rows:
        assert rows.network_contacts.forget_imports(most=10) == 0  # what no longer counts is gone


def test_a_damaged_line_is_named_and_nothing_is_taken(store: Store) -> None:
    """Nothing changes unless the operator says so; then what is left is taken."""
    damaged = RANGES + "\ninetnum: 192.0.2.300 - 192.0.2.1\nsource: RIPE\n"
    done = _take(store, damaged, HOLDERS)
    assert [(each.name, each.slip.line, each.slip.code) for each in done.slips] == [("file1", 22, "range")]
    assert not done.taken
    with store.read() as rows:
        assert rows.network_contacts.about("192.0.2.70") is None
    assert _take(store, damaged, HOLDERS, keep_going=True).taken
    with store.read() as rows:
        assert rows.network_contacts.about("192.0.2.70") is not None


@pytest.mark.parametrize(
    ("texts", "codes"),
    [
        ((RANGES, TABLE), ["source"]),
        ((RANGES, HOLDERS.replace("RIPE", "APNIC")), ["source"]),
        (("network,contact\n192.0.2.0/24\n192.0.2.1/24,a@b.example\n",), ["columns", "range"]),
        (("",), ["empty"]),
        (("hello\n",), ["attribute", "source"]),
    ],
)
def test_files_that_do_not_fit(store: Store, texts: tuple[str, ...], codes: list[str]) -> None:
    """Two sources in one call, and files that are none of both kinds, are refused."""
    done = _take(store, *texts)
    assert [each.slip.code for each in done.slips] == codes
    assert not done.taken


@ONLY_SQLITE  # no store is asked here
def test_memory_does_not_grow_with_the_files() -> None:
    """Ten times as many ranges need no more memory of the import itself than bounded lots."""

    def ranges(count: int) -> Iterator[str]:
        for number in range(count):
            yield f"inetnum: 10.{number >> 16}.{number >> 8 & 255}.{number & 255}/32\n"
            yield "abuse-c: AR1-RIPE\n"
            yield "source: RIPE\n"
            yield "\n"

    class _Long(_File):
        def __init__(self, count: int) -> None:
            super().__init__("long", "")
            self._count = count

        def lines(self) -> Iterator[str]:
            yield from ranges(self._count)

    peaks = []
    for count in (10_000, 40_000):
        work = ContactImport(_Nowhere, RegistryAside)
        tracemalloc.start()
        done = work.take([_Long(count), _File("holders", HOLDERS)], now=NOW)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        assert done.told == count
    assert peaks[1] < peaks[0] * 1.5


class _Nowhere:
    """A store that keeps nothing: only the import itself is measured."""

    @property
    def network_contacts(self) -> "_Nowhere":
        return self

    def __enter__(self) -> "_Nowhere":
        return self

    def __exit__(self, *_: object) -> None: ...

    def begin_import(self, source: str, *, day: date, at: datetime) -> int:
        return 1

    def put_lines(self, import_id: int, lines: object, *, at: datetime) -> int:
        return 0

    def finish_import(self, import_id: int, *, ranges: int) -> None: ...

    def forget_imports(self, *, most: int) -> int:
        return 0
