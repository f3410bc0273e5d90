"""Close days: fold what was written since the last close into cells, and commit to them in one leaf. Check others' closes.

Trust:      our own ledger; closes of another side's are examined by ``leaves.examining``.
Standards:  what is counted and how: ``comity.ledger.day_close``.
Answers:    ``Closing.close(rows, direction, through, now)`` closes every day of a direction that is not closed yet, quiet ones too.
Limits:     in the caller's transaction. A direction begins on the day of its first leaf. Answers are looked for among the reports
            of the direction that they answer, newest first; an answer to a report that is not there counts as late. What became of
            the other side's reports by the agreement is counted for what we write ourselves (``owed.answered``).
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from typing import Final, Protocol

from comity.formats import canonical_json
from comity.ledger import checkpoint, day_close, leaf
from comity.ledger.day_close import Answers, Cells, DayClose, Places
from comity.model import utc_day
from comity.model.entry import Channel
from comity.model.outcomes import ComityError, Outcome
from comity.model.playbook import Calendar
from comity.services.prove.leaves.recounting import DisputeRows, disputing, is_doubted
from comity.services.prove.owed import answered
from comity.services.prove.writing import Event, LedgerRows, Scribe, quarter_of

_LATE: Final = 60  # earlier days named in one close
_FRAME: Final = 200  # bytes of a leaf that every leaf has: type, times, commitment


class CloseRows(DisputeRows, Protocol):
    """What closing reads of the ledger."""

    def last_close(self, channel_id: int) -> tuple[int, bytes] | None:
        """The newest of them."""

    def first_submitted(self, channel_id: int) -> datetime | None:
        """When the first leaf of a channel was submitted."""

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
    answers: dict[str, dict[str, int]] | None = None  # the cells of what became of the other side's reports
    waiting: dict[str, dict[str, int]] | None = None  # of these, the open ones by day and terms

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
    calendar: Calendar | None = None  # our working days; None: what became of reports is counted by hours alone


@dataclass(frozen=True, slots=True, kw_only=True)
class Summed:
    """What the leaves [start, end) of a channel add up to on a day."""

    channel: Channel
    day: date
    span: tuple[int, int]
    counts: Cells
    late: Mapping[str, int]
    answers: "Answered | None" = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """What became of the other side's reports, as far as they were there (``seen``)."""

    seen: Mapping[str, int]
    counted: answered.Counted


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
        quarter = quarter_of(utc_day.end(day) - timedelta(seconds=1))
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
            found.append(self._scribe.channel(rows.ledger, asked, utc_day.end(day)))
        return found

    def _range(self, rows: CloseTransaction, channel: Channel, day: date) -> tuple[int, int, bool]:
        """The leaves since the last close of a channel, and whether there is one that is no close."""
        newest_close = rows.closes.last_close(channel.channel_id)
        before = newest_close and day_close.read(leaf.read(newest_close[1]) or {})
        start = before.end if before else 0
        end = rows.closes.first_from(channel.channel_id, start, utc_day.end(day))
        has_any = any(
            (leaf.read(data) or {}).get("type") != leaf.LeafType.DAY_CLOSE.value
            for data in rows.closes.between(channel.channel_id, start, end)
        )
        return start, end, has_any

    def _one(
        self, rows: CloseTransaction, channel: Channel, day: date, *, last: Closed | None, now: datetime
    ) -> Closed:
        start, end, _ = self._range(rows, channel, day)
        answers = self._answers(rows, channel, day, span=(start, end), last=last)
        seen = None if answers is None else answers.seen
        counts, late = counted(rows.closes, channel, (start, end), day=day, terms=self._terms, seen=seen)
        summed = Summed(channel=channel, day=day, span=(start, end), counts=counts, late=late, answers=answers)
        return self.write(rows, summed, last=last, now=now)

    def _answers(
        self, rows: CloseTransaction, channel: Channel, day: date, *, span: tuple[int, int], last: Closed | None
    ) -> Answered | None:
        """What became of reports; nothing where the channel is not ours, or where the other side's leaves are not here."""
        reports = (channel.reported, channel.reporting)
        if self._terms.calendar is None or channel.reporting != self._scribe.name:
            return None
        begins = last is None or last.said.answers is None
        if begins and not answered.channels_of(rows.closes, reports):
            return None
        asked = answered.Asked(
            channel=channel, span=span, day=day, calendar=self._terms.calendar, before=said_before(last)
        )
        before = answered_before(last)
        said = None if last is None else disputing(rows.closes, reports, last.name)
        if said is not None and is_doubted(said):  # what is open is counted once more, from the first leaf on
            before = None
        seen = answered.seen_now(rows.closes, asked, {} if before is None else before[0])
        return Answered(seen=seen, counted=answered.count(rows.closes, asked, seen, before=before))

    def write(self, rows: CloseTransaction, summed: "Summed", *, last: Closed | None, now: datetime) -> Closed:
        """Commit to what a day adds up to."""
        channel, day, (start, end) = summed.channel, summed.day, summed.span
        cells = day_close.carried(before_of(last), day, summed.counts)
        seed = self._terms.new_seed()
        root, openings = day_close.sealed(cells, seed)
        given = None if summed.answers is None else summed.answers.counted
        answers = None if given is None else carried_answers(last, day, given)
        said = DayClose(
            day=day,
            start=start,
            end=end,
            previous=None if last is None else last.name,
            late={},
            within_hours=self._terms.within_hours,
            countries=self._terms.countries,
            cells=len(openings),
            root=root,
            answers=None if summed.answers is None or answers is None else _said(summed.answers, answers, seed),
        )
        waiting = None if given is None else given.waiting
        name = f"{channel.origin}.{day.isoformat()}.close"
        said = replace(said, late=_as_fits(said, summed.late, name))
        event = Event(
            reporting=channel.reporting,
            reported=channel.reported,
            leaf_type=leaf.LeafType.DAY_CLOSE,
            event_id=name,
            observed=None,
            facts=said.facts(),
            payload=day_close.payload(seed, cells, answers=answers, waiting=waiting),
            quarter=channel.quarter,
            by_mail=channel.origin.endswith("/by-mail"),
        )
        ((_, position),) = self._scribe.write(rows.ledger, [event], now)
        return Closed(
            channel=channel, position=position, said=said, cells=cells, seed=seed, answers=answers, waiting=waiting
        )


