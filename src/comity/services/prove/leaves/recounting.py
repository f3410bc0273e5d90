"""From where the next close is counted, once one did not hold: from our own count, which stands beside the dispute.

Trust:      what a close says is open is a claim. A lie that the next close might go on from would be disputed once, and stand from
            the next period on.
Answers:    ``Basis`` is what had been seen of reports and what was open then; ``payload(basis)`` travels beside a dispute, and
            ``basis_beside(found)`` gives it back; ``disputing(rows, direction, close)`` finds what a side says against a close;
            ``is_doubted(found)`` whether that touches what became of reports.
Limits:     kept for as long as the closes themselves. What an earlier version disputed has nothing beside it: then all leaves are
            read once.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

from comity.ledger import day_close, leaf
from comity.services.prove.owed.answered import AnswerRows, Waiting, channels_of

# Counts: where a close differs in these alone, what it says is open is what was counted.
_OTHER_CELLS: Final = ("day/", "month/", "quarter/", "year/")


@dataclass(frozen=True, slots=True, kw_only=True)
class Basis:
    """From where what follows a close is counted."""

    seen: Mapping[str, int]  # how many leaves of each channel of reports
    waiting: Waiting
    days_of: str | None  # the close whose working days stand


class DisputeRows(AnswerRows, Protocol):
    """What is asked of the ledger."""

    def named(self, channel_ids: Sequence[int], names: Sequence[str]) -> Sequence[tuple[str, int, int, bytes]]:
        """Name, channel, position and bytes of the leaves of these names, whether the other side refuses them or not."""

    def payload_of(self, channel_id: int, position: int) -> bytes | None:
        """What travels beside one leaf, None where it was erased."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Disputing:
    """What a side says against a close."""

    record: Mapping[str, Any]
    beside: bytes | None


def disputing(rows: DisputeRows, direction: tuple[str, str], close: str) -> Disputing | None:
    """What whoever reports in this direction says against a close of the other side's, whether that takes it or not; None where
    nothing: else a liar would refuse the dispute, and go on from the lie."""
    channels = [each.channel_id for each in channels_of(rows, direction)]
    found = rows.named(channels, [f"{close}.dispute"]) if channels else ()
    for _, channel_id, position, data in found:
        record = leaf.read(data) or {}
        if record.get("type") == leaf.LeafType.DISPUTE.value and record.get("close") == close:
            return Disputing(record=record, beside=rows.payload_of(channel_id, position))
    return None


def is_said(rows: DisputeRows, direction: tuple[str, str], name: str) -> bool:
    """Whether whoever reports in this direction wrote a leaf of this name: in a channel of the other side's that may
    have taken it first."""
    channels = [each.channel_id for each in channels_of(rows, direction)]
    return bool(channels) and bool(rows.named(channels, [name]))


def is_doubted(found: Disputing) -> bool:
    """Whether it is about what became of reports, or may be: a dispute names some cells, and not always all."""
    cells = found.record.get("cells")
    names = [str(each[0]) for each in cells if isinstance(each, list) and each] if isinstance(cells, list) else []
    is_whole = bool(names) and found.record.get("differing") == len(names)
    return not is_whole or any(not each.startswith(_OTHER_CELLS) for each in names)


def payload(basis: Basis) -> bytes:
    """What travels beside a dispute."""
    record = {"seen": dict(basis.seen), "waiting": basis.waiting, "days_of": basis.days_of}
    return json.dumps(record, separators=(",", ":"), sort_keys=True).encode()


def basis_beside(found: Disputing) -> Basis | None:
    """Read it; None where there is none, or it is damaged.

    >>> basis_beside(Disputing(record={}, beside=payload(Basis(seen={"a": 2}, waiting={}, days_of=None))))
    Basis(seen={'a': 2}, waiting={}, days_of=None)
    """
    try:
        record = json.loads(found.beside or b"")
        waiting = day_close.read_waiting(record["waiting"])
        seen, days_of = record["seen"], record["days_of"]
        if waiting is None or not all(type(n) is int and n >= 0 for n in seen.values()):
            return None
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    return Basis(seen=seen, waiting=waiting, days_of=days_of if isinstance(days_of, str) else None)
