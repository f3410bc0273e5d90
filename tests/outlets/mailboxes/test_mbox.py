"""An mbox is taken apart as the program that wrote it put it together."""

import io
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.outlets.mailboxes.mbox import begins_mbox, letters

FROM = b"From reader@west.example Mon Jan  5 10:00:00 2026\n"
ONE = b"Subject: one\n\nfirst\n"
TWO = b"Subject: two\n\nsecond\n"


def _split(data: bytes, cap: int = 1 << 20) -> list[bytes]:
    return [letter.data for letter in letters(io.BytesIO(data), cap)]


@pytest.mark.parametrize("ending", [b"\n", b"\r\n"])
def test_mails_come_in_order_without_their_separators(ending: bytes) -> None:
    """Two mails go in, the same two come out, whatever ends the lines."""
    mailbox = (FROM + ONE + b"\n" + FROM + TWO + b"\n").replace(b"\n", ending)
    assert _split(mailbox) == [ONE.replace(b"\n", ending), TWO.replace(b"\n", ending)]


@pytest.mark.parametrize(
    "line",
    [
        b"From - Sat Jan  3 01:05:34 2026",
        b"From ???@??? Sat Jan 03 01:05:34 2026",
        b"From 1853216484512345678@xxx Sat Jan 03 01:05:34 +0000 2026",
        b'From "a reader"@west.example Sat Jan 3 01:05 2026',
        b"From MAILER-DAEMON Sat Jan  3 01:05:34 CET 2026",
        b"From a@west.example Sat, 03 Jan 2026 01:05:34 +0000",
    ],
)
def test_real_programs_separators_are_known(line: bytes) -> None:
    """Thunderbird, Eudora, Gmail's export and others write the line each in their own way."""
    assert begins_mbox(line + b"\nSubject: x\n\n")
    assert len(_split(line + b"\n" + ONE + b"\n" + line + b"\n" + TWO)) == 2


@pytest.mark.parametrize(
    "prose",
    [
        b"From the moment I saw it, at 10:00 on Monday\n",
        b"From: somebody\n",
        b"From Monday to Friday 2026\n",
        b">From reader@west.example Mon Jan  5 10:00:00 2026\nSubject: quoted\n",
    ],
)
def test_prose_is_no_separator(prose: bytes) -> None:
    """A paragraph that begins with "From" does not cut a mail in two."""
    assert len(_split(FROM + ONE + b"\n" + prose + b"more\n\n" + FROM + TWO)) == 2


def test_one_quoting_sign_is_taken_off() -> None:
    """What was quoted so that it is no separator comes out as it was written."""
    data = FROM + b"Subject: x\n\n>From here\n>>From there\n> From nowhere\n"
    assert _split(data) == [b"Subject: x\n\nFrom here\n>From there\n> From nowhere\n"]


def test_a_missing_empty_line_hides_no_mail() -> None:
    """Some programs forget the empty line between two mails."""
    assert len(_split(FROM + ONE + FROM + TWO)) == 2


def test_an_empty_mail_is_a_mail() -> None:
    """A separator at once followed by the next one is counted."""
    assert [len(each) for each in _split(FROM + FROM + ONE)] == [0, len(ONE)]


def _with_length(mail: bytes) -> bytes:
    head, _, body = mail.partition(b"\n\n")
    return head + b"\nContent-Length: %d\n\n" % len(body) + body


def test_stated_lengths_are_believed_where_all_are_exact(tmp_path: Path) -> None:
    """A mailbox that quotes nothing and states lengths keeps a pasted separator inside its mail."""
    pasted = _with_length(b"Subject: pasted\n\nlook:\n\n" + FROM + b"Subject: inner\n\ninside\n")
    path = tmp_path / "box"
    path.write_bytes(FROM + _with_length(ONE) + b"\n" + FROM + pasted + b"\n" + FROM + _with_length(TWO) + b"\n")
    with path.open("rb") as stream:
        found = [letter.data for letter in letters(stream, 1 << 20)]
    assert [data.splitlines()[0] for data in found] == [b"Subject: one", b"Subject: pasted", b"Subject: two"]
    assert b"Subject: inner" in found[1]


def test_a_forged_length_swallows_nothing(tmp_path: Path) -> None:
    """A stranger who writes a Content-Length that ends behind the next mail does not make it vanish."""
    rest = b"x\n\n" + FROM + TWO + b"\n"
    forged = b"Subject: forged\nContent-Length: %d\n\n" % (len(rest) - 1) + rest
    path = tmp_path / "box"
    path.write_bytes(FROM + ONE + b"\n" + FROM + forged + FROM + ONE)
    with path.open("rb") as stream:
        assert len(list(letters(stream, 1 << 20))) == 4


def test_a_mail_over_the_cap_is_told_not_lost() -> None:
    """What is too large comes as its beginning, with its real size; the next mail comes whole."""
    large = b"Subject: large\n\n" + b"x" * 300_000 + b"\n"
    found = list(letters(io.BytesIO(FROM + large + b"\n" + FROM + TWO), 100_000))
    assert [letter.whole for letter in found] == [False, True]
    assert found[0].data == large[: len(found[0].data)]
    assert abs(found[0].size - len(large)) <= 1
    assert found[1].data == TWO


def test_memory_stays_flat() -> None:
    """A mailbox of one line of 25 MB and forty mails needs no more than the largest mail twice."""
    line = b"Subject: long\n\n" + b"y" * (25 << 20) + b"\n\n"

    class Stream(io.RawIOBase):
        pieces = [FROM + line] + [FROM + b"Subject: s\n\n" + b"z" * (1 << 20) + b"\n\n"] * 40

        def read(self, size: int = -1) -> bytes:
            piece = self.pieces.pop(0) if self.pieces else b""
            if len(piece) > size:
                self.pieces.insert(0, piece[size:])
            return piece[:size]

    tracemalloc.start()
    count = sum(1 for _ in letters(Stream(), 64 << 20))  # type: ignore[arg-type]
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == 41
    assert peak < 110 << 20


@given(st.lists(st.binary(max_size=300), max_size=6), st.integers(1, 4000))
def test_any_bytes_come_out_somewhere(bodies: list[bytes], cap: int) -> None:
    """Whatever stands between separators, no mail is lost and nothing raises."""
    mailbox = b"".join(FROM + b"Subject: x\n\n" + body + b"\n\n" for body in bodies)
    found = list(letters(io.BytesIO(mailbox), cap))
    assert len(found) >= len(bodies)
    assert all(len(letter.data) <= max(cap, 1 << 16) for letter in found)


@given(st.integers(0, 5000), st.integers(1, 3))
def test_separators_are_found_wherever_a_chunk_ends(padding: int, count: int) -> None:
    """A separator that lies across two reads is still one."""
    size = (1 << 20) - 2500 + padding
    mailbox = FROM + b"Subject: x\n\n" + b"a" * size + b"\n\n" + (FROM + TWO + b"\n") * count
    found = list(letters(io.BytesIO(mailbox), 4 << 20))
    assert [letter.data for letter in found[1:]] == [TWO] * count
    assert len(found[0].data) == size + len(b"Subject: x\n\n") + 1
