"""The fields of a feedback part, tolerant of every way they are written."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.formats import arf_fields
from comity.formats.arf_fields import Fields


def _codes(fields: Fields) -> list[tuple[str, str | None]]:
    return [(note.code, note.where) for note in fields.findings]


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
def test_a_field_is_found_in_any_case_with_any_blanks(end: bytes) -> None:
    """Folded or not, blank before the colon or not, whatever ends the lines; what is no field is passed over."""
    data = b"\nSOURCE-IP :192.0.2.7\nuser-agent:\n\tWest\n  FBL \nno field\nVersion:1\nReporting MTA: mx\n".replace(
        b"\n", end
    )
    fields = Fields(data)
    assert fields.first("source-ip") == "192.0.2.7"
    assert fields.first("user-agent") == "West FBL"
    assert fields.first("version") == "1"
    assert fields.unknown(frozenset({"source-ip", "user-agent", "version"})) == {"reporting": "mx"}
    assert fields.findings == []


@pytest.mark.parametrize(
    ("data", "first", "every", "one", "codes"),
    [
        (b"Version: 1", "1", ("1",), "1", []),
        (b"Version: 1\nVersion: 1", "1", ("1",), "1", [("field-repeated", "version")]),
        (b"Version:\nVersion: 1", "1", ("1",), "1", [("field-repeated", "version")]),
        (
            b"Version: 1\nVERSION: 2",
            "1",
            ("1", "2"),
            None,
            [("field-repeated", "version"), ("field-conflict", "version")],
        ),
        (b"Version:", None, (), None, [("field-empty", "version")]),
        (b"X: y", None, (), None, []),
    ],
)
def test_repeated_and_empty_fields(
    data: bytes, first: str | None, every: tuple[str, ...], one: str | None, codes: list[tuple[str, str]]
) -> None:
    """Two equal values are one; two different ones are none where there may be one; each has its finding."""
    fields = Fields(data)
    assert (fields.first("version"), fields.all("version"), fields.one("version")) == (first, every, one)
    assert ("version" in fields) == (b"ersion" in data)
    assert _codes(fields) == codes


def test_fields_that_may_repeat_are_not_remarked() -> None:
    """RFC 5965 section 3.2 lets some stand as often as they are needed."""
    fields = Fields(b"Reported-Domain: a.example\nReported-Domain: b.example\nReported-Domain: a.example\n")
    assert fields.all("reported-domain") == ("a.example", "b.example")
    assert fields.findings == []
    assert fields.unknown(frozenset()) == {"reported-domain": "a.example\nb.example\na.example"}


@pytest.mark.parametrize(
    ("data", "name", "wrong"),
    [
        (b"Source_IP: 192.0.2.7", "source-ip", "source_ip"),
        (b"Source: 192.0.2.7", "source-ip", "source"),
        (b"Removal-Recipient: 192.0.2.7", "original-rcpt-to", "removal-recipient"),
        (b"Source-IP Address: 192.0.2.7", "source-ip", None),
    ],
)
def test_misspelt_names_are_understood(data: bytes, name: str, wrong: str | None) -> None:
    """By the right name, with a finding that gives the wrong one."""
    fields = Fields(data)
    assert fields.first(name) == "192.0.2.7"
    assert [(note.code, note.detail) for note in fields.findings] == ([("field-misspelt", wrong)] if wrong else [])


def test_a_right_name_is_not_overruled_by_a_wrong_one() -> None:
    """And "Source" that names a channel is no address."""
    fields = Fields(b"Source-IP: 192.0.2.7\nSourceIP: 192.0.2.8\nSource: webmail\n")
    assert fields.addresses("source-ip") == ("192.0.2.7",)
    assert fields.first("source") == "webmail"
    assert fields.findings == []


@pytest.mark.parametrize(
    ("value", "address", "code"),
    [
        (b"192.0.2.7", "192.0.2.7", None),
        (b"192.0.2.7:25", "192.0.2.7", None),
        (b"192.0.2.7, 192.0.2.8", "192.0.2.7", None),
        (b"[IPv6:2001:DB8::1]", "2001:db8::1", None),
        (b"2001:db8::1 (mx.example)", "2001:db8::1", None),
        (b"10.1.2.3", "10.1.2.3", "address-private"),
        (b"10.x.x.3", None, "address-redacted"),
        (b"<REDACTED>", None, "address-redacted"),
        (b"mx.example", None, "field-malformed"),
        (b"", None, "field-empty"),
    ],
)
def test_an_address_is_read_out_of_its_field(value: bytes, address: str | None, code: str | None) -> None:
    """With a port, a name or brackets; private, redacted and impossible ones are told apart."""
    fields = Fields(b"Source-IP: " + value + b"\n")
    assert fields.address("source-ip") == address
    assert [note.code for note in fields.findings] == ([code] if code else [])
    assert Fields(b"X: y").address("source-ip") is None


def test_two_addresses_are_none() -> None:
    """Neither is taken blindly; both can still be asked for."""
    fields = Fields(b"Source-IP: 192.0.2.7\nSource-IP: 2001:db8::1\nSource-IP: nowhere\n")
    assert fields.addresses("source-ip") == ("192.0.2.7", "2001:db8::1")
    assert fields.address("source-ip") is None
    assert ("address-conflict", "source-ip") in _codes(fields)


@pytest.mark.parametrize(
    ("value", "number"),
    [
        (b"25", 25),
        (b" 25 (smtp)", 25),
        (b"0", None),
        (b"65536", None),
        (b"-1", None),
        (b"\xc2\xb2", None),
        (b"9" * 40, None),
        (b"", None),
    ],
)
def test_a_number_is_within_its_bounds(value: bytes, number: int | None) -> None:
    """Anything else is malformed, not cut to fit; digits of other scripts are no digits."""
    fields = Fields(b"Source-Port: " + value + b"\n")
    assert fields.number("source-port", 1, 65535) == number
    assert bool(fields.findings) == (number is None)


def test_the_first_date_that_can_be_read_counts() -> None:
    """And the name of its field is given with it."""
    fields = Fields(b"Arrival-Date: soon\nReceived-Date: 5 Jan 2026 10:00 +0000\n")
    assert fields.date(("arrival-date", "received-date")) == (datetime(2026, 1, 5, 10, tzinfo=UTC), "received-date")
    assert _codes(fields) == [("date-unreadable", "arrival-date")]
    assert fields.date(("x",)) == (None, None)


@pytest.mark.parametrize("data", [b"A: b\n" * 600, b"A: " + b"b" * 70_000, b"A: b\n" + b"\n" * 600])
def test_the_caps_are_said(data: bytes) -> None:
    """500 lines and 64 KiB are more than any report has."""
    assert ("size-limit", "feedback-part") in _codes(Fields(data))


@pytest.mark.parametrize(
    ("raw", "text"),
    [("投诉".encode(), "投诉"), ("垃圾邮件投诉".encode("gb18030"), "垃圾邮件投诉"), (b"caf\xe9\n", "café")],
)
def test_values_beyond_ascii_are_read_as_what_they_look_like(raw: bytes, text: str) -> None:
    """One value's charset says nothing of the next one's."""
    fields = Fields(b"User-Agent: " + raw + b"\nX-Other: \xe6\x8a\x95\n")
    assert (fields.first("user-agent"), fields.first("x-other")) == (text, "投")


@given(st.one_of(st.binary(max_size=500), st.text(st.sampled_from("AaV-_:; \t\r\n1投"), max_size=200).map(str.encode)))
def test_any_bytes_are_fields_or_none(data: bytes) -> None:
    """Nothing is raised; every name is a lower-case name, every value without blanks around it."""
    fields = Fields(data)
    for name, value in fields.unknown(frozenset()).items():
        assert name == name.lower()
        assert name in fields
        assert value.strip("\n") == value.strip()
        first, every, one = fields.first(name), fields.all(name), fields.one(name)
        assert first == (every[0] if every else None)
        assert one in {first, None}
        assert len(fields.addresses(name)) <= len(every)


def test_a_name_with_many_blanks_before_its_colon_is_read_and_not_kept() -> None:
    """Thousands of reports with 60,000 blanks each leave nothing behind in whoever reads them."""
    for number in range(50):
        assert Fields(b"X-%d%b: y\nX-Usual: z\n" % (number, b" " * 60_000)).first(f"x-{number}") == "y"
    kept = arf_fields._key_of.__self__
    assert "X-Usual:" in kept
    assert max(map(len, kept)) < 100
