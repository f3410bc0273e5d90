"""The weekly report for the desk's boss: what came, whom it was about, how soon it was acted on, who comes back, and what left.

Answers:    ``weekly(records, until=...)`` gives ``Weekly`` for the seven days before a moment; ``lines(found, words, label=...)``
            says it in words.
Limits:     the time to act is counted from the opening of a case to the first thing that a person did, or the playbook outside; its
            median is over the cases opened in the week, those without any act yet are counted apart. Repeat offenders are subjects
            with more than one case opened within twelve months. What our own people complained about, and infected lines, are
            told where there were any; reasons are counted over the newest complaints of which nobody was told.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median
from typing import Final, Protocol

from comity.model.case_consequence import ConsequenceState
from comity.model.desk import Act, CaseState
from comity.model.notice import NoticeKind, SelfServiceAct
from comity.model.playbook import ActionKind
from comity.model.sending import ComplaintState

WEEK: Final = timedelta(days=7)
YEAR: Final = timedelta(days=365)
TOP: Final = 10
NOES: Final = 10_000  # complaints that are looked through for reasons
_FEW: Final = 5
_BACK_IN: Final = (ComplaintState.TAKEN_BACK.value, ComplaintState.RETRACTED.value)
_ACTED: Final = (Act.TAKE.value, Act.WAIT.value, Act.CLOSE.value, Act.ASSIGN.value, Act.MERGE.value, "decided")
_UNITS: Final = ((86400.0, "days"), (3600.0, "hours"), (60.0, "minutes"))
_BACK: Final = (Act.RETURN.value, Act.REOPEN.value)


class Words(Protocol):
    """Sentences of one language."""

    def say(self, message_id: str, /, **arguments: object) -> str:
        """The sentence with its holes filled."""


class FigureRows(Protocol):
    """Numbers over a time."""

    def opened(self, since: datetime, until: datetime) -> Mapping[str, tuple[datetime, int]]:
        """Cases that were opened: when, and the how manieth on their subject."""

    def events(self, acts: Sequence[str], since: datetime, until: datetime) -> Mapping[str, int]:
        """How often each of these acts was done."""

    def first_acts(self, acts: Sequence[str], since: datetime, until: datetime) -> Mapping[str, datetime]:
        """When something was done first about each case opened in this time."""

    def top(self, since: datetime, until: datetime, most: int) -> Sequence[tuple[str, str, int, int]]:
        """Label, kind, reports and different reporters of the subjects with most reports."""

    def arrived(self, since: datetime, until: datetime) -> int:
        """Reports that came and repeat nothing."""

    def repeated(self, since: datetime, until: datetime, most: int) -> Sequence[tuple[str, str, int, datetime]]:
        """Label, kind, number of cases and last opening of subjects with several cases."""

    def complaints(self, since: datetime, until: datetime) -> Mapping[str, int]:
        """How our own people's complaints of this time stand, by state."""

    def told(self, since: datetime, until: datetime) -> Sequence[tuple[str, int, int]]:
        """Whom reports left for, how many, and how many of these were answered."""

    def held(self) -> int:
        """Reports that are held now."""

    def untold(self, since: datetime, until: datetime, most: int) -> tuple[int, Mapping[str, int]]:
        """Complaints of which nobody is told, and how often each no was said about so many of the newest."""

    def infested(self, since: datetime, until: datetime) -> tuple[int, int, int]:
        """Cases of infected lines: seen since then, opened in this time, closed in it."""

    def notices(self, since: datetime, until: datetime) -> Mapping[str, int]:
        """How many notices were given out, by kind."""

    def said(self, since: datetime, until: datetime) -> Mapping[str, int]:
        """About how many cases subscribers said something, by what they said."""


class CountRows(Protocol):
    """Cases."""

    def count_by_state(self) -> Mapping[CaseState, int]:
        """How many cases there are in each state."""


class DecidedRows(Protocol):
    """What was decided by itself."""

    def counts(self, since: datetime, until: datetime) -> Sequence[tuple[ActionKind, ConsequenceState, int]]:
        """How much was decided, by kind and state."""


