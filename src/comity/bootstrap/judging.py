"""Join the filter to the file that its model lies in.

Answers:    ``kept_filter(settings)`` gives the filter of this run; ``keep(settings, filter)`` writes what it has learnt;
            ``model_stamp`` tells when somebody has; ``make_judge`` is how a process of its own judges.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from comity.bootstrap.desk import beside
from comity.model.outcomes import ComityError, Outcome
from comity.settings import Settings

if TYPE_CHECKING:
    from comity.model.verdict import Facts, Judgement
    from comity.services.judge.filtering import Filter

MODEL = "judge.model"


def model_path(settings: Settings) -> Path:
    """Where the model lies."""
    return beside(settings, settings.judging.model, MODEL)


def new_filter(settings: Settings, seed: int = 0) -> "Filter":
    """A filter that has learnt nothing."""
    from comity.services.judge.filtering import Filter

    return Filter.new(settings.judging.promise / 10_000, seed=seed)


def kept_filter(settings: Settings) -> "Filter":
    """The filter with what it has learnt so far; a new one where nothing was kept yet."""
    from comity.outlets.model_file import read_model
    from comity.services.judge.filtering import Filter

    path = model_path(settings)
    try:
        model = read_model(path)
    except FileNotFoundError:
        return new_filter(settings)
    try:
        return Filter.of(model)
    except (ValueError, KeyError, TypeError):
        message = "this file holds no model that can be used"
        raise ComityError("model-foreign", message, outcome=Outcome.CONFIGURATION, place=str(path)) from None


def keep(settings: Settings, judge: "Filter") -> int:
    """Write what the filter has learnt; gives the size of the file."""
    from comity.outlets.model_file import write_model

    return write_model(model_path(settings), judge.model())


def model_stamp(settings: Settings) -> tuple[int, ...] | None:
    """What tells one model file from another; None where there is none."""
    try:
        found = model_path(settings).stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns, found.st_size


def make_judge(settings: Settings) -> "Callable[[bytes, Facts], Judgement]":
    """How a process of its own judges large mail; called once in each."""
    from comity.formats.spam_headers import without_marks

    seen, held = model_stamp(settings), kept_filter(settings)

    def judge(data: bytes, facts: "Facts") -> "Judgement":
        nonlocal seen, held
        stamp = model_stamp(settings)
        if stamp != seen:
            seen = stamp
            with suppress(ComityError):  # the process that asks us says so; the old one keeps serving
                held = kept_filter(settings)
        return held.judge(without_marks(data), facts=facts, reasons=True)

    return judge


def learn_lessons(settings: Settings, lessons: "Sequence[tuple[bytes, bool]]") -> None:
    """Learn from mails, True for spam, and publish what the filter knows then."""
    judge = kept_filter(settings)
    for data, spam in lessons:
        judge.learn(data, spam)
    keep(settings, judge)
