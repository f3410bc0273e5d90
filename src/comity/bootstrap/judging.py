"""Join the filter to the file that its model lies in.

Answers:    ``kept_filter(settings)`` gives the filter of this run, ``in_use(settings)`` with where it lies and its checksum,
            ``named(settings, path)`` and ``shipped(settings, starter)`` any other; ``keep(settings, filter)`` writes what it has
            learnt, and keeps the model before it; ``roll_back(settings)`` puts that one back, ``serving_filter(settings)``
            judges with it where the one in use is broken; ``model_stamp`` tells when somebody has changed it,
            ``is_in_service`` whether anybody goes by it; ``make_judge`` is how a process of its own judges.
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from importlib.resources import as_file, files
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from comity.model.outcomes import ComityError, Outcome
from comity.settings import Settings

if TYPE_CHECKING:
    from comity.model.verdict import Facts, Judgement
    from comity.services.judge.filtering import Filter
    from comity.verdict.model_file import Model

MODEL: Final = "judge.model"
_STARTERS: Final = {"bilingual": "bilingual.model", "english": "english.model"}


class Named(NamedTuple):
    """A filter, and which it is: the file it lay in with the SHA-256 of that, or the starter; neither where it knows nothing."""

    judge: "Filter"
    file: str | None
    sha256: str | None


def model_path(settings: Settings) -> Path:
    """Where the model lies."""
    if settings.judging.model is not None:
        return settings.judging.model
    # Not by way of comity.bootstrap.desk: with all it joins it takes longer to load than a mail to judge.
    return (settings.file.parent if settings.file else Path()) / MODEL


def previous_path(settings: Settings) -> Path:
    """Where the model before it lies."""
    path = model_path(settings)
    return path.with_name(f"{path.name}.previous")


def new_filter(settings: Settings, seed: int = 0) -> "Filter":
    """A filter that has learnt nothing."""
    from comity.services.judge.filtering import Filter

    return Filter.new(settings.judging.promise / 10_000, seed=seed)


def kept_filter(settings: Settings) -> "Filter":
    """The filter with what it has learnt so far; the starter where nothing was kept yet."""
    return in_use(settings).judge


def in_use(settings: Settings) -> Named:
    """The same, and where it lies."""
    try:
        return named(settings, model_path(settings))
    except FileNotFoundError:
        return shipped(settings, settings.judging.starter)


def serving_filter(settings: Settings) -> "Filter":
    """The filter in use; where it is broken the one before it, so that there is always one."""
    try:
        return kept_filter(settings)
    except ComityError:
        return filter_before(settings)


def filter_before(settings: Settings) -> "Filter":
    """The filter before the last change; the starter where there is none, or that one cannot be used either."""
    with suppress(ComityError, FileNotFoundError):
        return named(settings, previous_path(settings)).judge
    return starter_filter(settings)


def named(settings: Settings, path: Path) -> Named:
    """The filter that a file holds, under the promise of the settings."""
    from comity.outlets.model_file import read_named

    model, digest = read_named(path)
    judge = _filter_of(model, path)
    judge.budget.share = settings.judging.promise / 10_000
    return Named(judge, str(path), digest)


def starter_filter(settings: Settings) -> "Filter":
    """The filter that comes with the package, as the settings wish it; one that knows nothing where it was left out."""
    return shipped(settings, settings.judging.starter).judge


def shipped(settings: Settings, starter: str) -> Named:
    """This starter, or the English one where it was deleted; a filter that knows nothing where there is neither."""
    names = [_STARTERS[starter]] if starter in _STARTERS else []
    for name in [*names, *([_STARTERS["english"]] if names else [])]:
        entry = files("comity").joinpath("starter", name)
        if entry.is_file():
            with as_file(entry) as path:
                return named(settings, path)._replace(file=name)
    return Named(new_filter(settings), None, None)


def filter_in(path: Path) -> "Filter":
    """The filter that a file holds; one that cannot be used is refused by name."""
    from comity.outlets.model_file import read_model

    return _filter_of(read_model(path), path)


def filter_on_input() -> "Filter":
    """The filter that comes on standard input."""
    from comity.outlets.model_file import model_of
    from comity.verdict.model_file import SIZE_LIMIT

    return _filter_of(model_of(sys.stdin.buffer.read(SIZE_LIMIT + 1), "-"), Path("-"))


def is_kept(settings: Settings, judge: "Filter") -> bool:
    """Whether this very filter is in use already."""
    from comity.outlets.model_file import holds

    return holds(model_path(settings), judge.model())


def _filter_of(model: "Model", path: Path) -> "Filter":
    from comity.services.judge.filtering import Filter

    try:
        return Filter.of(model)
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, OverflowError):
        message = "this file holds no model that can be used"
        raise ComityError("model-foreign", message, outcome=Outcome.CONFIGURATION, place=str(path)) from None


def keep(settings: Settings, judge: "Filter") -> int:
    """Write what the filter has learnt; the model before it, which may be the starter, is kept beside. Gives the size."""
    from comity.outlets.model_file import set_aside, write_model

    if not model_path(settings).exists() and settings.judging.starter in _STARTERS:
        write_model(previous_path(settings), starter_filter(settings).model())
    set_aside(model_path(settings), previous_path(settings))
    return write_model(model_path(settings), judge.model())


def roll_back(settings: Settings) -> bool:
    """Put the model before the last change back; False where there is none. Doing it twice undoes it."""
    from comity.outlets.model_file import exchange

    previous = previous_path(settings)
    if not previous.exists():
        return False
    filter_in(previous)  # one that cannot be used does not come back
    exchange(model_path(settings), previous)
    return True


def is_in_service(settings: Settings) -> bool:
    """Whether somebody goes by the filter: mail is judged at delivery, programs ask it, or it was taught here."""
    return settings.delivery.judge or bool(settings.gates.spamd) or model_stamp(settings) is not None


def model_stamp(settings: Settings) -> tuple[int, ...] | None:
    """What tells one model file from another; None where there is none."""
    from comity.outlets.files.stamp import stamp

    return stamp(model_path(settings))


def make_judge(settings: Settings) -> "Callable[[bytes, Facts], Judgement]":
    """How a process of its own judges large mail; called once in each."""
    from comity.formats.spam_headers import without_marks

    seen, held = model_stamp(settings), serving_filter(settings)

    def judge(data: bytes, facts: "Facts") -> "Judgement":
        nonlocal seen, held
        stamp = model_stamp(settings)
        if stamp != seen:
            seen = stamp
            with suppress(ComityError):  # the process that asks us says so; the old one keeps serving
                held = kept_filter(settings)
        return held.judge(without_marks(data), facts=facts, reasons=True)

    return judge


@contextmanager
def in_turn_to_learn(settings: Settings) -> Iterator[None]:
    """Nobody else learns, or changes the model, while the block runs."""
    from comity.outlets.lock_file import in_turn

    path = model_path(settings)
    with in_turn(path.with_name(f"{path.name}.lock")):
        yield


def has_store(settings: Settings) -> bool:
    """Whether there is a store that keeps what people say; without one there is one model, and the one before it."""
    database = settings.store.database
    if isinstance(database, str):
        return True  # on a server: it says so when it is asked
    return (database or (settings.file.parent if settings.file else Path()) / "comity.db").exists()
