"""Close days: fold what was written since the last close into cells, and commit to them in one leaf. Check others' closes.

Trust:      our own ledger; a close that another side wrote is examined before anybody cosigns it: its leaves are folded again.
Standards:  what is counted and how: ``comity.ledger.day_close``.
Answers:    ``Closing.close(rows, direction, through, now)`` closes every day of a direction that is not closed yet, quiet ones too;
            ``examine(rows, channel, position)`` gives what does not hold in a close, ``dispute`` the event that says so.
Limits:     in the caller's transaction. A direction begins on the day of its first leaf. Answers are looked for among the reports
            of the direction that they answer, newest first; an answer to a report that is not there counts as late.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from typing import Any, Final, Protocol

from comity.ledger import checkpoint, day_close, leaf
from comity.ledger.day_close import Cells, DayClose, Places
from comity.model.entry import Channel
from comity.model.outcomes import ComityError, Outcome
from comity.services.prove.writing import Event, LedgerRows, Scribe, quarter_of

_SHOWN: Final = 20  # differing cells in one dispute
_LATE: Final = 60  # earlier days named in one close


class CloseRows(Protocol):
    """What closing reads of the ledger."""

    def of_direction(self, reporting: str, reported: str) -> Sequence[Channel]:
        """The channels of one direction, oldest quarter first."""

    def closes(self, channel_id: int) -> Sequence[tuple[int, bytes]]:
        """Position and bytes of every close of a channel, in order."""

    def last_close(self, channel_id: int) -> tuple[int, bytes] | None:
        """The newest of them."""

    def payload_of(self, channel_id: int, position: int) -> bytes | None:
        """What travels beside one leaf, None where it was erased."""

    def between(self, channel_id: int, start: int, end: int) -> Iterator[bytes]:
        """The bytes of leaves [start, end)."""

    def first_from(self, channel_id: int, start: int, moment: datetime) -> int:
        """The first position from ``start`` on that was submitted at this moment or later; the size where there is none."""

    def first_submitted(self, channel_id: int) -> datetime | None:
        """When the first leaf of a channel was submitted."""

    def newest_first(self, channel_id: int, leaf_type: str) -> Iterator[bytes]:
        """The bytes of all leaves of one type."""

    def leaf_at(self, channel_id: int, position: int) -> bytes | None:
        """The bytes of one leaf."""


class CloseTransaction(Protocol):
    """All rows of one transaction."""

    @property
    def ledger(self) -> LedgerRows:
        """What is written down."""

    @property
    def closes(self) -> CloseRows:
        """What is read of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Closed:
    """One close as it stands in the ledger."""

    channel: Channel
    position: int
    said: DayClose
    cells: dict[str, dict[str, int]] | None = None  # None: what travels beside it was erased
    seed: bytes | None = None

    @property
    def name(self) -> str:
        """How another close calls it."""
        return f"{self.channel.origin}#{self.position}"


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseTerms:
    """How we close."""

    places: Places
    within_hours: int
    countries: str | None
    new_seed: Callable[[], bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Summed:
    """What the leaves [start, end) of a channel add up to on a day."""

    channel: Channel
    day: date
    span: tuple[int, int]
    counts: Cells
    late: Mapping[str, int]


class Closing:
    """Closes the days of a direction."""

    def __init__(self, scribe: Scribe, terms: CloseTerms) -> None:
        self._scribe, self._terms = scribe, terms

    def close(
        self, rows: CloseTransaction, direction: tuple[str, str], through: date, *, now: datetime, most: int = 400
    ) -> list[Closed]:
        """Close every day up to and including ``through``, oldest first; at most so many."""
        last = newest(rows.closes, direction, self._scribe.name)
        begin = last.said.day + timedelta(days=1) if last else first_day(rows.closes, direction)
        if last is not None and last.cells is None:
            raise ComityError(
                "close-erased", f"what travels beside {last.name} is gone", outcome=Outcome.BAD_INPUT, place=last.name
            )
        closed: list[Closed] = []
        day = begin
        while day is not None and day <= through and len(closed) < most:
            for channel in self._open_on(rows, direction, day):
                last = self._one(rows, channel, day, last=last, now=now)
                closed.append(last)
            day += timedelta(days=1)
        return closed

    def _open_on(self, rows: CloseTransaction, direction: tuple[str, str], day: date) -> list[Channel]:
        """The channels to close on a day: that of its quarter, and older ones in which something came since.

        What the other side writes, it closes itself: of that we have a copy. Until there is one, we write down ourselves what
        came by mail, and close it, quiet days too.
        """
        reporting, reported = direction
        quarter = quarter_of(_end(day) - timedelta(seconds=1))
        every = rows.closes.of_direction(reporting, reported)
        ours = [channel for channel in every if not channel.is_copy and writer_of(channel) == self._scribe.name]
        found = [channel for channel in ours if channel.quarter < quarter and self._range(rows, channel, day)[2]]
        now_open = [channel for channel in ours if channel.quarter == quarter]
        by_mail = reporting != self._scribe.name
        if now_open or not (by_mail and any(channel.is_copy for channel in every)):
            asked = Event(
                reporting=reporting, reported=reported, leaf_type=leaf.LeafType.DAY_CLOSE, event_id="", observed=None,
                facts={}, quarter=quarter, by_mail=by_mail,
            )  # fmt: skip
            found.append(self._scribe.channel(rows.ledger, asked, _end(day)))
        return found

    def _range(self, rows: CloseTransaction, channel: Channel, day: date) -> tuple[int, int, bool]:
        """The leaves since the last close of a channel, and whether there is one that is no close."""
        newest_close = rows.closes.last_close(channel.channel_id)
        before = newest_close and day_close.read(leaf.read(newest_close[1]) or {})
        start = before.end if before else 0
        end = rows.closes.first_from(channel.channel_id, start, _end(day))
        has_any = any(
            (leaf.read(data) or {}).get("type") != leaf.LeafType.DAY_CLOSE.value
            for data in rows.closes.between(channel.channel_id, start, end)
        )
        return start, end, has_any

    def _one(
        self, rows: CloseTransaction, channel: Channel, day: date, *, last: Closed | None, now: datetime
    ) -> Closed:
        start, end, _ = self._range(rows, channel, day)
        counts, late = counted(rows.closes, channel, (start, end), day=day, terms=self._terms)
        summed = Summed(channel=channel, day=day, span=(start, end), counts=counts, late=late)
        return self.write(rows, summed, last=last, now=now)

    def write(self, rows: CloseTransaction, summed: "Summed", *, last: Closed | None, now: datetime) -> Closed:
        """Commit to what a day adds up to."""
        channel, day, (start, end) = summed.channel, summed.day, summed.span
        cells = day_close.carried(_before(last), day, summed.counts)
        seed = self._terms.new_seed()
        root, openings = day_close.sealed(cells, seed)
        said = DayClose(
            day=day,
            start=start,
            end=end,
            previous=None if last is None else last.name,
            late=dict(islice(sorted(summed.late.items()), _LATE)),
            within_hours=self._terms.within_hours,
            countries=self._terms.countries,
            cells=len(openings),
            root=root,
        )
        event = Event(
            reporting=channel.reporting,
            reported=channel.reported,
            leaf_type=leaf.LeafType.DAY_CLOSE,
            event_id=f"{channel.origin}.{day.isoformat()}.close",
            observed=None,
            facts=said.facts(),
            payload=day_close.payload(seed, cells),
            quarter=channel.quarter,
            by_mail=channel.origin.endswith("/by-mail"),
        )
        ((_, position),) = self._scribe.write(rows.ledger, [event], now)
        return Closed(channel=channel, position=position, said=said, cells=cells, seed=seed)


def counted(
    rows: CloseRows, channel: Channel, span: tuple[int, int], *, day: date, terms: CloseTerms
) -> tuple[Counter[str], Counter[str]]:
    """Fold the leaves [start, end) of a channel; also how many of them are of earlier days."""
    records = [record for data in rows.between(channel.channel_id, *span) if (record := leaf.read(data)) is not None]
    answered = {str(each.get("report")) for each in records if each.get("type") == leaf.LeafType.OUTCOME.value}
    submitted = _submitted(rows, (channel.reported, channel.reporting), answered)
    counts = day_close.fold(records, terms.places, submitted.get, within_hours=terms.within_hours)
    late: Counter[str] = Counter()
    for each in records:
        own = day_close.day_of(each)
        if own is not None and own < day and each.get("type") != leaf.LeafType.DAY_CLOSE.value:
            late[own.isoformat()] += 1
    return counts, late


def _submitted(rows: CloseRows, direction: tuple[str, str], names: set[str]) -> dict[str, int]:
    """When reports of a direction were submitted."""
    found: dict[str, int] = {}
    for channel in reversed(rows.of_direction(*direction)):
        for data in rows.newest_first(channel.channel_id, leaf.LeafType.REPORT.value):
            if len(found) == len(names):
                return found
            record = leaf.read(data) or {}
            if record.get("id") in names and isinstance(record.get("submitted"), int):
                found[record["id"]] = record["submitted"]
    return found


def writer_of(channel: Channel) -> str | None:
    """Who writes a channel."""
    name = checkpoint.channel_name(channel.origin)
    return None if name is None else name.writer


def all_closes(rows: CloseRows, direction: tuple[str, str], writer: str) -> list[Closed]:
    """Every close of a direction by one writer, without what travels beside it, in the order in which they follow each other."""
    found = [
        Closed(channel=channel, position=position, said=said)
        for channel in rows.of_direction(*direction)
        if writer_of(channel) == writer
        for position, data in rows.closes(channel.channel_id)
        if (said := day_close.read(leaf.read(data) or {})) is not None
    ]
    return sorted(found, key=lambda each: (each.said.day, each.channel.quarter))


def newest(rows: CloseRows, direction: tuple[str, str], writer: str) -> Closed | None:
    """The newest close of a direction by one writer, with what travels beside it."""
    lasts = [
        Closed(channel=channel, position=found[0], said=said)
        for channel in rows.of_direction(*direction)
        if writer_of(channel) == writer
        and (found := rows.last_close(channel.channel_id))
        and (said := day_close.read(leaf.read(found[1]) or {}))
    ]
    chosen = max(lasts, key=lambda each: (each.said.day, each.channel.quarter), default=None)
    return None if chosen is None else opened(rows, chosen)


def opened(rows: CloseRows, closed: Closed) -> Closed:
    """A close with what travels beside it, where that was not erased."""
    data = rows.payload_of(closed.channel.channel_id, closed.position)
    found = day_close.read_payload(data) if data is not None else None
    if found is None:
        return closed
    seed, cells = found
    return Closed(channel=closed.channel, position=closed.position, said=closed.said, cells=cells, seed=seed)


def first_day(rows: CloseRows, direction: tuple[str, str]) -> date | None:
    """The first day on which either direction between the two has a leaf."""
    reporting, reported = direction
    channels = [*rows.of_direction(reporting, reported), *rows.of_direction(reported, reporting)]
    moments = [moment for each in channels if (moment := rows.first_submitted(each.channel_id)) is not None]
    return min(moments).astimezone(UTC).date() if moments else None


def examine(rows: CloseRows, channel: Channel, position: int, *, terms: CloseTerms) -> list[tuple[str, int, int]]:
    """What does not hold in a close that somebody wrote: (cell or fault, what it says, what its leaves say).

    Countries are compared only where both sides have the same table.
    """
    data = rows.leaf_at(channel.channel_id, position)
    said = day_close.read(leaf.read(data or b"") or {})
    if said is None:
        return [("malformed", 0, 0)]
    closed = opened(rows, Closed(channel=channel, position=position, said=said))
    if closed.cells is None or closed.seed is None:
        return [("payload-missing", 0, 0)]
    start = _end_of_close_before(rows, channel, position)
    if said.start != start:  # a leaf is counted once, whatever else a close says
        return [("start", said.start, start)]
    before = _close_named(rows, (channel.reporting, channel.reported), said.previous)
    if (said.previous is not None and before is None) or said.end > position:
        return [("previous-missing", 0, 0)]
    ours = CloseTerms(
        places=terms.places, within_hours=said.within_hours, countries=terms.countries, new_seed=terms.new_seed
    )
    counts, _ = counted(rows, channel, (said.start, said.end), day=said.day, terms=ours)
    expected = day_close.carried(_before(before), said.day, counts)
    passed = () if said.countries == terms.countries else ("report/registrant/", "report/location/", "report/network")
    found = [
        (f"{horizon}/{key}", theirs, our_count)
        for horizon, cells in closed.cells.items()
        for key, theirs, our_count in day_close.differing(cells, expected[horizon], passed_over=passed)
    ]
    root, openings = day_close.sealed(closed.cells, closed.seed)
    if root != said.root or len(openings) != said.cells:
        found.append(("root", said.cells, len(openings)))
    return found


def examine_copies(
    rows: CloseRows, direction: tuple[str, str], span: tuple[date, date], *, terms: CloseTerms
) -> list[tuple[Closed, list[tuple[str, int, int]]]]:
    """The closes of these days that the other side wrote and that do not hold, each with what does not."""
    return [
        (each, found)
        for each in all_closes(rows, direction, direction[0])
        if each.channel.is_copy and span[0] <= each.said.day <= span[1]
        if (found := examine(rows, each.channel, each.position, terms=terms))
    ]


def dispute(closed_name: str, found: Sequence[tuple[str, int, int]], *, ours: str, theirs: str) -> Event:
    """What we write into our own direction when a close of theirs does not hold."""
    cells: list[Any] = [list(each) for each in found[:_SHOWN]]
    while len(json.dumps(cells)) > leaf.LIMIT // 2:
        cells.pop()
    return Event(
        reporting=ours,
        reported=theirs,
        leaf_type=leaf.LeafType.DISPUTE,
        event_id=f"{closed_name}.dispute",
        observed=None,
        facts={"close": closed_name, "cells": cells, "differing": len(found)},
    )


def _close_named(rows: CloseRows, direction: tuple[str, str], name: str | None) -> Closed | None:
    if name is None:
        return None
    origin, _, position = name.rpartition("#")
    for channel in rows.of_direction(*direction):
        data = (
            rows.leaf_at(channel.channel_id, int(position)) if channel.origin == origin and position.isdigit() else None
        )
        said = day_close.read(leaf.read(data or b"") or {})
        if said is not None:
            return opened(rows, Closed(channel=channel, position=int(position), said=said))
    return None


def _end_of_close_before(rows: CloseRows, channel: Channel, position: int) -> int:
    """Up to which leaf the close before the one at this position counts."""
    earlier = (
        day_close.read(leaf.read(data) or {}) for place, data in rows.closes(channel.channel_id) if place < position
    )
    return max((each.end for each in earlier if each is not None), default=0)


def _before(last: Closed | None) -> tuple[date, dict[str, Cells]] | None:
    return None if last is None or last.cells is None else (last.said.day, dict(last.cells))


def _end(day: date) -> datetime:
    return datetime.combine(day + timedelta(days=1), time(), UTC)
