"""Tables that want to cost more than they are worth."""

import resource

import pytest

from comity.formats import tables

_BOMBS = {
    "one line of 25 MB": b"a" * (25 << 20),
    "one row of 25 MB": b"ip,time\n192.0.2.1," + b"a," * (12 << 20),
    "a header of 25 MB": b"a," * (12 << 20),
    "200,000 columns": b"ip" + b",c" * 200_000 + b"\n" + (b"192.0.2.1" + b",x" * 200_000 + b"\n") * 50,
    "a row over millions of lines": b"ip,time\n" + b'"\n",' * (4 << 20),
    "quotes that are never closed": b"ip,x\n" + b'192.0.2.1,"a\n' * 500_000,
    "a million comments": b"#a\n" * 1_000_000,
    "ten million empty lines": b"\n" * 10_000_000,
    "empty lines behind a header": b"ip,time\n" + b"\n" * 10_000_000,
    "two million bad rows": b"ip\n" + b"192.0.2.1\n" * 200 + b"x\n" * 2_000_000,
    "separators only": b"ip,time\n" + (b"," * 1000 + b"\n") * 10_000,
}


@pytest.mark.parametrize("name", sorted(_BOMBS))
def test_no_table_costs_more_than_it_is_long(name: str, hang_guard: None) -> None:
    """Linear time and caps, whatever stands in it."""
    reading = tables.read(_BOMBS[name])
    assert len(reading.findings) < 100


def test_rows_beyond_the_limit_are_told() -> None:
    """Nothing is left out without a word."""
    reading = tables.read(b"ip\n" + b"192.0.2.1\n" * (tables.ROW_LIMIT + 5))
    assert len(reading.reports) == tables.ROW_LIMIT
    assert [note.code for note in reading.findings] == ["table-row-limit"]


def test_columns_beyond_the_limit_are_told() -> None:
    """The first thousand are read."""
    reading = tables.read(b"ip" + b",c" * 2000 + b"\n192.0.2.1\n")
    assert len(reading.reports) == 1
    assert "table-column-limit" in [note.code for note in reading.findings]


def test_a_large_table_needs_little_memory_for_each_row() -> None:
    """Rows share what they have in common; the rest is taken apart when somebody looks."""
    row = b'"2026-03-01 08:00:00","tcp","192.0.2.7",4455,64500,"CN","' + b"x" * 150 + b'"\n'
    data = b"timestamp,protocol,src_ip,src_port,src_asn,src_geo,note\n" + row * 50_000
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    reading = tables.read(data)
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert len(reading.reports) == 50_000
    assert grown < 80_000  # KiB, the decoded text included
