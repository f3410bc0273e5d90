"""A stranger's statement is checked in a process of its own, with the bounds of every reader: other pages do not wait for it.

Answers:    ``statement_reader(log)``: called with the bytes and the keys it gives ``Checked``; None where that was too much.
"""

from collections.abc import Callable, Sequence

from comity.ledger import note
from comity.model.log_events import LogEvent
from comity.outlets.readers.one import OneReader
from comity.services.prove.stating.checking import Checked, check


def statement_reader(log: LogEvent) -> OneReader[Checked]:
    """Who checks statements."""
    return OneReader(make_check, log)


def make_check() -> Callable[[bytes, Sequence[note.Verifier]], Checked]:
    """What the process does."""
    return check
