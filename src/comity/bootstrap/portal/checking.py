"""A stranger's statement is checked in a process of its own, with the bounds of every reader: other pages do not wait for it.

Answers:    ``statement_reader(log)``: called with the bytes and the keys it gives ``Shown``; None where that was too much.
Limits:     only what the page shows comes back: to take in all that a file holds, or all that is wrong with it, kept every page and
            socket of the program waiting.
"""

from collections.abc import Callable, Sequence

from comity.ledger import note
from comity.model.log_events import LogEvent
from comity.outlets.readers.one import OneReader
from comity.services.prove.stating.checking import check
from comity.services.prove.stating.showing import Shown, shown


def statement_reader(log: LogEvent) -> OneReader[Shown]:
    """Who checks statements."""
    return OneReader(make_check, log)


def make_check() -> Callable[[bytes, Sequence[note.Verifier]], Shown]:
    """What the process does."""
    return _check


def _check(data: bytes, keys: Sequence[note.Verifier]) -> Shown:
    return shown(check(data, keys))
