"""Work off a stream of items, batch by batch; what became of an item is said after its batch is on the disk.

Standards:  DESIGN.md P1: what is acknowledged is fsynced; P5: what kills its reader twice is shunted, the next item goes on.
Answers:    ``work_off(tasks, bench)`` gives ``Ingested`` after ``Ingested``; ``Here`` reads without other processes.
Limits:     at most 1,000 items or 8 MiB a transaction. While one batch is written, the next is read. Nobody waits here for the
            keys of a peer: what it may have signed, and could not be asked about, is shunted, and can be tried again.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from comity.services.receive.planning import Ingested
from comity.services.receive.prepare import Delivery, Prepared
from comity.services.receive.rows import Transaction
from comity.services.receive.working_off import Applies, LostReader, Readers, Task, certain

KEYS_SILENT: Final = "keys-silent"
ITEMS: Final = 1000
BYTES: Final = 8 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """All that working off a stream needs from outside."""

    readers: Readers
    service: Applies
    write: Callable[[], AbstractContextManager[Transaction]]
    now: Callable[[], datetime]
    items: int = ITEMS  # the most in one transaction
    most: int = BYTES


class Here:
    """Reads in this process: what kills the reader kills the program, so that this is for mail of our own."""

    def __init__(self, prepare: Callable[[bytes, Delivery], Prepared]) -> None:
        self._prepare = prepare
        self._batch: Sequence[Task] = ()

    def send(self, batch: Sequence[Task]) -> None:
        """Begin with a batch."""
        self._batch = batch

    def receive(self) -> list[Prepared | LostReader]:
        """What came of it, in order."""
        return [self._prepare(*task) for task in self._batch]


def work_off(tasks: Iterable[Task], bench: Bench) -> Iterator[Ingested]:
    """Work off everything."""
    begun: Sequence[Task] = ()
    for batch in batches(tasks, items=bench.items, most=bench.most):
        read = _read(begun, bench.readers)
        bench.readers.send(batch)
        yield from _write(read, bench)
        begun = batch
    yield from _write(_read(begun, bench.readers), bench)


def batches(tasks: Iterable[Task], *, items: int = ITEMS, most: int = BYTES) -> Iterator[list[Task]]:
    """The items in lots that one transaction takes."""
    batch: list[Task] = []
    size = 0
    for each in tasks:
        batch.append(each)
        size += len(each[0])
        if len(batch) >= items or size >= most:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _read(begun: Sequence[Task], readers: Readers) -> list[Prepared]:
    if not begun:
        return []
    read = [certain(task, answer, readers) for task, answer in zip(begun, readers.receive(), strict=True)]
    return [replace(each, trouble=KEYS_SILENT) if each.unasked and each.trouble is None else each for each in read]


def _write(read: Sequence[Prepared], bench: Bench) -> tuple[Ingested, ...]:
    if not read:
        return ()
    with bench.write() as records:
        return bench.service.apply(read, records, bench.now())
