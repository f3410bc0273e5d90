"""Tables of address ranges: every kind is told by its content, every slip is named."""

from datetime import date
from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.formats.prefixes import Entry, Mistake, SourceReader, TableShape
from comity.formats.prefixes.sources import LINE_LIMIT, MISTAKES

FIRST, LAST = int(ip_address("192.0.2.0")), int(ip_address("192.0.2.255"))
FIRST6, LAST6 = int(ip_address("2001:db8::")), int(ip_address("2001:db8:0:ffff:ffff:ffff:ffff:ffff"))


@pytest.mark.parametrize(
    ("line", "shape", "entry"),
    [
        ("192.0.2.0,192.0.2.255,64500,West", TableShape.NETWORKS, Entry(4, FIRST, LAST, 64500, "West")),
        (
            '2001:db8::,2001:db8:0:ffff:ffff:ffff:ffff:ffff,AS64500,"West, Inc."\r\n',
            TableShape.NETWORKS,
            Entry(6, FIRST6, LAST6, 64500, "West, Inc."),
        ),
        ("192.0.2.0,192.0.2.255,CN", TableShape.COUNTRIES, Entry(4, FIRST, LAST, location_country="CN")),
        (
            "192.0.2.0\t192.0.2.255\t64500\tUS\tWEST - West, of\tthe river",
            TableShape.ROUTES,
            Entry(4, FIRST, LAST, 64500, "WEST - West, of the river", "US"),
        ),
        (
            "apnic|CN|ipv4|192.0.2.0|256|20110801|allocated|A91A7381",
            TableShape.DELEGATIONS,
            Entry(4, FIRST, LAST, registrant_country="CN"),
        ),
        (
            "ripencc|DE|ipv6|2001:db8::|48|20110801|assigned|x",
            TableShape.DELEGATIONS,
            Entry(6, FIRST6, LAST6, registrant_country="DE"),
        ),
    ],
)
def test_every_kind_of_table_is_told_by_its_first_line(line: str, shape: TableShape, entry: Entry) -> None:
    """Nobody has to say what a file is, and its name does not matter."""
    reader = SourceReader()
    assert reader.read(line) == entry
    assert reader.shape is shape


def test_a_table_of_countries_can_be_one_of_registrants() -> None:
    """A plain table of countries does not say which country it means; the operator does."""
    entry = SourceReader(country_is_registrant=True).read("192.0.2.0,192.0.2.255,CN")
    assert entry == Entry(4, FIRST, LAST, registrant_country="CN")


def test_a_registry_states_its_day() -> None:
    """Head, summaries, remarks, numbers of networks and what was not given out say nothing about whose an address is."""
    reader = SourceReader()
    lines = [
        "# a remark",
        "2|apnic|20260701|4|19830613|20260630|+1000",
        "apnic|*|ipv4|*|1|summary",
        "apnic|JP|asn|173|1|20020801|allocated|A918EDB2",
        "apnic||ipv4|192.0.2.0|256||available|",
        "apnic|ZZ|ipv6|2001:db8::|32||reserved|",
        "",
    ]
    assert [reader.read(line) for line in lines] == [None] * 7
    assert reader.stated == date(2026, 6, 30)


@pytest.mark.parametrize(
    ("first", "line", "mistake"),
    [
        ("192.0.2.0,192.0.2.255,1,a", "192.0.2.0,192.0.2.256,1,a", Mistake("address", "192.0.2.256")),
        ("192.0.2.0,192.0.2.255,1,a", "192.0.2.00,192.0.2.255,1,a", Mistake("address", "192.0.2.00")),
        ("192.0.2.0,192.0.2.255,1,a", "192.0.2.9,192.0.2.1,1,a", Mistake("order", "192.0.2.9 192.0.2.1")),
        ("192.0.2.0,192.0.2.255,1,a", "192.0.2.9,2001:db8::,1,a", Mistake("order", "192.0.2.9 2001:db8::")),
        ("192.0.2.0,192.0.2.255,1,a", "192.0.2.0,192.0.2.255,4294967296,a", Mistake("asn", "4294967296")),
        ("192.0.2.0,192.0.2.255,1,a", "192.0.2.0,192.0.2.255,1", Mistake("columns", "3")),
        ("192.0.2.0,192.0.2.255,1,a", '192.0.2.0,192.0.2.255,1,"a', Mistake("text", '192.0.2.0,192.0.2.255,1,"a')),
        ("192.0.2.0,192.0.2.255,CN", "192.0.2.0,192.0.2.255,C1", Mistake("country", "C1")),
        ("apnic|*|ipv4|*|1|summary", "apnic|CN|ipv4|192.0.2.0|0|20110801|allocated|x", Mistake("size", "0")),
        ("apnic|*|ipv4|*|1|summary", "apnic|CN|ipv6|2001:db8::|129|20110801|allocated|x", Mistake("size", "129")),
        (
            "apnic|*|ipv4|*|1|summary",
            "apnic|CN|ipv6|192.0.2.0|32|20110801|allocated|x",
            Mistake("address", "192.0.2.0"),
        ),
        ("apnic|*|ipv4|*|1|summary", "apnic|CN|ipv4|192.0.2.0|256|20110801|lent|x", Mistake("status", "lent")),
        ("# remark", "not a table", Mistake("shape", "not a table")),
        ("# remark", "x" * 3000, Mistake("long", "3000")),
    ],
)
def test_every_slip_is_named(first: str, line: str, mistake: Mistake) -> None:
    """What is wrong is said with the cell that is wrong."""
    reader = SourceReader()
    reader.read(first)
    assert reader.read(line) == mistake


def test_a_name_can_be_shown() -> None:
    """Real tables have names with control characters; they do not cost the line."""
    entry = SourceReader().read("192.0.2.0,192.0.2.255,1,WEST \x96 \x1b[31m\u202eME")
    assert isinstance(entry, Entry)
    assert entry.name == "WEST \ufffd \ufffd[31m\ufffdME"


@given(st.lists(st.text(alphabet='0123456789.:,|\t"aZ# \x00CNipv46l', max_size=60), max_size=5))
def test_any_line_is_answered(lines: list[str]) -> None:
    """Nothing is raised; what is taken is a range within its family."""
    reader = SourceReader()
    for line in lines:
        found = reader.read(line)
        if isinstance(found, Entry):
            assert 0 <= found.first <= found.last < 1 << (32 if found.version == 4 else 128)
        elif found is not None:
            assert found.code in MISTAKES
    assert isinstance(reader.read("9" * (LINE_LIMIT + 1)), Mistake)
