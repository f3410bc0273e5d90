"""Take in sightings of bots, item by item: whose line it was, and a case where two witnesses agree.

Trust:      rows are strangers'; that a source is trusted is the operator's word. Who says a thing is the item's own
            word, so items come from files whose way the operator knows. Nobody is told anything from here: a case is opened, and
            its playbook decides.
Standards:  DESIGN.md section 3, P1 (what is said to be taken in is on the disk), P2 (delivered twice, counted once: what was
            known is one row still, but its line is asked again and it is weighed anew, for books and trust change).
Answers:    ``Import(write, whose, standing, ...).take(name, reading)`` gives ``Taken``, one for each item; ``take_long`` for one
            that comes in parts.
Limits:     an item that names more than a twentieth of all lines at once (and at least twenty) is held: nothing of it is written
            until a person says ``release``. Sightings of the last ``OLD`` days speak together. A line that nobody can name for
            certain is kept with the reason, and makes no case. Rows go after `retention.sighting_days`.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, tzinfo
from hashlib import blake2b
from typing import Final

from comity.cases.matching import Claim
from comity.cases.opening import subject_of
from comity.formats.sightings import breaks_off, sightings, source_of
from comity.model.case import Evidence, EvidenceClass, SubjectKind
from comity.model.desk import CaseState
from comity.model.feedback import Reading
from comity.model.notice import Certainty
from comity.model.sighting import Sighting
from comity.remediation.corroboration import OLD, Standing, assess, enough, is_alarming, unfit
from comity.services.receive.subscribers.whose import Whose
from comity.services.remedy.infestations import FollowsSights
from comity.services.remedy.sightings.placing import CasesOf
from comity.services.remedy.sightings.rows import SightingPlace, SightingRow

NOTHING_LEFT: Final[Mapping[str, int]] = {}
NOBODY: Final[Mapping[str, Collection[int]]] = {}
LINES: Final = 5000  # of a long item, on which is concluded in one transaction
LOT: Final = 20_000
_LINES: Final = (SubjectKind.SUBSCRIBER, SubjectKind.CUSTOMER)


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What became of one item."""

    name: str
    sightings: int
    repeats: int = 0
    left: Mapping[str, int] = field(default_factory=dict)  # what does not count or names nobody, by reason
    lines: int = 0  # how many lines it names
    untold: Mapping[str, int] = field(default_factory=dict)  # lines about which nothing is concluded, by reason
    certainties: Mapping[Certainty, int] = field(default_factory=dict)
    opened: tuple[str, ...] = ()
    returned: tuple[str, ...] = ()
    relapses: tuple[str, ...] = ()
    is_held: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportOrder:
    """How one import is done."""

    now: datetime
    quiet: timedelta  # how long after closing a case may still go on
    source: str | None = None  # who says it, where the items do not
    zone: tzinfo | None = None  # by whose clock tables write that do not say so
    release: bool = False  # a person looked at what is held
    is_asked: bool = False  # who keeps books elsewhere was asked before: all of it stands in another's transaction


