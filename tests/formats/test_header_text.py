"""Strangers' values in header fields of ours."""

import email
import email.header
import email.policy
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.formats import header_text
from comity.formats.mime import decode_words, scan

HOSTILE = [
    "x\r\nBcc: everybody@north.example",
    "x\nBcc: everybody@north.example",
    "x\rBcc: everybody@north.example",
    "x\r\n\r\nbody",
    "x\x00y",
    "x\x0bBcc: a",
    "x\x85Bcc: a",
    "x\u2028Bcc: a",
    "\x1b[31mred",
    "a\u202eb",
]


@pytest.mark.parametrize("value", HOSTILE)
def test_a_value_never_leaves_its_field(value: str) -> None:
    """What could begin a second field is refused in structured fields and becomes blanks in the others."""
    assert header_text.field("Subject", value) is None
    written = header_text.field("Subject", header_text.words(value))
    assert written is not None
    assert [header.name for header in scan(written + b"\r\n").headers.items()] == ["Subject"]
    for form in (header_text.address, header_text.domain, header_text.message_id, header_text.path, header_text.token):
        assert form(value) is None
        assert form(f"{value}@north.example") is None


@given(st.text(max_size=300))
def test_any_text_fits_in_one_field(text: str) -> None:
    """Lines stay short, everything is ASCII, and a reader that decodes gets the visible text back."""
    written = header_text.field("Subject", header_text.words(text, 300))
    assert written is not None
    assert written.isascii()
    assert written.endswith(b"\r\n")
    assert all(len(line) <= 78 for line in written.split(b"\r\n"))
    visible = " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())
    assert scan(written + b"\r\n").headers.decoded("subject") == decode_words(visible) or "=?" in visible
    parsed = email.message_from_bytes(written + b"\r\n", policy=email.policy.compat32)
    assert len(parsed.items()) == 1


@given(st.text(max_size=80), st.from_regex(re.compile(r"[!-~]{1,60}"), fullmatch=True))
def test_a_display_name_is_one_name(text: str, word: str) -> None:
    """Quotes and commas in the name of an organisation do not make more addresses of it."""
    for name in (text, word):
        written = header_text.field("From", f"{header_text.phrase(name)} <feedback@west.example>")
        assert written is not None
        parsed = email.message_from_bytes(written + b"\r\n", policy=email.policy.default)
        assert [each.addr_spec for each in parsed["from"].addresses] == ["feedback@west.example"]


@pytest.mark.parametrize(
    "text",
    ["a b@c.example", "@c.example", "a@", "a", ".a@c.example", "a..b@c.example", "a@c..example", "a@localhost", "a@-c.example",
     "<a@c.example>", "a@c.example>", "a,b@c.example", "张@c.example", f"{'x' * 65}@c.example", f"a@{'x' * 64}.example"],
)  # fmt: skip
def test_an_address_is_written_to_only_if_it_is_plain(text: str) -> None:
    """Nothing is repaired: an address that has to be guessed at is none."""
    assert header_text.address(text) is None


def test_long_words_stay_below_the_limit_of_lines() -> None:
    """A Message-ID of 900 signs stands on its own line; one that cannot is refused."""
    written = header_text.field("Message-ID", "<" + "x" * 900 + "@west.example>")
    assert written is not None
    assert header_text.field("Message-ID", "x" * 1000) is None
    assert header_text.message_id("x" * 1000) is None


def test_a_field_name_is_a_name() -> None:
    """A colon or blank in the name would make another field of it."""
    assert header_text.field("Sub ject", "x") is None
    assert header_text.field("", "x") is None
    assert header_text.field("X: y\r\nBcc", "x") is None
