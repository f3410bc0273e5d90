"""Look at every source: is it read and matches nobody, has it fallen silent, is it what we joined?

Standards:  ``comity.cases.sources.alarms`` says when; ``comity.cases.sources.register`` what does not fit.
Answers:    ``Watch(loops, terms).look(rows, now)`` raises what is new, ends what is over, and gives ``Looked``.
            ``states(rows, now)`` says of each source how it stands, for people.
Limits:     an alarm that a person ended is raised again only by what came after that; what it showed is then the feed's habit. One
            about silence is not raised again before the feed has been heard: who ended it may have given the feed up, and the
            cases that it reported must close one day.
            Sources without proof alarm when reports of a loop come from them that nobody joined.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from comity.cases.sources.alarms import AlarmTerms, Silence, Unmatched, silence, unmatched
from comity.cases.sources.naming import HANDED
from comity.cases.sources.register import expiring, seen_from
from comity.model.source import Alarm, AlarmKind, JoinedLoop, Proof, Source, Trust
from comity.services.receive.sources.rows import SourceRows

PROGRAM: Final = "comity"
_LOOP: Final = "loop:"
_ADDRESSES: Final = 500
_HOUR: Final = timedelta(hours=1)
_QUIET_AFTER_SILENCE: Final = timedelta(days=7)
_LIKE_A_LOOP: Final = 5  # reports from one unproven source, after which it looks like a loop


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """Alarms that were raised now, and how many ended."""

    raised: tuple[Alarm, ...] = ()
    ended: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """How one source stands."""

    source: Source
    unmatched: Unmatched
    silence: Silence


class Watch:
    """Looks at sources."""

    def __init__(
        self, loops: Iterable[JoinedLoop] = (), terms: AlarmTerms | None = None, history: timedelta = timedelta(days=90)
    ) -> None:
        self._loops, self._terms, self._history = tuple(loops), terms or AlarmTerms(), history

    def look(self, rows: SourceRows, now: datetime) -> Looked:
        """Look at all of them."""
        rows.forget(now - self._history)
        before = {(each.source, each.kind): each for each in rows.alarms()}
        found = {(each.source, each.kind): each for each in self._found(rows, before, now)}
        raised = tuple(each for key, each in found.items() if key not in before)
        for each in found.values():
            rows.raise_alarm(each)
        over = [each for key, each in before.items() if key not in found and each.kind is not AlarmKind.TOO_MANY]
        for each in over:
            rows.end_alarm(each.alarm_id, by=PROGRAM, why=None, at=now)
        return Looked(raised=raised, ended=len(over))

    def states(self, rows: SourceRows, now: datetime, sources: Sequence[Source] | None = None) -> list[State]:
        """How each of these sources stands; without them, how all do."""
        return [self._state(rows, each, None, now=now) for each in (rows.all() if sources is None else sources)]

    def _state(self, rows: SourceRows, source: Source, usual_until: datetime | None, *, now: datetime) -> State:
        hours = rows.hours(source.name, now - self._history)
        ended = rows.last_ended(source.name, AlarmKind.UNMATCHED.value)
        if ended is not None and ended.ended is not None:  # a person said that this is how it is: it is its habit now
            usual_until = None
            hours = [each for each in hours if each.at >= ended.since - self._terms.window]
            habit = [replace(each, at=now - self._history) for each in hours if each.at <= ended.ended]
            hours = [*habit, *(each for each in hours if each.at > ended.ended)]
        return State(
            source=source,
            unmatched=unmatched(hours, self._terms, now, usual_until=usual_until),
            silence=silence(rows.hours(source.name, now - self._history), self._terms, now),
        )

    def _found(self, rows: SourceRows, before: dict[tuple[str, AlarmKind], Alarm], now: datetime) -> Iterable[Alarm]:
        for source in rows.all():
            standing = before.get((source.name, AlarmKind.UNMATCHED))
            usual_until = standing.since - self._terms.window if standing else None
            found = self._facts(source, self._state(rows, source, usual_until, now=now))
            made = (self._alarm(rows, source.name, each, now=now, heard=source.last) for each in found)
            yield from (alarm for alarm in made if alarm is not None)
        for loop in self._loops:
            name = f"{_LOOP}{loop.name}"
            addresses: Sequence[str] = rows.addresses(name, _ADDRESSES) if loop.ranges else ()
            kept = list(seen_from(loop, rows.selectors(name), addresses))
            ends = expiring(loop, now.date())
            kept += [(AlarmKind.EXPIRES, ends)] if ends is not None else []
            yield from (alarm for each in kept if (alarm := self._alarm(rows, name, each, now=now)) is not None)

    def _facts(self, source: Source, state: State) -> Iterable[tuple[AlarmKind, dict[str, Any]]]:
        """What is the matter with one source, in numbers."""
        bad, quiet = state.unmatched, state.silence
        if bad.is_alarm:
            shares = {"low": round(100 * bad.low), "line": round(100 * bad.line)}
            yield AlarmKind.UNMATCHED, {"bad": bad.bad, "n": bad.whole, **shares}
        if quiet.is_alarm and source.trust is not Trust.BARRED and source.proof is not Proof.NONE:
            hours, longest = round(quiet.silent_for / _HOUR), round(quiet.longest / _HOUR)
            yield AlarmKind.SILENT, {"hours": hours, "longest": longest, "pauses": quiet.pauses}
        is_stranger = source.proof is Proof.NONE and source.name != HANDED  # what our own people hand over is no loop
        if is_stranger and source.reports >= _LIKE_A_LOOP and source.trust is Trust.TRIAL:
            yield AlarmKind.NOT_JOINED, {"n": source.reports}

    def _alarm(
        self,
        rows: SourceRows,
        name: str,
        found: tuple[AlarmKind, dict[str, Any]],
        *,
        now: datetime,
        heard: datetime | None = None,
    ) -> Alarm | None:
        """The alarm, unless a person ended the same one not long ago, or one about silence and nothing was ``heard`` since."""
        kind, facts = found
        ended = rows.last_ended(name, kind.value)
        if ended is not None and ended.ended is not None and kind is not AlarmKind.UNMATCHED:
            quiet = _QUIET_AFTER_SILENCE if kind is AlarmKind.SILENT else self._history
            is_given_up = kind is AlarmKind.SILENT and heard is not None and heard <= ended.ended
            if is_given_up or ended.facts == facts or now < ended.ended + quiet:
                return None
        return Alarm(source=name, kind=kind, since=now, facts=facts)
