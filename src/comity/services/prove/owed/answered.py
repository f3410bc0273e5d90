"""What became of the other side's reports, by the days of the agreement that each was sent under: in time, late, open, overdue.

Trust:      counted from leaves that both sides have: reports and what takes them back in the channels of whoever reports,
            answers in those of whoever answers. Nothing else is asked but the agreement that a report names by its digest. A close
            of the other side's is counted again by the working days that it states, which may leave out only so many holidays.
Standards:  an answer is due when so many business days of whoever answers have passed after the day (UTC) of the report, as
            ``counting.due`` says. The first answer counts (``REPORT.outcome``); what was taken back before it (``REPORT.retract``)
            is owed nothing.
Answers:    ``count(rows, asked, seen, before)`` gives ``Counted``; ``faults(rows, asked, claimed)`` what a close may not say.
Limits:     a report stands in one of three places at any moment (answered, open, taken back), so that nothing is counted twice
            and nothing falls between two days. Reports that name no agreement have no day: ``undated``. Leaves that the other side
            refuses are passed over.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from enum import Enum, auto
from itertools import islice
from typing import Any, Final, Protocol

from comity.ledger import checkpoint, day_close, leaf
from comity.ledger.day_close import Answers, WorkDays
from comity.ledger.leaf import LeafType
from comity.model import utc_day
from comity.model.agreement_document import AgreementDocument
from comity.model.entry import Channel
from comity.model.playbook import Calendar
from comity.services.prove.owed.recourse_times import recourse_times
from comity.services.prove.owed.working_days import (
    WEEK,
    Said,
    as_said,
    calendar_of,
    is_over,
    matters,
    most_holidays,
    stated_days,
    taken_back,
)

QUARTERS: Final = 8  # whose channels are looked at for what is new
_AT_ONCE: Final = 2000
_CLOCK: Final = timedelta(seconds=300)
_DAY: Final = timedelta(days=1)
_UNNAMED: Final = ""  # the terms of a report that names none

Waiting = Mapping[str, Mapping[str, int]]  # open reports, by day and digest


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A leaf that counts: where it stands, and what it says."""

    channel_id: int
    position: int
    record: Mapping[str, Any]


class AnswerRows(Protocol):
    """What is asked of the ledger, and of agreements."""

    def of_direction(self, reporting: str, reported: str) -> Sequence[Channel]:
        """The channels of one direction, oldest quarter first."""

    def between(self, channel_id: int, start: int, end: int) -> Iterator[bytes]:
        """The bytes of leaves [start, end)."""

    def first_from(self, channel_id: int, start: int, moment: datetime) -> int:
        """The first position from ``start`` on that was submitted at this moment or later; the size where there is none."""

    def closes(self, channel_id: int) -> Sequence[tuple[int, bytes]]:
        """Position and bytes of every close of a channel, in order."""

    def newest_first(self, channel_id: int, leaf_type: str) -> Iterator[bytes]:
        """The bytes of all leaves of one type."""

    def unrefused(self, channel_ids: Sequence[int], names: Sequence[str]) -> Sequence[tuple[str, int, int, bytes]]:
        """Name, channel, position and bytes of the leaves of these names that the other side does not refuse."""

    def receipted_by(self, channel_id: int, moment: datetime) -> int:
        """How many leaves the other side had confirmed at a moment."""

    def agreed(self, digest: str) -> AgreementDocument | None:
        """The agreement of this digest, where both signed it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Which close: of which day, in the channel of whoever answers, over which of its leaves."""

    channel: Channel
    span: tuple[int, int]
    day: date
    calendar: Calendar
    before: Said | None  # what the close before it says of answers

    @property
    def reports(self) -> tuple[str, str]:
        """The direction of the reports that are answered."""
        return self.channel.reported, self.channel.reporting


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """What was given on the day, and what is open at its end."""

    given: Mapping[str, int]
    still_open: Mapping[str, int]
    waiting: dict[str, dict[str, int]]
    terms: tuple[tuple[str, int, int], ...]
    work_days: WorkDays


class _State(Enum):
    UNKNOWN = auto()
    OPEN = auto()
    ANSWERED = auto()
    GONE = auto()