class Import:
    """One import."""

    def __init__(
        self,
        write: Callable[[], AbstractContextManager[SightingPlace]],
        whose: Whose,
        *,
        standing: Standing,
        order: ImportOrder,
        following: FollowsSights | None = None,
    ) -> None:
        """``following`` is told of what is new about a line, where a playbook is in use."""
        self._following = following
        self._write, self._whose, self._standing, self._order = write, whose, standing, order
        self._long = 0

    def take(self, name: str, reading: Reading) -> Taken:
        """Take one item in, in one transaction."""
        found = sightings(reading, self._order.source, self._order.zone)
        return self.take_in(name, found.sightings, spoke=self._spoke(reading), left=found.left)

    def take_long(self, name: str, parts: Iterable[Reading]) -> Taken:
        """Take an item in that is too long for one transaction, part by part; a line is concluded on when all parts are there.

        Where it turns out to name too many lines, what was written of it is taken out again. A break leaves whole parts, of which
        nothing is concluded, under a mark: they speak for nobody, and are as good as new to whoever brings them once more.
        """
        self._long += 1  # each of several has a moment of its own, by which its rows are found again
        moment = self._order.now + timedelta(microseconds=self._long)
        total, whole = Taken(name=name, sightings=0), _Whole(moment=moment)
        spoke, is_cut = dict[str, set[int]](), False
        for reading in parts:
            found = sightings(reading, self._order.source, self._order.zone)
            for source, days in self._spoke(reading).items():
                spoke.setdefault(source, set()).update(days)
            is_cut = is_cut or breaks_off(reading)
            taken = self._written(name, found.sightings, spoke=NOBODY, left=found.left, whole=whole)
            if taken.is_held:
                self._undo(moment)
                return replace(taken, lines=len(whole.news))
            total = _added(total, taken)
        subjects = sorted(whole.claims)
        for start in range(0, len(subjects), LINES):
            some = {subject: whole.claims[subject] for subject in subjects[start : start + LINES]}
            with self._write() as rows:
                empty = Taken(name=name, sightings=0)
                total = _added(total, self._concluded(rows, empty, some, news=whole.news, taken_at=moment))
        with self._write() as rows:
            rows.effects.put_days(NOBODY if is_cut else spoke)
            rows.bots.settled(moment)
        return replace(total, lines=len(subjects))

    def _undo(self, moment: datetime) -> None:
        """Take out what one long item has added; nobody else took anything in at this very moment."""
        more = True
        while more:
            with self._write() as rows:
                more = rows.bots.take_out(moment, LOT) == LOT
                if not more:
                    rows.bots.settled(moment)

    def take_in(
        self,
        name: str,
        found: Sequence[Sighting],
        *,
        spoke: Mapping[str, Collection[int]],
        left: Mapping[str, int] = NOTHING_LEFT,
    ) -> Taken:
        """Take the sightings of one item in; ``spoke``: on which days who said anything, ``left``: what is none, by reason."""
        return self._written(name, found, spoke=spoke, left=left)

    def _written(
        self,
        name: str,
        found: Sequence[Sighting],
        *,
        spoke: Mapping[str, Collection[int]],
        left: Mapping[str, int],
        whole: "_Whole | None" = None,
    ) -> Taken:
        """Take sightings in, in one transaction; ``whole`` is there where an item comes in parts, and was looked at before."""
        left = Counter(left)
        fit, repeats = self._fit(found, left)
        taken = Taken(name=name, sightings=len(found), repeats=repeats, left=dict(left))
        if not self._order.is_asked:
            self._whose.fetch(map(evidence_of, fit.values()))
        with self._write() as rows:
            if fit:
                taken = self._taken(rows, taken, fit, whole=whole)
            if not taken.is_held:
                rows.effects.put_days(spoke)
        return taken

    def _fit(self, found: Iterable[Sighting], left: Counter[str]) -> tuple[dict[bytes, Sighting], int]:
        """Those that count, each once, and how many were there twice; ``left`` counts the others by reason."""
        fit: dict[bytes, Sighting] = {}
        repeats = 0
        for each in found:
            reason, identity = unfit(each, now=self._order.now, standing=self._standing), _identity(each)
            if reason is not None:
                left[reason] += 1
            elif identity in fit:
                repeats += 1
            else:
                fit[identity] = each
        return fit, repeats

    def _spoke(self, reading: Reading) -> Mapping[str, set[int]]:
        """On which days each source said anything, of whomever: on others its silence says nothing.

        Of a file that breaks off nobody knows what was to stand there: its silence clears no line.
        """
        days: dict[str, set[int]] = defaultdict(set)
        if breaks_off(reading):
            return days
        today = self._order.now.toordinal()
        for each in reading.reports:
            if each.arrival_date is not None and today - OLD.days <= (day := each.arrival_date.toordinal()) <= today:
                days[source_of(reading, each, self._order.source)].add(day)
        return days

    def _taken(
        self, rows: SightingPlace, taken: Taken, fit: Mapping[bytes, Sighting], *, whole: "_Whole | None"
    ) -> Taken:
        moment = self._order.now if whole is None else whole.moment
        known = rows.bots.known(sorted(fit))
        left, claims, found_now = Counter(taken.left), dict[str, Claim](), list[SightingRow]()
        news: set[str] = set()
        for identity, found in self._lines(rows, fit):
            doubt, subject = _doubt(found), None
            if doubt is not None:
                left[doubt] += 1
            if found is None:
                continue
            if doubt is None:
                subject = subject_of(found)
                claims[subject] = found
                if known.get(identity) != subject:
                    news.add(subject)
            found_now.append(
                SightingRow(identity=identity, sighting=fit[identity], subject=subject, doubt=doubt, taken=moment)
            )
        taken = replace(taken, repeats=taken.repeats + len(known), left=dict(left), lines=len(claims))
        # What was known about the same line before alarms nobody: a person released it, or it was never many.
        named = news if whole is None else whole.named(claims, news)
        if not self._order.release and is_alarming(len(named), self._customers(rows, whole, enough(len(named)))):
            return replace(taken, is_held=True)
        rows.bots.put(sorted(found_now, key=lambda each: each.identity))  # neighbours lie on the same page
        if whole is None:
            return self._concluded(rows, taken, claims, news=news, taken_at=moment)
        rows.bots.unsettled(moment)
        return taken

    @staticmethod
    def _customers(rows: SightingPlace, whole: "_Whole | None", most: int) -> int:
        """How many lines there are, up to so many; nothing is counted where few are named, and of an item in parts seldom."""
        if whole is None or most == 0:
            return rows.bots.customers(most) if most else 0
        if whole.counted < most and whole.customers == whole.counted:
            whole.counted = max(most, 2 * whole.counted)
            whole.customers = rows.bots.customers(whole.counted)
        return whole.customers

    def _lines(self, rows: SightingPlace, fit: Mapping[bytes, Sighting]) -> Iterator[tuple[bytes, Claim | None]]:
        """Whose line each was; one that was known before is asked about again, for the books have grown since."""
        evidence = {identity: evidence_of(each) for identity, each in fit.items()}
        claims = self._whose.claims(evidence.values(), rows.leases)
        for identity, each in evidence.items():
            yield identity, claims[id(each)]

    def _concluded(
        self,
        rows: SightingPlace,
        taken: Taken,
        claims: Mapping[str, Claim],
        *,
        news: Collection[str],
        taken_at: datetime,
    ) -> Taken:
        """What is known of each line now, and the cases that follow."""
        current, old = rows.cases.newest(list(claims)), self._order.now - OLD
        erased = rows.cases.erased(list(claims), current)
        # What was seen before a case was closed cannot bring it back, nor speak for a relapse.
        closed = {subject: each.state_since for subject, each in current.items() if each.state is CaseState.CLOSED}
        seen = rows.bots.of({subject: max(old, closed.get(subject, old)) for subject in claims}, taken_at)
        desk = CasesOf(self._order.now, self._order.quiet)
        untold: Counter[str] = Counter()
        certainties: Counter[Certainty] = Counter()
        for subject, found in claims.items():
            case, mine = current.get(subject), seen.get(subject, ())
            assessed = assess(mine, self._standing)
            if assessed.certainty is None:
                untold["late-news" if not mine else assessed.reason] += 1
                continue
            certainties[assessed.certainty] += 1
            desk.put(found, case, assessed, seen=mine, is_news=subject in news, erased=erased.get(subject, 0))
        rows.cases.add(desk.opened)
        rows.cases.change(desk.changed)
        rows.cases.record(desk.events)
        rows.infestations.put(desk.infestations)
        if self._following is not None and desk.sighted:
            self._following.sighted(rows, desk.sighted, now=self._order.now)
        return replace(
            taken,
            untold=dict(untold),
            certainties=dict(certainties),
            opened=tuple(each.case_id for each in desk.opened),
            returned=tuple(desk.returned),
            relapses=tuple(each.case_id for each in desk.opened if each.reopened_from),
        )


