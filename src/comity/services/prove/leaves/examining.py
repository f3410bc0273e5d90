"""Count again what the other side closed, before anything is cosigned or stated by it.

Trust:      a close is a claim: its leaves are folded again, its answers counted again out of both sides' leaves.
Standards:  what is counted and how: ``comity.ledger.day_close``, ``comity.services.prove.owed.answered``.
Answers:    ``examine(rows, channel, position)`` gives what does not hold in a close, ``examine_copies`` that of all of some days,
            ``recount`` and ``recount_copies`` the same with what we count on from, ``dispute`` the event that says so; ``is_early``
            whether one cannot be counted yet.
Limits:     a close is examined as one of a chain: what the close before it says was examined when that came, and where it did not
            hold, what is open is counted on from our own count. It names the one right before it, and no day that is still to come,
            nor one that its channel is past: what is counted from the first leaf on is counted once a day, whatever a peer writes.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from comity.ledger import checkpoint, day_close, leaf
from comity.model.entry import Channel
from comity.model.playbook import Calendar
from comity.services.prove.closing import (
    Closed,
    CloseRows,
    CloseTerms,
    all_closes,
    before_of,
    carried_answers,
    counted,
    opened,
    said_before,
)
from comity.services.prove.leaves.recounting import Basis, basis_beside, disputing, is_doubted, payload
from comity.services.prove.owed import answered
from comity.services.prove.owed.working_days import Said, calendar_of
from comity.services.prove.writing import Event

_SHOWN: Final = 20  # differing cells in one dispute
_PLACE: Final = re.compile(r"[0-9]{1,15}")
_MOST: Final = (1 << 53) - 1  # the largest number that a leaf can say
_CLOCK: Final = timedelta(seconds=300)
_ABOUT_DAYS: Final = frozenset(
    {"answers", "answers/payload-missing", "answers/zone", "answers/holidays", "answers/work-days"}
    | {"answers/calendar", "answers/free-days"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recounted:
    """What does not hold in a close: (cell or fault, what it says, what its leaves say); and what we count the next one from."""

    found: list[tuple[str, int, int]]
    ours: Basis | None = None


def examine(rows: CloseRows, channel: Channel, position: int, *, terms: CloseTerms) -> list[tuple[str, int, int]]:
    """What does not hold in a close that somebody wrote: (cell or fault, what it says, what its leaves say).

    Countries are compared only where both sides have the same table.
    """
    return recount(rows, channel, position, terms=terms, known={}, every=closes_beside(rows, channel)).found


def closes_beside(rows: CloseRows, channel: Channel) -> list[Closed]:
    """All closes among which those of a channel are examined: read once for all of them."""
    return all_closes(rows, (channel.reporting, channel.reported), channel.reporting)


def recount(
    rows: CloseRows,
    channel: Channel,
    position: int,
    *,
    terms: CloseTerms,
    known: Mapping[str, Basis | None],
    every: Sequence[Closed],
) -> Recounted:
    """The same, with our own count of what is open; ``known`` are ours of closes that were found not to hold just now, by name, and
    ``every`` are all that stand beside this one.
    """
    data = rows.leaf_at(channel.channel_id, position)
    said = day_close.read(leaf.read(data or b"") or {})
    if said is None:
        return Recounted(found=[("malformed", 0, 0)])
    closed = opened(rows, Closed(channel=channel, position=position, said=said))
    earlier = [each for each in every if (each.said.day, each.channel.quarter) < (said.day, channel.quarter)]
    behind = [each for each in every if _is_behind(closed, each)]
    if any(said.day <= each.said.day <= _last_day(rows, each) for each in behind):
        return Recounted(found=[("day-over", 0, 0)])
    before = opened(rows, earlier[-1]) if earlier else None
    start = max((each.said.end for each in behind), default=0)
    since, is_lost = _basis(rows, before, known)
    stands = _said_of(earlier, since)
    by = None if said.answers is None else calendar_of(said.answers.work_days)
    asked = answered.Asked(
        channel=channel,
        span=(start, max(start, min(said.end, position))),
        day=said.day,
        calendar=by or Calendar(zone=UTC),
        before=stands,
    )
    examined = _Examined(rows=rows, closed=closed, since=since, asked=asked)
    if closed.cells is None or closed.seed is None:
        return Recounted(found=[("payload-missing", 0, 0)], ours=examined.ours())
    if said.start != start:  # a leaf is counted once, whatever else a close says
        return Recounted(found=[("start", said.start, start)], ours=examined.ours())
    if said.previous != (earlier[-1].name if earlier else None) or said.end > position:
        return Recounted(found=[("previous-missing", 0, 0)], ours=examined.ours())
    if said.day > _last_day(rows, closed):  # what is still to come would be counted in the next period
        return Recounted(found=[("day-to-come", 0, 0)])
    found = list(_cells(rows, closed, before, terms=terms))
    if said.answers is not None and since is None and not is_lost and _begins_again(earlier):
        found.append(("answers", 0, 1))
    else:
        found += examined.faults(before)
    root, openings = day_close.sealed(closed.cells, closed.seed)
    if root != said.root or len(openings) != said.cells:
        found.append(("root", said.cells, len(openings)))
    return Recounted(found=found, ours=examined.ours(found) if found else None)


def _cells(
    rows: CloseRows, closed: Closed, before: Closed | None, *, terms: CloseTerms
) -> Iterator[tuple[str, int, int]]:
    """The cells of its counts that differ from what its leaves say."""
    said = closed.said
    counts, _ = counted(
        rows,
        closed.channel,
        (said.start, said.end),
        day=said.day,
        terms=replace(terms, within_hours=said.within_hours, calendar=None),
        seen=None if said.answers is None else said.answers.seen,
    )
    expected = day_close.carried(before_of(before), said.day, counts)
    passed = () if said.countries == terms.countries else ("report/registrant/", "report/location/", "report/network")
    for horizon, cells in (closed.cells or {}).items():
        for key, theirs, ours in day_close.differing(cells, expected[horizon], passed_over=passed):
            yield f"{horizon}/{key}", theirs, ours


def _basis(rows: CloseRows, before: Closed | None, known: Mapping[str, Basis | None]) -> tuple[Basis | None, bool]:
    """From where whatever follows this close is counted; None where all leaves are to be read, and whether that is because we
    disputed it and have no count of our own, as an earlier version did."""
    if before is None:
        return None, False
    if before.name in known:
        return known[before.name], known[before.name] is None
    said = disputing(rows, (before.channel.reported, before.channel.reporting), before.name)
    if said is not None and is_doubted(said):
        ours = basis_beside(said)
        return ours, ours is None
    if before.said.answers is None or before.waiting is None:
        return None, False
    return Basis(seen=before.said.answers.seen, waiting=before.waiting, days_of=before.name), False


def _said_of(earlier: Sequence[Closed], since: Basis | None) -> Said | None:
    """What stands of working days: what the newest close said that was not disputed for them."""
    name = None if since is None else since.days_of
    return next((said_before(each) for each in reversed(earlier) if each.name == name), None)


def is_early(rows: CloseRows, channel: Channel, position: int) -> bool:
    """Whether the close before it stands in another channel, and has not come yet: each quarter's channel comes by itself.

    What is early is counted again with the days that are closed then, and before anything is stated.
    """
    said = day_close.read(leaf.read(rows.leaf_at(channel.channel_id, position) or b"") or {})
    origin, _, place = ("" if said is None else said.previous or "").rpartition("#")
    name = checkpoint.channel_name(origin)
    if (
        origin == channel.origin
        or name is None
        or name.writer != channel.reporting
        or name.reported != channel.reported
    ):
        return False
    here = [each.size for each in rows.of_direction(channel.reporting, channel.reported) if each.origin == origin]
    return _PLACE.fullmatch(place) is not None and int(place) >= max(here, default=0)


def _begins_again(earlier: Sequence[Closed]) -> bool:
    """Whether some earlier close said what became of reports, where nothing is known of the one before this: to count so much anew,
    from the first leaf on, would cost us a long time as often as a peer likes.
    """
    return any(each.said.answers is not None for each in earlier)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Examined:
    """One close, and from where it is counted."""

    rows: CloseRows
    closed: Closed
    since: Basis | None
    asked: answered.Asked

    @property
    def _before(self) -> tuple[Mapping[str, int], answered.Waiting] | None:
        return None if self.since is None else (self.since.seen, self.since.waiting)

    def faults(self, before: Closed | None) -> Iterator[tuple[str, int, int]]:
        """What does not hold in what it says of answers: they are counted anew by the days of the agreements that both signed."""
        closed, said = self.closed, self.closed.said.answers
        if said is None:  # whoever has begun to say it does not stop
            yield from [("answers", 0, 1)] if self.since is not None else []
            return
        if closed.answers is None or closed.waiting is None or closed.seed is None:
            yield "answers/payload-missing", 0, 0
            return
        counted_again = answered.count(self.rows, self.asked, said.seen, before=self._before)
        claimed = answered.Claimed(
            answers=said,
            written=_written(self.rows, closed),
            before={} if self.since is None else self.since.seen,
            days=max((days for _, _, days in counted_again.terms), default=0),
        )
        if calendar_of(said.work_days) is None:
            yield "answers/zone", 0, 0
        yield from answered.faults(self.rows, self.asked, claimed)
        yield from _terms(said.terms, counted_again.terms)
        expected = carried_answers(before, closed.said.day, counted_again)
        for horizon, cells in closed.answers.items():
            for key, theirs, ours in day_close.differing(cells, expected[horizon]):
                yield f"{horizon}/{key}", theirs, ours
        if closed.waiting != counted_again.waiting:
            yield "answers/waiting", sum(_all(closed.waiting)), sum(_all(counted_again.waiting))
        root, openings = day_close.sealed(closed.answers, closed.seed)
        if root != said.root or len(openings) != said.cells:
            yield "answers/root", said.cells, len(openings)

    def ours(self, found: Sequence[tuple[str, int, int]] | None = None) -> Basis | None:
        """What is open by our own count, where it does not hold; None where it and those before it say nothing of answers."""
        said = self.closed.said.answers
        if self.since is None and said is None:
            return None
        before = {} if self.since is None else self.since.seen
        seen = answered.seen_at_most(self.rows, self.asked, before if said is None else said.seen, before=before)
        counted_again = answered.count(self.rows, self.asked, seen, before=self._before)
        is_kept = said is not None and found is not None and not _ABOUT_DAYS & {name for name, _, _ in found}
        days_of = self.closed.name if is_kept else None if self.since is None else self.since.days_of
        return Basis(seen=seen, waiting=counted_again.waiting, days_of=days_of)


def _terms(
    said: Sequence[tuple[str, int, int]], ours: Sequence[tuple[str, int, int]]
) -> Iterator[tuple[str, int, int]]:
    """How many days an agreement gives for an answer, where a close says otherwise."""
    theirs, known = {each[0]: each[1:] for each in said}, {each[0]: each[1:] for each in ours}
    for digest in sorted({*theirs, *known}):
        if theirs.get(digest) != known.get(digest):
            days = [(each.get(digest) or (0, 0))[1] for each in (theirs, known)]
            yield f"answers/days {digest[:16]}", days[0], days[1]


def _all(waiting: answered.Waiting) -> Iterator[int]:
    return (n for numbers in waiting.values() for n in numbers.values())


def examine_copies(
    rows: CloseRows, direction: tuple[str, str], span: tuple[date, date], *, terms: CloseTerms
) -> list[tuple[Closed, list[tuple[str, int, int]]]]:
    """The closes of these days that the other side wrote and that do not hold, each with what does not."""
    return [(each, again.found) for each, again in recount_copies(rows, direction, span, terms=terms)]


def recount_copies(
    rows: CloseRows, direction: tuple[str, str], span: tuple[date, date], *, terms: CloseTerms
) -> list[tuple[Closed, Recounted]]:
    """The same, with our own count of what is open."""
    wrong: list[tuple[Closed, Recounted]] = []
    known: dict[str, Basis | None] = {}
    every = all_closes(rows, direction, direction[0])
    for each in every:
        if each.channel.is_copy and span[0] <= each.said.day <= span[1]:
            again = recount(rows, each.channel, each.position, terms=terms, known=known, every=every)
            if again.found:
                known[each.name] = again.ours
                wrong.append((each, again))
    return wrong


def dispute(closed_name: str, again: Recounted, *, ours: str, theirs: str) -> Event:
    """What we write into our own direction when a close of theirs does not hold; beside it, what is open by our own count."""
    found = again.found
    cells: list[Any] = [[key, min(said, _MOST), min(known, _MOST)] for key, said, known in found[:_SHOWN]]
    while len(json.dumps(cells)) > leaf.LIMIT // 2:
        cells.pop()
    return Event(
        reporting=ours,
        reported=theirs,
        leaf_type=leaf.LeafType.DISPUTE,
        event_id=f"{closed_name}.dispute",
        observed=None,
        facts={"close": closed_name, "cells": cells, "differing": len(found)},
        payload=None if again.ours is None else payload(again.ours),
    )


def _written(rows: CloseRows, closed: Closed) -> datetime:
    """When a close was written, as it says itself."""
    record = leaf.read(rows.leaf_at(closed.channel.channel_id, closed.position) or b"") or {}
    return datetime.fromtimestamp(record["submitted"], UTC)


def _last_day(rows: CloseRows, closed: Closed) -> date:
    """The newest day that it may be of."""
    return (_written(rows, closed) + _CLOCK).date()


def _is_behind(closed: Closed, other: Closed) -> bool:
    """Whether it stands behind another one in the same channel."""
    return other.channel.channel_id == closed.channel.channel_id and other.position < closed.position
