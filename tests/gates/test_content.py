"""The content of a mail ends at CR LF dot CR LF and nowhere else."""

import asyncio
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.gates.content import read_content


def read(stream: bytes, *, pieces: int = 0, limit: int = 1 << 16, most: int = 1 << 30) -> tuple[bytes | None, bytes]:
    """What is read, and what is left for the next command; ``pieces`` is how many bytes arrive at once."""

    async def run() -> tuple[bytes | None, bytes]:
        reader = asyncio.StreamReader(limit=limit)
        size = pieces or max(1, len(stream))
        held = 0

        def hold(count: int) -> bool:
            nonlocal held
            held += count
            return held <= most

        async def feed() -> None:
            for start in range(0, len(stream), size):
                reader.feed_data(stream[start : start + size])
                await asyncio.sleep(0)

        feeding = asyncio.create_task(feed())
        found = await read_content(reader, hold)
        await feeding
        reader.feed_eof()
        return found, await reader.read()

    return asyncio.run(asyncio.wait_for(run(), 120))


@pytest.mark.parametrize(
    ("stream", "content"),
    [
        (b".\r\n", b""),
        (b"\r\n.\r\n", b"\r\n"),
        (b"Subject: x\r\n\r\nbody\r\n.\r\n", b"Subject: x\r\n\r\nbody\r\n"),
        (b"..\r\n.\r\n", b".\r\n"),
        (b"..\r\n...\r\n. x\r\n.\r\n", b".\r\n..\r\n x\r\n"),
        (b"\r\r\n.\r\n", b"\r\r\n"),
    ],
)
def test_dots_are_transparent(stream: bytes, content: bytes) -> None:
    """A dot at the start of a line is taken off again, and a mail may be empty."""
    for pieces in (0, 1, 2, 3):
        assert read(stream, pieces=pieces) == (content, b"")


SMUGGLED = b"MAIL FROM:<boss@west.example>\r\nRCPT TO:<fbl@west.example>\r\nDATA\r\nx\r\n"


@pytest.mark.parametrize(
    "false_end",
    [
        b"\n.\n",
        b"\n.\r\n",
        b"\r\n.\n",
        b"\r.\r",
        b"\r.\r\n",
        b"\r\n.\r",
        b"\r\n\x00.\r\n",
        b"\n.\r",
        b"\r\n.\r\r\n",
        b"\r.\n",
    ],
)
def test_nothing_else_ends_a_mail(false_end: bytes) -> None:
    """Ends that some servers believe in are content here: no second mail is smuggled in behind them."""
    text = b"Subject: x\r\n\r\nfirst" + false_end + SMUGGLED
    content, rest = read(text + b"\r\n.\r\nQUIT\r\n")
    assert rest == b"QUIT\r\n"
    assert content is not None
    assert content.count(b"MAIL FROM:<boss@west.example>") == 1


@given(
    st.lists(st.sampled_from([b"\r", b"\n", b".", b"x", b"\r\n", b"\r\n.", b"y" * 20]), max_size=30), st.integers(1, 9)
)
def test_any_bytes_come_through(parts: list[bytes], pieces: int) -> None:
    """Whatever is sent, stuffed by the rule, is what is read, however it is cut on its way, and the next command stays whole."""
    body = b"".join(parts) + b"\r\n"
    stuffed = re.sub(rb"(\A|\r\n)\.", rb"\1..", body)
    assert read(stuffed + b".\r\nNOOP\r\n", pieces=pieces, limit=16) == (body, b"NOOP\r\n")


def test_what_is_too_much_is_read_and_dropped() -> None:
    """After a mail that is refused for its size the connection is where it should be: at the next command."""
    assert read(b"x" * 100_000 + b"\r\n.\r\nNOOP\r\n", limit=1000, pieces=777, most=5000) == (None, b"NOOP\r\n")
    assert read(b"x" * 98 + b"\r\n.\r\nNOOP\r\n", most=50) == (None, b"NOOP\r\n")


def test_a_mail_of_nothing_but_line_ends_is_read_quickly() -> None:
    """Ten megabytes of empty lines come through as they are: each of them might have been the line before the end."""
    content, rest = read(b"\r\n" * (5 << 20) + b".\r\n", pieces=1 << 16)
    assert (len(content or b""), rest) == (10 << 20, b"")


def test_what_begins_with_a_thousand_ends_that_are_none_is_no_mail() -> None:
    """Each of them has to be looked at by itself: a stranger has the time of a few, and then nobody listens any more."""
    assert read(b"\r\n.\r" * 200 + b"\r\n.\r\nQUIT\r\n")[1] == b"QUIT\r\n"
    with pytest.raises(ConnectionResetError):
        read(b"\r\n.\r" * 100_000 + b"\r\n.\r\n")
