"""Work off what lies in the spool: claim a batch, have it read, write what comes of it, and only then delete it.

Trust:      mail is strangers'; it is read elsewhere (``Readers``). What kills its reader twice is shunted, the next item goes on.
Standards:  DESIGN.md P2, P4, P5. An item may be worked off again after a crash; what it says is counted once. RFC 6376 section
            6.1.2: where a key cannot be asked for now, a verifier may wait.
Answers:    ``WorkingOff(workplace).run()`` works until the workplace says stop; ``certain`` gives what was read of one item.
Limits:     while one batch is written, the next is read. Trouble with disk or database is waited out: nothing is dropped.
            An item that a peer may have signed, whose keys nobody answers for, stays in the spool and is read again, every few
            minutes and for ``PATIENCE`` at most; then it is taken in as one that nobody signed. What came later goes on.
            A batch holds the lock for writing half a second, if it can be told: where it took longer, the next one is smaller.
            A batch that fails again and again is written in smaller and smaller parts. An item that fails alone waits while
            others go on, and is shunted where it failed ``STRIKES`` times and others were written in between. A database that
            begins no transaction, as after a crash, blames nobody. Of a batch of which nothing can be written each waits so.
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Final, Protocol, TypeVar

from comity.model.arrival import Waiting
from comity.model.log_events import LogEvent
from comity.model.outcomes import ComityError, Outcome
from comity.services.receive.planning import Fate, Ingested
from comity.services.receive.prepare import Delivery, Prepared, unread
from comity.services.receive.rows import Transaction

BATCH_ITEMS: Final = 1000  # when so many wait; what comes alone is not kept waiting
BATCH_BYTES: Final = 8 << 20
HOLD: Final = timedelta(seconds=0.5)
_FEWEST: Final = 50  # in a batch, however long they take: each batch waits for the disk
_FIRST: Final = 100  # in the first batch: whoever is killed every few seconds still gets something done
TRIES: Final = 2
IDLE_SECONDS: Final = 0.05
PATIENCE: Final = timedelta(hours=6)  # a name server is mended within a working day, or not soon
STRIKES: Final = 3
UNWRITABLE: Final = "unwritable"
_SOONEST: Final = timedelta(seconds=20)
_LATEST: Final = timedelta(minutes=10)
_FIRST_WAIT: Final = 0.5
_LONGEST_WAIT: Final = 30.0
_TOGETHER: Final = 3  # so often a batch is tried as a whole: most trouble with a database passes
_PROBES: Final = 8  # after so many parts that all failed the database is in trouble, whatever is in them
_PASSING: Final = (Outcome.TRY_AGAIN, Outcome.FULL)
_T = TypeVar("_T")

Task = tuple[bytes, Delivery]
Lot = Sequence[tuple[Waiting, Prepared]]  # what one transaction is to write


@dataclass(frozen=True, slots=True, kw_only=True)
class LostReader:
    """The reader of an item was lost: it died (``reader-died``), or did not answer in time (``reader-late``)."""

    reason: str


class Queue(Protocol):
    """The spool."""

    def claim(self, after: int, *, items: int, data_bytes: int) -> list[Waiting]:
        """The oldest after that number."""

    def again(self, spool_ids: Sequence[int], *, data_bytes: int) -> list[Waiting]:
        """These, the first of them at least, as many as fit."""

    def count_try(self, spool_id: int) -> None:
        """One more reader died on this one."""

    def done(self, spool_ids: Sequence[int]) -> None:
        """These were worked off."""

    def mark(self) -> int:
        """A number that changes when something was added."""


class Readers(Protocol):
    """Those who read mail."""

    def send(self, batch: Sequence[Task]) -> None:
        """Begin with a batch."""

    def receive(self) -> list[Prepared | LostReader]:
        """What came of it, in order."""


class Applies(Protocol):
    """Who decides on what was read, and writes it."""

    def apply(self, batch: Sequence[Prepared], records: Transaction, now: datetime) -> tuple[Ingested, ...]:
        """Decide on a batch and write it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Workplace:
    """All that working off needs from outside."""

    queue: Queue
    readers: Readers
    ingest: Applies
    write: Callable[[], AbstractContextManager[Transaction]]
    now: Callable[[], datetime]
    log: LogEvent
    stop: Callable[[], bool]
    rest: Callable[[float], None]  # wait so many seconds, or until there is reason to stop