class WeeklyRows(Protocol):
    """All rows that it is made of."""

    @property
    def figures(self) -> FigureRows:
        """Numbers over a time."""

    @property
    def cases(self) -> CountRows:
        """Cases."""

    @property
    def consequences(self) -> DecidedRows:
        """What was decided by itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Busy:
    """A subject with many reports."""

    label: str
    kind: str
    reports: int
    complainers: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeating:
    """A subject with several cases."""

    label: str
    kind: str
    cases: int
    last: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """Somebody whom reports of ours left for."""

    party: str
    reports: int
    answered: int  # by now


@dataclass(frozen=True, slots=True, kw_only=True)
class Complained:
    """What our own people complained about, and what became of it."""

    complaints: int  # arrived in the week
    taken_back: int  # of these
    waiting: int  # of these: they can still be taken back
    untold: int  # decided in the week, and nobody is told
    noes: tuple[tuple[str, int], ...]  # why, most frequent first
    held: int  # reports, now
    told: tuple[Told, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Remedied:
    """Infected lines, and what was done for them."""

    seen: int  # lines, in the week
    opened: int  # cases
    closed: int
    notices: tuple[tuple[NoticeKind, int], ...]
    said: tuple[tuple[SelfServiceAct, int], ...]  # by subscribers


@dataclass(frozen=True, slots=True, kw_only=True)
class Weekly:
    """One week."""

    since: datetime
    until: datetime
    reports: int
    opened: int
    closed: int
    reopened: int  # came back, or were opened again by a person
    relapses: int  # cases opened on a subject that had one before
    open_now: int
    acted_on: int
    not_acted_on: int
    median_seconds: float | None
    top: tuple[Busy, ...]
    repeating: tuple[Repeating, ...]
    decided: tuple[tuple[ActionKind, ConsequenceState, int], ...]
    complained: Complained
    remedied: Remedied


def weekly(records: WeeklyRows, *, until: datetime) -> Weekly:
    """The seven days before a moment."""
    since, figures = until - WEEK, records.figures
    opened = figures.opened(since, until)
    first = figures.first_acts(_ACTED, since, until)
    waited = [(first[case_id] - at).total_seconds() for case_id, (at, _) in opened.items() if case_id in first]
    events = figures.events([*_BACK, Act.CLOSE.value], since, until)
    states = records.cases.count_by_state()
    return Weekly(
        since=since,
        until=until,
        reports=figures.arrived(since, until),
        opened=len(opened),
        closed=events.get(Act.CLOSE.value, 0),
        reopened=sum(events.get(each, 0) for each in _BACK),
        relapses=sum(number > 1 for _, number in opened.values()),
        open_now=sum(n for state, n in states.items() if state not in (CaseState.CLOSED, CaseState.MERGED)),
        acted_on=len(waited),
        not_acted_on=len(opened) - len(waited),
        median_seconds=median(waited) if waited else None,
        top=tuple(
            Busy(label=label, kind=kind, reports=reports, complainers=complainers)
            for label, kind, reports, complainers in figures.top(since, until, TOP)
        ),
        repeating=tuple(
            Repeating(label=label, kind=kind, cases=cases, last=last)
            for label, kind, cases, last in figures.repeated(until - YEAR, until, TOP)
        ),
        decided=tuple(records.consequences.counts(since, until)),
        complained=_complained(figures, since, until),
        remedied=_remedied(figures, since, until),
    )


def _complained(figures: FigureRows, since: datetime, until: datetime) -> Complained:
    states, (untold, noes) = figures.complaints(since, until), figures.untold(since, until, NOES)
    return Complained(
        complaints=sum(states.values()),
        taken_back=sum(states.get(each, 0) for each in _BACK_IN),
        waiting=states.get(ComplaintState.WAITING.value, 0),
        untold=untold,
        noes=tuple(sorted(noes.items(), key=lambda each: (-each[1], each[0]))),
        held=figures.held(),
        told=tuple(Told(party=party, reports=sent, answered=n) for party, sent, n in figures.told(since, until)),
    )


def _remedied(figures: FigureRows, since: datetime, until: datetime) -> Remedied:
    seen, opened, closed = figures.infested(since, until)
    given, said = figures.notices(since, until), figures.said(since, until)
    return Remedied(
        seen=seen,
        opened=opened,
        closed=closed,
        notices=tuple((kind, given[kind.value]) for kind in NoticeKind if kind.value in given),
        said=tuple((act, said[act.value]) for act in SelfServiceAct if act.value in said),
    )


def lines(found: Weekly, words: Words, *, label: Callable[[str], str]) -> Iterator[str]:
    """The week in words; ``label`` makes a stranger's word fit to be shown."""
    yield words.say("weekly.head", since=f"{found.since:%Y-%m-%d}", until=f"{found.until:%Y-%m-%d %H:%M}")
    yield words.say("weekly.reports", reports=found.reports, opened=found.opened, closed=found.closed)
    yield words.say("weekly.back", reopened=found.reopened, relapses=found.relapses, open=found.open_now)
    if found.median_seconds is not None:
        took = _length(found.median_seconds, words)
        yield words.say("weekly.acted", median=took, acted=found.acted_on, waiting=found.not_acted_on)
    elif found.opened:
        yield words.say("weekly.not-acted", waiting=found.not_acted_on)
    if found.top:
        yield from ("", words.say("weekly.top"))
        for each in found.top:
            said = words.say("weekly.top-line", reports=each.reports, complainers=each.complainers)
            yield f"  {label(each.label)}  {said}"
    if found.repeating:
        yield from ("", words.say("weekly.repeating"))
        for one in found.repeating:
            said = words.say("weekly.repeating-line", n=one.cases, last=f"{one.last:%Y-%m-%d}")
            yield f"  {label(one.label)}  {said}"
    if found.decided:
        yield from ("", words.say("weekly.decided"))
        for kind, state, n in found.decided:
            does = words.say(f"playbook.action.{kind.value}")
            yield f"  {n:>9,}  {does} [{words.say(f'consequence.{state.value}')}]"
    yield from _out(found.complained, words, label=label)
    yield from _lines(found.remedied, words)


