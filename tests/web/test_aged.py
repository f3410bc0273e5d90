"""Figures that take long are given as they were counted last, and never longer than said."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from comity.web.aged import Aged


class Clock:
    """Time that passes when somebody counts."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.counted = 0

    def __call__(self) -> float:
        return self.now

    def takes(self, seconds: float) -> Callable[[], Awaitable[int]]:
        """A count of so many seconds; it gives how many there were before."""

        async def count() -> int:
            await asyncio.sleep(0)
            self.now += seconds
            self.counted += 1
            return self.counted

        return count


async def _settled() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


def test_what_is_quick_is_counted_each_time() -> None:
    """A small desk shows what is true now."""

    async def story() -> None:
        clock = Clock()
        aged = Aged(clock)
        assert [(await aged.of(("a",), clock.takes(0.01)))[0] for _ in range(3)] == [1, 2, 3]

    asyncio.run(story())


def test_what_took_a_second_may_be_a_minute_old() -> None:
    """Then it is counted again beside, and whoever asks does not wait; after ten minutes he does."""

    async def story() -> None:
        clock = Clock()
        aged = Aged(clock)
        count = clock.takes(1)
        assert await aged.of(("a",), count) == (1, 0)
        clock.now += 59
        assert await aged.of(("a",), count) == (1, 59)
        clock.now += 2
        assert await aged.of(("a",), count) == (1, 61)
        await _settled()
        assert await aged.of(("a",), count) == (2, 0)
        clock.now += 601
        assert (await aged.of(("a",), count))[0] == 3

    asyncio.run(story())


def test_two_who_ask_are_counted_for_once() -> None:
    """Also where nothing is known yet; each key is a figure of its own."""

    async def story() -> None:
        clock = Clock()
        aged = Aged(clock)
        count = clock.takes(1)
        found = await asyncio.gather(*(aged.of(("a",), count) for _ in range(5)), aged.of(("b",), count))
        assert sorted(each for each, _ in found) == [1, 1, 1, 1, 1, 2]

    asyncio.run(story())


def test_what_somebody_did_shows_at_once() -> None:
    """Nothing that was counted, or was being counted, before he did it is shown after."""

    async def story() -> None:
        clock = Clock()
        aged = Aged(clock)
        count = clock.takes(1)
        await aged.of(("a",), count)
        aged.forget()
        assert (await aged.of(("a",), count))[0] == 2
        aged.forget()
        before = asyncio.create_task(aged.of(("a",), count))
        await asyncio.sleep(0)
        aged.forget()
        after = asyncio.create_task(aged.of(("a",), count))
        assert (await before)[0] == 3
        assert (await after)[0] == 4
        assert (await aged.of(("a",), count))[0] == 4

    asyncio.run(story())


def test_a_count_that_fails_is_told_and_not_kept() -> None:
    """The next one who asks is counted for anew; one who leaves before the end takes nothing away from others."""

    async def story() -> None:
        clock = Clock()
        aged = Aged(clock)

        async def fails() -> int:
            clock.now += 1
            raise ValueError("gone")

        with pytest.raises(ValueError, match="gone"):
            await aged.of(("a",), fails)
        waits = asyncio.create_task(aged.of(("a",), clock.takes(1)))
        await asyncio.sleep(0)
        other = asyncio.create_task(aged.of(("a",), clock.takes(1)))
        await asyncio.sleep(0)
        waits.cancel()
        assert (await other)[0] == 1

    asyncio.run(story())