class Suspects:
    """Items that could not be written alone. Only what fails while others are written is itself the reason."""

    def __init__(self) -> None:
        self._lots = 0  # that were written
        self._strikes: dict[int, tuple[int, int]] = {}  # how often it failed, and how many lots were written then

    def apart(self, ready: Lot) -> list[Lot]:
        """Each suspect by itself, given up where it failed too often; the rest together, and first."""
        rest = [each for each in ready if each[0].spool_id not in self._strikes]
        alone = [each for each in ready if each[0].spool_id in self._strikes]
        return [*([rest] if rest else []), *([(waiting, self._judged(waiting, read))] for waiting, read in alone)]

    def knows(self, lot: Lot) -> bool:
        """Whether it is one of them, alone."""
        return len(lot) == 1 and lot[0][0].spool_id in self._strikes

    def failed(self, number: int) -> int:
        """It failed alone; how often it has by now, counting only failures with something written since the one before."""
        strikes, lots = self._strikes.get(number, (0, -1))
        if lots < self._lots:
            self._strikes[number] = strikes, lots = strikes + 1, self._lots
        return strikes

    def doubt(self, number: int) -> None:
        """It was not tried alone, and is to be; nothing counts against it."""
        self._strikes.setdefault(number, (0, -1))

    def written(self, numbers: Sequence[int]) -> None:
        """A lot of these was written."""
        self._lots += 1
        for each in numbers:
            self._strikes.pop(each, None)

    def _judged(self, waiting: Waiting, read: Prepared) -> Prepared:
        is_given_up = self._strikes[waiting.spool_id][0] >= STRIKES
        return unread(*task_of(waiting), UNWRITABLE) if is_given_up else read


@dataclass(frozen=True, slots=True, kw_only=True)
class _Tried:
    """What came of lots that were written each by itself."""

    error: ComityError | None  # the last one
    failed: Sequence[Lot]
    untried: Sequence[Lot] = ()
    has_written: bool  # any of them
    has_begun: bool = True  # False: the database took no lot up, so that none is to blame


