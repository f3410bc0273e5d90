"""JSON from strangers: see also tests/formats/xarf/test_read.py, which feeds it through the reader of XARF."""

from hypothesis import given
from hypothesis import strategies as st

from comity.formats import json_text


def test_plain_json_is_plain_python() -> None:
    """Nothing is lost or changed in what is well-formed."""
    (document,) = json_text.load(b'{"a": [1, 2.5, true, null, "x"], "b": {"c": -3}}').documents
    assert document == {"a": [1, 2.5, True, None, "x"], "b": {"c": -3}}


def test_what_stood_before_the_damage_is_read() -> None:
    """JSON Lines that break off keep their whole lines."""
    loaded = json_text.load(b'{"a": 1}\n{"a": 2}\n{"a": ')
    assert loaded.documents == ({"a": 1}, {"a": 2})
    assert [note.code for note in loaded.findings] == ["json-malformed"]


def test_more_documents_than_the_limit_are_told() -> None:
    """The rest is kept unread."""
    loaded = json_text.load(b"1 " * (json_text.DOCUMENT_LIMIT + 1))
    assert len(loaded.documents) == json_text.DOCUMENT_LIMIT
    assert [note.code for note in loaded.findings] == ["json-document-limit"]


@given(st.binary(max_size=200))
def test_any_bytes_are_answered(data: bytes) -> None:
    """Nothing is raised, in any of the encodings that a mark can claim."""
    for head in (
        b"",
        b"{",
        b'["',
        b"\xef\xbb\xbf",
        b"\xff\xfe",
        b"\xfe\xff",
        b"\xff\xfe\0\0",
        b"\0\0\xfe\xff",
        b"{\0",
        b"\0{",
    ):
        json_text.load(head + data)