def _as_fits(said: DayClose, late: Mapping[str, int], name: str) -> dict[str, int]:
    """As many of the earlier days as a leaf has room for: whom long names and many terms leave little must close all the same."""
    room = leaf.LIMIT - _FRAME - len(canonical_json.written(said.facts() | {"id": name}))
    found = dict(islice(sorted(late.items()), _LATE))
    while found and len(canonical_json.written(found)) > room:
        found.popitem()
    return found


def _said(given: Answered, cells: Mapping[str, Cells], seed: bytes) -> Answers:
    root, openings = day_close.sealed(cells, seed)
    return Answers(
        seen=given.seen,
        terms=given.counted.terms,
        work_days=given.counted.work_days,
        cells=len(openings),
        root=root,
    )


def carried_answers(last: Closed | None, day: date, given: answered.Counted) -> dict[str, dict[str, int]]:
    """The cells of answers of a day that follows a close."""
    before = None if last is None or last.answers is None else (last.said.day, dict[str, Cells](last.answers))
    return day_close.carried_answers(before, day, given=given.given, still_open=given.still_open)


def answered_before(last: Closed | None) -> tuple[Mapping[str, int], answered.Waiting] | None:
    """What a close had seen of reports, and what was open then; None where it does not say."""
    if last is None or last.said.answers is None or last.waiting is None:
        return None
    return last.said.answers.seen, last.waiting


def said_before(last: Closed | None) -> tuple[date, Answers] | None:
    """What a close says of answers, and of which day; None where it does not say."""
    return None if last is None or last.said.answers is None else (last.said.day, last.said.answers)


def counted(
    rows: CloseRows,
    channel: Channel,
    span: tuple[int, int],
    *,
    day: date,
    terms: CloseTerms,
    seen: Mapping[str, int] | None = None,
) -> tuple[Counter[str], Counter[str]]:
    """Fold the leaves [start, end) of a channel; also how many of them are of earlier days.

    ``seen`` are the reports of the other side that were there, where the close says so: both sides must look at the same ones.
    """
    records = [record for data in rows.between(channel.channel_id, *span) if (record := leaf.read(data)) is not None]
    answers = {str(each.get("report")) for each in records if each.get("type") == leaf.LeafType.OUTCOME.value}
    direction = (channel.reported, channel.reporting)
    submitted = _submitted(rows, direction, answers) if seen is None else _seen(rows, direction, answers, seen=seen)
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


def _seen(rows: CloseRows, direction: tuple[str, str], names: set[str], *, seen: Mapping[str, int]) -> dict[str, int]:
    """When those of the reports of these names that had been seen were submitted."""
    channels = {each.channel_id: each for each in rows.of_direction(*direction)}
    found: dict[str, int] = {}
    for name, channel_id, position, data in rows.unrefused(list(channels), sorted(names)) if channels and names else ():
        record = leaf.read(data) or {}
        is_there = position < seen.get(channels[channel_id].origin, channels[channel_id].size)
        if is_there and record.get("type") == leaf.LeafType.REPORT.value and isinstance(record.get("submitted"), int):
            found[name] = max(record["submitted"], found.get(name, 0))
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
    answers, waiting = day_close.read_answers(data or b"") or (None, None)
    return replace(closed, cells=cells, seed=seed, answers=answers, waiting=waiting)


def first_day(rows: CloseRows, direction: tuple[str, str]) -> date | None:
    """The first day on which either direction between the two has a leaf."""
    reporting, reported = direction
    channels = [*rows.of_direction(reporting, reported), *rows.of_direction(reported, reporting)]
    moments = [moment for each in channels if (moment := rows.first_submitted(each.channel_id)) is not None]
    return min(moments).astimezone(UTC).date() if moments else None


def before_of(last: Closed | None) -> tuple[date, dict[str, Cells]] | None:
    """Day and cells of the close before; None where there is none, or where they were erased."""
    return None if last is None or last.cells is None else (last.said.day, dict(last.cells))
