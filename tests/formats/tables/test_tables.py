"""Tables: columns by their words, rows as reports, and what happens to what is no table."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.formats import tables
from comity.model.feedback import FeedbackReport, Kind, Reading

_SINKHOLE = (
    b'"timestamp","severity","protocol","src_ip","src_port","src_asn","src_geo","dst_ip","dst_port","infection","event_id"\n'
    b'"2026-03-01 08:00:00","critical","tcp","192.0.2.7",4455,64500,"CN","203.0.113.7",80,"andromeda","e-1"\n'
    b'"2026-03-01 08:00:01","critical","tcp","2001:DB8::7",4456,64500,"CN","203.0.113.7",80,"andromeda","e-2"\n'
)
_NAME = "2026-03-01-event4_sinkhole-east-asn.csv"


def one(text: str | bytes, name: str | None = None) -> FeedbackReport:
    """The report of the only row."""
    (report,) = tables.read(text.encode() if isinstance(text, str) else text, name).reports
    return report


def codes(reading: Reading) -> list[str]:
    """The codes of all findings."""
    return [note.code for note in reading.findings]


def moment(report: FeedbackReport) -> str | None:
    """The date as text."""
    return report.arrival_date.isoformat() if report.arrival_date else None


def test_a_shadowserver_file_gives_a_report_a_row() -> None:
    """Address, port, time in UTC, class by the file's name."""
    reading = tables.read(_SINKHOLE, _NAME)
    first, second = reading.reports
    assert (reading.kind, reading.why, reading.findings) == (Kind.TABLE, "why.table-shadowserver", ())
    assert (first.source_ip, first.source_ip_from, first.source_port) == ("192.0.2.7", "column:src_ip", 4455)
    assert (moment(first), first.report_id) == ("2026-03-01T08:00:00+00:00", "e-1")
    assert (first.reported_class, first.reporter) == ("infected/event4_sinkhole", "shadowserver")
    assert second.source_ip == "2001:db8::7"
    assert not first.is_complaint


@pytest.mark.parametrize(
    ("column", "cell"),
    [("domain", "shop.example.com"), ("url", "http://shop.example.com")],
)
def test_a_name_that_is_cut_is_nobodys(column: str, cell: str) -> None:
    """shop.example.co is not shop.example.com: the last row of a file that breaks off in such a cell names nobody."""
    text = f"timestamp,{column}\n2026-11-27 08:00:00,{cell}\n"
    whole = tables.read(text.encode(), "x.csv")
    assert len(whole.reports) == 1
    for end in range(2, len(cell)):
        cut = tables.read(text[:-end].encode(), "x.csv")
        assert (cut.reports, "table-row-cut" in {each.code for each in cut.findings}) == ((), True)


def test_the_order_of_columns_does_not_matter() -> None:
    """A column that came in the middle in 2023 moved all the others."""
    moved = b"".join(b",".join(reversed(line.split(b","))) + b"\n" for line in _SINKHOLE.splitlines())
    found = [(report.source_ip, report.source_port, report.arrival_date) for report in tables.read(moved).reports]
    assert found == [
        (report.source_ip, report.source_port, report.arrival_date) for report in tables.read(_SINKHOLE).reports
    ]


def test_what_has_no_field_is_kept_under_its_columns_name() -> None:
    """Unknown columns stay, known ones without a field of their own have one name everywhere."""
    extra = one("ip,protocol,malware family,moon\n192.0.2.7,tcp,andromeda,full\n").extra
    assert dict(extra) == {"protocol": "tcp", "infection": "andromeda", "moon": "full"}
    assert (extra["moon"], len(extra), list(extra)) == ("full", 3, ["protocol", "infection", "moon"])
    assert extra == {"protocol": "tcp", "infection": "andromeda", "moon": "full"}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("2026-03-01-scan_rdp-east-asn.csv", "vulnerable/scan_rdp"),
        ("event4_honeypot_brute_force.csv", "attack/event4_honeypot_brute_force"),
        ("event4_honeypot_http_scan.csv", "attack/event4_honeypot_http_scan"),
        ("2026-03-01-botnet_drone-east.csv", "infected/botnet_drone"),
        ("a/b/phish_url.csv", "phishing/phish_url"),
        ("8787fbe5.csv", "vulnerable/scan"),
        (None, "vulnerable/scan"),
    ],
)
def test_the_file_name_says_which_report_it_is(name: str | None, expected: str) -> None:
    """The columns say that it is Shadowserver's; the name is only a label."""
    text = '"timestamp","ip","port","asn","geo"\n"2026-03-01 08:00:00","192.0.2.7",3389,64500,"CN"\n'
    assert one(text, name).reported_class == expected


