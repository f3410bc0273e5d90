"""The progress line."""

import io

from comity.cli.progress import Progress


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


class Clock:
    """Time that stands still until it is told otherwise."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_short_work_shows_nothing() -> None:
    """Nothing flickers when the work is done within a second."""
    stream, clock = Terminal(), Clock()
    with Progress("reading", 10, stream=stream, clock=clock) as progress:
        for _ in range(10):
            clock.now += 0.09
            progress.advance()
    assert stream.getvalue() == ""


def test_long_work_shows_how_far_it_is() -> None:
    """After a second there is a line with count, speed and what is left; at the end it is gone."""
    stream, clock = Terminal(), Clock()
    with Progress("reading", 4_000, stream=stream, clock=clock) as progress:
        clock.now += 2
        progress.advance(1_000)
    assert "reading" in stream.getvalue()
    assert "1,000/4,000" in stream.getvalue()
    assert "500/s" in stream.getvalue()
    assert "6 s" in stream.getvalue()
    assert stream.getvalue().endswith("\r\x1b[K")


def test_a_line_is_not_redrawn_for_every_item() -> None:
    """A hundred thousand items in a second draw a handful of lines."""
    stream, clock = Terminal(), Clock()
    with Progress("reading", stream=stream, clock=clock) as progress:
        for _ in range(100_000):
            clock.now += 0.00002
            progress.advance()
    assert stream.getvalue().count("reading") <= 11


def test_nothing_is_written_where_nobody_looks() -> None:
    """A file or pipe gets no progress."""
    stream, clock = io.StringIO(), Clock()
    with Progress("reading", stream=stream, clock=clock) as progress:
        clock.now += 60
        progress.advance()
    assert stream.getvalue() == ""


def test_a_terminal_that_goes_away_does_not_stop_the_work() -> None:
    """A closed window costs the line, not the work."""

    class Gone(Terminal):
        def write(self, text: str) -> int:
            raise OSError(5, "Input/output error")

    clock = Clock()
    with Progress("reading", stream=Gone(), clock=clock) as progress:
        for _ in range(3):
            clock.now += 60
            progress.advance()
