"""Say in the store how this machine stands, so that one command anywhere sees all of them.

Answers:    ``Standing(settings, store)``: ``note(now)`` writes it down, ``is_due()`` says once a minute that it is time,
            ``end(now)`` that the machine is stopped in good order.
Limits:     what costs connections (who answers at our ports) is looked at every ten minutes, and first a minute after the
            start, when all gates listen.
"""

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import datetime
from time import monotonic
from typing import TYPE_CHECKING, Final

from comity import __version__
from comity.bootstrap.gates import machine_at, spool_path
from comity.bootstrap.judging import model_path
from comity.model.cluster_node import ClusterNode, NodeFinding
from comity.model.message import Message
from comity.model.outcomes import ComityError
from comity.settings import Settings

if TYPE_CHECKING:
    from comity.bootstrap.checking.check import Check
    from comity.store.engine import Store

_EVERY: Final = 60.0
_LOOKS_EVERY: Final = 600.0
_SHOWN: Final = 12


class Standing:
    """What this machine says of itself, and when it said it last."""

    def __init__(self, settings: Settings, store: "Store") -> None:
        self._settings, self._store = settings, store
        self._said, self._looked = -_EVERY, monotonic() - _LOOKS_EVERY + _EVERY
        self._findings: tuple[NodeFinding, ...] = ()
        self._model: tuple[tuple[int, int], str] | None = None

    def is_due(self) -> bool:
        """Whether a minute has passed."""
        return monotonic() - self._said >= _EVERY

    def note(self, now: datetime, ended: datetime | None = None) -> None:
        """Write it down."""
        self._said = monotonic()
        if ended is None and self._said - self._looked >= _LOOKS_EVERY:
            self._looked = self._said
            self._findings = tuple(self._found(now))
        node = self._node(now, ended)
        with self._store.write() as records:
            records.nodes.put(node)

    def end(self, now: datetime) -> None:
        """Best effort: whoever could not say so is called silent."""
        with suppress(ComityError):
            self.note(now, ended=now)

    def _node(self, now: datetime, ended: datetime | None) -> ClusterNode:
        from comity.store.group_commit import free_bytes
        from comity.store.spool import Spool

        path = spool_path(self._settings)
        waiting, oldest = 0, None
        if path.exists():
            spool = Spool(path, durable=False)
            try:
                counts = spool.counts()
            finally:
                spool.close()
            waiting, oldest = counts.items, counts.oldest
        name, place = machine_at(path)
        return ClusterNode(
            name=name,
            spool=place,
            version=__version__,
            seen=now,
            ended=ended,
            waiting=waiting,
            oldest=oldest,
            free_mib=free_bytes(path.parent) >> 20,
            model=self._model_there(),
            findings=self._findings,
        )

    def _model_there(self) -> str | None:
        """Which model the filter here judges with; its file is read when it is another one than before."""
        path = model_path(self._settings)
        try:
            state = path.stat()
            mark = (state.st_ino, state.st_mtime_ns)
            if self._model is None or self._model[0] != mark:
                with path.open("rb") as file:
                    self._model = mark, hashlib.file_digest(file, "sha256").hexdigest()[:_SHOWN]
        except OSError:
            return None  # none yet: it begins with the starter
        return self._model[1]

    def _found(self, now: datetime) -> Iterator[NodeFinding]:
        from comity.bootstrap.checking import Condition, local_checks

        for each in local_checks(self._settings, now):
            if each.condition is not Condition.RIGHT:
                yield _finding(each, is_wrong=each.condition is Condition.WRONG)


def _finding(check: "Check", *, is_wrong: bool) -> NodeFinding:
    error = check.error
    return NodeFinding(
        about=check.about,
        is_wrong=is_wrong,
        message=check.sentence,
        place=None if error is None else error.place,
        details=_kept(check.details if error is None else error.details),
    )


def _kept(details: Mapping[str, object]) -> dict[str, object]:
    """Whatever the store can keep: numbers as numbers, all else as text."""
    kept: dict[str, object] = {}
    for name, value in details.items():
        if isinstance(value, Message):
            kept[name] = value.message_id.rpartition(".")[2]
        else:
            kept[name] = value if isinstance(value, int | float | str) else str(value)
    return kept
