"""Transfer encodings, whole and damaged."""

import binascii
from base64 import b64encode, encodebytes

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.formats.mime import scan
from comity.formats.mime.transfer import base64, decode

DAMAGED = "encoding-damaged"


@pytest.mark.parametrize(
    ("data", "read", "code"),
    [
        (b"aGVsbG8=", b"hello", None),
        (b"aGVs\r\nbG8=\r\n", b"hello", None),
        (b"aGVs bG8", b"hello", None),
        (b"", b"", None),
        (b"aGVs*bG8=", b"hello", DAMAGED),
        (b"aGVsbG8=\n\n_____\nTo leave this list: see below\n", b"hello", DAMAGED),
        (b"aGVsbG8=aGVsbG8=", b"hellohello", None),
        (b"aGVsbG8=\naGVsbG8=\n", b"hellohello", None),
        (b"aGVsb", b"hel", DAMAGED),
        (b"====", b"", None),
        (b"=aGVs", b"hel", None),
        ("投诉".encode(), b"", DAMAGED),
    ],
)
def test_base64_gives_what_can_be_read_of_it(data: bytes, read: bytes, code: str | None) -> None:
    """Line ends anywhere, padding missing or in the middle, several blocks, garbage, a list's footer behind it."""
    assert base64(data) == (read, code)
    assert decode(data, "base64") == (read, code)


@pytest.mark.parametrize(
    ("data", "read"),
    [
        (b"=E6=8A=95", "投".encode()),
        (b"a=\nb", b"ab"),
        (b"a=\r\nb", b"ab"),
        (b"=ZZ=", b"=ZZ"),
        (b"a=3d  \nb", b"a=  \nb"),
    ],
)
def test_quoted_printable_leaves_what_it_cannot_read(data: bytes, read: bytes) -> None:
    """Soft line ends, lower case digits; an escape that is none stays as it is."""
    assert decode(data, "quoted-printable") == (read, None)


@pytest.mark.parametrize("name", ["x-uuencode", "uuencode", "x-uue", "uue"])
def test_uuencode_is_read_between_its_marks(name: str) -> None:
    """Text before and behind is not taken for data."""
    lines = b"".join(binascii.b2a_uu(b"hello world " * 3) for _ in range(3))
    data = b"see the picture\nbegin 644 picture.gif\n" + lines + b"`\nend\nbye\n"
    assert decode(data, name) == (b"hello world " * 9, None)
    assert decode(data.replace(b"\n", b"\r\n"), name) == (b"hello world " * 9, None)


def test_uuencode_with_wrong_padding_is_read() -> None:
    """Old encoders pad a line with one character too many: its length byte says how much to believe."""
    line = binascii.b2a_uu(b"hello").rstrip(b"\n")
    assert decode(b"begin 644 x\n" + line + b" x\nend\n", "uue") == (b"hello", None)


@pytest.mark.parametrize("data", [b"no begin", b"begin 644 x\n\xff\xff\xff\nend\n", b"begin 644 x\nzzz\nend"])
def test_damaged_uuencode_is_said(data: bytes) -> None:
    """What is no line of data is passed over."""
    assert decode(data, "uue")[1] == DAMAGED


@pytest.mark.parametrize("name", ["", "7bit", "8bit", "binary"])
def test_identity_is_identity(name: str) -> None:
    """No byte is touched."""
    assert decode(b"=E6\xff\r\n", name) == (b"=E6\xff\r\n", None)


@pytest.mark.parametrize("name", ["rot13", "x-gzip", "quoted printable", "投"])
def test_an_unknown_encoding_leaves_the_bytes(name: str) -> None:
    """The finding says that nobody here can undo it."""
    assert decode(b"abc", name) == (b"abc", "encoding-unknown")


@pytest.mark.parametrize(
    "field", ["base64", "BASE64", ' "base64" ', "base64;", "base64 (a comment)", "Base64 ; x=y", "'base64'"]
)
def test_an_encoding_is_known_however_it_is_written(field: str) -> None:
    """Case, quotes, a semicolon and remarks behind the word do not matter."""
    assert scan(f"Content-Transfer-Encoding: {field}\n\naGVsbG8=".encode()).text() == "hello"


@given(st.binary(max_size=500), st.sampled_from(["base64", "quoted-printable", "uue", "", "x"]))
def test_any_bytes_in_any_encoding(data: bytes, name: str) -> None:
    """Nothing is raised, and no decoder makes more of its input than it was."""
    decoded, code = decode(data, name)
    assert len(decoded) <= len(data)
    assert code in {None, DAMAGED, "encoding-unknown"}


@given(st.binary(max_size=500))
def test_what_is_encoded_is_read_back(data: bytes) -> None:
    """By each encoder of the standard library, whole."""
    assert decode(encodebytes(data), "base64") == (data, None)
    assert decode(binascii.b2a_qp(data, istext=False), "quoted-printable") == (data, None)


@given(st.lists(st.binary(min_size=1, max_size=60), max_size=8))
def test_blocks_of_base64_behind_each_other_are_all_read(blocks: list[bytes]) -> None:
    """Each with its own padding: nothing behind the first padding is lost."""
    assert base64(b"".join(map(b64encode, blocks)))[0] == b"".join(blocks)