def test_a_name_alone_makes_no_feed() -> None:
    """Anybody can call a file event4_sinkhole.csv."""
    report = one("ip,time\n192.0.2.7,2026-03-01 08:00:00\n", _NAME)
    assert (report.reporter, report.reported_class) == (None, "table")


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
def test_separators_and_line_ends_of_any_kind(separator: str, ends: str) -> None:
    """The header line tells the separator."""
    text = f"ip{separator}time{separator}port{ends}192.0.2.7{separator}2026-03-01T08:00:00Z{separator}4455{ends}"
    report = one(text)
    assert (report.source_ip, report.source_port, moment(report)) == ("192.0.2.7", 4455, "2026-03-01T08:00:00+00:00")


def test_a_spreadsheets_separator_line_is_believed() -> None:
    """The first line of what a spreadsheet exports."""
    assert one("sep=;\nip;note\n192.0.2.7;a,b,c\n").extra["note"] == "a,b,c"


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "gb18030"])
def test_a_chinese_header_in_any_encoding(codec: str) -> None:
    """Words and time zone of the header are read in Chinese as in English."""
    text = "源IP,目的IP,源端口,目的端口,发生时间(北京时间),病毒名称\n192.0.2.7,203.0.113.7,4455,80,2026-03-01 16:00:00,飞客\n"
    report = one(text.encode(codec))
    assert (report.source_ip, report.source_port, moment(report)) == ("192.0.2.7", 4455, "2026-03-01T08:00:00+00:00")
    assert (report.extra["infection"], report.extra["目的IP"]) == ("飞客", "203.0.113.7")


@pytest.mark.parametrize(
    ("header", "cell", "expected"),
    [
        ("time", "2026-03-01 08:00:00Z", "2026-03-01T08:00:00+00:00"),
        ("time", "2026-03-01T08:00:00.123456Z", "2026-03-01T08:00:00.123456+00:00"),
        ("time", "2026-03-01 16:00:00 +0800", "2026-03-01T08:00:00+00:00"),
        ("time", "Sun, 01 Mar 2026 16:00:00 +0800", "2026-03-01T08:00:00+00:00"),
        ("time", "01/Mar/2026:16:00:00 +0800", "2026-03-01T08:00:00+00:00"),
        ("time (UTC)", "2026-03-01 08:00:00", "2026-03-01T08:00:00+00:00"),
        ("time UTC+8", "2026/3/1 16:00", "2026-03-01T08:00:00+00:00"),
        ("time", "1772352000", "2026-03-01T08:00:00+00:00"),
        ("time", "1772352000000", "2026-03-01T08:00:00+00:00"),
        ("FileTimeUtc", "134168256000000000", "2026-03-01T08:00:00+00:00"),
        ("time (GMT)", "31.03.2026 08:00", "2026-03-31T08:00:00+00:00"),
        ("time (GMT)", "2026-03-01 08:00 PM", "2026-03-01T20:00:00+00:00"),
        ("时间", "2026-03-01 16:00:00 CST", "2026-03-01T08:00:00+00:00"),
        ("北京时间", "2026年3月1日16时00分00秒", "2026-03-01T08:00:00+00:00"),
        ("北京时间", "2026年3月1日 下午4点", "2026-03-01T08:00:00+00:00"),
    ],
)
def test_times_as_tables_write_them(header: str, cell: str, expected: str) -> None:
    """Where the zone is stated, in the cell or above it, the moment is exact and nothing is remarked."""
    reading = tables.read(f"ip;{header}\n192.0.2.7;{cell}\n".encode())
    assert moment(reading.reports[0]) == expected
    assert codes(reading) == []


def test_a_time_without_a_zone_is_utc_with_a_remark() -> None:
    """A wrong hour is a wrong subscriber: whoever acts on it must know, row by row."""
    reading = tables.read(b"ip,time\n192.0.2.7,2026-03-01 08:00:00\n")
    assert codes(reading) == ["table-zone-assumed"]
    assert reading.reports[0].provenance["arrival_date"] == "column:time utc-assumed"


@pytest.mark.parametrize("cell", ["02.03.2026 08:00", "soon", "2026-13-40 08:00:00"])
def test_a_time_that_could_be_two_days_is_not_read(cell: str) -> None:
    """The second of March and the third of February look alike; the row is kept, the time is not."""
    reading = tables.read(f"ip,time\n192.0.2.7,{cell}\n".encode())
    assert reading.reports[0].arrival_date is None
    assert "date-unreadable" in codes(reading)


