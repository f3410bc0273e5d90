"""Join the index of the search to the store.

Answers:    ``indexing_of(store)`` gives whoever keeps it; ``indexing_beside(settings, log)`` keeps it while a block runs.
Limits:     indexing takes a twenty-fifth of its thread's time, however much waits: intake comes first. It may fail without
            costing mail.
"""

import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from threading import Event
from typing import TYPE_CHECKING, Final

from comity.bootstrap.thread_beside import thread_beside
from comity.model.log_events import LogEvent
from comity.model.outcomes import ComityError
from comity.settings import Settings

if TYPE_CHECKING:
    from comity.services.search.indexing import Indexing
    from comity.store.engine import Store

_LOT: Final = 500  # whoever writes mail waits no longer than this takes
_PAUSE: Final = 2.0
_SHARE: Final = 24  # for each second of work so many of rest
_TROUBLE: Final = 30.0


def indexing_of(store: "Store") -> "Indexing":
    """Whoever keeps the index."""
    from comity.services.search.indexing import Indexing

    return Indexing(store.read, store.write, lambda: datetime.now(UTC))


def indexing_beside(settings: Settings, log: LogEvent) -> AbstractContextManager[Callable[[], bool]]:
    """Keep it while the block runs; what it gives says whether that has ended by itself. A fault is raised at the end."""
    return thread_beside("indexer", lambda stop: _index_until(settings, stop, log))


def _index_until(settings: Settings, stop: Event, log: LogEvent) -> None:
    from comity.bootstrap.desk import desk_store

    store = desk_store(settings)
    pause = 0.0
    try:
        keeper = indexing_of(store)
        is_made = False
        while not stop.wait(pause):
            try:
                if not is_made:
                    with store.write():  # a store of before has no tables for it yet
                        is_made = True
                began = time.monotonic()
                done = keeper.lot(_LOT)
                pause = min(_PAUSE, _SHARE * (time.monotonic() - began)) if done else _PAUSE
            except (ComityError, OSError) as error:
                code = error.code if isinstance(error, ComityError) else type(error).__name__
                log("search-waits", code=code, seconds=_TROUBLE)
                pause = _TROUBLE
    finally:
        store.close()
