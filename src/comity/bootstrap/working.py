"""Join what works off a stream of items on the command line: readers in processes of their own, the desk, its store.

Answers:    ``bench(settings)`` is a context manager that gives a ``Bench``.
Limits:     readers are started when the first batch comes: one for a few items, as many as the settings say for many.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from typing import Final

from comity.bootstrap import limits_of_readers
from comity.bootstrap.complaining import intake
from comity.bootstrap.serving import make_prepare
from comity.outlets.readers.pool import LateReaders, ReaderPool, enough_readers, settle
from comity.services.receive.batches import Bench
from comity.services.receive.prepare import Prepared
from comity.services.receive.subscribers.asking_readers import AskingReaders
from comity.services.receive.working_off import Task
from comity.settings import Settings

_FEW: Final = 50


@contextmanager
def bench(settings: Settings) -> Iterator[Bench]:
    """Everything that works off items; a store that is missing or another's is said at once."""
    desk = intake(settings)
    with desk.store.read():
        pass
    settle()
    readers = LateReaders(partial(_pool, settings))
    try:
        asking = AskingReaders(readers, desk.fetch)
        yield Bench(readers=asking, service=desk.service, write=desk.store.write, now=lambda: datetime.now(UTC))
    finally:
        readers.close()
        desk.store.close()


def _pool(settings: Settings, items: int) -> ReaderPool[Task, Prepared]:
    limits = limits_of_readers(settings)
    readers = 1 if items <= _FEW else enough_readers(settings.worker.readers)
    return ReaderPool(partial(make_prepare, settings), readers=readers, log=_no_log, limits=limits)


def _no_log(event: str, /, **facts: object) -> None:
    """A command says what happened in its own words."""