def test_day_and_time_of_day_in_two_columns() -> None:
    """They are one moment."""
    report = one("src_ip,event_date,event_time\n192.0.2.7,2026-03-01,08:00:00\n")
    assert moment(report) == "2026-03-01T08:00:00+00:00"


@pytest.mark.parametrize(
    "text",
    [
        "192.0.2.7,2026-03-01 08:00:00,4455\n192.0.2.8,2026-03-01 08:00:01,4456\n",
        "2026-03-01 08:00:00;4455;192.0.2.7\n2026-03-01 08:00:01;4456;192.0.2.8\n",
        "# our list\n\n192.0.2.7|4455|2026-03-01 08:00:00\n192.0.2.8|4456|2026-03-01 08:00:01\n",
    ],
)
def test_three_columns_without_a_header_are_what_they_look_like(text: str) -> None:
    """Address, time and port, where every row agrees."""
    reading = tables.read(text.encode())
    assert [(report.source_ip, report.source_port) for report in reading.reports] == [
        ("192.0.2.7", 4455),
        ("192.0.2.8", 4456),
    ]
    assert moment(reading.reports[0]) == "2026-03-01T08:00:00+00:00"


def test_a_number_in_a_wide_table_without_a_header_is_no_port() -> None:
    """It may as well be a count or a network."""
    assert one("192.0.2.7,2026-03-01 08:00:00,4455,seen\n").source_port is None


def test_two_addresses_without_a_header_are_believed_neither() -> None:
    """Nothing says which of them is the source."""
    reading = tables.read(b"192.0.2.7,203.0.113.7\n192.0.2.8,203.0.113.7\n")
    assert (reading.kind, reading.reports, codes(reading)) == (Kind.TABLE, (), ["table-address-ambiguous"])


def test_a_header_of_unknown_words_above_one_column_of_addresses() -> None:
    """The cells say what the words do not."""
    report = one("wer;wann\n192.0.2.7;2026-03-01 08:00:00Z\n")
    assert (report.source_ip, report.source_ip_from) == ("192.0.2.7", "column:wer")


def test_a_row_may_be_longer_than_a_header_of_unknown_words() -> None:
    """What stands beyond the header has no name, and is told."""
    reading = tables.read(b"wer;was\n192.0.2.7;x;2026-03-01 08:00:00Z\n")
    assert codes(reading) == ["table-row-length"]
    assert reading.reports[0].arrival_date is None


def test_the_header_may_stand_in_a_comment() -> None:
    """As several public feeds write it."""
    report = one(
        "# made by a sensor\n# category | asn | address | lastseen\nbot | 64500 | 192.0.2.7 | 2026-03-01 08:00:00\n"
    )
    assert (report.source_ip, report.reported_class) == ("192.0.2.7", "bot")


def test_a_destination_is_never_a_source() -> None:
    """Whatever else is missing."""
    reading = tables.read(b"dst_ip,dst_port,time\n203.0.113.7,80,2026-03-01 08:00:00Z\n")
    assert all(report.source_port is None for report in reading.reports)
    report = one("src_ip,dst_ip,port,time\n192.0.2.7,203.0.113.7,80,2026-03-01 08:00:00Z\n")
    assert (report.source_ip, report.source_port) == ("192.0.2.7", None)


def test_a_column_is_believed_only_where_its_cells_agree() -> None:
    """ "source" may be an address or the name of a sensor."""
    assert one("source,ip\nsensor 1,192.0.2.7\n").source_ip_from == "column:ip"
    assert one("source,note\n192.0.2.7,x\n").source_ip_from == "column:source"


def test_a_row_that_cannot_be_read_is_named_and_the_next_one_read() -> None:
    """One bad item never stops the next."""
    reading = tables.read(b"ip,time\n192.0.2.7,1772352000\n192.0.2.0/24,1772352000\n,\n192.0.2.9,1772352000\n")
    assert [report.source_ip for report in reading.reports] == ["192.0.2.7", "192.0.2.9"]
    assert [(note.code, note.where, note.detail) for note in reading.findings] == [
        ("table-row-unreadable", "line 3", "192.0.2.0/24"),
        ("table-row-unreadable", "line 4", ""),
    ]


def test_after_the_first_bad_rows_only_their_number_is_told() -> None:
    """Findings do not grow with the input."""
    reading = tables.read(b"ip\n192.0.2.7\n" * 1 + b"192.0.2.8\n" * 200 + b"nobody\n" * 150)
    assert codes(reading).count("table-row-unreadable") == 20
    assert [note.detail for note in reading.findings if note.code == "table-rows-skipped"] == ["150"]