@dataclass(slots=True, kw_only=True)
class _Whole:
    """What the parts of one item named: each line is concluded on once, when all of them are there."""

    moment: datetime
    claims: dict[str, Claim] = field(default_factory=dict)
    news: set[str] = field(default_factory=set)
    customers: int = 0  # so many lines there are,
    counted: int = 0  # where no more than these were counted

    def named(self, claims: Mapping[str, Claim], news: Collection[str]) -> Collection[str]:
        """One part more; all lines about which something is new."""
        self.claims |= claims
        self.news.update(news)
        return self.news


def _added(total: Taken, part: Taken) -> Taken:
    """What became of all parts so far."""
    return Taken(
        name=total.name,
        sightings=total.sightings + part.sightings,
        repeats=total.repeats + part.repeats,
        left=Counter(total.left) + Counter(part.left),
        untold=Counter(total.untold) + Counter(part.untold),
        certainties=Counter(total.certainties) + Counter(part.certainties),
        opened=(*total.opened, *part.opened),
        returned=(*total.returned, *part.returned),
        relapses=(*total.relapses, *part.relapses),
    )


def evidence_of(each: Sighting) -> Evidence:
    """What is asked about a sighting: whose line it was."""
    return Evidence(
        evidence_class=EvidenceClass.BOT,
        source_ip=each.address,
        source_ip_from="field",
        source_port=each.port,
        seen=each.seen,
    )


def _doubt(found: Claim | None) -> str | None:
    """Why nobody is certain; None where one line is."""
    if found is None:
        return "not-ours"
    if not found.is_certain:
        return found.doubt or "two-customers"
    return None if found.kind in _LINES else "no-lease"


def _identity(each: Sighting) -> bytes:
    words = (
        each.source,
        each.sighting_class.value,
        each.address,
        str(each.port),
        each.seen.isoformat(),
        each.said or "",
        each.kind or "",
    )
    return blake2b("\0".join(words).encode("utf-8", "surrogatepass"), digest_size=16).digest()