def _out(found: Complained, words: Words, *, label: Callable[[str], str]) -> Iterator[str]:
    """What left, where anything did or could have."""
    if not (found.complaints or found.told or found.untold or found.held):
        return
    yield from ("", words.say("weekly.complained"))
    back, waiting = found.taken_back, found.waiting
    yield "  " + words.say("weekly.complaints", n=found.complaints, back=back, waiting=waiting)
    sent, answered = (sum(getattr(each, name) for each in found.told) for name in ("reports", "answered"))
    yield "  " + words.say("weekly.left", sent=sent, answered=answered, held=found.held)
    for each in found.told[:TOP]:
        said = words.say("weekly.told-line", sent=each.reports, answered=each.answered)
        yield f"  {label(each.party)}  {said}"
    if found.untold:
        yield "  " + words.say("weekly.untold", n=found.untold)
        for reason, n in found.noes[:_FEW]:
            yield f"  {n:>9,}  {words.say(f'no-report.{reason}')}"


def _lines(found: Remedied, words: Words) -> Iterator[str]:
    """What was done for infected lines, where there are any."""
    if not (found.seen or found.opened or found.closed or found.notices or found.said):
        return
    yield from ("", words.say("weekly.infested"))
    yield "  " + words.say("weekly.lines", seen=found.seen, opened=found.opened, closed=found.closed)
    if found.notices:
        yield "  " + words.say("weekly.notices")
        yield from (f"  {n:>9,}  {words.say(f'notice.kind.{kind.value}')}" for kind, n in found.notices)
    if found.said:
        yield "  " + words.say("weekly.said")
        yield from (f"  {n:>9,}  {words.say(f'weekly.said.{act.value}')}" for act, n in found.said)


def _length(seconds: float, words: Words) -> str:
    size, name = next(((size, name) for size, name in _UNITS if seconds >= size), _UNITS[-1])
    return words.say(f"playbook.span.{name}", n=round(seconds / size)).strip()
