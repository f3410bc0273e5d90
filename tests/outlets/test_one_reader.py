"""What somebody waits for in front of a page is done in a process with bounds, and what it is lost over is said."""

import threading
import time
from collections.abc import Callable

import pytest

from comity.outlets.readers.one import OneReader
from comity.outlets.readers.pool import ReaderLimits


def make() -> Callable[[str, int], int]:
    """What the process does: it sleeps, eats memory, dies, or counts."""
    return do


def do(what: str, number: int) -> int:
    """One of these."""
    match what:
        case "sleep":
            time.sleep(number)
        case "eat":
            return len(bytearray(number))
        case "die":
            raise SystemExit(number)
    return number + 1


@pytest.mark.parametrize("task", [("sleep", 60), ("eat", 1 << 30), ("die", 1)])
def test_what_is_too_much_is_none_and_the_next_is_done(task: tuple[str, int]) -> None:
    """A process that is late, wants too much memory or dies costs its task alone."""
    log = list[str]()
    reader = OneReader(make, lambda event, /, **_: log.append(event), ReaderLimits(seconds=2, memory=256 << 20))
    try:
        assert reader("count", 1) == 2
        assert reader(*task) is None
        assert reader("count", 2) == 3
    finally:
        reader.close()
    assert log == ["reader-died"]


def test_a_reader_that_was_just_started_has_no_more_time() -> None:
    """Whoever loses one reader after the other gets from each what the first one had, not the time a program may need to start."""
    reader = OneReader(make, lambda event, /, **_: None, ReaderLimits(seconds=2))
    try:
        assert reader("sleep", 60) is None
        began = time.monotonic()
        assert reader("count", 1) == 2
        started = time.monotonic() - began  # a new one, as the next will be
        assert reader("sleep", 60) is None
        began = time.monotonic()
        assert reader("sleep", 60) is None
        assert time.monotonic() - began < started + 3.5
    finally:
        reader.close()


def test_it_is_asked_from_many_threads() -> None:
    """Each gets its own answer."""
    reader = OneReader(make, lambda event, /, **_: None)
    found: dict[int, int | None] = {}
    threads = [
        threading.Thread(target=lambda n=each: found.update({n: reader("count", n)}))  # type: ignore[misc]
        for each in range(8)
    ]
    try:
        for each in threads:
            each.start()
        for each in threads:
            each.join()
    finally:
        reader.close()
    assert found == {each: each + 1 for each in range(8)}
