"""Books of leases: each kind is told by its looks, every line is a lease or a named mistake, and no clock is taken at its word."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.formats.leases import BookReader, BookShape, Mistake
from comity.formats.leases.clock import Between, Clock
from comity.model.lease import Lease

BERLIN, SHANGHAI = ZoneInfo("Europe/Berlin"), ZoneInfo("Asia/Shanghai")


def read(text: str, zone: ZoneInfo | None = None) -> tuple[BookShape | None, list[Lease], list[Mistake]]:
    reader = BookReader(zone)
    found = [each for line in text.splitlines(keepends=True) for each in reader.read(line)] + list(reader.end())
    leases = [each for each in found if isinstance(each, Lease)]
    return reader.shape, leases, [each for each in found if isinstance(each, Mistake)]


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type, misc]


RADIUS = """Sat Nov 28 10:00:05 2026
\tAcct-Status-Type = Start
\tAcct-Session-Id = "0a01"
\tNAS-IP-Address = 10.0.0.1
\tUser-Name = "line-7@dsl.example"
\tFramed-IP-Address = 192.0.2.7
\tDelegated-IPv6-Prefix = "2001:db8:7::/56"
\tEvent-Timestamp = "Nov 28 2026 10:00:00 UTC"
\tTimestamp = 1795860005

Sat Nov 28 12:30:00 2026
\tAcct-Status-Type = Stop
\tAcct-Session-Id = "0a01"
\tNAS-IP-Address = 10.0.0.1
\tUser-Name = "line-7@dsl.example"
\tFramed-IP-Address = 192.0.2.7
\tAcct-Session-Time = 9000
\tEvent-Timestamp = "Nov 28 2026 12:30:00 UTC"
\tTimestamp = 1795869000
"""


def test_a_session_of_radius_is_one_stretch() -> None:
    """Start and stop are about the same stretch; the prefix of IPv6 has one of its own."""
    shape, leases, mistakes = read(RADIUS)
    assert (shape, mistakes) == (BookShape.RADIUS, [])
    start, prefix, stop = leases
    assert start.identity == stop.identity != prefix.identity
    assert (start.began, start.ended) == (utc(2026, 11, 28, 10), None)
    assert (stop.began, stop.ended) == (utc(2026, 11, 28, 10), utc(2026, 11, 28, 12, 30))
    assert str(prefix.network) == "2001:db8:7::/56"


def test_a_session_that_is_counted_anew_is_the_next_ones_own() -> None:
    """An access server that began again gives the name of a session to somebody else: whoever had it before is not renamed."""
    start, _, stop = read(RADIUS)[1]
    other, *_ = read(RADIUS.replace("line-7@", "line-8@"))[1]
    assert start.identity == stop.identity != other.identity


def test_without_a_zone_the_time_of_arrival_is_taken() -> None:
    """What the access server's clock says without a zone is passed over; when the packet came, less its delay, is known."""
    text = RADIUS.replace(" UTC", "").replace(
        "\tTimestamp = 1795860005", "\tAcct-Delay-Time = 5\n\tTimestamp = 1795860005"
    )
    _, leases, _ = read(text)
    assert leases[0].began == datetime.fromtimestamp(1795860000, UTC)


def test_a_record_that_nobody_can_date_is_a_mistake() -> None:
    """No zone, no time of arrival: the line is named, nothing is guessed."""
    text = "\n".join(line for line in RADIUS.replace(" UTC", "").splitlines() if "Timestamp = 1" not in line)
    _, leases, mistakes = read(text)
    assert (leases, {each.code for each in mistakes}) == ([], {"zone-needed"})


def test_a_record_that_was_cut_names_nobody_else() -> None:
    """The file of today may be copied while it is written: half an address, or half a prefix, is another subscriber's."""
    text = RADIUS.replace('"2001:db8:7::/56"', "2001:db8:7::/56").replace("192.0.2.7\n", "192.0.2.77\n")
    whole = {(str(each.network), each.subscriber) for each in read(text)[1]}
    for size in range(text.index("Acct"), len(text)):
        assert {(str(each.network), each.subscriber) for each in read(text[:size])[1]} <= whole, text[:size]
    first = text.partition("\n\n")[0]
    _, leases, mistakes = read(first[:-4])
    assert (leases, [each.code for each in mistakes]) == ([], ["cut"])
    assert len(read(f"{first}\n")[1]) == 2


