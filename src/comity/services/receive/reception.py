"""Take in what arrives: complaints of our own people on the one side, feedback on the other, in one transaction.

Trust:      mails are strangers'; what one of them does to us is kept to itself: it is shunted, the others go on (P5).
Standards:  DESIGN.md P2: what is worked off twice, because the program ended in between, is heard once; the time at which the gate
            took a complaint tells.
Answers:    ``Reception.apply(batch, records, now)`` gives what became of each item, in order.
Limits:     all complaints of one mail, or none of them.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from comity.model.outcomes import ComityError
from comity.services.complain.complaint import Complaints
from comity.services.judge.learning.hearing import Hearing
from comity.services.receive.grave.urgent import note_complaint, note_looks
from comity.services.receive.ingest import Ingest
from comity.services.receive.planning import Fate, Ingested
from comity.services.receive.prepare import FAULT, Prepared
from comity.services.receive.rows import Transaction


class Reception:
    """Sorts what arrives."""

    def __init__(self, intake: Ingest, complaints: Complaints, hearing: Hearing) -> None:
        self._intake, self._complaints, self._hearing = intake, complaints, hearing

    def apply(self, batch: Sequence[Prepared], records: Transaction, now: datetime) -> tuple[Ingested, ...]:
        """Decide on a batch and write it."""
        feedback = [each for each in batch if not each.complaints]
        ingested = iter(self._intake.apply(feedback, records, now) if feedback else ())
        return tuple(self._enter(each, records, now) if each.complaints else next(ingested) for each in batch)

    def _enter(self, prepared: Prepared, records: Transaction, now: datetime) -> Ingested:
        delivery, entered = prepared.delivery, list[int]()
        try:
            with records.savepoint():
                for each in prepared.complaints:
                    done = self._complaints.enter(
                        records, each.mail, now, said=delivery.arrived, identity=each.identity, is_moved=each.is_moved
                    )
                    if each.drawn is not None:
                        self._hearing.hear(records, each.drawn, said=delivery.arrived, gate=delivery.gate)
                    if each.fraud is not None:
                        note_complaint(records.urgent, done.complaint_id, each.fraud, now=now)
                    elif each.looks is not None:
                        note_looks(records.urgent, each.looks, now=now)
                    entered.append(done.complaint_id)
                if delivery.raw_id is not None:
                    records.intake.resolve(delivery.raw_id, now)
        except ComityError:
            raise
        except Exception as error:  # the edge of one complaint of the worker
            failed = replace(prepared, complaints=(), trouble=FAULT, detail=type(error).__name__)
            return self._intake.apply([failed], records, now)[0]
        return Ingested(name=delivery.name, fate=Fate.COMPLAINT, complaints=tuple(entered))
