"""What comes back about mail of ours: bounces find their mail, answers find their report, in the transaction that stores them.

Trust:      a bounce is believed for its token, an answer for the signature of the network that was told.
Answers:    ``ComingBack`` works items off as the intake does, and looks at those two kinds besides.
Limits:     the address a mail came to stands before the first "/" of its name, as the gates write it.
"""

from collections.abc import Sequence
from datetime import datetime

from comity.model.feedback import Kind
from comity.services.complain.bounces import Bounces
from comity.services.complain.outcomes import take
from comity.services.receive.planning import Ingested
from comity.services.receive.prepare import Prepared, unpack
from comity.services.receive.rows import Transaction
from comity.services.receive.working_off import Applies


class ComingBack:
    """The intake of one desk that also sends."""

    def __init__(self, intake: Applies, bounces: Bounces | None) -> None:
        """``bounces`` is None where nothing is sent yet, because there is no domain of ours."""
        self._intake, self._bounces = intake, bounces

    def apply(self, batch: Sequence[Prepared], records: Transaction, now: datetime) -> tuple[Ingested, ...]:
        """Work a batch off."""
        ingested = self._intake.apply(batch, records, now)
        for each in batch:
            kind = None if each.facts is None else each.facts.kind
            if kind is Kind.OUTCOME:
                take(records, unpack(each.packed, each.size), each.signed_by, now=now)
            elif kind is Kind.BOUNCE and self._bounces is not None:
                recipient = each.delivery.name.partition("/")[0]
                self._bounces.match(records, recipient, unpack(each.packed, each.size), now=now)
        return ingested
