"""What comes back about mail of ours: bounces find their mail, answers find their report,
heads of ledgers their channel, in the transaction that stores them.

Trust:      a bounce is believed for its token, an answer for the signature of the network that was told, where the mail is its
            word (``speaking``). What one of them does to us is kept to itself: it is shunted, the others go on (P5).
Answers:    ``ComingBack`` works items off as the intake does, and looks at those two kinds besides; and at mail of our own people
            that asks for an answer (``comity.services.complain.how_to``).
Limits:     the address a mail came to stands before the first "/" of its name, as the gates write it.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final, Protocol

from comity.model.feedback import Kind
from comity.model.outcomes import ComityError
from comity.services.complain.bounces import Bounces
from comity.services.complain.how_to import HowTo
from comity.services.complain.outcomes import take
from comity.services.receive.exchange import NOBODY
from comity.services.receive.planning import Fate, Ingested
from comity.services.receive.prepare import FAULT, Prepared, unpack
from comity.services.receive.rows import ShuntRow, Transaction
from comity.services.receive.working_off import Applies


class TakeMail(Protocol):
    """Takes a letter, or a mail about a head of a ledger, in; the rows that it needs are those of whoever made it."""

    def __call__(self, records: Any, data: bytes, signed_by: Collection[str], *, now: datetime) -> object:
        """Take it."""


_LETTERS: Final = (Kind.PROSE, Kind.MAIL)


class ComingBack:
    """The intake of one desk that also sends."""

    def __init__(
        self,
        intake: Applies,
        bounces: Bounces | None,
        letter: TakeMail | None = None,
        *,
        how_to: HowTo | None = None,
        heads: TakeMail | None = None,
        speaking: Callable[[Prepared], Collection[str]] = NOBODY.speaking,
    ) -> None:
        """``bounces`` is None where nothing is sent yet, because there is no domain of ours; ``letter`` reads people's letters,
        ``heads`` takes heads of ledgers. ``speaking`` gives the signers of a mail whose word it is.
        """
        self._intake, self._bounces, self._letter, self._how_to = intake, bounces, letter, how_to
        self._heads, self._speaking = heads, speaking

    def apply(self, batch: Sequence[Prepared], records: Transaction, now: datetime) -> tuple[Ingested, ...]:
        """Work a batch off."""
        ingested = self._intake.apply(batch, records, now)
        return tuple(
            self._certain(each, done, records, now=now) if _comes_back(each, done) else done
            for each, done in zip(batch, ingested, strict=True)
        )

    def _certain(self, prepared: Prepared, done: Ingested, records: Transaction, *, now: datetime) -> Ingested:
        """Look at one; a fault of ours in it is undone alone and shunted, with the item as it was stored."""
        try:
            with records.savepoint():
                self._look(prepared, records, now)
        except ComityError:
            raise
        except Exception as error:  # the edge of one item that comes back
            raw = records.intake.known_raw([prepared.digest])[prepared.digest]
            failed = ShuntRow(
                raw_id=raw.raw_id,
                gate=prepared.delivery.gate,
                name=prepared.delivery.name,
                stage="answer",
                reason=FAULT,
                detail=type(error).__name__,
                at=now,
                envelope_from=prepared.delivery.envelope_from,
            )
            records.intake.shunt(failed)
            return replace(done, fate=Fate.SHUNTED, reason=FAULT)
        return done

    def _look(self, prepared: Prepared, records: Transaction, now: datetime) -> None:
        if prepared.asks_how is not None:
            if self._how_to is not None:
                mailbox = prepared.delivery.name.rpartition("/")[0]
                asked = prepared.facts.message_id if prepared.facts else None
                self._how_to.answer(records, prepared.asks_how, mailbox=mailbox, in_reply_to=asked, now=now)
        elif prepared.facts is not None and prepared.facts.kind is Kind.OUTCOME:
            take(records, unpack(prepared.packed, prepared.size), self._speaking(prepared), now=now)
        elif prepared.facts is not None and prepared.facts.kind is Kind.LEDGER_HEAD:
            if self._heads is not None:
                self._heads(records, unpack(prepared.packed, prepared.size), self._speaking(prepared), now=now)
        elif prepared.facts is not None and prepared.facts.kind in _LETTERS:
            data = unpack(prepared.packed, prepared.size)
            understood = self._letter is not None and self._letter(records, data, prepared.signed_by, now=now)
            if understood and prepared.numbers is not None:  # a program knew what to do with it: nobody has to read it
                records.intake.resolve(records.intake.known_raw([prepared.digest])[prepared.digest].raw_id, now)
        elif self._bounces is not None:
            recipient = prepared.delivery.name.partition("/")[0]
            self._bounces.match(records, recipient, unpack(prepared.packed, prepared.size), now=now)


def _comes_back(prepared: Prepared, done: Ingested) -> bool:
    if prepared.asks_how is not None:
        return done.fate is Fate.STORED  # once, and not when the same mail comes again
    if prepared.facts is None or (done.fate is Fate.AGAIN and prepared.delivery.raw_id is None):
        return False  # the same bytes say nothing new: an argument is none, a consent that was taken back stays so
    return prepared.facts.kind in (Kind.OUTCOME, Kind.LEDGER_HEAD, Kind.BOUNCE, *_LETTERS)
