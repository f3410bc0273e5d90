"""DKIM keys as a zone file writes them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.formats.key_zone import read_zone

ZONE = """\
; keys seen in March
s1._domainkey.east.example.   300 IN TXT "v=DKIM1; k=rsa; " "p=AAAA"   ; one line
S2._DomainKey.East.Example\tTXT\t( "v=DKIM1; k=ed25519; "
\t"p=BBBB" )  ; ----- in brackets
s3._domainkey.east.example IN 1h TXT v=DKIM1\\;p=
"""


def test_the_forms_that_programs_write() -> None:
    """One line or in brackets, with TTL, class and remarks, in any case."""
    zone = read_zone(ZONE.replace("v=DKIM1\\;p=", '"v=DKIM1\\; p="'))
    assert zone.records == {
        "s1._domainkey.east.example": "v=DKIM1; k=rsa; p=AAAA",
        "s2._domainkey.east.example": "v=DKIM1; k=ed25519; p=BBBB",
        "s3._domainkey.east.example": "v=DKIM1; p=",
    }
    assert zone.mistakes == ()


@pytest.mark.parametrize(
    "line",
    ["east.example. IN A 192.0.2.1", 'east.example. IN TXT "v=spf1 -all"', "s1._domainkey.east.example.", "$ORIGIN east.example.",
     's1._domainkey.east.example. IN TXT ""', "s1._domainkey.east.example. IN TXT", 's1._domainkey.east.example. CNAME x.'],
)  # fmt: skip
def test_a_line_that_is_no_key_is_named(line: str) -> None:
    """Its number is given, and the lines around it are read."""
    zone = read_zone(f"{ZONE.splitlines()[1]}\n\n{line}\n{ZONE.splitlines()[1].replace('s1', 's9')}")
    assert zone.mistakes == (3,)
    assert set(zone.records) == {"s1._domainkey.east.example", "s9._domainkey.east.example"}


def test_of_two_records_the_first_counts() -> None:
    """A second record under one name does not replace the first."""
    zone = read_zone('s1._domainkey.a.example TXT "one"\ns1._domainkey.a.example TXT "two"')
    assert zone.records == {"s1._domainkey.a.example": "one"}


@given(st.text(alphabet='a._domainkeyTXTIN ()";\\\n\t"', max_size=200))
def test_any_text_is_answered(text: str) -> None:
    """Nothing in a file makes it raise."""
    read_zone(text)


def test_long_files_take_no_longer_per_line() -> None:
    """A hundred thousand brackets or quotation marks are read in one pass."""
    read_zone("(" * 100_000)
    read_zone('"' * 100_001)
    read_zone("\\" * 100_000 + '"')