def test_accounting_of_other_things_is_passed_over() -> None:
    """A restart of the access server, and a session without an address, are no leases."""
    _, leases, mistakes = read(
        "Sat Nov 28 10:00:05 2026\n\tAcct-Status-Type = Accounting-On\n\tTimestamp = 1795860005\n"
    )
    assert (leases, mistakes) == ([], [])


ISC = """# The format of this file is documented in the dhcpd.leases(5) manual page.
authoring-byte-order little-endian;

lease 192.0.2.9 {
  starts 6 2026/11/28 10:00:00;
  ends 6 2026/11/28 22:00:00;
  binding state active;
  hardware ethernet 00:53:00:AB:cd:ef;
  option agent.circuit-id "eth 1/1/4:9";
  client-hostname "pc}";
}
lease 192.0.2.10 {
  starts epoch 1795860000; # Sat Nov 28 10:00:00 2026
  ends never;
  binding state active;
  hardware ethernet 00:53:00:00:00:01;
}
lease 192.0.2.11 {
  starts 6 2026/11/28 10:00:00;
  ends 6 2026/11/28 10:01:00;
  binding state abandoned;
}
"""


def test_leases_of_isc() -> None:
    """The circuit that the relay wrote in goes before the hardware address; what was abandoned was nobody's."""
    shape, leases, mistakes = read(ISC)
    assert (shape, mistakes) == (BookShape.ISC, [])
    assert [(str(each.network), each.subscriber, each.ended) for each in leases] == [
        ("192.0.2.9/32", "eth 1/1/4:9", utc(2026, 11, 28, 22)),
        ("192.0.2.10/32", "00:53:00:00:00:01", None),
    ]


def test_a_circuit_in_octets_is_the_line_too() -> None:
    """A relay that writes no text is written down in figures; they go before the hardware address, as text does."""
    whole = ISC.replace('agent.circuit-id "eth 1/1/4:9"', "agent.circuit-id 0:4:0:c8:1:2")
    assert read(whole)[1][0].subscriber == "0:4:0:c8:1:2"
    assert read(whole.replace("circuit-id", "remote-id"))[1][0].subscriber == "0:4:0:c8:1:2"
    assert read(ISC.replace("agent.circuit-id", "agent.unknown"))[1][0].subscriber == "00:53:00:ab:cd:ef"


def test_a_book_that_breaks_off_says_so() -> None:
    """An entry without its end is a mistake, not a lease."""
    _, leases, mistakes = read(ISC.rpartition("binding state abandoned")[0])
    assert (len(leases), [each.code for each in mistakes]) == (2, ["not-closed"])


KEA = """address,hwaddr,client_id,valid_lifetime,expire,subnet_id,fqdn_fwd,fqdn_rev,hostname,state,user_context,pool_id
192.0.2.20,00:53:00:00:00:02,,3600,1795863600,1,0,0,,0,,0
192.0.2.21,00:53:00:00:00:03,,3600,1795863600,1,0,0,,1,,0
192.0.2.20,00:53:00:00:00:02,,3600,1795865400,1,0,0,,0,,0
192.0.2.22,00:53:00:00:00:04,,4294967295,1795863600,1,0,0,,0,,0
"""


def test_leases_of_kea() -> None:
    """Each renewal is a stretch that follows the last; a declined address was nobody's; for ever has no end."""
    shape, leases, mistakes = read(KEA)
    assert (shape, mistakes) == (BookShape.KEA, [])
    assert [each.subscriber[-1] for each in leases] == ["2", "2", "4"]
    assert leases[0].began == datetime.fromtimestamp(1795860000, UTC)
    assert leases[1].began < (leases[0].ended or leases[1].began)
    assert leases[2].ended is None


