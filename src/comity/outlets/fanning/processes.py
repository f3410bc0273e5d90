"""Judge in several processes of this machine.

Answers:    ``processes(judge, count)`` is ``Hands`` as long as the block lasts.
Limits:     a process that dies ends the work, by name: what was said before it stands. None of them outlives us, however we end;
            Control-C is for us alone.
"""

import multiprocessing
import os
import signal
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from threading import Thread

from comity.model.outcomes import ComityError, Outcome
from comity.model.verdict import Judgement
from comity.outlets.fanning.hand import hand
from comity.services.judge.filtering import Filter
from comity.services.judge.spread import Answer
from comity.verdict.model_file import pack

_model: list[tuple[bytes, float]] = []


def _begin(model: bytes, share: float) -> None:
    _model[:] = [(model, share)]
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """A process that waits for work would wait for ever for one that was killed."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _judged(lot: Sequence[bytes]) -> list[Judgement]:
    return hand(*_model[0], lot)


class _Processes:
    def __init__(self, pool: ProcessPoolExecutor, count: int) -> None:
        self._pool, self.room = pool, 2 * count

    def send(self, lot: Sequence[bytes]) -> Answer:
        """To whoever is free."""
        try:
            coming = self._pool.submit(_judged, lot)
        except BrokenProcessPool:
            raise _lost() from None

        def answer() -> Sequence[Judgement]:
            try:
                return coming.result()
            except BrokenProcessPool:
                raise _lost() from None

        return answer


def _lost() -> ComityError:
    return ComityError("hands-lost", "a process that judges has ended", outcome=Outcome.TRY_AGAIN)


@contextmanager
def processes(judge: Filter, count: int) -> Iterator[_Processes]:
    """So many of them."""
    context = multiprocessing.get_context("spawn")
    begin = (pack(judge.model()), judge.budget.share)
    pool = ProcessPoolExecutor(count, mp_context=context, initializer=_begin, initargs=begin)
    try:
        yield _Processes(pool, count)
    finally:
        pool.shutdown(cancel_futures=True)