class WorkingOff:
    """One worker."""

    def __init__(self, place: Workplace) -> None:
        self._place = place
        self._last = 0  # the number of the newest item that was claimed
        self._mark: int | None = None
        self._later: dict[int, datetime] = {}  # items that wait for a signer's keys, or to be written alone
        self._suspects = Suspects()
        self._items = BATCH_ITEMS  # at most, in the next batch
        self._has_begun = False  # whether the database took the last lot up

    def run(self) -> None:
        """Work until told to stop; what was begun is finished, unless the disk does not let it."""
        begun = self._patiently(self._begin)
        while begun or not self._place.stop():
            if not begun:
                self._place.rest(IDLE_SECONDS)
                begun = self._patiently(self._begin)
                continue
            ready = self._put_off(begun, self._read(begun))
            following = None if self._place.stop() else self._patiently(self._begin)
            if not self._write_all(ready):
                return  # told to stop while the disk was in trouble: it stays in the spool
            begun = following

    def _begin(self) -> list[Waiting]:
        """Claim a batch and have it read, if there is anything."""
        found = self._due() or self._claim()
        if found:
            self._place.readers.send([task_of(each) for each in found])
        return found

    def _claim(self) -> list[Waiting]:
        queue = self._place.queue
        mark = queue.mark()
        if mark == self._mark:
            return []
        found = queue.claim(self._last, items=self._items if self._last else _FIRST, data_bytes=BATCH_BYTES)
        if found:
            self._last = found[-1].spool_id
        else:
            self._mark = mark  # nothing until somebody writes
        return found

    def _due(self) -> list[Waiting]:
        """What was put off, and is to be read again now."""
        if not self._later:
            return []
        now = self._place.now()
        due = [number for number, at in self._later.items() if at <= now][: self._items]
        found = self._place.queue.again(due, data_bytes=BATCH_BYTES) if due else []
        for each in found:
            del self._later[each.spool_id]
        return found

    def _put_off(self, begun: Sequence[Waiting], read: Sequence[Prepared]) -> Lot:
        """Part what can be written now from what waits for keys; the former."""
        now, ready = self._place.now(), list[tuple[Waiting, Prepared]]()
        put_off = given_up = 0
        for waiting, each in zip(begun, read, strict=True):
            age = now - waiting.arrival.arrived
            if each.unasked and age < PATIENCE:
                self._later[waiting.spool_id] = now + min(max(age, _SOONEST), _LATEST)
                put_off += 1
                continue
            given_up += bool(each.unasked)
            ready.append((waiting, each))
        if put_off:
            self._place.log("keys-silent", n=put_off, waiting=len(self._later))
        if given_up:
            self._place.log("keys-given-up", n=given_up)
        return ready

    def _read(self, begun: Sequence[Waiting]) -> list[Prepared]:
        answers = self._place.readers.receive()
        readers, count = self._place.readers, self._count_try
        return [
            certain(task_of(waiting), answer, readers, tries=waiting.tries, count=partial(count, waiting))
            for waiting, answer in zip(begun, answers, strict=True)
        ]

    def _count_try(self, waiting: Waiting) -> None:
        """On the disk, before it is tried again: it may end this process, too."""
        self._patiently(partial(self._place.queue.count_try, waiting.spool_id))

    def _write_all(self, ready: Lot) -> bool:
        """Write what was read, in smaller parts where it fails again and again. False: told to stop while some was unwritten."""
        lots = self._suspects.apart(ready)
        rounds, seconds = 0, _FIRST_WAIT
        while lots:
            tried = self._write_each(lots)
            if tried.error is None:
                break
            rounds += bool(tried.failed)
            failed = [lot for lot in tried.failed if not (self._suspects.knows(lot) and self._wait_apart(lot))]
            is_stubborn = rounds >= _TOGETHER and tried.error.outcome is not Outcome.FULL
            if is_stubborn:
                failed = self._smaller(failed, most=len(failed) if tried.has_written else 1)
            lots = [*failed, *tried.untried]
            if not lots or tried.has_written:
                continue
            if is_stubborn and tried.has_begun and any(self._suspects.knows(lot) for lot in tried.failed):
                self._doubt(lots, tried.error)
                break
            self._place.log("worker-waits", code=tried.error.code, seconds=seconds)
            if self._place.stop():
                return False
            self._place.rest(seconds)
            seconds = min(2 * seconds, _LONGEST_WAIT)
        return True

    def _write_each(self, lots: Sequence[Lot]) -> _Tried:
        """Write each by itself, until the database does not even begin, or as long as it has written nothing, a few of them."""
        failed, error = list[Lot](), None
        for at, lot in enumerate(lots):
            if len(failed) == at == _PROBES:
                return _Tried(error=error, failed=failed, untried=lots[at:], has_written=False)
            self._has_begun = False
            try:
                self._write(lot)
            except ComityError as found:
                if found.outcome not in _PASSING:
                    raise
                error = found
                if not self._has_begun:
                    has_written = len(failed) < at
                    return _Tried(
                        error=error, failed=failed, untried=lots[at:], has_written=has_written, has_begun=False
                    )
                failed.append(lot)
        return _Tried(error=error, failed=failed, has_written=len(failed) < len(lots))

    def _doubt(self, lots: Sequence[Lot], error: ComityError) -> None:
        """Nothing of a batch can be written, down to a single item: what came later is tried before more of it, then each alone."""
        at = self._place.now() + _SOONEST
        for number in (waiting.spool_id for lot in lots for waiting, _ in lot):
            self._suspects.doubt(number)
            self._later[number] = at
        self._place.log("worker-waits", code=error.code, seconds=_SOONEST.total_seconds())

    def _smaller(self, failed: Sequence[Lot], *, most: int) -> list[Lot]:
        """The first so many in halves, to be tried next; an item that failed alone waits for later."""
        halves = [half for lot in failed[:most] if not self._wait_apart(lot) for half in _halves(lot)]
        return [*halves, *failed[most:]]

    def _write(self, lot: Lot) -> None:
        place = self._place
        with place.write() as records:
            self._has_begun = True
            begun = place.now()
            ingested = place.ingest.apply([read for _, read in lot], records, begun)
        self._items = enough(self._items, len(lot), place.now() - begun)
        shunted = [each for each in ingested if each.fate is Fate.SHUNTED]
        place.log("worker-batch", n=len(lot), shunted=len(shunted))
        for each in shunted:
            place.log("item-shunted", reason=each.reason)
        self._suspects.written([waiting.spool_id for waiting, _ in lot])
        self._patiently(partial(place.queue.done, [waiting.spool_id for waiting, _ in lot]))

    def _wait_apart(self, lot: Lot) -> bool:
        """An item that failed alone is read and tried again later, so that others go on."""
        if len(lot) > 1:
            return False
        number = lot[0][0].spool_id
        strikes = self._suspects.failed(number)
        self._later[number] = self._place.now() + min(_SOONEST * 2 ** min(strikes - 1, 10), _LATEST)
        self._place.log("item-unwritten", spool_id=number, failed=strikes)
        return True

    def _patiently(self, act: Callable[[], _T]) -> _T | None:
        """Do something with the disk; while that is in trouble wait and try again. None: told to stop meanwhile."""
        seconds = _FIRST_WAIT
        while True:
            try:
                return act()
            except ComityError as error:
                if error.outcome not in _PASSING:
                    raise
                self._place.log("worker-waits", code=error.code, seconds=seconds)
            if self._place.stop():
                return None
            self._place.rest(seconds)
            seconds = min(2 * seconds, _LONGEST_WAIT)


