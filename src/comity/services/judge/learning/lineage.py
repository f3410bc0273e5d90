"""One model after the other: whatever serves is what the operator gave, taught with the samples that are in it, in order.

Trust:      the store says which version serves and which samples are in it; a file that does not agree with it is put right. A
            file that the operator put there by hand is taken as it is, as if it had been imported.
Answers:    ``Lineage.now_serving(now)`` after a crash or a change by hand; ``publish`` a new version; ``built`` a model out of
            samples; ``roll_back`` to an earlier one; ``operator`` and ``imported`` for what the operator does.
Standards:  at every version: model = base + samples, to the bit. So a sample is taken out by teaching the others again, from the
            newest version that had none but them, else from the base.
Limits:     one at a time, which the caller sees to. A version is written to the disk, then into the store, then put in its place: a
            crash in between leaves a file that nobody knows, or one that is put in its place by the next call.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from typing import Final, Protocol

from comity.formats.spam_headers import without_marks
from comity.model.learning import CALLED, VersionKind
from comity.model.outcomes import ComityError, Outcome
from comity.model.verdict import Verdict
from comity.services.judge.filtering import Filter
from comity.services.judge.learning.rows import LearningRows, LessonRow, Store, VersionRow
from comity.services.judge.teaching import Lesson, learnt
from comity.services.receive.prepare import unpack as unpacked
from comity.verdict.model_file import Model, UnfitError, pack, unpack

_NEWEST: Final = 5  # versions that are kept whatever their age ...
_DAYS: Final = 7  # ... and the last one of each of so many days


class Shelf(Protocol):
    """Where the files of models are."""

    def serving(self) -> bytes | None:
        """The file that serves."""

    def put(self, version: int, data: bytes, *, base: bytes | int) -> bytes:
        """Write a version; gives its digest."""

    def serve(self, version: int) -> None:
        """Let it serve."""

    def data(self, version: int, digest: bytes | None) -> bytes | None:
        """The file of a version."""

    def base(self, version: int) -> Model | None:
        """What a version was taught upon."""

    def kept(self) -> set[int]:
        """The versions that are there."""

    def keep(self, versions: Collection[int]) -> None:
        """Throw all others away."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What a new version is, beside its model: its base (that of a version, or a new one), and the samples that come and go."""

    kind: VersionKind
    base: int | Model
    taught: Sequence[int] = ()
    out: Collection[int] = ()
    back: Collection[int] = ()
    settled: Sequence[int] = ()
    all_out: bool = False
    left_out: int = 0
    locked: str | None = None
    wrong: tuple[int, int] | None = None