def test_a_table_of_a_translator_has_ports() -> None:
    """Several lines share an address; a heading in Chinese is read too."""
    shape, leases, mistakes = read(
        "地址;端口段;宽带账号;开始时间;结束时间\n192.0.2.30;1024-2047;甲;2026-11-28 10:00:00;2026-11-28 11:00:00\n",
        SHANGHAI,
    )
    assert (shape, mistakes) == (BookShape.TABLE, [])
    (each,) = leases
    assert (each.first_port, each.last_port, each.is_split, each.subscriber) == (1024, 2047, True, "甲")
    assert each.began == utc(2026, 11, 28, 2)


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ("192.0.2.0/24,a,2026-11-28T10:00:00Z,", "address"),
        ("nobody,a,2026-11-28T10:00:00Z,", "address"),
        ("192.0.2.1,,2026-11-28T10:00:00Z,", "subscriber"),
        ("192.0.2.1,a\u202eb,2026-11-28T10:00:00Z,", "subscriber"),
        ("192.0.2.1,a,yesterday,", "time-unfit"),
        ("192.0.2.1,a,2026-11-28 10:00:00,", "zone-needed"),
        ("192.0.2.1,a,2026-02-30T10:00:00Z,", "time-unfit"),
        ("192.0.2.1,a,2026-11-28T10:00:00Z,2026-11-28T09:00:00Z", "ends-before-it-begins"),
        ('192.0.2.1,"a,2026-11-28T10:00:00Z,', "quoting"),
        ("192.0.2.1,a", "time-unfit"),
    ],
)
def test_what_a_table_must_not_say(row: str, code: str) -> None:
    """Each slip has its name."""
    _, leases, mistakes = read(f"address,subscriber,began,ended\n{row}\n")
    assert (leases, [each.code for each in mistakes]) == ([], [code])


@pytest.mark.parametrize("heading", ["address,subscriber,began,ended", "address,began,ended,subscriber"])
def test_a_table_that_was_cut_names_nobody_in_its_last_line(heading: str) -> None:
    """Wherever a copy of the book breaks off, what it says of a line is what the whole book says."""
    row = {"address": "192.0.2.17", "subscriber": "line-17", "began": "2026-11-28T10:00Z", "ended": "2026-11-28T12:00Z"}
    whole = f"{heading}\n{','.join(row[name] for name in heading.split(','))}\n"
    for size in range(len(heading) + 2, len(whole)):
        _, leases, _ = read(whole[:size])
        assert {(str(each.network), each.subscriber) for each in leases} <= {("192.0.2.17/32", "line-17")}, whole[:size]
    assert [each.subscriber for each in read(whole)[1]] == ["line-17"]
    assert [each.code for each in read(whole[:-1])[2]] == (["cut"] if heading.endswith("subscriber") else [])


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("1795860000", utc(2026, 11, 28, 10)), ("1795860000.75", utc(2026, 11, 28, 10, 0, 0, 750_000)),
        ("1795860000000", utc(2026, 11, 28, 10)),
        ("999999999000", utc(2001, 9, 9, 1, 46, 39)), ("999999999", utc(2001, 9, 9, 1, 46, 39)),
        ("2026/11/28 15:30:00 +0530", utc(2026, 11, 28, 10)), ("2026/11/28 06:30:00 -03:30", utc(2026, 11, 28, 10)),
        ("2026-11-28 10:00", utc(2026, 11, 28, 2)), ("2026/1/2 3:04:05 GMT", utc(2026, 1, 2, 3, 4, 5)),
        ("2026-11-28T18:00:00.999+08:00", utc(2026, 11, 28, 10)), ("1990-01-01 00:00:00Z", utc(1990, 1, 1)),
        ("2099-12-31 23:59:59Z", utc(2099, 12, 31, 23, 59, 59)),
        ("2100-01-01 00:00:00Z", None), ("1989-12-31 23:59:59Z", None), ("2100-01-01 12:00", None), ("99999999", None),
        ("179586000000000", None), ("2026-11-28", None), ("2026-11-28 25:00:00", None), ("2026-11-28 10:00:00 PST", None),
    ],
)  # fmt: skip
def test_a_time_is_one_moment_or_none(text: str, moment: datetime | None) -> None:
    """Seconds, milliseconds, offsets of half an hour: an hour before the address was somebody else's. The wall is in Shanghai."""
    assert Clock(SHANGHAI).read(text) == ("time-unfit" if moment is None else Between(moment, moment))


