"""Say in our own ledger what does not hold in a peer's: a leaf that we refuse, a close of a day that its leaves do not bear out.

Trust:      a close is a claim: its leaves are folded again before we cosign the head over it (TRUST 7).
Answers:    ``Objecting.object(rows, channel, refused=..., closes=...)`` writes the disputes; ``disputes(rows, pairs)`` lists what
            stands disputed between two networks, whoever said it.
Limits:     in the transaction in which the leaves are stored: what we cosign without a word, we have counted. Where nothing may be
            signed in our own direction (``ledger-stopped``), nothing is taken either.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

from comity.ledger import leaf
from comity.model.entry import Channel
from comity.services.prove.closing import CloseRows, CloseTerms
from comity.services.prove.leaves.checking import Wrong
from comity.services.prove.leaves.examining import closes_beside, dispute, is_early, recount
from comity.services.prove.leaves.recounting import Basis, is_said
from comity.services.prove.writing import Event, LedgerRows, Scribe


class ObjectingTransaction(Protocol):
    """All rows of one transaction."""

    @property
    def ledger(self) -> LedgerRows:
        """What is written down."""

    @property
    def closes(self) -> CloseRows:
        """The closes of days, and the leaves that they count."""


class Objecting:
    """Writes disputes."""

    def __init__(self, scribe: Scribe, terms: CloseTerms) -> None:
        """``terms`` are ours: how long an answer may take is taken from the close itself."""
        self._scribe, self._terms = scribe, terms

    def object(
        self,
        rows: ObjectingTransaction,
        channel: Channel,
        *,
        refused: Mapping[int, Wrong],
        closes: Sequence[int],
        now: datetime,
    ) -> int:
        """Write a dispute for each leaf that we refuse, and for each close that does not hold; how many there were."""
        parties = (channel.origin, channel.reporting, channel.reported)
        events = [against(parties, place, wrong) for place, wrong in refused.items()]
        known: dict[str, Basis | None] = {}  # of the closes that came together
        every = closes_beside(rows.closes, channel) if closes else []
        for place in closes:
            if is_early(rows.closes, channel, place):
                continue
            again = recount(rows.closes, channel, place, terms=self._terms, known=known, every=every)
            if again.found:
                name = f"{channel.origin}#{place}"
                known[name] = again.ours
                events.append(dispute(name, again, ours=channel.reported, theirs=channel.reporting))
        ours = (channel.reported, channel.reporting)
        fresh = [each for each in events if not is_said(rows.closes, ours, each.event_id)]
        if fresh:
            self._scribe.write(rows.ledger, fresh, now)
        return len(fresh)


def against(channel: tuple[str, str, str], place: int, wrong: Wrong) -> Event:
    """What we write into our own direction against a leaf of theirs; ``channel`` is its name, who reports, who is told."""
    origin, reporting, reported = channel
    name = f"{origin}#{place}"
    detail = None if wrong.detail is None else wrong.detail[:200]
    return Event(
        reporting=reported,
        reported=reporting,
        leaf_type=leaf.LeafType.DISPUTE,
        event_id=f"{name}.dispute",
        observed=None,
        facts={"leaf": name, "refused": wrong.code, "detail": detail},
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Disputed:
    """What one side does not accept of the other's ledger."""

    by: str
    of: str
    place: str  # "ORIGIN#POSITION"
    reason: str  # why a leaf is refused, or "close-differs"
    detail: str | None
    since: datetime | None
    cells: Sequence[Sequence[Any]] = ()  # of a close: key, what it says, what its leaves say


def disputes(rows: CloseRows, directions: Sequence[tuple[str, str]]) -> list[Disputed]:
    """Every dispute in these directions, newest first within each."""
    return [
        found
        for by, of in directions
        for channel in reversed(rows.of_direction(by, of))
        for data in rows.newest_first(channel.channel_id, leaf.LeafType.DISPUTE.value)
        for found in _read(data, by, of)
    ]


def _read(data: bytes, by: str, of: str) -> Iterator[Disputed]:
    record = leaf.read(data) or {}
    submitted, cells, detail = record.get("submitted"), record.get("cells"), record.get("detail")
    place, reason = record.get("leaf"), record.get("refused")
    if not isinstance(place, str):
        place, reason = record.get("close"), "close-differs"
    if isinstance(place, str) and isinstance(reason, str):
        yield Disputed(
            by=by,
            of=of,
            place=place,
            reason=reason,
            detail=detail if isinstance(detail, str) else None,
            since=datetime.fromtimestamp(submitted, UTC) if isinstance(submitted, int) else None,
            cells=[each for each in cells if isinstance(each, list) and len(each) == 3]
            if isinstance(cells, list)
            else (),
        )