_Move = tuple[_State, _State, Mapping[str, Any], Mapping[str, Any] | None]


def channels_of(rows: AnswerRows, direction: tuple[str, str]) -> list[Channel]:
    """The channels of a direction that whoever reports writes himself: what came by mail has no answers in a ledger."""
    return [
        each
        for each in rows.of_direction(*direction)
        if (name := checkpoint.channel_name(each.origin)) is not None and name.writer == direction[0]
        and not each.origin.endswith("/by-mail")
    ]  # fmt: skip


def seen_now(rows: AnswerRows, asked: Asked, before: Mapping[str, int]) -> dict[str, int]:
    """How many leaves of the reports' channels were submitted up to the end of the day, of those that are here."""
    return {
        each.origin: rows.first_from(each.channel_id, before.get(each.origin, 0), utc_day.end(asked.day))
        for each in channels_of(rows, asked.reports)[-QUARTERS:]
    }


def seen_at_most(
    rows: AnswerRows, asked: Asked, said: Mapping[str, int], *, before: Mapping[str, int]
) -> dict[str, int]:
    """What a close may have seen of what it says: nothing that was submitted after its day, nor less than the one before it."""
    return {
        each.origin: min(
            max(said.get(each.origin, start), start),
            max(start, rows.first_from(each.channel_id, start, utc_day.end(asked.day))),
        )
        for each in channels_of(rows, asked.reports)[-QUARTERS:]
        for start in (before.get(each.origin, 0),)
    }


def count(
    rows: AnswerRows, asked: Asked, seen: Mapping[str, int], *, before: tuple[Mapping[str, int], Waiting] | None
) -> Counted:
    """Count a day; ``before`` is what the close before it had seen, and what was open then. Without one all leaves are read."""
    return _Counting(rows, asked, seen, before).run()


