"""Join what learns from people: what reads their mail, the store, the files of models, the worker's thread.

Answers:    ``drawing_of(settings)`` for a reader; ``hearing_of(settings)`` for the writer; ``lineage_of`` and ``classroom_of`` for
            whoever learns; ``learning_beside(settings, log)`` learns while a block runs.
Limits:     learning may fail without costing mail: what waits is kept, and it is tried again.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Final

from comity.bootstrap.thread_beside import thread_beside
from comity.model.log_events import LogEvent
from comity.model.outcomes import ComityError, Outcome
from comity.settings import Settings

if TYPE_CHECKING:
    from comity.outlets.models.junk_list import JunkList
    from comity.services.judge.filtering import Filter
    from comity.services.judge.learning.classroom import Classroom
    from comity.services.judge.learning.drawing import Drawing
    from comity.services.judge.learning.hearing import Hearing
    from comity.services.judge.learning.lineage import Lineage
    from comity.services.judge.teaching import Lesson
    from comity.store.engine import Store

_PAUSE: Final = 1.0
_TROUBLE: Final = 30.0
_SWEEP: Final = timedelta(hours=1)
_A_MONTH: Final = 4


def drawing_of(settings: Settings) -> "Drawing":
    """What reads mails that people speak about."""
    from comity.attribution.delivery import Vantage
    from comity.bootstrap.desk import COMPLAINER_KEY, beside
    from comity.bootstrap.gates.milter import believed_keys, mailbox_domains
    from comity.bootstrap.straight_line import agreed
    from comity.outlets.secret_file import secret
    from comity.services.judge.learning.drawing import Drawing, People

    if settings.complain.agreements is not None:
        settings = agreed(settings)[2]
    reading, learning = settings.reading, settings.learning
    vantage = Vantage(
        trusted_hosts=frozenset(reading.trusted_hosts),
        trusted_networks=reading.trusted_networks,
        forwarders=reading.forwarders,
        own_domains=mailbox_domains(settings),
        memory_keys=believed_keys(settings),
    )
    people = People(
        operators=frozenset(each.lower() for each in learning.operators),
        vetted=frozenset(each.lower() for each in learning.vetted),
        cohorts={} if learning.cohorts is None else dict(cohorts_in(learning.cohorts)),
    )
    return Drawing(vantage, secret(beside(settings, settings.complain.key_file, COMPLAINER_KEY)), people)


def cohorts_in(path: Path) -> Iterator[tuple[str, str]]:
    """Mailboxes with their cohorts, out of a file of the operator's; a line that cannot be used is an error that names it."""
    for number, line in enumerate(path.read_text(encoding="utf-8-sig").splitlines(), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        address, comma, cohort = line.partition(",")
        if not comma or "@" not in address or not cohort.strip():
            message = "a line has an address, a comma and the name of a cohort"
            raise ComityError("cohort-line", message, outcome=Outcome.CONFIGURATION, place=f"{path}:{number}")
        yield address.strip().lower(), cohort.strip()


def hearing_of(settings: Settings) -> "Hearing":
    """What takes in what they say."""
    from comity.services.judge.learning.hearing import FastLane, Hearing, HearingTerms

    learning = settings.learning
    lane = FastLane(people=learning.fast_people, lasts=timedelta(hours=learning.fast_hours))
    return Hearing(
        HearingTerms(
            wait=timedelta(hours=learning.wait_hours),
            keep=timedelta(days=learning.keep_days),
            lane=lane,
            people=learning.people,
        )
    )


def lineage_of(settings: Settings, store: "Store") -> "Lineage":
    """The versions of the model."""
    from comity.bootstrap.judging import model_path, starter_filter
    from comity.outlets.models.shelf import ModelShelf
    from comity.services.judge.learning.lineage import Lineage

    share = settings.judging.promise / 10_000
    return Lineage(store, ModelShelf(model_path(settings)), share=share, starter=partial(starter_filter, settings))


def classroom_of(settings: Settings, store: "Store") -> "Classroom":
    """Where samples are learnt."""
    from comity.bootstrap.judging import in_turn_to_learn
    from comity.services.judge.learning.classroom import Classroom, ClassroomTerms
    from comity.verdict.admission import Terms

    learning = settings.learning
    admission = Terms(
        quarantine=timedelta(hours=learning.wait_hours),
        each_reporter=_A_MONTH * learning.per_mailbox,
        each_cohort=_A_MONTH * learning.per_cohort,
        each_peer=30 * learning.per_peer,
        reporter_a_day=learning.per_mailbox,
        cohort_a_day=learning.per_cohort,
        peer_a_day=learning.per_peer,
        agreeing=learning.agreeing,
    )
    terms = ClassroomTerms(
        admission=admission,
        every=timedelta(minutes=learning.every_minutes),
        keep=timedelta(days=learning.keep_days),
        budget=learning.locked_budget,
    )
    return Classroom(
        store,
        lineage_of(settings, store),
        terms,
        locked=partial(locked_examples, learning.locked),
        lock=partial(in_turn_to_learn, settings),
    )


def taught_by_operator(settings: Settings, teach: "Callable[[Filter], None]") -> None:
    """The operator teaches, and what comes of it serves at once; what people taught stays upon it."""
    from comity.bootstrap.judging import has_store, in_turn_to_learn, keep, kept_filter

    if not has_store(settings):
        judge = kept_filter(settings)
        teach(judge)
        keep(settings, judge)
        return
    with in_turn_to_learn(settings), _lineage(settings) as lineage:
        lineage.operator(teach, datetime.now(UTC))


def refuse_what_is_worse(settings: Settings, judge: "Filter") -> None:
    """A model that gets more of the operator's own examples wrong than the one in use does not serve, whoever it comes from."""
    from comity.bootstrap.judging import serving_filter
    from comity.services.judge.filtering import Filter
    from comity.services.judge.teaching import allowed_on, wrong_on

    terms = settings.learning
    locked = locked_examples(terms.locked)
    if not locked:
        return
    allowed = allowed_on([serving_filter(settings)], locked, terms.locked_budget)
    lost, missed = wrong_on(Filter.of(judge.model()), locked)
    if lost > allowed[0] or missed > allowed[1]:
        counts = {"lost": lost, "missed": missed, "may_lose": allowed[0], "may_miss": allowed[1]}
        message = "this model gets more of the locked examples wrong"
        raise ComityError("model-worse", message, outcome=Outcome.CONFLICT, details=counts)


def put_by_operator(settings: Settings, judge: "Filter") -> None:
    """Another model serves from now on; what people taught the one before is no part of it."""
    from comity.bootstrap.judging import has_store, in_turn_to_learn, keep

    if not has_store(settings):
        keep(settings, judge)
        return
    with in_turn_to_learn(settings), _lineage(settings) as lineage:
        now = datetime.now(UTC)
        lineage.now_serving(now)
        lineage.imported(judge.model(), now)


def rolled_back(settings: Settings, version: int | None) -> bool:
    """Put an earlier model back: this one, or the one before the last change; False where there is none."""
    from comity.bootstrap.judging import has_store, in_turn_to_learn, roll_back

    if has_store(settings):
        with in_turn_to_learn(settings), _lineage(settings) as lineage:
            if lineage.has_versions():
                return lineage.roll_back(datetime.now(UTC), version) is not None
    return version is None and roll_back(settings)


@contextmanager
def _lineage(settings: Settings) -> "Iterator[Lineage]":
    from comity.bootstrap.desk import desk_store

    with closing(desk_store(settings)) as store:
        yield lineage_of(settings, store)


def locked_examples(index: Path | None) -> "Sequence[Lesson]":
    """The operator's own examples; a line that cannot be used is an error, because a gate with holes is none."""
    if index is None:
        return ()
    from comity.formats.spam_headers import without_marks
    from comity.services.judge.evaluating import read_index
    from comity.services.judge.teaching import Lesson

    found = list[Lesson]()
    for number, line in enumerate(read_index(index.read_text(encoding="utf-8")), 1):
        if isinstance(line, int):
            message = "a line is “spam PATH” or “ham PATH”"
            raise ComityError("locked-line", message, outcome=Outcome.CONFIGURATION, place=f"{index}:{line}")
        data = without_marks((index.parent / line.path).read_bytes())
        found.append(Lesson(name=f"locked {number}", data=data, spam=line.spam))
    return found


def learning_beside(settings: Settings, log: LogEvent) -> AbstractContextManager[Callable[[], bool]]:
    """Learn while the block runs; what it gives says whether that has ended by itself. A fault is raised at the end."""
    return thread_beside("learner", lambda stop: _learn_until(settings, stop, log))


def _learn_until(settings: Settings, stop: Event, log: LogEvent) -> None:
    from comity.bootstrap.desk import desk_store
    from comity.bootstrap.judging import model_path
    from comity.outlets.models.junk_list import JunkList, junk_path

    store = desk_store(settings)
    pause, sweep_due = 0.0, datetime.now(UTC)
    try:
        classroom, listed = classroom_of(settings, store), JunkList(junk_path(model_path(settings)))
        while not stop.wait(pause):
            try:
                _once(classroom, store, listed, log=log)
                now = datetime.now(UTC)
                if now >= sweep_due:
                    sweep_due = now + _SWEEP
                    with store.write() as rows:
                        rows.learning.drop_old(now - timedelta(days=settings.learning.keep_days))
                pause = _PAUSE
            except (ComityError, OSError) as error:
                code = error.code if isinstance(error, ComityError) else type(error).__name__
                log("learning-waits", code=code, seconds=_TROUBLE)
                pause = _TROUBLE
    finally:
        store.close()


def _once(classroom: "Classroom", store: "Store", listed: "JunkList", *, log: LogEvent) -> None:
    now = datetime.now(UTC)
    with store.read() as rows:
        junked = rows.learning.junked(now)
    if listed.put({each.campaign: each.until for each in junked}):
        log("campaigns-junked", n=len(junked))
    if classroom.is_due(now):
        done = classroom.round(now)
        log(
            "model-learnt",
            version=done.version,
            taught=done.taught,
            taken_out=done.taken_out,
            settled=done.settled,
            refused=dict(done.refused),
        )
