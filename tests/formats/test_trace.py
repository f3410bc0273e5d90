"""A sealed header: to us it says whose the mail is, to everybody else nothing."""

from datetime import UTC, datetime

import pytest

from comity.formats import trace
from comity.formats.trace import TraceKeys, make, read

NOW = datetime(2026, 11, 28, 8, tzinfo=UTC)
KEYS = TraceKeys(secrets={"b": bytes(range(32)), "a": bytes(32)})
OLD = TraceKeys(secrets={"a": bytes(32)})


def test_the_newest_key_seals_and_every_key_opens() -> None:
    """Mail that was sent before a change of keys is complained about after it; a key that was taken away opens nothing."""
    before, after = make("ann", NOW, OLD, salt=b"1234"), make("ann", NOW, KEYS, salt=b"1234")
    assert [read(each, KEYS).subject for each in (before, after)] == ["ann", "ann"]  # type: ignore[union-attr]
    assert read(after, OLD) is None


def test_two_mails_of_one_subject_have_nothing_in_common() -> None:
    """Nobody else can tell that both are of one, and nobody reads a name; a hundred characters are enough for most."""
    one, other = make("ann@west.example", NOW, KEYS, salt=b"1234"), make("ann@west.example", NOW, KEYS, salt=b"1235")
    assert one[:4] == other[:4] == "1.b."
    assert sum(a == b for a, b in zip(one[4:], other[4:], strict=True)) < len(one) / 4
    assert "ann" not in one
    assert len(one) < 80


@pytest.mark.parametrize("at", range(4, 40, 5))
def test_a_changed_sign_opens_nothing(at: int) -> None:
    """Nor half of it, nor another form."""
    value = make("ann", NOW, KEYS, salt=b"1234")
    changed = value[:at] + ("A" if value[at] != "A" else "B") + value[at + 1 :]
    assert read(changed, KEYS) is None
    assert read(value[:at], KEYS) is None


def test_it_is_found_in_the_header_alone() -> None:
    """In any case of letters, folded, and not in the text of a mail."""
    value = make("张三", NOW, KEYS, salt=b"1234")
    for head in (f"X-Comity-Trace: {value}", f"x-comity-trace:\r\n {value}", f"From: a\nX-COMITY-TRACE:{value}"):
        found = trace.find(f"{head}\r\nSubject: a\r\n\r\nbuy".encode())
        assert found is not None
        assert read(found, KEYS).subject == "张三"  # type: ignore[union-attr]
    assert trace.find(f"Subject: a\r\n\r\nX-Comity-Trace: {value}\r\n".encode()) is None
    assert trace.find(None) is None


@pytest.mark.parametrize("subject", ["", "x" * 65])
def test_a_name_that_has_no_place_is_refused(subject: str) -> None:
    """The caller's mistake."""
    with pytest.raises(ValueError, match="subject"):
        make(subject, NOW, KEYS, salt=b"1234")
