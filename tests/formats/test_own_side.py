"""The operator's list of what is ours is read as spreadsheets write it, and no slip in it passes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.formats.own_side import read_own


def _names(text: str | bytes) -> list[tuple[str, str | None, str | None]]:
    own = read_own(text if isinstance(text, bytes) else text.encode(), "own.csv")
    assert own.mistakes == ()
    return [(each.name, each.customer, each.contact) for each in own.holdings]


def test_a_plain_list() -> None:
    """One prefix or domain a line; remarks and empty lines are passed over."""
    text = "# ours\n192.0.2.0/24\n\n2001:db8::/32 # all of it\nwest.example\n198.51.100.7\n"
    assert [name for name, _, _ in _names(text)] == ["192.0.2.0/24", "2001:db8::/32", "west.example", "198.51.100.7"]


@pytest.mark.parametrize(
    "text",
    [
        "prefix,customer,contact\n192.0.2.0/24,West,noc@west.example\n",
        "contact;customer;Prefix\nnoc@west.example;West;192.0.2.0/24\n",
        "192.0.2.0/24\tWest\tnoc@west.example\n",
        '192.0.2.0/24, "West", noc@west.example\n',
    ],
)
def test_columns_in_any_order_and_dress(text: str) -> None:
    """With or without a heading; commas, semicolons or tabs."""
    assert _names(text) == [("192.0.2.0/24", "West", "noc@west.example")]


@pytest.mark.parametrize("charset", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_a_chinese_spreadsheet(charset: str) -> None:
    """Headings and customers in Chinese, in any charset that spreadsheets there write."""
    text = "网段,客户,联系人\n192.0.2.0/24,东方网络,值班 noc@east.example\n".encode(charset)
    assert _names(text) == [("192.0.2.0/24", "东方网络", "值班 noc@east.example")]


def test_a_comma_in_a_name() -> None:
    """Quoted cells hold what separates cells elsewhere."""
    assert _names('192.0.2.0/24,"West, Inc.",\n') == [("192.0.2.0/24", "West, Inc.", None)]


def test_ranges_and_domains() -> None:
    """``A - B`` as registries write it; domains with customers, in their wire form, with or without ``*.``."""
    own = read_own("192.0.2.4 - 192.0.2.9,West\n*.News.West.example.,West\n垃圾.example\n".encode(), "x")
    assert own.mistakes == ()
    assert (own.holdings[0].first & 255, own.holdings[0].last & 255) == (4, 9)
    assert [each.domain for each in own.holdings[1:]] == ["news.west.example", "xn--qes1f.example"]


@pytest.mark.parametrize(
    ("line", "code", "advice"),
    [
        ("192.0.2.5/24", "own-host-bits", "192.0.2.0/24"),
        ("192.0.2.0/33", "own-prefix", None),
        ("192.0.2.300", "own-prefix", None),
        ("2001:db8::1/32", "own-host-bits", "2001:db8::/32"),
        ("0.0.0.0/0", "own-too-wide", None),
        ("192.0.2.9 - 192.0.2.4", "own-range", "192.0.2.4 - 192.0.2.9"),
        ("not a domain", "own-neither", None),
        ("localhost", "own-neither", None),
        (",West", "own-empty", None),
        ("198.51.100.0/24,East", "own-twice", "own.csv:1"),
    ],
)
def test_a_slip_is_named_with_line_and_remedy(line: str, code: str, advice: str | None) -> None:
    """File and line, what stood there, and where possible the right form."""
    own = read_own(f"198.51.100.0/24,West\n{line}\n".encode(), "own.csv")
    (mistake,) = own.mistakes
    assert (mistake.place, mistake.code, mistake.advice) == ("own.csv:2", code, advice)


def test_bytes_that_are_no_text_are_named() -> None:
    """A spreadsheet file instead of its CSV export."""
    assert [each.code for each in read_own(b"PK\x03\x04\xff\xff\x80", "own.xlsx").mistakes] == ["own-charset"]


@given(st.binary(max_size=400) | st.text(max_size=400).map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_any_bytes_are_answered(data: bytes) -> None:
    """It never raises."""
    own = read_own(data, "x")
    assert all(each.domain or each.first <= each.last for each in own.holdings)