def test_a_row_about_a_link_needs_no_address() -> None:
    """A list of phishing pages reports domains."""
    report = one("url,time\nhttps://bank.bad.example/login,2026-03-01 08:00:00Z\n")
    assert (report.reported_uri, report.reported_domain) == (("https://bank.bad.example/login",), ("bank.bad.example",))


def test_quotes_and_line_ends_inside_a_cell() -> None:
    """RFC 4180 allows both."""
    reading = tables.read(b'ip,banner\n192.0.2.7,"a ""b"",\nc"\n192.0.2.8,d\n')
    assert [report.extra["banner"] for report in reading.reports] == ['a "b",\nc', "d"]


def test_a_quote_that_is_never_closed_costs_its_own_row() -> None:
    """What it swallowed is read again from the next line on."""
    text = 'ip,banner\n192.0.2.7,"never\n' + "192.0.2.8,x\n" * 20_000
    reading = tables.read(text.encode())
    assert [note.where for note in reading.findings] == ["line 2"]
    assert len(reading.reports) == 20_000


@pytest.mark.parametrize(
    "cell", ["=cmd|' /C calc'!A0", "@SUM(1)", "+1+cmd", "-x", '"=1+1"', "\uff1d1+1", "\uff20A(1)", "\uff0d-x"]
)
def test_a_cell_that_a_spreadsheet_would_run_is_told_once(cell: str) -> None:
    """The value is kept as it is; whoever opens the file is warned."""
    reading = tables.read(f"ip,note\n192.0.2.7,{cell}\n192.0.2.8,{cell}\n".encode())
    assert codes(reading) == ["table-formula"]
    assert reading.findings[0].where == "line 2"
    assert reading.reports[0].extra["note"] == cell.strip('"')


@pytest.mark.parametrize("cell", ["-", "-1.5", "+86", "a=b", "--", "", "\uff0d", "\uff0b\uff18\uff16"])
def test_a_number_or_a_dash_is_no_formula(cell: str) -> None:
    """Feeds are full of them."""
    assert codes(tables.read(f"ip,note\n192.0.2.7,{cell}\n".encode())) == []


def test_a_private_address_is_told_once() -> None:
    """Where it first stands."""
    reading = tables.read(b"ip\n192.0.2.7\n10.0.0.1\n10.0.0.2\n")
    assert [(note.code, note.where) for note in reading.findings] == [("address-private", "line 3")]
    assert len(reading.reports) == 3


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"hello",
        b"Dear all,\nplease look at 192.0.2.7, it sends spam.\n",
        b"a,b\n1,2\n",
        b"\x00\x01\x02",
        b"{}",
        b"ip is bad\n",
    ],
)
def test_what_is_no_table_is_not_called_one(data: bytes) -> None:
    """A letter has commas too."""
    reading = tables.read(data)
    assert (reading.kind, reading.reports, codes(reading)) == (Kind.UNREADABLE, (), ["table-unrecognised"])


def test_a_column_that_stands_twice_is_told() -> None:
    """The first one counts, the second stays in ``extra``."""
    reading = tables.read(b"ip,note,note\n192.0.2.7,a,b\n")
    assert codes(reading) == ["table-column-repeated"]
    assert dict(reading.reports[0].extra) == {"note": "a", "note (2)": "b"}


@given(st.binary(max_size=300))
def test_any_bytes_are_answered(data: bytes) -> None:
    """Nothing is raised."""
    for report in tables.read(data).reports:
        assert dict(report.extra) is not None


@given(st.text(alphabet='19.2:,;\t|"\n\r#=-ipmet /2026aé源', max_size=200))
def test_anything_like_a_table_is_answered(text: str) -> None:
    """Headers, quotes and separators in any order."""
    for head in ("", "ip,time\n", "源IP;时间\n"):
        for report in tables.read((head + text).encode()).reports:
            assert report.source_ip is not None or report.reported_uri or report.reported_domain
            assert dict(report.extra) is not None


def test_every_published_report_type_is_read(real_data: Path) -> None:
    """One file for each type, where they are at hand: a report a row, with an address unless the type has none."""
    files = sorted((real_data / "abuse-feeds" / "shadowserver-intelmq").glob("*.csv"))
    assert len(files) > 80
    for path in files:
        reading = tables.read(path.read_bytes(), path.name)
        assert reading.reports, path.name
        assert all(report.source_ip or path.name == "sandbox_dns.csv" for report in reading.reports), path.name
        assert all(report.arrival_date for report in reading.reports), path.name
        assert "table-zone-assumed" not in codes(reading), path.name
