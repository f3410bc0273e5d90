"""Erase what was kept for long enough, and leave a proof of each lot: what, how many, older than when, and a digest of what went.

Trust:      terms and keys are the operator's own; what a hold keeps is asked of the store in the same transaction.
Standards:  GDPR Art. 5(2): that it was erased can be shown. The leaf stands in a channel of our own acts, under our signed head;
            the tree, its counts and all other proofs stay as they are.
Answers:    ``erase(write, terms, hand, now)`` gives an ``Erasure`` for each lot; ``due(rows, terms, now)`` only counts.
Limits:     a lot is a transaction: others write between two. The digest is keyed: it tells whoever has the key and a copy which
            rows went, and nobody else anything. That nobody kept a copy elsewhere, no leaf can prove.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final

from comity.ledger.leaf import LeafType
from comity.model.retention import Erasure, KeptClass, Term
from comity.services.operate.retention.rows import ErasingTransaction
from comity.services.prove.writing import Event, Scribe

# So many rows are a transaction of some tenths of a second; of mails fewer, for they are larger.
LOT: Final = 20_000
LOT_OF_MAILS: Final = 2_000
_ENDLESS: Final = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Hand:
    """Who erases: the key of digests, and who writes the ledger, where there is one."""

    key: bytes
    scribe: Scribe | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """What there is to erase of one class."""

    term: Term
    n: int
    held: int


def due(rows: ErasingTransaction, terms: Mapping[KeptClass, Term], *, now: datetime) -> list[Due]:
    """Count, and erase nothing."""
    spared = rows.holds.spared(now)
    counted = ((term, rows.erasing.due(term, spared, now)) for term in terms.values())
    return [Due(term=term, n=n, held=held) for term, (n, held) in counted]


def erase(
    write: Callable[[], AbstractContextManager[Any]], terms: Mapping[KeptClass, Term], hand: Hand, *, now: datetime
) -> Iterator[Erasure]:
    """Erase lot after lot, until nothing is due."""
    for term in terms.values():
        for _ in range(_ENDLESS):
            with write() as rows:
                found, is_more = _lot(rows, term, hand, now=now)
            yield from found
            if not is_more:
                break


def _lot(rows: ErasingTransaction, term: Term, hand: Hand, *, now: datetime) -> tuple[list[Erasure], bool]:
    spared, found, is_more = rows.holds.spared(now), list[Erasure](), False
    held = rows.erasing.due(term, spared, now)[1] if spared else 0
    most = LOT_OF_MAILS if term.of is KeptClass.RAW else LOT
    for gone in rows.erasing.lot(term, spared, now, key=hand.key, most=most):
        is_more |= gone.is_more
        made = Erasure(
            at=now,
            of=term.of,
            part=gone.part,
            n=gone.n,
            before=now if term.of is KeptClass.RAW else term.before(now),
            digest=gone.digest,
            days=term.days,
            spared=held,
        )
        found.append(_proved(rows, made, hand, now=now))
    return found, is_more


def _proved(rows: ErasingTransaction, made: Erasure, hand: Hand, *, now: datetime) -> Erasure:
    number = rows.erasures.add(made)
    made = replace(made, erasure_id=number)
    if hand.scribe is None:
        return made
    name = leaf_name(number)
    hand.scribe.write(rows.ledger, [_said(made, hand.scribe.name, name)], now)
    rows.erasures.named(number, name)
    return replace(made, leaf=name)


def leaf_name(erasure_id: int) -> str:
    """Under which name the ledger has an erasure.

    >>> leaf_name(7)
    'erasure.7'
    """
    return f"erasure.{erasure_id}"


def _said(made: Erasure, ours: str, name: str) -> Event:
    return Event(
        reporting=ours,
        reported=ours,
        leaf_type=LeafType.CORRECTION,
        event_id=name,
        observed=None,
        facts={
            "erased": made.n,
            "of": made.of.value,
            "part": made.part,
            "before": made.before.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "digest": made.digest,
            "days": made.days,
            "held": made.spared,
        },
    )
