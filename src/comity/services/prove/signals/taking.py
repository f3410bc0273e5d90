"""Signals and withdrawals that a peer signed are taken in; rules of the operator may adopt what came.

Trust:      a peer's claim: kept with its note, as the proof that the peer said it; it is on no list by that.
Answers:    ``SignalTaking(desk_of).handlers()`` for ``comity.services.prove.documents``.
Limits:     a signal is made at most 31 days ago, and not in the future but for five minutes of difference between clocks.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Final, Protocol

from comity.accord.signals import rules, wire
from comity.accord.signals.rules import Infrastructure
from comity.ledger.document import Document
from comity.model.signal import Kept, Signal
from comity.services.prove.documents import CLOCK_SECONDS, CountedKeys, DocumentRefusedError, Handler
from comity.services.prove.signals.deciding import SIGNAL, WITHDRAWAL, SignalDesk
from comity.services.prove.signals.rows import SignalTransaction

PROGRAM: Final = "comity"
_OLDEST: Final = timedelta(days=31)


class TakingTransaction(SignalTransaction, Protocol):
    """All rows of one transaction."""

    @property
    def keys(self) -> CountedKeys:
        """Whose signatures are believed."""


class SignalTaking:
    """Takes peers' signals in."""

    def __init__(
        self,
        desk_of: Callable[[TakingTransaction, datetime], SignalDesk],
        own: Infrastructure,
        peers: Mapping[str, Infrastructure],
    ) -> None:
        self._desk_of, self._own, self._peers = desk_of, own, peers

    def handlers(self) -> dict[str, Handler[TakingTransaction]]:
        """What is done with each kind of document."""
        return {SIGNAL: self._signal, WITHDRAWAL: self._withdrawal}

    def _signal(self, rows: TakingTransaction, said: Document, now: datetime) -> bool:
        signal = wire.read_signal(said.record)
        if isinstance(signal, str):
            raise DocumentRefusedError("field-malformed", signal)
        issuer = signal.issuer  # who signed it
        known = rows.signals.find(issuer, signal.signal_id)
        if known is not None:
            if known.note != said.note:
                raise DocumentRefusedError("signal-differs", "id")
            return False
        reason = self._reason(signal, now)
        if reason is not None:
            raise DocumentRefusedError(f"signal-{reason}", "subject")
        kept = Kept(signal=signal, note=said.note, taken=now, is_ours=False)
        rows.signals.add(kept)
        self._desk_of(rows, now).adopt_by_rule(kept, rows.signals.rules(issuer))
        return True

    def _reason(self, signal: Signal, now: datetime) -> str | None:
        if signal.made > now + timedelta(seconds=CLOCK_SECONDS):
            return "made-in-future"
        if signal.last_seen > signal.made or signal.made < now - _OLDEST:
            return "times-out-of-order" if signal.last_seen > signal.made else "made-long-ago"
        if signal.ends <= now:
            return "expired"
        subject = rules.subject_of(signal.subject)
        if subject is None:
            return "subject"
        theirs = self._peers.get(signal.issuer) or Infrastructure(domains=(signal.issuer,))
        return rules.refusal_of(signal, subject, issuer=theirs, readers=[self._own])

    def _withdrawal(self, rows: TakingTransaction, said: Document, now: datetime) -> bool:
        withdrawal = wire.read_withdrawal(said.record)
        if isinstance(withdrawal, str):
            raise DocumentRefusedError("field-malformed", withdrawal)
        if withdrawal.made > now + timedelta(seconds=CLOCK_SECONDS):
            raise DocumentRefusedError("signal-made-in-future", "made")
        kept = rows.signals.find(withdrawal.issuer, withdrawal.signal_id)
        if kept is None:
            raise DocumentRefusedError("signal-unknown", "id")
        if kept.withdrawn is not None:
            return False
        self._desk_of(rows, now).taken_back(kept, withdrawal, said.note)
        return True