@dataclass(slots=True)
class _Counting:
    """One count."""

    rows: AnswerRows
    asked: Asked
    seen: Mapping[str, int]
    before: tuple[Mapping[str, int], Waiting] | None
    reports: list[Channel] = field(init=False)
    answers: list[Channel] = field(init=False)
    until: dict[int, int] = field(init=False)  # up to which leaf answers were counted before, by channel
    order: dict[int, int] = field(init=False)

    def __post_init__(self) -> None:
        rows, asked = self.rows, self.asked
        self.reports = channels_of(rows, asked.reports)
        self.answers = channels_of(rows, (asked.channel.reporting, asked.channel.reported))
        self.order = {each.channel_id: place for place, each in enumerate((*self.reports, *self.answers))}
        here = (asked.day, asked.channel.quarter)
        self.until = {}
        for each in self.answers:
            closes = (day_close.read(leaf.read(data) or {}) for _, data in rows.closes(each.channel_id))
            ends = [said.end for said in closes if said is not None and (said.day, each.quarter) < here]
            self.until[each.channel_id] = max(ends, default=0)
        self.until[asked.channel.channel_id] = asked.span[0]

    def run(self) -> Counted:
        waiting = self._from_scratch() if self.before is None else {day: dict(n) for day, n in self.before[1].items()}
        answered: list[tuple[Mapping[str, Any], Mapping[str, Any]]] = []
        for names in _lots(sorted(self._touched()), _AT_ONCE):
            for was, now, told, answer in self._moves(names):
                if was is now:
                    continue
                if _State.OPEN in (was, now):
                    _add(waiting, told, 1 if now is _State.OPEN else -1)
                if now is _State.ANSWERED and answer is not None:
                    answered.append((told, answer))
        digests = {each for numbers in waiting.values() for each in numbers} | {_terms(each) for each, _ in answered}
        used = {digest: found for digest in sorted(digests) if (found := self._agreed(digest)) is not None}
        longest = max((days for _, days in used.values()), default=0)
        stated = stated_days(self.asked.calendar, self.asked.day, longest)
        stated = as_said(stated, (self.asked.day, longest), before=self.asked.before)
        by = calendar_of(stated) or self.asked.calendar  # what is stated is what is counted by
        given = Counter(_kind(*each, used=used, by=by) for each in answered)
        given.update(recourse_times(self.rows, self.answers, self.asked))
        still_open: Counter[str] = Counter()
        for day, numbers in waiting.items():
            for digest, n in numbers.items():
                terms = used.get(digest)
                is_late = terms and is_over(date.fromisoformat(day), terms[1], by, at=utc_day.end(self.asked.day))
                still_open["open/undated" if terms is None else "open/overdue" if is_late else "open/not-due"] += n
        terms_used = tuple((digest, version, days) for digest, (version, days) in used.items())
        return Counted(given=given, still_open=still_open, waiting=waiting, terms=terms_used, work_days=stated)

    def _touched(self) -> set[str]:
        """The reports that something is new about."""
        found: set[str] = set()
        for channel in self.reports:
            start, end = self._was_seen(channel), self._now_seen(channel)
            for record in self._records(channel, start, end):
                if record.get("type") == LeafType.REPORT.value:
                    found.add(str(record.get("id")))
                elif record.get("type") == LeafType.RETRACT.value:
                    found.add(str(record.get("report")))
        for record in self._records(self.asked.channel, *self.asked.span):
            if record.get("type") == LeafType.OUTCOME.value:
                found.add(str(record.get("report")))
        return found

    def _records(self, channel: Channel, start: int, end: int) -> Iterator[dict[str, Any]]:
        return (leaf.read(data) or {} for data in self.rows.between(channel.channel_id, start, end))

    def _now_seen(self, channel: Channel) -> int:
        """How far a channel has been seen; what is too old to be listed was seen whole."""
        is_recent = channel in self.reports[-QUARTERS:]
        return self.seen.get(channel.origin, 0 if is_recent else channel.size)

    def _was_seen(self, channel: Channel) -> int:
        """And how far before; without a close before, nothing is new."""
        if self.before is None or channel not in self.reports[-QUARTERS:]:
            return self._now_seen(channel)
        return self.before[0].get(channel.origin, 0)

    def _from_scratch(self) -> dict[str, dict[str, int]]:
        """What was open before this day's answers, by all leaves."""
        waiting: dict[str, dict[str, int]] = {}
        for channel in self.reports:
            records = self._records(channel, 0, self._now_seen(channel))
            names = (str(each.get("id")) for each in records if each.get("type") == LeafType.REPORT.value)
            for some in _lots(names, _AT_ONCE):
                for was, _, told, _ in self._moves(some):
                    if was is _State.OPEN:
                        _add(waiting, told, 1)
        return waiting

    def _moves(self, names: Iterable[str]) -> Iterator[_Move]:
        """Where each report stood before and stands now, with its leaf and that of its answer."""
        some = list(dict.fromkeys(names))
        reports = self._found(self.reports, some, LeafType.REPORT)
        taken = self._found(self.reports, [f"{name}.retract" for name in reports], LeafType.RETRACT)
        answers = self._found(self.answers, [f"{name}.outcome" for name in reports], LeafType.OUTCOME)
        for name, told in reports.items():
            answer = answers.get(f"{name}.outcome")
            about = (told, taken.get(f"{name}.retract"), answer)
            was, now = self._state(about, was=True), self._state(about, was=False)
            now = was if was is _State.ANSWERED else now  # it was answered, whatever was taken back since
            yield was, now, told.record, None if answer is None else answer.record

    def _found(self, channels: Sequence[Channel], names: Sequence[str], sort: LeafType) -> dict[str, Standing]:
        """The first leaf of each name, of one type, that cites what its name says."""
        found: dict[str, Standing] = {}
        places = [each.channel_id for each in channels]
        if not places or not names:
            return found
        rows = self.rows.unrefused(places, names)
        for name, channel_id, position, data in sorted(rows, key=lambda each: (self.order[each[1]], each[2])):
            record = leaf.read(data) or {}
            cites = sort is LeafType.REPORT or name.rpartition(".")[0] == record.get("report")
            if record.get("type") == sort.value and cites and day_close.day_of(record) is not None:
                found.setdefault(name, Standing(channel_id=channel_id, position=position, record=record))
        return found

    def _state(self, about: tuple[Standing, Standing | None, Standing | None], *, was: bool) -> _State:
        told, taken, answer = about
        if not self._is_there(told, was=was):
            return _State.UNKNOWN
        is_taken = taken is not None and self._is_there(taken, was=was)
        is_answered = answer is not None and self._is_counted(answer, was=was)
        if is_taken and taken is not None and (
            not is_answered or answer is None or taken.record["submitted"] <= answer.record["submitted"]
        ):  # fmt: skip
            return _State.GONE
        return _State.ANSWERED if is_answered else _State.OPEN

    def _is_there(self, found: Standing, *, was: bool) -> bool:
        channel = self.reports[self.order[found.channel_id]]
        return found.position < (self._was_seen(channel) if was else self._now_seen(channel))

    def _is_counted(self, answer: Standing, *, was: bool) -> bool:
        until = self.until[answer.channel_id]
        if not was and answer.channel_id == self.asked.channel.channel_id:
            until = self.asked.span[1]
        return answer.position < until

    def _agreed(self, digest: str) -> tuple[int, int] | None:
        """Version and days of an agreement, for the direction in which was reported."""
        document = self.rows.agreed(digest) if digest else None
        if document is None or set(document.parties) != set(self.asked.reports):
            return None
        return document.version, document.directions[self.asked.reports[0]].answer_days


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """What a close of the other side's says of answers, and when it was written, and what the one before it saw."""

    answers: Answers
    written: datetime
    before: Mapping[str, int]
    days: int  # the longest time for an answer, in business days, by the agreements that are named


