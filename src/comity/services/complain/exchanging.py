"""Exchange a report with a peer: leaf, roll-up and row say the same at every commit, and a retraction takes all three back.

Trust:      what a leaf says was decided by the ladder and passed redaction.
Standards:  promise P3: leaves - retractions = exchanged report rows = sum of the roll-ups.
Answers:    ``Exchange``: ``exchange`` writes leaves for reports that leave now, ``release`` does it for reports that were held,
            ``retract`` takes one back.
Limits:     a report outside any channel (a CFBL address without agreement) has no leaf and no roll-up. What is held was not
            exchanged: it is in no ledger.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from zlib import decompressobj

from comity.ledger.leaf import LeafType
from comity.model.sending import OutboxState
from comity.services.complain.agreed import TRIAL, Agreed
from comity.services.complain.rows import Outgoing, Told, Transaction
from comity.services.prove.writing import Event, Scribe, quarter_of


class Exchange:
    """Writes down, in the caller's transaction, what is exchanged with peers."""

    def __init__(self, our_domain: str, scribe: Scribe) -> None:
        self._our_domain, self._scribe = our_domain, scribe

    @property
    def our_domain(self) -> str:
        """Who we are in the ledger."""
        return self._our_domain

    def exchange(self, rows: Transaction, reports: Sequence[tuple[Outgoing, bytes]], now: datetime) -> list[Outgoing]:
        """The reports with their place in the ledger; each comes with the bytes that its party gets."""
        day, quarter = _day(now), quarter_of(now)
        events = [self._event(each, payload) for each, payload in reports if each.reported is not None]
        places = iter(self._scribe.write(rows.ledger, events, now))
        exchanged = [
            replace(
                each,
                channel_id=None if each.reported is None else next(places)[0],
                quarter=None if each.reported is None else quarter,
                day=day,
            )
            for each, _ in reports
        ]
        self._count(rows, exchanged, 1)
        return exchanged

    def is_stopped(self, rows: Transaction, reported: str | None, now: datetime) -> bool:
        """Whether nothing can be signed in our ledger with a network: what is for it waits, and keeps nobody else's waiting."""
        return reported is not None and self._scribe.stopped(rows.ledger, reported, now) is not None

    def release(self, rows: Transaction, held: Sequence[Told], now: datetime) -> None:
        """What was held may leave, and is exchanged from now on."""
        # A row without bytes ended in the meantime.
        ready = [(each, _unpacked(each)) for each in held if each.packed is not None]
        exchanged = self.exchange(rows, [(each.outgoing, payload) for each, payload in ready], now)
        for (each, _), outgoing in zip(ready, exchanged, strict=True):
            rows.sending.exchanged(
                outgoing.report_id, channel_id=outgoing.channel_id, quarter=outgoing.quarter, day=_day(now)
            )
            rows.sending.release(each.outbox_id, now)

    def retract(self, rows: Transaction, told: Sequence[Told], now: datetime) -> int:
        """Take reports back: what has not left stays here, what was exchanged is retracted; how many those were."""
        for each in told:
            if each.state in (OutboxState.HELD, OutboxState.WAITING):  # one that is being sent now will say so itself
                rows.sending.end(each.outbox_id, OutboxState.WITHDRAWN, reason="taken-back", at=now)
            rows.sending.retract(each.outgoing.report_id, now)
        gone = [each.outgoing for each in told if each.outgoing.day is not None]
        events = [self._retraction(each) for each in gone if each.reported is not None]
        self._scribe.write(rows.ledger, events, now)
        self._count(rows, gone, -1)
        return len(gone)

    def _count(self, rows: Transaction, reports: Sequence[Outgoing], number: int) -> None:
        counts: Counter[tuple[int, str, str, str]] = Counter()
        for each in reports:
            if each.channel_id is not None and each.day is not None:
                counts[each.channel_id, each.day, each.evidence_class, each.source_net] += number
        rows.intake.count_up(counts)

    def _event(self, outgoing: Outgoing, payload: bytes) -> Event:
        not_spam = outgoing.evidence_class == "not-spam"
        return Event(
            reporting=self._our_domain,
            reported=outgoing.reported or "",
            leaf_type=LeafType.NOT_SPAM if not_spam else LeafType.REPORT,
            event_id=outgoing.name,
            observed=outgoing.observed,
            facts=outgoing.facts,
            payload=payload,
        )

    def _retraction(self, outgoing: Outgoing) -> Event:
        """In the channel of the report that it takes back, also when a new quarter has begun."""
        return Event(
            reporting=self._our_domain,
            reported=outgoing.reported or "",
            leaf_type=LeafType.RETRACT,
            event_id=f"{outgoing.name}.retract",
            observed=None,
            facts={"report": outgoing.name, "reason": "taken-back"},
            quarter=outgoing.quarter,
        )


def let_out(rows: Transaction, exchange: Exchange, held: Sequence[Told], *, agreed: Agreed, now: datetime) -> int:
    """Let out what was held, where the agreement still allows it; what it does not ends, with the reason. How many leave."""
    leaving, waiting = list[Told](), list[int]()
    for each in held:
        no = agreed.no(each.outgoing)
        if no is not None:
            rows.sending.end(each.outbox_id, OutboxState.EXPIRED, reason=no, at=now)
        elif agreed.hold(each.outgoing) is not None:
            waiting.append(each.outbox_id)
        else:
            agreed.use(each.outgoing)
            leaving.append(each)
    rows.sending.hold_for(waiting, TRIAL)
    exchange.release(rows, leaving, now)
    agreed.settle()
    return len(leaving)


def _unpacked(told: Told) -> bytes:
    return decompressobj().decompress(told.packed or b"", told.size)


def _day(now: datetime) -> str:
    return now.astimezone(UTC).date().isoformat()
