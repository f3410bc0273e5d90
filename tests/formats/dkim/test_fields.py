"""A mail as DKIM looks at it is the same mail whatever its lines end with in the file."""

from hypothesis import given
from hypothesis import strategies as st

from comity.formats.dkim.canonical import crlf
from comity.formats.dkim.fields import fields_of
from comity.formats.mime import scan

LINES = st.sampled_from(
    [
        b"From: a@west.example",
        b"Subject:  two  words ",
        b"\tfolded",
        b" ",
        b"DKIM-Signature: v=1; d=west.example",
        b"no field",
        b": nameless",
        b"From west.example Mon Jan  5 10:00:00 2026",
        b"",
        b"text \t ",
        b"caf\xc3\xa9: x",
        b"X: a\0b",
    ]
)


@given(st.lists(LINES, max_size=10), st.booleans())
def test_lines_that_end_with_lf_are_split_as_with_crlf(lines: list[bytes], is_ended: bool) -> None:
    """Fields, their places, and the hashes of the body: from bytes and from a scanned part."""
    data = b"\n".join(lines) + (b"\n" if is_ended else b"")
    wire = fields_of(crlf(data))
    for found in (fields_of(data), fields_of(scan(data))):
        assert found.positions == wire.positions
        for places in wire.positions.values():
            for at in places:
                assert [found.line(at, relaxed) for relaxed in (False, True)] == [
                    wire.line(at, relaxed) for relaxed in (False, True)
                ]
        assert found.body == wire.body
        assert found.body_hash(True, None) == wire.body_hash(True, None)
