"""Teach the filter with admitted samples, so that every lesson can be taken back, and none makes it worse on what we hold sure.

Trust:      what was admitted may still be wrong; the locked examples are the operator's own.
Answers:    ``taught(base, lessons, locked)``: a ``Taught`` with the filter that serves from now on, the new one or the base.
            ``fitted(judge, lessons, ...)``: a ``Fitted``, with as many of them as do no harm. ``learnt(judge, lessons)`` asks
            nobody.
Limits:     a lesson is undone by teaching the others again from the base: to the bit, and 4,000 lessons take about two seconds.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from comity.model.verdict import Facts
from comity.services.judge.filtering import Filter
from comity.verdict.model_file import Model

TRIES: Final = 60

Wrong = tuple[int, int]  # legitimate called spam, spam not called spam


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesson:
    """One mail with its label."""

    name: str
    data: bytes
    spam: bool
    facts: Facts | None = None
    called: bool | None = None  # whether it was called spam at delivery, if that is known


@dataclass(frozen=True, slots=True, kw_only=True)
class Taught:
    """Which model serves, and what the locked examples said of both."""

    model: Model
    is_new: bool
    wrong_before: Wrong
    wrong_after: Wrong


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitted:
    """The filter with the lessons that it took, and those that made it worse."""

    judge: Filter
    taken: tuple[Lesson, ...]
    left_out: tuple[Lesson, ...]
    wrong: Wrong


def taught(base: Model, lessons: Sequence[Lesson], locked: Sequence[Lesson]) -> Taught:
    """Teach ``lessons`` on top of ``base``; a filter that is worse on the locked examples does not serve.

    To retract a lesson, leave it out: what comes of it is the model that never had it.
    """
    before = Filter.of(base)
    after = learnt(Filter.of(base), lessons)
    wrong = wrong_on(before, locked), wrong_on(after, locked)
    is_new = _is_within(wrong[1], wrong[0])
    model = after.model() if is_new else base
    return Taught(model=model, is_new=is_new, wrong_before=wrong[0], wrong_after=wrong[1])


def learnt(judge: Filter, lessons: Iterable[Lesson]) -> Filter:
    """The same filter, after these."""
    for each in lessons:
        judge.learn(each.data, each.spam, facts=each.facts, called=each.called)
    return judge


def fitted(judge: Filter, lessons: Sequence[Lesson], locked: Sequence[Lesson], *, allowed: Wrong) -> Fitted:
    """Teach what keeps the locked examples within ``allowed``; what does not is halved until it is alone, and left out.

    What has not found its place after ``TRIES`` attempts is neither taken nor left out: its turn comes when this is called again,
    so that a flood of lies keeps nobody else from teaching. ``judge`` is not changed.
    """
    taken: list[Lesson] = []
    left_out: list[Lesson] = []
    waiting, wrong = [tuple(lessons)] if lessons else [], wrong_on(judge, locked)
    for _ in range(TRIES):
        if not waiting:
            break
        some = waiting.pop(0)
        after = learnt(Filter.of(judge.model()), some)
        found = wrong_on(after, locked)
        if _is_within(found, allowed):
            judge, wrong = after, found
            taken += some
        elif len(some) == 1:
            left_out += some
        else:
            half = len(some) // 2
            waiting += [some[:half], some[half:]]
    return Fitted(judge=judge, taken=tuple(taken), left_out=tuple(left_out), wrong=wrong)


def allowed_on(judges: Iterable[Filter], locked: Sequence[Lesson], budget: int) -> Wrong:
    """How many of each kind may be wrong: no more than the best of these filters gets wrong, and ``budget``."""
    found = [wrong_on(each, locked) for each in judges]
    return min(each[0] for each in found) + budget, min(each[1] for each in found) + budget


def wrong_on(judge: Filter, locked: Sequence[Lesson]) -> Wrong:
    """How many of the locked examples are called what they are not: legitimate, spam."""
    lost = missed = 0
    for each in locked:
        said = judge.judge(each.data)
        called = said.score > said.threshold
        lost += called and not each.spam
        missed += each.spam and not called
    return lost, missed


def name_of(locked: Sequence[Lesson]) -> str | None:
    """A short name for a set of examples, the same for the same ones; None for none."""
    if not locked:
        return None
    whole = sha256()
    for each in locked:
        whole.update(b"%d" % each.spam + sha256(each.data).digest())
    return whole.hexdigest()[:16]


def _is_within(found: Wrong, allowed: Wrong) -> bool:
    return found[0] <= allowed[0] and found[1] <= allowed[1]
