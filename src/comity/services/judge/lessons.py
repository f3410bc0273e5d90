"""Hear what hosts of ours hand over for the filter alone, among all else that arrives.

Trust:      that a host of ours says so was checked at the gate; who teaches is known by it. Our own staff is believed, everybody
            else waits and is admitted by rules (``comity.services.judge.learning``).
Standards:  DESIGN.md section 4: only the worker learns.
Answers:    ``Lessons.apply(batch, records, now)``: what became of each item, in order; nothing is learnt here.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from comity.services.judge.learning.hearing import Hearing
from comity.services.receive.planning import Fate, Ingested
from comity.services.receive.prepare import Prepared
from comity.services.receive.rows import Transaction


class Applies(Protocol):
    """Who works off all else."""

    def apply(self, batch: Sequence[Prepared], records: Transaction, now: datetime) -> tuple[Ingested, ...]:
        """Decide on a batch and write it."""


class Lessons:
    """Sorts out what is to be learnt."""

    def __init__(self, others: Applies, hearing: Hearing) -> None:
        self._others, self._hearing = others, hearing

    def apply(self, batch: Sequence[Prepared], records: Transaction, now: datetime) -> tuple[Ingested, ...]:
        """Hear what is taught, hand on the rest."""
        rest = [each for each in batch if each.lesson is None and each.passed_over is None]
        done = iter(self._others.apply(rest, records, now) if rest else ())
        return tuple(self._heard(each, records) or next(done) for each in batch)

    def _heard(self, prepared: Prepared, records: Transaction) -> Ingested | None:
        delivery = prepared.delivery
        if prepared.passed_over is not None:
            return Ingested(name=delivery.name, fate=Fate.PASSED_OVER, reason=prepared.passed_over)
        if prepared.lesson is None:
            return None
        heard = self._hearing.hear(records, prepared.lesson, said=delivery.arrived, gate=delivery.gate)
        return Ingested(name=delivery.name, fate=Fate.LEARNT, reason=heard.value)
