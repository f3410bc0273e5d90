"""Header fields: found by name however they are written, and given back to the byte."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.formats.mime import Headers, field_index, scan
from comity.formats.mime.headers import HEADER_LIMIT

ENDS = (b"\n", b"\r\n", b"\r")
FIELDS = b"""\
Received: from a.east.example (a.east.example [192.0.2.1])
\tby mx.west.example with ESMTP;
 Mon, 5 Jan 2026 10:00:00 +0000
RECEIVED:by b.east.example
Subject : spaced
From:Lin <lin@west.example>
X-Empty:
To: a@west.example,
  b@west.example
Received-SPF: pass
"""


def _headers(block: bytes) -> Headers:
    return scan(block + b"\nbody").headers


def _long(block: bytes) -> bytes:
    """The same fields among so many others that no index of them is made."""
    return block + b"".join(b"X-%d: y\n" % number for number in range(500))


@pytest.mark.parametrize("is_long", [False, True])
@pytest.mark.parametrize("end", ENDS)
def test_a_value_is_unfolded_and_stripped(end: bytes, is_long: bool) -> None:
    """Whatever the line ends, the blanks before the colon and the case of the name; in short headers and in long ones."""
    block = _long(FIELDS) if is_long else FIELDS
    headers = scan(block.replace(b"\n", end) + end + b"body").headers
    assert headers.first("received") == (
        "from a.east.example (a.east.example [192.0.2.1]) by mx.west.example with ESMTP; Mon, 5 Jan 2026 10:00:00 +0000"
    )
    assert headers.all("received") == (headers.first("received"), "by b.east.example")
    assert headers.first("subject") == "spaced"
    assert headers.first("from") == "Lin <lin@west.example>"
    assert headers.first("x-empty") == ""
    assert headers.first("to") == "a@west.example, b@west.example"
    assert headers.all("received-spf") == ("pass",)


@pytest.mark.parametrize("is_long", [False, True])
def test_what_is_not_there_is_none(is_long: bool) -> None:
    """A name is a whole name: what begins, ends or is quoted like it is another one."""
    headers = _headers(_long(FIELDS) if is_long else FIELDS)
    for name in ("receive", "spf", "eceived", "b.east.example", "by mx.west.example with esmtp", "", "投"):
        assert headers.first(name) is None
        assert headers.all(name) == ()
        assert headers.as_written(name) == []
        assert name not in headers
    for name in ("received", "x-empty", "subject"):
        assert name in headers


def test_a_header_with_fields_is_true() -> None:
    """So that a reader can tell a message from text without one."""
    assert _headers(FIELDS)
    assert not scan(b"no field here\n\ntext").headers


@pytest.mark.parametrize("is_long", [False, True])
def test_a_value_as_written_keeps_its_folding(is_long: bool) -> None:
    """For who searches a long value and does not need it made readable."""
    written = _headers(_long(FIELDS) if is_long else FIELDS).as_written("to")
    assert [value.strip() for value in written] == ["a@west.example,\n  b@west.example"]


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("投诉".encode(), "投诉"),
        ("投诉垃圾邮件".encode("gb18030"), "投诉垃圾邮件"),
        (b"caf\xe9", "café"),
        ("垃圾\n 邮件".encode(), "垃圾 邮件"),
        (b"a\rb", "a b"),
        (b"a\x0bb", "a\x0bb"),
    ],
)
@pytest.mark.parametrize("is_long", [False, True])
def test_raw_bytes_beyond_ascii_are_read_as_what_they_look_like(raw: bytes, text: str, is_long: bool) -> None:
    """Mail that never heard of RFC 2047 is still legible."""
    block = b"Subject: " + raw + b"\n"
    assert _headers(_long(block) if is_long else block).first("subject") == text


def test_encoded_words_are_decoded_only_on_demand() -> None:
    """``first`` gives what stands there, ``decoded`` what it means to a person."""
    headers = _headers(b"Subject: =?utf-8?q?=E6=8A=95?= x\n")
    assert headers.first("subject") == "=?utf-8?q?=E6=8A=95?= x"
    assert headers.decoded("subject") == "投 x"
    assert headers.decoded("x-none") is None


@pytest.mark.parametrize("end", ENDS)
def test_every_field_is_given_in_order_with_its_exact_bytes(end: bytes) -> None:
    """Name as written, bytes behind the colon with their folding, and the offset of the name in the input."""
    data = b"\n".join((b"", FIELDS, b"body")).replace(b"\n", end)
    message = scan(data)
    fields = list(message.headers.items())
    assert [field.name for field in fields] == [
        "Received", "RECEIVED", "Subject", "From", "X-Empty", "To", "Received-SPF",
    ]  # fmt: skip
    again = b""
    for field in fields:
        blank = b" " if field.name == "Subject" else b""
        whole = field.name.encode() + blank + b":" + field.raw
        assert data[field.offset : field.offset + len(whole)] == whole
        again += whole + end
    assert again == message.headers.raw == FIELDS.replace(b"\n", end)


def test_beyond_a_mebibyte_nothing_is_looked_up() -> None:
    """A field that stands behind the cap does not exist for readers; the bytes of the block stay whole."""
    block = b"X: " + b"y" * HEADER_LIMIT + b"\nSubject: late\n"
    message = scan(block + b"\nbody")
    assert "subject" not in message.headers
    assert message.raw == block + b"\nbody"
    assert message.body == b"body"


NAMES = st.sampled_from(["Subject", "subject", "SUBJECT", "To", "Received", "Received-SPF", "X-Y"])
VALUES = st.text(st.sampled_from("ab: ;\t投"), max_size=20).map(lambda text: text.replace("\n", ""))
LISTS = st.lists(st.tuples(NAMES, VALUES, st.sampled_from(["", " ", "\t "])), max_size=12)


@given(LISTS, st.sampled_from(ENDS), st.booleans())
def test_looking_up_agrees_with_reading_in_order(fields: list[tuple[str, str, str]], end: bytes, is_long: bool) -> None:
    """Both ways of looking a name up find what reading every field from top to bottom finds."""
    block = b"X-First: x\n" + b"".join(f"{name}{blank}:{value}\n".encode() for name, value, blank in fields)
    headers = scan((_long(block) if is_long else block).replace(b"\n", end) + end + b"body").headers
    for name in ("subject", "to", "received", "received-spf", "x-y"):
        expected = tuple(value.strip() for written, value, _ in fields if written.lower() == name)
        assert headers.all(name) == expected
        assert headers.first(name) == (expected[0] if expected else None)
        assert (name in headers) == bool(expected)
        assert len(headers.as_written(name)) == len(expected)


LINES = st.sampled_from(
    [
        b"From: a@west.example",
        b"X-A: 1",
        b"x-a: 2",
        b"\tfolded",
        b" ",
        b"To : b",
        b"no field",
        b": nameless",
        b"X: a\0b",
        b"",
        b"\r",
    ]
)


@given(st.lists(LINES, max_size=8), st.sampled_from([b"\n", b"\r\n"]))
def test_a_block_is_taken_apart_at_once_only_where_the_slow_way_reads_the_same(lines: list[bytes], end: bytes) -> None:
    """The quick way refuses whatever is no field, and agrees with the thorough one on the rest."""
    block = b"".join(line + end for line in lines)
    quick = Headers.of_fields(block, block, start=0, end=len(block))
    if quick is None:
        return
    thorough = Headers(block, block, start=0, end=len(block))
    for name in ("from", "x-a", "to", "x", "nothing"):
        assert (quick.first(name), quick.all(name)) == (thorough.first(name), thorough.all(name))
        assert list(quick.each(name)) == list(thorough.all(name))
    assert sum(1 for _ in quick.items()) == len([line for line in lines if line[:1] not in {b" ", b"\t"}])


def test_names_that_nobody_writes_twice_are_not_kept() -> None:
    """A name may be 60,000 characters long: it is found like any other, and forgotten; a usual one is remembered."""
    for number in range(50):
        name = f"X{number}-{'y' * 60_000}"
        headers = scan(f"{name}: long\nX-Usual: short\n\ntext".encode()).headers
        assert (headers.first(name.lower()), headers.first("x-usual")) == ("long", "short")
    kept = field_index._name_of.__self__
    assert "X-Usual:" in kept
    assert max(map(len, kept)) < 100
