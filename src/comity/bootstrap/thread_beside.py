"""Run something in a thread of its own beside a block.

Answers:    ``thread_beside(name, run)``: what it gives says whether that has ended by itself. A fault is raised at the end of
            the block.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Event


@contextmanager
def thread_beside(name: str, run: Callable[[Event], None]) -> Iterator[Callable[[], bool]]:
    """``run`` returns soon after its event is set; ``name`` is the thread's.

    >>> with thread_beside("example", lambda stop: stop.wait() and None) as has_ended:
    ...     has_ended()
    False
    """
    stop = Event()
    with ThreadPoolExecutor(1, thread_name_prefix=name) as pool:
        running = pool.submit(run, stop)
        try:
            yield running.done
        finally:
            stop.set()
    running.result()
