"""Say in the store how this machine stands, so that one command anywhere sees all of them.

Answers:    ``Standing(settings, store)``: ``note(now)`` writes it down, ``is_due()`` says once a minute that it is time,
            ``end(now)`` that the machine is stopped in good order. ``told(settings, now)`` is what a machine says that knows no
            store, as one line, ``heard(line, now)`` reads it where the store is.
Trust:      whoever may write in the store hands the line over, but it came through a pipe: one that does not fit is refused.
Limits:     what costs connections (who answers at our ports) is looked at every ten minutes, and first a minute after the
            start, when all gates listen.
"""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from time import monotonic
from typing import TYPE_CHECKING, Final

from comity import __version__
from comity.bootstrap.gates import machine_at, spool_path
from comity.bootstrap.judging import model_path
from comity.model.cluster_node import HOUSE, ClusterNode, NodeFinding
from comity.model.message import Message
from comity.model.outcomes import ComityError, Outcome
from comity.settings import Settings

if TYPE_CHECKING:
    from comity.bootstrap.checking.check import Check
    from comity.store.engine import Store

_EVERY: Final = 60.0
_LOOKS_EVERY: Final = 600.0
_SHOWN: Final = 12
LONG: Final = timedelta(minutes=30)  # no step of the house takes that long on an ordinary day
LONGEST_LINE: Final = 64 << 10
_MOST: Final = 2**53
_PARTS: Final = ("name", "spool", "version", "waiting", "oldest", "free_mib", "model", "findings")


class Standing:
    """What this machine says of itself, and when it said it last."""

    def __init__(
        self, settings: Settings, store: "Store", doing: Callable[[], tuple[str, datetime] | None] = lambda: None
    ) -> None:
        """``doing`` says which step the house is at, and since when."""
        self._settings, self._store, self._doing = settings, store, doing
        self._said, self._looked = -_EVERY, monotonic() - _LOOKS_EVERY + _EVERY
        self._findings: tuple[NodeFinding, ...] = ()
        self._models = _Models()

    def is_due(self) -> bool:
        """Whether a minute has passed."""
        return monotonic() - self._said >= _EVERY

    def note(self, now: datetime, ended: datetime | None = None) -> None:
        """Write it down."""
        self._said = monotonic()
        if ended is None and self._said - self._looked >= _LOOKS_EVERY:
            self._looked = self._said
            self._findings = tuple(_found(self._settings, now))
        node = replace(
            _node(self._settings, now, self._models), ended=ended, findings=(*self._findings, *self._at(now))
        )
        with self._store.write() as records:
            records.nodes.put(node)

    def end(self, now: datetime) -> None:
        """Best effort: whoever could not say so is called silent."""
        with suppress(ComityError):
            self.note(now, ended=now)

    def _at(self, now: datetime) -> Iterator[NodeFinding]:
        """What the house is at, where that takes long: nothing else shows it any more."""
        doing = self._doing()
        if doing is not None and now - doing[1] >= LONG:
            minutes = (now - doing[1]) // timedelta(minutes=1)
            details = {"step": doing[0], "minutes": minutes}
            yield NodeFinding(about=HOUSE, is_wrong=False, message="doctor.house-long", place=None, details=details)


class _Models:
    """Which model the filter here judges with; its file is read when it is another one than before."""

    def __init__(self) -> None:
        self._known: tuple[tuple[int, int], str] | None = None

    def there(self, settings: Settings) -> str | None:
        """The beginning of its hash; None: there is none yet, and it begins with the starter."""
        path = model_path(settings)
        try:
            state = path.stat()
            mark = (state.st_ino, state.st_mtime_ns)
            if self._known is None or self._known[0] != mark:
                with path.open("rb") as file:
                    self._known = mark, hashlib.file_digest(file, "sha256").hexdigest()[:_SHOWN]
        except OSError:
            return None
        return self._known[1]


def told(settings: Settings, now: datetime) -> str:
    """How this machine stands, for one that knows the store."""
    node = replace(_node(settings, now, _Models()), findings=tuple(_found(settings, now)))
    said = {name: value for name, value in asdict(node).items() if name in _PARTS}
    return json.dumps(said | {"oldest": node.oldest and node.oldest.isoformat()}, ensure_ascii=True)


def heard(line: bytes, now: datetime) -> ClusterNode:
    """What another machine told, as of now; "node-unreadable" where it is nothing of that kind."""
    try:
        if len(line) > LONGEST_LINE:
            raise ValueError("longer than any machine tells")
        said = json.loads(line)
        oldest = said["oldest"] and datetime.fromisoformat(said["oldest"])
        findings = tuple(NodeFinding(**each) for each in said["findings"])
        node = ClusterNode(
            **{name: said[name] for name in _PARTS} | {"seen": now, "oldest": oldest, "findings": findings}
        )
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise _unreadable(type(error).__name__) from None
    words = (
        node.name,
        node.spool,
        node.version,
        *(each.about for each in findings),
        *(each.message for each in findings),
        *(each.place for each in findings if each.place),
        *([] if node.model is None else [node.model]),
    )
    # What no store can keep is not printable either.
    is_fit = all(isinstance(each, str) and 0 < len(each) <= 4096 and each.isprintable() for each in words)
    numbers = (node.waiting, node.free_mib)
    is_fit &= all(isinstance(each, int) and 0 <= each < _MOST for each in numbers)
    is_fit &= oldest is None or oldest.tzinfo is not None
    is_fit &= all(isinstance(each.details, dict) and isinstance(each.place, str | None) for each in findings)
    if not is_fit:
        raise _unreadable("ValueError")
    return node


def _unreadable(reason: str) -> ComityError:
    return ComityError(
        "node-unreadable", f"no machine tells that: {reason}", outcome=Outcome.BAD_INPUT, details={"reason": reason}
    )


def _node(settings: Settings, now: datetime, models: _Models) -> ClusterNode:
    from comity.store.group_commit import free_bytes
    from comity.store.spool import Spool

    path = spool_path(settings)
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
        waiting=waiting,
        oldest=oldest,
        free_mib=free_bytes(path.parent) >> 20,
        model=models.there(settings),
    )


def _found(settings: Settings, now: datetime) -> Iterator[NodeFinding]:
    from comity.bootstrap.checking import Condition, local_checks

    for each in local_checks(settings, now):
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
