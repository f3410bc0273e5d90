"""Let the filter learn from what hosts of ours hand over to be learnt, among all else that arrives.

Trust:      that a host of ours says so was checked at the gate; the mails are strangers', and the filter raises nothing over them.
            Nobody waits here for a second opinion: this is for an operator's own samples and for mailboxes that may teach, as
            ``spamc --learntype`` and ``sa-learn`` do. What end users complain about goes another way.
Standards:  DESIGN.md section 4: only the worker learns, and it publishes by renaming a file.
Answers:    ``Lessons.apply(batch, records, now)``: what became of each item, in order.
Limits:     a batch is learnt before the transaction ends: if it fails then, the batch is learnt twice.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol

from comity.formats.spam_headers import without_marks
from comity.services.receive.planning import Fate, Ingested
from comity.services.receive.prepare import Prepared, unpack
from comity.services.receive.rows import Transaction


class Applies(Protocol):
    """Who works off all else."""

    def apply(self, batch: Sequence[Prepared], records: Transaction, now: datetime) -> tuple[Ingested, ...]:
        """Decide on a batch and write it."""


Learn = Callable[[Sequence[tuple[bytes, bool]]], None]


class Lessons:
    """Sorts out what is to be learnt."""

    def __init__(self, others: Applies, learn: Learn) -> None:
        """``learn`` takes mails with True for spam, and publishes what the filter knows then."""
        self._others, self._learn = others, learn

    def apply(self, batch: Sequence[Prepared], records: Transaction, now: datetime) -> tuple[Ingested, ...]:
        """Learn what is to be learnt, hand on the rest."""
        rest = [each for each in batch if each.lesson is None and each.passed_over is None]
        done = iter(self._others.apply(rest, records, now) if rest else ())
        lessons = [
            (without_marks(unpack(each.packed, each.size)), each.lesson) for each in batch if each.lesson is not None
        ]
        if lessons:
            self._learn(lessons)
        return tuple(_fate(each) or next(done) for each in batch)


def _fate(prepared: Prepared) -> Ingested | None:
    if prepared.lesson is not None:
        return Ingested(name=prepared.delivery.name, fate=Fate.LEARNT)
    if prepared.passed_over is not None:
        return Ingested(name=prepared.delivery.name, fate=Fate.PASSED_OVER, reason=prepared.passed_over)
    return None
