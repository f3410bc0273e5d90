"""Working off the spool: written first, deleted then, and nothing stops the next item."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from comity.model.arrival import Arrival
from comity.model.outcomes import ComityError, Outcome
from comity.services.receive.planning import Fate, Ingested
from comity.services.receive.prepare import Delivery, Prepared, pack
from comity.services.receive.working_off import BATCH_ITEMS, PATIENCE, LostReader, WorkingOff, Workplace
from comity.store.spool import Spool

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)


class World:
    """All around a worker: a real spool, readers that obey the mail, a store that can be in trouble."""

    def __init__(self, folder: Path) -> None:
        self.gates = Spool(folder / "spool.db", durable=True)
        self.spool = Spool(folder / "spool.db", durable=False)
        self.written: list[Prepared] = []
        self.trouble: list[ComityError] = []
        self.rests: list[float] = []
        self.events: list[tuple[str, dict[str, object]]] = []
        self.most_rests = 3
        self.answers_from = 10**9  # after so many rests name servers answer
        self._batch: list[Prepared | LostReader] = []
        self.reads: dict[bytes, int] = {}
        self.poison: set[bytes] = set()  # digests of what the store cannot write
        self.is_away = False
        self.crash: bytes | None = None  # digest of what ends the server of the store
        self.recovering = 0  # so many transactions it does not begin after that
        self.writes: list[int] = []  # how many items each transaction was to write
        self.took = timedelta()  # by all of them
        self.slow = 0  # so many transactions take five milliseconds an item

    def add(self, *mails: bytes) -> None:
        self.gates.add(
            [
                Arrival(gate="lmtp", envelope_from="", recipients=("fbl@west.example",), arrived=NOON, data=mail)
                for mail in mails
            ]
        )

    def work(self) -> None:
        """Until there was nothing to do for a while."""
        place = Workplace(
            queue=self.spool,
            readers=self,
            ingest=self,
            write=self.write,
            now=lambda: NOON + timedelta(seconds=200 * len(self.rests)) + self.took,
            log=lambda event, /, **details: self.events.append((event, details)),
            stop=lambda: len(self.rests) >= self.most_rests,
            rest=self.rests.append,
        )
        WorkingOff(place).run()

    def send(self, batch: Sequence[tuple[bytes, Delivery]]) -> None:
        self._batch = [self._read(data, delivery) for data, delivery in batch]

    def receive(self) -> list[Prepared | LostReader]:
        return self._batch

    def _read(self, data: bytes, delivery: Delivery) -> Prepared | LostReader:
        self.reads[data] = self.reads.get(data, 0) + 1
        if data == b"deadly" or (data == b"unlucky" and self.reads[data] == 1):
            return LostReader(reason="reader-died")
        is_silent = data.startswith(b"signed") and len(self.rests) < self.answers_from
        unasked = ("east.example",) if is_silent else ()
        digest = sha256(data).digest()
        return Prepared(delivery=delivery, digest=digest, packed=pack(data), size=len(data), unasked=unasked)

    @contextmanager
    def write(self) -> Iterator[Any]:
        if self.recovering:
            self.recovering -= 1
            raise ComityError("store-away", "the database system is in recovery mode", outcome=Outcome.TRY_AGAIN)
        yield None
        if self.trouble:
            raise self.trouble.pop(0)

    def apply(self, batch: Sequence[Prepared], records: object, now: datetime) -> tuple[Ingested, ...]:
        self.writes.append(len(batch))
        if len(self.writes) <= self.slow:
            self.took += len(batch) * timedelta(milliseconds=5)
        if any(each.digest == self.crash and each.trouble is None for each in batch):
            self.recovering = 5
            raise ComityError("store-away", "the connection is lost", outcome=Outcome.TRY_AGAIN)
        if self.is_away or any(each.digest in self.poison and each.trouble is None for each in batch):
            raise ComityError("store-busy", "out of memory", outcome=Outcome.TRY_AGAIN)
        if not self.trouble:
            self.written += batch
        return tuple(
            Ingested(name=each.delivery.name, fate=Fate.SHUNTED if each.trouble else Fate.STORED, reason=each.trouble)
            for each in batch
        )


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def test_what_was_written_is_deleted(world: World) -> None:
    """Every item of the spool is worked off once, in order, and then gone."""
    mails = [str(number).encode() for number in range(2 * BATCH_ITEMS + 1)]
    world.add(*mails)
    world.work()
    assert [each.digest for each in world.written] == [sha256(mail).digest() for mail in mails]
    assert world.spool.counts().items == 0
    assert world.written[0].delivery.name == "fbl@west.example/1.eml"


def test_a_slow_batch_makes_the_next_ones_smaller(world: World) -> None:
    """Others wait for the store as long as a batch is written: half a second, and as many as before when it is quick again."""
    world.add(*(b"%d" % number for number in range(6 * BATCH_ITEMS)))
    world.slow = 10
    world.work()
    # While one is written the next one is read already.
    assert world.writes[:12] == [100, BATCH_ITEMS, BATCH_ITEMS, *[100] * 9]
    assert world.writes[12:] == [200, 400, 800, BATCH_ITEMS, BATCH_ITEMS - 400]
    assert len(world.written) == 6 * BATCH_ITEMS


def test_a_short_life_is_enough_for_a_few(world: World) -> None:
    """A process that is killed again and again before it has read a thousand gets on: its first batch is small."""
    world.add(*(b"%d" % number for number in range(BATCH_ITEMS)))
    world.work()
    assert world.writes == [100, BATCH_ITEMS - 100]


def test_what_came_meanwhile_is_found(world: World) -> None:
    """An idle worker notices what comes, also after everything before was deleted."""
    world.add(b"a")
    world.rests = _Adding(world, [b"b", b"c"])
    world.work()
    assert [each.size for each in world.written] == [1, 1, 1]


class _Adding(list[float]):
    """While the worker rests, mail comes."""

    def __init__(self, world: World, mails: list[bytes]) -> None:
        super().__init__()
        self._world, self._mails = world, mails

    def append(self, seconds: float) -> None:
        super().append(seconds)
        if self._mails:
            self._world.add(self._mails.pop(0))


def test_a_deadly_item_is_put_aside_and_the_next_goes_on(world: World) -> None:
    """What kills two readers is shunted with its bytes; what killed one by bad luck is read."""
    world.add(b"x", b"deadly", b"unlucky", b"y")
    world.work()
    assert [each.trouble for each in world.written] == [None, "reader-died", None, None]
    assert world.reads == {b"x": 1, b"deadly": 2, b"unlucky": 2, b"y": 1}
    assert ("item-shunted", {"reason": "reader-died"}) in world.events
    assert world.spool.counts().items == 0


def test_a_deadly_item_is_remembered_over_a_restart(world: World) -> None:
    """A reader that died before the program was restarted counts."""
    world.add(b"deadly")
    world.spool.count_try(1)
    world.work()
    assert world.reads == {b"deadly": 1}
    assert [each.trouble for each in world.written] == ["reader-died"]


def test_a_full_disk_is_waited_out(world: World) -> None:
    """While the store has no room nothing is dropped; with room again the same batch is written."""
    world.add(b"a", b"b")
    world.trouble = [ComityError("store-full", "full", outcome=Outcome.FULL)] * 2
    world.work()
    assert world.rests[:2] == [0.5, 1.0]
    assert len(world.written) == 2
    assert world.spool.counts().items == 0


def test_to_stop_in_trouble_leaves_the_items(world: World) -> None:
    """Told to stop while the disk is full, the worker leaves its batch in the spool for the next one."""
    world.add(b"a")
    world.trouble = [ComityError("store-full", "full", outcome=Outcome.FULL)] * 10
    world.work()
    assert world.written == []
    assert world.spool.counts().items == 1


def test_a_wrong_store_ends_it(world: World) -> None:
    """A store of another version is no passing trouble: whoever runs the program is told."""
    world.add(b"a")
    world.trouble = [ComityError("store-version", "other", outcome=Outcome.CONFIGURATION)]
    with pytest.raises(ComityError):
        world.work()
    assert world.spool.counts().items == 1


def test_what_a_peer_may_have_signed_waits_for_its_keys(world: World) -> None:
    """While nobody answers it stays in the spool, and what came later goes on; when somebody does, it is written once."""
    world.add(b"signed", b"plain")
    world.most_rests = 4
    world.answers_from = 3
    world.work()
    assert [each.digest for each in world.written] == [sha256(each).digest() for each in (b"plain", b"signed")]
    assert world.written[1].unasked == ()
    assert world.reads[b"signed"] > 1
    assert ("keys-silent", {"n": 1, "waiting": 1}) in world.events
    assert world.spool.counts().items == 0


def test_nobody_waits_for_keys_for_ever(world: World) -> None:
    """After hours it is taken in as what nobody signed; a worker that is stopped before leaves it in the spool."""
    world.add(b"signed")
    world.most_rests = 2
    world.work()
    assert (world.written, world.spool.counts().items) == ([], 1)
    world.most_rests = int(PATIENCE.total_seconds()) // 200 + 5
    world.work()
    assert [each.unasked for each in world.written] == [("east.example",)]
    assert ("keys-given-up", {"n": 1}) in world.events
    assert world.spool.counts().items == 0


def test_many_that_wait_are_all_read_again(world: World) -> None:
    """More than one batch of them, with others between."""
    mails = [b"signed %d" % each for each in range(BATCH_ITEMS + 20)]
    world.add(*mails, b"plain")
    world.most_rests = 12
    world.answers_from = 3
    world.work()
    assert sorted(each.digest for each in world.written) == sorted(sha256(each).digest() for each in (*mails, b"plain"))
    assert world.spool.counts().items == 0


def test_what_cannot_be_written_is_shunted_and_holds_nobody_up(world: World) -> None:
    """One of a thousand exhausts the database: the others are written within ten parts or so, and it is put aside in the end."""
    world.add(*(b"%d" % each for each in range(BATCH_ITEMS - 1)), b"poison")
    world.poison = {sha256(b"poison").digest()}
    world.rests = _Adding(world, [b"later %d" % each for each in range(8)])
    world.most_rests = 12
    world.work()
    *others, last = sorted(world.written, key=lambda each: each.trouble is not None)
    assert {each.trouble for each in others} == {None}
    assert len(others) == BATCH_ITEMS - 1 + 8
    assert (last.digest, last.trouble) == (sha256(b"poison").digest(), "unwritable")
    assert world.rests[:3] == [0.5, 1.0, 2.0]  # as a whole three times, for it may pass; from then on without a wait
    failures = [each["failed"] for event, each in world.events if event == "item-unwritten"]
    assert list(dict.fromkeys(failures)) == [1, 2, 3]
    assert world.spool.counts().items == 0


def test_what_fails_while_nothing_can_be_written_is_not_to_blame(world: World) -> None:
    """A database that is away for an hour: no item is put aside, all are written when it is back."""
    world.add(*(b"%d" % each for each in range(40)))
    world.is_away = True
    world.rests = _Back(world, after=60)
    world.most_rests = 80
    world.work()
    assert sorted(each.digest for each in world.written) == sorted(sha256(b"%d" % each).digest() for each in range(40))
    assert {each.trouble for each in world.written} == {None}
    assert {each["failed"] for event, each in world.events if event == "item-unwritten"} == {1}
    assert world.spool.counts().items == 0


def test_many_that_cannot_be_written_hold_nobody_up(world: World) -> None:
    """Whoever sends the same poison a thousand times delays others by minutes, and all of it is put aside in the end."""
    poison = [b"poison %d" % each for each in range(BATCH_ITEMS)]
    world.poison = {sha256(each).digest() for each in poison}
    world.add(*poison, b"good")
    world.most_rests = 30
    world.work()
    assert [each.digest for each in world.written] == [sha256(b"good").digest()]
    assert sum(world.rests) < 300
    assert world.spool.counts().items == BATCH_ITEMS
    world.rests = _Adding(world, [b"later %d" % each for each in range(200)])
    world.most_rests = 400
    world.work()
    assert sum(each.trouble == "unwritable" for each in world.written) == BATCH_ITEMS
    assert world.spool.counts().items == 0


def test_whom_a_crash_of_the_database_meets_is_not_to_blame(world: World) -> None:
    """One item ends the server each time it is written; those that stand behind it while the server comes back are written."""
    mails = [b"crash", *(b"%d" % each for each in range(20))]
    world.crash = sha256(b"crash").digest()
    world.add(*mails)
    world.rests = _Adding(world, [b"later %d" % each for each in range(200)])
    world.most_rests = 250
    world.work()
    assert [each.digest for each in world.written if each.trouble] == [world.crash]
    assert {each["spool_id"] for event, each in world.events if event == "item-unwritten"} == {1}
    assert len(world.written) == len(mails) + 200
    assert world.spool.counts().items == 0


def test_a_full_store_makes_no_smaller_parts(world: World) -> None:
    """Where there is no room, trying each item would only write what is small, out of order, until that fails, too."""
    world.add(b"a", b"b", b"c")
    world.trouble = [ComityError("store-full", "full", outcome=Outcome.FULL)] * 6
    world.most_rests = 10
    world.work()
    assert world.writes == [3] * 7


class _Back(list[float]):
    """After so many waits the database is back."""

    def __init__(self, world: World, *, after: int) -> None:
        super().__init__()
        self._world, self._after = world, after

    def append(self, seconds: float) -> None:
        super().append(seconds)
        self._world.is_away = len(self) < self._after
