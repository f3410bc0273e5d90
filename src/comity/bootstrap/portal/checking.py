"""A stranger's statement is checked in a process of its own, with the bounds of every reader: other pages do not wait for it.

Answers:    ``statement_reader(log)``: called with the bytes and the keys it gives ``Checked``; None where that was too much.
Limits:     of the statement only what the page shows comes back, and of one that fails nothing: to take in all that a file holds
            kept every page and socket of the program waiting.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

from comity.ledger import note
from comity.model.log_events import LogEvent
from comity.outlets.readers.one import OneReader
from comity.services.prove.stating.checking import Checked, check


def statement_reader(log: LogEvent) -> OneReader[Checked]:
    """Who checks statements."""
    return OneReader(make_check, log)


def make_check() -> Callable[[bytes, Sequence[note.Verifier]], Checked]:
    """What the process does."""
    return _check


def _check(data: bytes, keys: Sequence[note.Verifier]) -> Checked:
    checked = check(data, keys)
    said = checked.statement
    if said is None or checked.faults:
        return replace(checked, statement=None)
    shown = {"period": said["period"], "differences": said["differences"], "measured": bool(said.get("measured"))}
    return replace(checked, statement=shown)
