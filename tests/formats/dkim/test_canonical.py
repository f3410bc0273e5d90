"""What is hashed: the canonical forms, and their price."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.formats.dkim.canonical import crlf, relaxed_body, relaxed_field, simple_body

_TEXT = st.lists(
    st.sampled_from([b"a", b" ", b"\t", b"\r\n", b"\r", b"\n", b"b", b"  ", b"\r\n\r\n"]), max_size=40
).map(b"".join)


def test_relaxed_example_of_the_rfc() -> None:
    """RFC 6376 section 3.4.5, example 1: header and body as printed there."""
    assert relaxed_field(b"A: X") == b"a:X"
    assert relaxed_field(b"B : Y\t\r\n\tZ  ") == b"b:Y Z"
    assert relaxed_body(b" C \r\nD \t E\r\n\r\n\r\n") == b" C\r\nD E\r\n"


def test_simple_example_of_the_rfc() -> None:
    """RFC 6376 section 3.4.5, example 2: the body as printed there."""
    assert simple_body(b" C \r\nD \t E\r\n\r\n\r\n") == b" C \r\nD \t E\r\n"


@pytest.mark.parametrize("body", [b"", b"\r\n", b"\r\n\r\n\r\n"])
def test_an_empty_body_is_one_line_end_or_nothing(body: bytes) -> None:
    """RFC 6376 sections 3.4.3 and 3.4.4: simple form makes it CRLF, relaxed form nothing."""
    assert simple_body(body) == b"\r\n"
    assert relaxed_body(body) == b""


def test_only_line_ends_are_taken_off_the_end() -> None:
    """A CR that ends no line is text, even among empty lines at the end."""
    assert simple_body(b"a\r\n\r\r\n\r\n") == b"a\r\n\r\r\n"
    assert simple_body(b"a\r\n\r") == b"a\r\n\r\r\n"


def test_a_vertical_tab_is_no_white_space() -> None:
    """DKIM knows blank and tab only; other controls stay as they are."""
    assert relaxed_field(b"X: a\x0bb \x0c c\r") == b"x:a\x0bb \x0c c\r"


@given(_TEXT)
def test_canonical_forms_stay_as_they_are(text: bytes) -> None:
    """A canonical form of a canonical form is itself."""
    body = crlf(text)
    assert crlf(body) == body
    assert simple_body(simple_body(body)) == simple_body(body)
    assert relaxed_body(relaxed_body(body)) == relaxed_body(body)


@pytest.mark.parametrize(
    "body",
    [
        b" " * 6_000_000,
        b"\r\n" * 3_000_000,
        b" \t\r\n" * 1_500_000,
        b"\r" * 6_000_000,
        b"a\r\n\r\n" * 1_000_000 + b"\r",
    ],
    ids=["blanks", "empty lines", "blank lines", "bare CR", "half empty"],
)
def test_white_space_costs_what_text_costs(body: bytes, hang_guard: None) -> None:
    """Six megabytes of the worst white space take less than a second in either form."""
    relaxed_body(crlf(body))
    simple_body(crlf(body))


@given(st.text(alphabet="a\n:").map(str.encode))
def test_a_file_of_lf_gets_crlf(data: bytes) -> None:
    """Where there is no CR, every LF becomes CRLF, and what has neither stays as it is."""
    assert crlf(data) == b"\r\n".join(data.split(b"\n"))
