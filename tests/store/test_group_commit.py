"""Group commit: an answer is a promise, and what queues during one sync goes with the next."""

import threading
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from comity.model.arrival import Arrival
from comity.model.outcomes import ComityError, Outcome
from comity.store.group_commit import COMMIT_ITEMS, GroupCommit, Limits
from comity.store.spool import Spool


def arrival(data: bytes = b"x") -> Arrival:
    noon = datetime(2026, 7, 1, 12, tzinfo=UTC)
    return Arrival(gate="lmtp", envelope_from="", recipients=("fbl@west.example",), arrived=noon, data=data)


class SlowSpool(Spool):
    """A spool whose disk takes its time: the test says when a commit ends."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, durable=True)
        self.batches: list[int] = []
        self.started = threading.Semaphore(0)
        self.go = threading.Semaphore(0)

    def add(self, arrivals: Sequence[Arrival]) -> list[int]:
        self.batches.append(len(arrivals))
        self.started.release()
        assert self.go.acquire(timeout=120)
        return super().add(arrivals)


@pytest.fixture
def slow(tmp_path: Path) -> SlowSpool:
    return SlowSpool(tmp_path / "spool.db")


def test_what_queues_during_a_commit_is_one_commit(slow: SlowSpool) -> None:
    """The first mail is written alone and at once; all that came meanwhile is written together."""
    queue = GroupCommit(slow, Limits())
    first = queue.put(arrival())
    assert slow.started.acquire(timeout=120)
    others = [queue.put(arrival()) for _ in range(7)]
    assert not first.done()
    slow.go.release(2)
    assert first.result(120) == 1
    assert [each.result(120) for each in others] == [2, 3, 4, 5, 6, 7, 8]
    assert slow.batches == [1, 7]
    queue.close()


def test_a_commit_has_bounds(slow: SlowSpool) -> None:
    """A flood is written in batches of at most 500 items, and of at most 8 MiB."""
    queue = GroupCommit(slow, Limits())
    queue.put(arrival())
    assert slow.started.acquire(timeout=120)
    small = [queue.put(arrival()) for _ in range(COMMIT_ITEMS + 1)]
    large = [queue.put(arrival(bytes(3 << 20))) for _ in range(3)]
    slow.go.release(10)
    assert all(each.result(120) for each in small + large)
    assert slow.batches == [1, COMMIT_ITEMS, 3, 1]
    queue.close()


def test_a_full_queue_says_so_at_once(slow: SlowSpool) -> None:
    """When the disk is too slow the next mail is refused with "try again later"; what was taken is still written."""
    queue = GroupCommit(slow, Limits(items=2))
    queue.put(arrival())
    assert slow.started.acquire(timeout=120)
    taken = [queue.put(arrival()), queue.put(arrival())]
    with pytest.raises(ComityError) as caught:
        queue.put(arrival())
    assert (caught.value.code, caught.value.outcome) == ("spool-busy", Outcome.FULL)
    slow.go.release(3)
    assert [each.result(120) for each in taken] == [2, 3]
    assert queue.put(arrival()) is not None
    slow.go.release(1)
    queue.close()


def test_room_is_kept_for_working_off(tmp_path: Path) -> None:
    """With less room on the disk than is kept free, nothing is taken; with room again, it is, without anybody's help."""
    room = [100]
    queue = GroupCommit(Spool(tmp_path / "spool.db", durable=True), Limits(reserve=1000), lambda _: room[0])
    with pytest.raises(ComityError) as caught:
        queue.put(arrival()).result(120)
    assert (caught.value.code, caught.value.outcome) == ("spool-reserve", Outcome.FULL)
    room[0] = 10_000
    assert queue.put(arrival()).result(120) == 1
    queue.close()


def test_a_failed_commit_fails_for_all_in_it(slow: SlowSpool, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the sync fails, everybody who waited for it hears so, nothing of it is kept, and the next commit goes through."""

    def fail(_: Sequence[Arrival]) -> list[int]:
        slow.started.release()
        raise OSError(5, "Input/output error")

    queue = GroupCommit(slow, Limits())
    with monkeypatch.context() as patched:
        patched.setattr(slow, "add", fail)
        future = queue.put(arrival())
        assert slow.started.acquire(timeout=120)
        with pytest.raises(ComityError) as caught:
            future.result(120)
        assert (caught.value.code, caught.value.outcome) == ("spool-fault", Outcome.FAULT)
    slow.go.release()
    assert queue.put(arrival()).result(120) == 1
    queue.close()


def test_closing_writes_what_waits(slow: SlowSpool) -> None:
    """What was taken before the end is written before the end."""
    queue = GroupCommit(slow, Limits())
    taken = [queue.put(arrival()) for _ in range(5)]
    slow.go.release(5)
    queue.close()
    assert all(each.done() for each in taken)
    with pytest.raises(ComityError):
        queue.put(arrival())
