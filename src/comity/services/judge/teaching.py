"""Teach the filter with admitted samples, so that every lesson can be taken back, and none makes it worse on what we hold sure.

Trust:      what was admitted may still be wrong; the locked examples are the operator's own.
Answers:    ``taught(base, lessons, locked)``: a ``Taught`` with the filter that serves from now on, the new one or the base.
Limits:     a lesson is undone by teaching the others again from the base: to the bit, and 4,000 lessons take about two seconds.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from comity.services.judge.filtering import Filter
from comity.verdict.model_file import Model


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesson:
    """One mail with its label."""

    name: str
    data: bytes
    spam: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Taught:
    """Which model serves, and what the locked examples said of both."""

    model: Model
    is_new: bool
    wrong_before: tuple[int, int]  # legitimate called spam, spam not called spam
    wrong_after: tuple[int, int]


def taught(base: Model, lessons: Sequence[Lesson], locked: Sequence[Lesson]) -> Taught:
    """Teach ``lessons`` on top of ``base``; a filter that is worse on the locked examples does not serve.

    To retract a lesson, leave it out: what comes of it is the model that never had it.
    """
    before, after = Filter.of(base), Filter.of(base)
    for each in lessons:
        after.learn(each.data, each.spam)
    wrong = wrong_on(before, locked), wrong_on(after, locked)
    is_new = all(new <= old for new, old in zip(wrong[1], wrong[0], strict=True))
    model = after.model() if is_new else base
    return Taught(model=model, is_new=is_new, wrong_before=wrong[0], wrong_after=wrong[1])


def wrong_on(judge: Filter, locked: Sequence[Lesson]) -> tuple[int, int]:
    """How many of the locked examples are called what they are not: legitimate, spam."""
    lost = missed = 0
    for each in locked:
        said = judge.judge(each.data)
        called = said.score > said.threshold
        lost += called and not each.spam
        missed += each.spam and not called
    return lost, missed