class Lineage:
    """The versions of one model."""

    def __init__(self, store: Store, shelf: Shelf, *, share: float, starter: Callable[[], Filter]) -> None:
        """``share`` of the legitimate mail may be called spam; ``starter`` gives the filter where nothing was kept yet."""
        self._store, self._shelf, self._share, self._starter = store, shelf, share, starter

    def now_serving(self, now: datetime) -> VersionRow:
        """The version that serves, after putting right what a crash, or somebody's hand, has left."""
        with self._store.read() as rows:
            current = rows.learning.current()
        data = self._shelf.serving()
        if current is None:
            model = self._starter().model() if data is None else _model(data)
            return self.publish(Change(kind=VersionKind.FIRST, base=model), model, now)
        digest = None if data is None else sha256(data).digest()
        if digest == current.digest:
            return current
        if data is not None and digest is not None and not self._is_ours(digest, data):
            return self.imported(_model(data), now)
        if self._shelf.data(current.version, current.digest) is not None:
            self._shelf.serve(current.version)
            return current
        with self._store.read() as rows:
            members = rows.learning.members()
        model = self.built(members, current).model()
        return self.publish(Change(kind=current.kind, base=current.version), model, now)

    def has_versions(self) -> bool:
        """Whether anything was ever learnt with this store."""
        with self._store.read() as rows:
            return rows.learning.current() is not None

    def _is_ours(self, digest: bytes, data: bytes) -> bool:
        """Whether a file that should not serve is an earlier one of ours, or no model at all."""
        with self._store.read() as rows:
            if rows.learning.is_known(digest):
                return True
        try:
            _model(data)
        except ComityError:
            return True
        return False

    def publish(self, change: Change, model: Model, now: datetime) -> VersionRow:
        """A new version serves from now on."""
        with self._store.read() as rows:
            number = rows.learning.next_version()
        base = change.base if isinstance(change.base, int) else pack(change.base)
        digest = self._shelf.put(number, pack(model), base=base)
        with self._store.write() as rows:
            learning = rows.learning
            if learning.next_version() != number:
                raise ComityError("model-busy", "another process learns", outcome=Outcome.TRY_AGAIN)
            leaving = None if change.all_out else {*change.out, *change.settled}
            learning.left(leaving, number)
            learning.settle(change.settled, now)
            learning.trained(change.taught, number, now)
            learning.joined(change.back, number)
            row = self._row(learning, change, number, digest=digest, now=now)
            learning.add_version(row)
        self._shelf.serve(number)
        self._tidy()
        return row

    def refused(self, change: Change, reason: str, now: datetime) -> None:
        """A new version that would have been, and does not serve."""
        with self._store.write() as rows:
            number = rows.learning.next_version()
            row = self._row(rows.learning, change, number, digest=None, now=now)
            rows.learning.add_version(replace(row, serves=False, reason=reason))

    def _row(
        self, learning: LearningRows, change: Change, number: int, *, digest: bytes | None, now: datetime
    ) -> VersionRow:
        members = learning.members()
        spam, legitimate = learning.labels(members)
        base: int | None = number
        if isinstance(change.base, int):
            found = learning.version(change.base)
            base = None if found is None else found.base
        return VersionRow(
            version=number,
            kind=change.kind,
            at=now,
            serves=True,
            digest=digest,
            base=base,
            spam=spam,
            legitimate=legitimate,
            added=len(change.taught) + len(change.back),
            removed=len(change.out),
            left_out=change.left_out,
            locked=change.locked,
            lost=None if change.wrong is None else change.wrong[0],
            missed=None if change.wrong is None else change.wrong[1],
        )

    def _tidy(self) -> None:
        """Throw old files away: the newest ones stay, and one of each day."""
        with self._store.read() as rows:
            known = [each for each in rows.learning.versions(2000) if each.serves]
        by_day = {each.at.date(): each.version for each in reversed(known)}
        days = [by_day[day] for day in sorted(by_day, reverse=True)[:_DAYS]]
        self._shelf.keep({*(each.version for each in known[:_NEWEST]), *days})

    # -- models out of samples

    def filter_of(self, version: VersionRow) -> Filter:
        """The filter of a version."""
        data = self._shelf.data(version.version, version.digest)
        if data is None:
            with self._store.read() as rows:
                members = rows.learning.members_at(version.version)
            return self.built(members, version)
        return self._filter(_model(data))

    def base_of(self, version: VersionRow) -> Filter:
        """The filter that a version was taught upon."""
        base = self._shelf.base(version.version)
        if base is None:
            message = f"what version {version.version} was taught upon is gone"
            raise ComityError(
                "model-base-gone", message, outcome=Outcome.CONFIGURATION, details={"version": version.version}
            )
        return self._filter(base)

    def built(self, members: Sequence[int], upon: VersionRow, base: Filter | None = None) -> Filter:
        """Base and samples, in order: the base of a version, or another one."""
        start, done = (base, 0) if base is not None else self._start(members, upon)
        with self._store.read() as rows:
            lessons = [lesson_of(each) for each in rows.learning.lessons(members[done:])]
        if len(lessons) != len(members) - done or not all(lessons):
            raise ComityError("sample-gone", "a mail that was learnt is gone", outcome=Outcome.CONFIGURATION)
        return learnt(start or self.base_of(upon), [each for each in lessons if each is not None])

    def _start(self, members: Sequence[int], upon: VersionRow) -> tuple[Filter | None, int]:
        """The newest version with this base that holds the first of these samples and no others, and how many that are."""
        for number in sorted(self._shelf.kept(), reverse=True):
            with self._store.read() as rows:
                version = rows.learning.version(number)
                inside = rows.learning.members_at(number)
            if version is None or version.base != upon.base or not version.serves:
                continue
            if len(inside) != version.spam + version.legitimate or list(members[: len(inside)]) != list(inside):
                continue
            data = self._shelf.data(number, version.digest)
            if data is not None:
                return self._filter(_model(data)), len(inside)
        return None, 0

    def _filter(self, model: Model) -> Filter:
        judge = Filter.of(model)
        judge.budget.share = self._share
        return judge

    # -- what the operator does

    def operator(self, teach: Callable[[Filter], None], now: datetime) -> VersionRow:
        """The operator teaches: upon the base, beneath all that people said."""
        current = self.now_serving(now)
        base = self.base_of(current)
        teach(base)
        kept = base.model()
        with self._store.read() as rows:
            members = rows.learning.members()
        model = self.built(members, current, Filter.of(kept)).model() if members else kept
        return self.publish(Change(kind=VersionKind.OPERATOR, base=kept), model, now)

    def imported(self, model: Model, now: datetime) -> VersionRow:
        """Another model takes the place of all that was."""
        return self.publish(Change(kind=VersionKind.IMPORTED, base=model, all_out=True), model, now)

    def roll_back(self, now: datetime, number: int | None = None) -> VersionRow | None:
        """Let an earlier version serve again: this one, or the one before the last change; None where there is none.

        What was retracted since does not come back with it.
        """
        current = self.now_serving(now)
        with self._store.read() as rows:
            learning = rows.learning
            if number is None:
                serving = [each for each in learning.versions(1000) if each.serves][1:2]
                target = serving[0] if serving else None
            else:
                target = learning.version(number)
            if target is None or not target.serves:
                return None
            inside, gone = learning.members_at(target.version), learning.out_of(target.version)
            settled = learning.settled_of(gone)
            here = set(learning.members())
        data = self._shelf.data(target.version, target.digest)
        if settled or len(inside) != target.spam + target.legitimate:
            if data is None:
                return None
            model = _model(data)  # some of its samples are known no more: it is a base of its own
            return self.publish(Change(kind=VersionKind.ROLLED_BACK, base=model, all_out=True), model, now)
        if target.version not in self._shelf.kept():
            return None
        members = [each for each in inside if each not in set(gone)]
        model = _model(data) if data is not None and not gone else self.built(members, target).model()
        change = Change(
            kind=VersionKind.ROLLED_BACK,
            base=target.version,
            out=here - set(members),
            back=[each for each in members if each not in here],
        )
        return current if not _changes(change, current, target) else self.publish(change, model, now)


def lesson_of(row: LessonRow) -> Lesson | None:
    """A sample as the filter learns it: without what our own hosts wrote into it; None where its mail is gone."""
    if row.packed is None:
        return None
    data = without_marks(unpacked(row.packed, row.size))
    facts = dict(row.facts)
    called = facts.pop(CALLED, None)  # samples from before do not say
    return Lesson(
        name=str(row.sample_id),
        data=data,
        spam=row.spam,
        facts=facts or None,
        called=None if called is None else called == Verdict.SPAM,
    )


def _changes(change: Change, current: VersionRow, target: VersionRow) -> bool:
    return bool(change.out or change.back or current.base != target.base)


def _model(data: bytes) -> Model:
    try:
        return unpack(data)
    except UnfitError as unfit:
        message = "this file holds no model that can be used"
        raise ComityError(unfit.code, message, outcome=Outcome.CONFIGURATION) from None