def faults(rows: AnswerRows, asked: Asked, claimed: Claimed) -> Iterator[tuple[str, int, int]]:
    """What it may not say: (what, what it says, what it may say)."""
    said, days = claimed.answers, claimed.days
    known = {each.origin: each for each in channels_of(rows, asked.reports)}
    yield from ((f"answers/seen {origin[:60]}", size, 0) for origin, size in said.seen.items() if origin not in known)
    for origin, channel in list(known.items())[-QUARTERS:]:
        size, start = said.seen.get(origin, 0), claimed.before.get(origin, 0)
        most = rows.first_from(channel.channel_id, start, utc_day.end(asked.day))
        least = min(most, max(start, rows.receipted_by(channel.channel_id, claimed.written - _CLOCK)))
        if not least <= size <= most:
            yield f"answers/seen {origin}", size, least if size < least else most
    stated = said.work_days
    off = [each for each in stated.holidays if each.weekday() in stated.work_days]
    if len(off) > most_holidays(days):
        yield "answers/holidays", len(off), most_holidays(days)
    if len(set(stated.work_days)) < WEEK:
        yield "answers/work-days", len(set(stated.work_days)), WEEK
    outside = [each for each in (*stated.holidays, *stated.extra_days) if not matters(each, asked.day, days)]
    if outside:
        yield "answers/calendar", len(outside), 0
    changed = taken_back(stated, (asked.day, days), before=asked.before)
    if changed:
        yield "answers/free-days", changed, 0


def _add(waiting: dict[str, dict[str, int]], told: Mapping[str, Any], number: int) -> None:
    """One more, or one less; a day on which nothing is open is left out."""
    day, digest = _day(told), _terms(told)
    numbers = waiting.setdefault(day, {})
    left = numbers.get(digest, 0) + number
    if left > 0:
        numbers[digest] = left
    else:
        numbers.pop(digest, None)
    if not numbers:
        del waiting[day]


def _kind(
    told: Mapping[str, Any], answer: Mapping[str, Any], *, used: Mapping[str, tuple[int, int]], by: Calendar
) -> str:
    terms = used.get(_terms(told))
    if terms is None:
        return "answers/undated"
    given = datetime.fromtimestamp(answer["submitted"], UTC)
    return "answers/late" if is_over(date.fromisoformat(_day(told)), terms[1], by, at=given) else "answers/in-time"


def _terms(told: Mapping[str, Any]) -> str:
    return str(told.get("terms") or _UNNAMED)


def _lots(values: Iterable[str], most: int) -> Iterator[list[str]]:
    every = iter(values)
    while some := list(islice(every, most)):
        yield some


def _day(told: Mapping[str, Any]) -> str:
    found = day_close.day_of(told)
    return (found or date(1970, 1, 1)).isoformat()