def certain(
    task: Task,
    answer: Prepared | LostReader,
    readers: Readers,
    *,
    tries: int = 0,
    count: Callable[[], None] = lambda: None,
) -> Prepared:
    """What was read; after a lost reader one more try, alone, then none. ``count`` is told of each new try."""
    while isinstance(answer, LostReader):
        tries += 1
        if tries >= TRIES:
            return unread(*task, answer.reason)
        count()
        readers.send([task])
        answer = readers.receive()[0]
    return answer


def enough(most: int, items: int, took: timedelta) -> int:
    """How many items the next batch may have, after so many, of ``most``, took so long; others wait for the store meanwhile.

    >>> enough(1000, 1000, timedelta(seconds=5)), enough(100, 100, timedelta(seconds=0.1)), enough(200, 150, timedelta(seconds=0.3))
    (100, 200, 200)
    """
    if took > HOLD:
        return max(_FEWEST, int(items * (HOLD / took)))
    return min(2 * most, BATCH_ITEMS) if 2 * took < HOLD else most


def _halves(lot: Lot) -> tuple[Lot, Lot]:
    middle = len(lot) // 2
    return lot[:middle], lot[middle:]


def task_of(waiting: Waiting) -> Task:
    """What a reader gets of it."""
    return waiting.arrival.data, _delivery(waiting)


def _delivery(waiting: Waiting) -> Delivery:
    arrival = waiting.arrival
    mailbox = arrival.recipients[0] if arrival.recipients else arrival.gate
    name = arrival.name or f"{mailbox}/{waiting.spool_id}.eml"
    return Delivery(
        gate=arrival.gate,
        name=name,
        arrived=arrival.arrived,
        condition=arrival.condition,
        raw_id=arrival.raw_id,
        envelope_from=arrival.envelope_from,
        submission=arrival.submission,
        packed=waiting.packed,
    )
