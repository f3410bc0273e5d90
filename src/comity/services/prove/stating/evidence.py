"""What one side puts into a statement: its closes of every day of the period, proved, and its numbers, opened.

Trust:      our own ledger, as it stands: what it says is proved by whoever checks the statement.
Answers:    ``evidence(rows, period, parties)`` gives ``Evidence``, or raises ``ComityError`` where a day is not closed yet.
Limits:     one head a channel, the newest that the other side cosigned where there is one that covers the closes, else the newest.
"""

from base64 import b64encode
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Protocol

from comity.ledger import day_close, note, tree
from comity.model.entry import Channel, Head
from comity.model.outcomes import ComityError, Outcome
from comity.model.period import Period
from comity.services.prove.closing import Closed, CloseRows, all_closes, first_day, opened


class ProofRows(Protocol):
    """The stored tree."""

    def node(self, channel_id: int, node: tree.Node) -> bytes:
        """The hash of one stored node."""


class HeadRows(CloseRows, Protocol):
    """Closes and heads."""

    def heads_of(self, channel_id: int) -> Sequence[Head]:
        """Every signed head of a channel, the largest tree first."""


class EvidenceTransaction(Protocol):
    """What is read."""

    @property
    def ledger(self) -> ProofRows:
        """The tree."""

    @property
    def closes(self) -> HeadRows:
        """Closes and heads."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OneDirection:
    """The closes of one direction, proved, and the numbers of its last one; ``openings`` prove those that are shown."""

    reporting: str
    reported: str
    channels: tuple[Mapping[str, Any], ...]
    last: str
    within_hours: tuple[int, ...]
    countries: str | None
    cells: Mapping[str, int]
    openings: Mapping[str, day_close.Opening]
    by_agreement: bool = False  # every close says what became of reports by the days of the agreement

    def record(self, keys: Collection[str]) -> dict[str, Any]:
        """As it stands in the statement: with the openings of these numbers only."""
        return {
            "reporting": self.reporting,
            "reported": self.reported,
            "channels": list(self.channels),
            "last": self.last,
            "openings": [opening_record(key, self.openings[key]) for key in sorted(keys) if key in self.openings],
        }


def opening_record(key: str, opening: day_close.Opening) -> dict[str, Any]:
    """One opened cell as it stands in a statement."""
    return {
        "key": key,
        "count": opening.cell[2],
        "salt": opening.salt.hex(),
        "position": opening.position,
        "proof": coded(opening.proof),
    }


def evidence(
    rows: EvidenceTransaction, period: Period, parties: Sequence[str], *, ours: str, keys: Sequence[note.Verifier] = ()
) -> list[OneDirection]:
    """Both directions between two networks as our ledger has them."""
    one, other = parties
    begun = first_day(rows.closes, (one, other))
    # No day of it is ever closed, unless earlier leaves are still on their way.
    if begun is not None and begun > period.last:
        raise ComityError(
            "nothing-exchanged",
            f"nothing was exchanged by {period.last}",
            outcome=Outcome.TRY_AGAIN,
            place=f"{one} / {other}",
            details={"day": period.last.isoformat()},
        )
    return [_direction(rows, period, direction, ours=ours, keys=keys) for direction in ((one, other), (other, one))]


def _closes(rows: EvidenceTransaction, period: Period, direction: tuple[str, str], *, ours: str) -> list[Closed]:
    """The closes that count: those of whoever reports, where we have them all; else what we wrote down ourselves."""
    for writer in dict.fromkeys((direction[0], ours)):
        every = all_closes(rows.closes, direction, writer)
        closes = [each for each in every if period.first <= each.said.day <= period.last]
        missing = _missing(closes, period)
        if missing is None:
            return closes
        if writer == ours:
            raise not_closed(direction, missing)
    raise not_closed(direction, period.first)


def _direction(
    rows: EvidenceTransaction, period: Period, direction: tuple[str, str], *, ours: str, keys: Sequence[note.Verifier]
) -> OneDirection:
    closes = _closes(rows, period, direction, ours=ours)
    last = opened(rows.closes, closes[-1])
    if last.cells is None or last.seed is None:
        raise ComityError(
            "close-erased", f"what travels beside {last.name} is gone", outcome=Outcome.BAD_INPUT, place=last.name
        )
    root, openings = day_close.sealed(last.cells, last.seed)
    if root != last.said.root:
        raise ComityError("close-damaged", f"{last.name} does not hold", outcome=Outcome.BAD_INPUT, place=last.name)
    horizon = period.horizon.value
    cells = dict(last.cells[horizon])
    shown = {key: opening for (at, key), opening in openings.items() if at == horizon}
    by_agreement = all(each.said.answers is not None for each in closes) and last.answers is not None
    if by_agreement and last.answers is not None and last.said.answers is not None:
        root, openings = day_close.sealed(last.answers, last.seed)
        if root != last.said.answers.root:
            raise ComityError("close-damaged", f"{last.name} does not hold", outcome=Outcome.BAD_INPUT, place=last.name)
        cells |= last.answers[horizon]
        shown |= {key: opening for (at, key), opening in openings.items() if at == horizon}
    by_channel: dict[int, list[Closed]] = {}
    for each in closes:
        by_channel.setdefault(each.channel.channel_id, []).append(each)
    return OneDirection(
        reporting=direction[0],
        reported=direction[1],
        channels=tuple(_channel(rows, group[0].channel, group, keys=keys) for group in by_channel.values()),
        last=last.name,
        within_hours=tuple(sorted({each.said.within_hours for each in closes})),
        countries=last.said.countries,
        cells=cells,
        openings=shown,
        by_agreement=by_agreement,
    )


def _missing(closes: Sequence[Closed], period: Period) -> date | None:
    """The first day of the period without a close, from the first day on which the two exchanged anything."""
    if not closes:
        return period.first
    days = {each.said.day for each in closes}
    first = min(days) if closes[0].said.previous is None else period.first
    return next((day for day in period.days() if day >= first and day not in days), None)


def not_closed(direction: tuple[str, str], day: date) -> ComityError:
    """The error that says which day is open."""
    arrow = f"{direction[0]}/to/{direction[1]}"
    return ComityError(
        "day-not-closed",
        f"{day} of {arrow} is not closed",
        outcome=Outcome.TRY_AGAIN,
        place=arrow,
        details={"day": day.isoformat(), "through": (day + timedelta(days=1)).isoformat()},
    )


def _channel(
    rows: EvidenceTransaction, channel: Channel, closes: Sequence[Closed], *, keys: Sequence[note.Verifier]
) -> dict[str, Any]:
    needed = max(each.position for each in closes) + 1
    heads = [head for head in rows.closes.heads_of(channel.channel_id) if head.size >= needed]
    both = {channel.reporting, channel.reported}
    cosigned = [head for head in heads if both <= _signers(head.note, keys)]
    if not heads:
        raise ComityError(
            "head-missing", f"{channel.origin} has no head", outcome=Outcome.BAD_INPUT, place=channel.origin
        )
    head = (cosigned or heads)[0]

    def stored(node: tree.Node) -> bytes:
        return rows.ledger.node(channel.channel_id, node)

    return {
        "origin": channel.origin,
        "head": head.note,
        "closes": [
            {
                "position": each.position,
                "leaf": (rows.closes.leaf_at(channel.channel_id, each.position) or b"").decode(),
                "proof": coded(tree.inclusion(each.position, head.size, stored)),
            }
            for each in closes
        ],
    }


def _signers(text: str, keys: Sequence[note.Verifier]) -> set[str]:
    signed = note.opened(text, keys)
    return set() if signed is None else {*signed.signers, *(name for name, _ in signed.cosigned)}


def coded(hashes: Sequence[bytes]) -> list[str]:
    """Hashes as text."""
    return [b64encode(each).decode() for each in hashes]