@pytest.mark.parametrize("word", ["1", "yes", "TRUE", "y", "是"])
def test_a_hotspot_is_one_in_every_word_for_yes(word: str) -> None:
    """Of a line that many share nobody is told: a word that is read as no would name its owner."""
    heading, row = "address,subscriber,began,shared\n", "192.0.2.1,a,2026-11-28T10:00:00Z"
    assert [each.is_shared for each in read(f"{heading}{row},{word}\n")[1]] == [True]
    assert [
        [each.is_shared for each in read(f"{heading}{row},{no}\n")[1]] for no in ("", "0", "No", "false", "n", "否")
    ] == [[False]] * 6
    assert [each.code for each in read(f"{heading}{row},perhaps\n")[2]] == ["shared"]


@pytest.mark.parametrize(
    ("columns", "row", "ports"),
    [
        ("ports", "1024-2047", (1024, 2047)), ("ports", "1024\u20132047", (1024, 2047)), ("ports", "80", (80, 80)),
        ("ports", "", (0, 65535)),
        ("first_port,last_port", "1024,2047", (1024, 2047)), ("first_port,last_port", ",", (0, 65535)),
        ("first_port,last_port", "65535,65535", (65535, 65535)),
        ("ports", "1024-", (1024, 1024)), ("ports", "-2047", None), ("ports", "2047-1024", None), ("ports", "1024-65536", None),
        ("ports", "a-b", None), ("ports", "1024-002047", None), ("first_port,last_port", "1024,", None),
        ("first_port,last_port", ",2047", None),
    ],
)  # fmt: skip
def test_a_block_of_ports_is_read_whole_or_not_at_all(columns: str, row: str, ports: tuple[int, int] | None) -> None:
    """Half of one would be all ports, and those of others: the line is a mistake by its name."""
    _, leases, mistakes = read(f"address,subscriber,began,{columns}\n192.0.2.1,a,2026-11-28T10:00:00Z,{row}\n")
    assert [(each.first_port, each.last_port) for each in leases] == ([] if ports is None else [ports])
    assert [each.code for each in mistakes] == (["ports"] if ports is None else [])


def test_the_hour_that_comes_twice_is_both() -> None:
    """On the last Sunday of October half past two is two moments in Berlin: the lease is as long as it can be."""
    found = Clock(BERLIN).read("2026-10-25 02:30:00")
    assert found == Between(utc(2026, 10, 25, 0, 30), utc(2026, 10, 25, 1, 30))
    text = "address,subscriber,began,ended\n192.0.2.1,a,2026-10-25 02:30:00,2026-10-25 02:40:00\n"
    _, (each,), _ = read(text, BERLIN)
    assert (each.began, each.ended) == (utc(2026, 10, 25, 0, 30), utc(2026, 10, 25, 1, 40))


def test_the_hour_that_is_left_out_is_no_time() -> None:
    """On the last Sunday of March nobody in Berlin sees half past two."""
    assert Clock(BERLIN).read("2026-03-29 02:30:00") == "no-such-time"
    assert Clock(SHANGHAI).read("2026-03-29 02:30:00") == Between(utc(2026, 3, 28, 18, 30), utc(2026, 3, 28, 18, 30))


@given(st.datetimes(datetime(1991, 1, 1), datetime(2098, 1, 1)), st.integers(-14 * 4, 14 * 4))  # noqa: DTZ001
def test_an_offset_is_believed(wall: datetime, quarters: int) -> None:
    """A time with its offset is one moment, whatever zone the book is in."""
    wall = wall.replace(microsecond=0)
    offset = timedelta(minutes=15 * quarters)
    sign, size = ("-" if quarters < 0 else "+"), abs(offset)
    text = f"{wall.isoformat()}{sign}{size.seconds // 3600:02}:{size.seconds // 60 % 60:02}"
    found = Clock(BERLIN).read(text)
    assert found == Between(wall.replace(tzinfo=UTC) - offset, wall.replace(tzinfo=UTC) - offset)


@given(st.lists(st.one_of(st.text(max_size=80), st.sampled_from((RADIUS + ISC + KEA).splitlines())), max_size=60))
def test_any_lines_are_read(lines: list[str]) -> None:
    """Nothing raises, and whatever comes out as a lease holds together."""
    _, leases, _ = read("\n".join(lines))
    for each in leases:
        assert each.ended is None or each.began <= each.ended <= each.known_until
        assert 0 <= each.first_port <= each.last_port <= 65535
