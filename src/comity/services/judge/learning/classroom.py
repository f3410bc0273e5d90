"""The round: decide which samples teach, learn them, see that nothing got worse, publish; take out what was taken back.

Trust:      samples were admitted and may still be lies: what makes the filter worse on the operator's own examples is left out by
            name. Lessons of our own staff are not measured by that.
Standards:  FIELD.md on feedback of people; the rules are in ``comity.verdict.admission``.
Answers:    ``Classroom.is_due(now)``; ``round(now)`` gives ``Round``; ``take_out(which, now)`` is for the operator.
Limits:     ``MOST`` samples a round. A crash at any point leaves each sample either learnt and in the store as learnt, or to be
            learnt: a model that the store does not name never serves.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from comity.model.learning import BY_OPERATOR, DROPPED, WORSENS, VersionKind
from comity.services.judge.filtering import Filter
from comity.services.judge.learning.lineage import Change, Lineage, lesson_of
from comity.services.judge.learning.rows import LessonRow, Store, VersionRow, Which
from comity.services.judge.teaching import Fitted, Lesson, allowed_on, fitted, learnt, name_of, wrong_on
from comity.verdict.admission import Terms, admit

MOST: Final = 500
_SETTLE_EVERY: Final = timedelta(days=1)

Lock = Callable[[], AbstractContextManager[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassroomTerms:
    """How lessons are held."""

    admission: Terms = field(default_factory=Terms)
    every: timedelta = timedelta(minutes=10)  # between two models that people taught
    keep: timedelta = timedelta(days=30)  # how long a sample can be taken out
    budget: int = 0  # how many more of the locked examples may be wrong, of each kind


@dataclass(slots=True, kw_only=True)
class Round:
    """What one round did."""

    taught: int = 0
    taken_out: int = 0
    settled: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    version: int | None = None


class Classroom:
    """Where samples are learnt."""

    def __init__(
        self,
        store: Store,
        lineage: Lineage,
        terms: ClassroomTerms,
        *,
        locked: Callable[[], Sequence[Lesson]],
        lock: Lock,
    ) -> None:
        """``locked`` gives the operator's own examples; ``lock`` keeps others from learning meanwhile."""
        self._store, self._lineage, self._terms, self._locked, self._lock = store, lineage, terms, locked, lock

    def is_due(self, now: datetime) -> bool:
        """Whether a round has something to do: for our own staff at once, for people now and then."""
        with self._store.read() as rows:
            due, current = rows.learning.due(now), rows.learning.current()
        if due.by_operator or due.count >= MOST:
            return True
        is_time = current is None or now - current.at >= self._terms.every
        return is_time and (due.count > 0 or due.to_take_out or self._is_settling(now))

    def round(self, now: datetime) -> Round:
        """Do all of it."""
        done = Round()
        with self._lock():
            self._lineage.now_serving(now)
            self._take_out(now, done)
            self._decide(now, done)
            self._teach(now, done)
            self._settle(now, done)
        return done

    def take_out(self, which: Which, now: datetime) -> Round:
        """Take out what the operator names: the model is then the one that never had it."""
        done = Round()
        with self._lock():
            self._lineage.now_serving(now)
            with self._store.write() as rows:
                meant = rows.learning.which(which)
                rows.learning.take_out(meant, reason=BY_OPERATOR, at=now)
            self._take_out(now, done)
        done.refused[BY_OPERATOR] = len(meant)
        return done

    def _take_out(self, now: datetime, done: Round) -> None:
        with self._store.read() as rows:
            members, out = rows.learning.members(), set(rows.learning.members_out())
        if not out:
            return
        current = self._lineage.now_serving(now)
        judge = self._lineage.built([each for each in members if each not in out], current)
        change = Change(kind=VersionKind.RETRACTED, base=current.version, out=out)
        done.version = self._lineage.publish(change, judge.model(), now).version
        done.taken_out = len(out)

    def _decide(self, now: datetime, done: Round) -> None:
        terms = self._terms.admission
        with self._store.write() as rows:
            learning = rows.learning
            asked = learning.candidates(now, MOST)
            if not asked:
                return
            taught = learning.taught(now - terms.window)
            heard = learning.heard({each.campaign for each in asked}, now - terms.quarantine)
            decided = admit((*asked, *taught), terms, now, heard=heard)
            fates = {int(each.sample.name): each.refusal for each in decided}
            learning.decide(fates, now)
        done.refused.update(each.refusal for each in decided if each.refusal)

    def _teach(self, now: datetime, done: Round) -> None:
        with self._store.read() as rows:
            admitted = rows.learning.admitted(MOST)
        if not admitted:
            return
        current = self._lineage.now_serving(now)
        judge = learnt(self._lineage.filter_of(current), _lessons(admitted, of_staff=True))
        locked = self._locked()
        fit = self._fit(judge, _lessons(admitted, of_staff=False), locked, upon=current)
        taken = [*_numbers(_lessons(admitted, of_staff=True)), *_numbers(fit.taken)]
        refused = dict.fromkeys((each.sample_id for each in admitted if each.packed is None), DROPPED)
        self._refuse(refused | dict.fromkeys(_numbers(fit.left_out), WORSENS), now, done)
        change = Change(
            kind=VersionKind.PEOPLE,
            base=current.version,
            taught=taken,
            left_out=len(fit.left_out),
            locked=name_of(locked),
            wrong=fit.wrong if locked else None,
        )
        if taken:
            done.version = self._lineage.publish(change, fit.judge.model(), now).version
            done.taught = len(taken)
        elif fit.left_out:
            self._lineage.refused(change, WORSENS, now)

    def _fit(self, judge: Filter, lessons: Sequence[Lesson], locked: Sequence[Lesson], *, upon: VersionRow) -> Fitted:
        """Lessons of people, as far as they do no harm to the examples."""
        if not locked or not lessons:
            return Fitted(
                judge=learnt(judge, lessons), taken=tuple(lessons), left_out=(), wrong=wrong_on(judge, locked)
            )
        allowed = allowed_on((judge, self._lineage.base_of(upon)), locked, self._terms.budget)
        return fitted(judge, lessons, locked, allowed=allowed)

    def _refuse(self, reasons: Mapping[int, str], now: datetime, done: Round) -> None:
        if reasons:
            with self._store.write() as rows:
                rows.learning.decide(reasons, now)
            done.refused.update(reasons.values())

    def _is_settling(self, now: datetime) -> bool:
        with self._store.read() as rows:
            return bool(rows.learning.settling(now - self._terms.keep - _SETTLE_EVERY))

    def _settle(self, now: datetime, done: Round) -> None:
        """What can be taken out no more becomes a part of the base; nobody needs its mail then."""
        with self._store.write() as rows:
            rows.learning.drop_old(now - self._terms.keep)
        if not self._is_settling(now):
            return
        current = self._lineage.now_serving(now)
        with self._store.read() as rows:
            old = rows.learning.settling(now - self._terms.keep)
        base, serving = self._lineage.built(old, current), self._lineage.filter_of(current)
        change = Change(kind=VersionKind.SETTLED, base=base.model(), settled=old)
        done.version = self._lineage.publish(change, serving.model(), now).version
        done.settled = len(old)


def _lessons(rows: Iterable[LessonRow], *, of_staff: bool) -> list[Lesson]:
    """Those of our own staff, or of people."""
    found = (lesson_of(each) for each in rows if each.by_operator is of_staff)
    return [each for each in found if each is not None]


def _numbers(lessons: Iterable[Lesson]) -> list[int]:
    return [int(each.name) for each in lessons]
