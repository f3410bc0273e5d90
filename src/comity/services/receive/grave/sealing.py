"""Put what nobody may look at where nobody can, before anything else is done with it.

Trust:      a reader found it, and closed the box; what is in it never comes into this process. A mail that is sealed is no report
            and no complaint: it reaches no case, no ledger, no filter, no search.
Answers:    ``Sealing(others, keep).apply(batch, records, now)``: what became of each item, in order.
Limits:     delivered again, it is the same one. Whoever sent it is not answered, and nobody is told but the role.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from comity.model.sealed import Access, Sealed, SealedAct, SealedState
from comity.services.receive.grave.urgent import note_sealed
from comity.services.receive.planning import Fate, Ingested
from comity.services.receive.prepare import Prepared
from comity.services.receive.rows import Transaction
from comity.services.receive.working_off import Applies

PROGRAM = "comity"


class Sealing:
    """Sorts out what is sealed."""

    def __init__(self, others: Applies, *, keep: timedelta) -> None:
        self._others, self._keep = others, keep

    def apply(self, batch: Sequence[Prepared], records: Transaction, now: datetime) -> tuple[Ingested, ...]:
        """Seal what must be, hand on the rest."""
        rest = [each for each in batch if each.sealed is None]
        done = iter(self._others.apply(rest, records, now) if rest else ())
        return tuple(self._seal(each, records, now) or next(done) for each in batch)

    def _seal(self, prepared: Prepared, records: Transaction, now: datetime) -> Ingested | None:
        box, delivery = prepared.sealed, prepared.delivery
        if box is None:
            return None
        if delivery.raw_id is not None:  # it was put aside before, because nobody could say
            records.sealed.taken_out(delivery.raw_id)
            records.intake.resolve(delivery.raw_id, now)
        if records.sealed.by_digest(prepared.digest.hex()) is not None:
            return Ingested(name=delivery.name, fate=Fate.AGAIN)
        sealed_id = records.sealed.add(
            Sealed(
                digest=prepared.digest.hex(),
                size=prepared.size,
                gate=delivery.gate,
                name=delivery.name,
                envelope_from=delivery.envelope_from,
                arrived=delivery.arrived,
                box=box,
                state=SealedState.SEALED,
                entered=now,
                kept_until=now + self._keep,
            )
        )
        records.sealed.note(Access(sealed_id=sealed_id, at=now, by=PROGRAM, act=SealedAct.SEALED, why=box.sort))
        note_sealed(records.urgent, sealed_id, now)
        return Ingested(name=delivery.name, fate=Fate.SEALED, reason=box.sort)
