"""Microsoft's SNDS: a table without a heading."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.formats import tables
from comity.formats.tables import snds
from comity.model.feedback import Kind

DAY = "3/1/2026 1:00 AM,3/1/2026 11:00 PM"
TABLE = f"""\
192.0.2.1,{DAY},110,100,105,GREEN,< 0.1%,,,0,mail.east.example,news@east.example,
192.0.2.2,{DAY},110,100,105,RED,< 0.1%,,,0,,,
192.0.2.3,{DAY},110,100,105,YELLOW,0.2%,,,0,,,
192.0.2.4,{DAY},110,100,105,GREEN,0.6%,,,0,,,
192.0.2.5,{DAY},110,100,105,GREEN,< 0.1%,3/1/2026 2:00 AM,3/1/2026 3:00 AM,2,=evil,"a, b@east.example",
192.0.2.6,{DAY},110,100,105,BLUE,< 0.1%,,,0,,,
192.0.2.7,31/12/2026 1:00 AM,31/12/2026 2:00 AM,1,1,1,RED,,,,,,,
"""


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_what_needs_somebody_is_a_report(end: str) -> None:
    """By trap hits, colour and complaints, in that order; a good row is counted, a bad line named."""
    reading = tables.read(TABLE.replace("\n", end).encode(), "snds.csv")
    assert reading.kind is Kind.TABLE
    assert [(each.source_ip, each.reported_class) for each in reading.reports] == [
        ("192.0.2.2", "spam/snds_red"),
        ("192.0.2.3", "spam/snds_yellow"),
        ("192.0.2.4", "spam/snds_complaints"),
        ("192.0.2.5", "spam/snds_trap"),
    ]
    trap = reading.reports[3]
    assert (trap.extra["trap_hits"], trap.extra["sample_mail_from"]) == ("2", "a, b@east.example")
    assert trap.extra["rcpt_commands"] == "110" and not trap.is_complaint
    found = [(each.code, each.where) for each in reading.findings]
    assert ("table-row-unreadable", "line 6") in found and ("table-row-unreadable", "line 7") in found
    assert ("table-row-well", None) in found and ("table-zone-assumed", "activity_end") in found


def test_other_tables_are_none() -> None:
    """A feed with a heading, and a plain list, go their own way."""
    for text in ("timestamp,ip,type\n2026-03-01,192.0.2.7,x\n", "192.0.2.7,2026-03-01 08:00:00,RED\n", ""):
        assert not snds.is_snds(text)


@given(st.lists(st.text(max_size=30), min_size=8, max_size=16))
def test_no_row_makes_it_raise(cells: list[str]) -> None:
    """Behind a good first row, anything may come."""
    good = TABLE.splitlines()[1]
    snds.read(f"{good}\n{','.join(cells)}", [])
