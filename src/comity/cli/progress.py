"""A progress line on a terminal, for work that takes longer than a second.

Answers:    ``progress(label, total)`` is a context manager; call ``advance()`` on what it gives after each item.
Limits:     writes to stderr, only where that is a terminal, never in the first second, ten times a second at most; the line is
            wiped at the end. Cheap enough for a hundred thousand calls a second.
"""

import sys
import time
from collections.abc import Callable
from types import TracebackType
from typing import Self, TextIO

_FIRST_AFTER = 1.0
_EVERY = 0.1
_BAR = 24


class Progress:
    """Counts items and redraws one line now and then."""

    def __init__(
        self,
        label: str,
        total: int | None = None,
        *,
        stream: TextIO | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._label, self._total, self._clock = label, total, clock
        self._stream = sys.stderr if stream is None else stream
        self._visible = self._stream.isatty()
        self._done = 0
        self._drawn = 0
        self._started = clock()
        self._next = self._started + _FIRST_AFTER

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._drawn:
            self._write("")

    def advance(self, n: int = 1, *, share: float | None = None) -> None:
        """Say that ``n`` more items are done; ``share`` of the whole lies behind, where that is known but the total is not."""
        self._done += n
        if self._visible and self._clock() >= self._next:
            if share:
                self._total = max(round(self._done / share), self._done)
            self._draw()

    def _draw(self) -> None:
        now = self._clock()
        self._next = now + _EVERY
        rate = self._done / max(now - self._started, 1e-6)
        if self._total:
            share = min(self._done / self._total, 1.0)
            filled = round(share * _BAR)
            left = (self._total - self._done) / rate if rate else 0.0
            bar = "#" * filled + "." * (_BAR - filled)
            self._write(f"{self._label} [{bar}] {self._done:,}/{self._total:,}  {rate:,.0f}/s  {max(left, 0):.0f} s")
        else:
            self._write(f"{self._label} {self._done:,}  {rate:,.0f}/s")

    def _write(self, line: str) -> None:
        try:
            self._stream.write(f"\r{line}\x1b[K")  # erase what is left of a longer line, however wide its signs were
            self._stream.flush()
        except OSError:
            self._visible = False  # the terminal went away; the work goes on
        self._drawn = len(line)


def progress(label: str, total: int | None = None) -> Progress:
    """A progress line called ``label`` for ``total`` items (None: unknown)."""
    return Progress(label, total)
