"""A copy of the store on another server, which whoever only looks may ask.

Standards:  PostgreSQL's hot standby by streaming: what the primary commits arrives there a little later, in the same order.
Answers:    ``Replica(database, log)``: ``look(function, primary)`` gives what the function found, and how old it is at most; None
            where the primary must be asked. ``wrote(primary)``: from now on only a copy that has what was written so far is asked;
            it gives up to where that is, for another process.
Limits:     its age is measured by our own clock: since when the primary had written no more than the copy has replayed. A copy that
            is away, silent, no copy of this store, or further behind than ``BEHIND`` is left alone for a while, and that is logged.
            What is to be decided, or must not be missed, is asked of the primary (``Store.read``).
"""

import os
import socket
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from threading import Lock, Timer
from typing import Any, Final, Generic, TypeVar

from sqlalchemy import Engine, event

from comity.model.log_events import LogEvent
from comity.model.outcomes import ComityError
from comity.store.dialects import Database
from comity.store.dialects.standing import Standing, standing_of
from comity.store.migrations import version
from comity.store.records import Records
from comity.store.trouble import told

BEHIND: Final = 30.0  # seconds
ASK_SECONDS: Final = 3  # so long it may take to say how far it is
_LOOK_SECONDS: Final = 30.0  # so long it may be looked at
_EVERY: Final = 1.0  # how often the primary is asked how far it is
_GAP: Final = 5.0  # nobody looked for so long: what was measured before says nothing about now
_AGAIN: Final = 10.0  # so long it is left alone
_UNKNOWN: Final = 1 << 63  # what no copy has reached

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Looked(Generic[_T]):
    """What was found, and how many seconds old it is at most; nought where the primary was asked."""

    found: _T
    age: float = 0.0


class Replica:
    """One copy; several threads may ask."""

    def __init__(self, database: Database, log: LogEvent, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._engine, self.place = database.engine(read_only=True), database.place
        self._log, self._monotonic, self._lock = log, monotonic, Lock()
        self._lines = dict[int, Any]()
        event.listen(self._engine, "connect", lambda line, _: self._lines.update({id(line): line}))
        event.listen(self._engine, "close", lambda line, _: self._lines.pop(id(line), None))
        self._marks: deque[tuple[float, Standing]] = deque()  # how far the primary was, and when; the oldest first
        self._left_until = 0.0
        self._is_known = False
        self.position = 0
        self.trouble: str | None = None  # why it is not asked
        self.age = 0.0  # as it was found last

    def look(self, function: Callable[[Records], _T], primary: Engine, *, after: int = 0) -> Looked[_T] | None:
        """Look at it, if it has what was written up to ``after``, and by this process."""
        if not self._may_be_asked():
            return None
        try:
            mark = self._mark(primary)
        except ComityError:
            return None  # of the primary: whoever asks that is told
        try:
            return self._looked(function, mark, max(after, self.position))
        except ComityError as error:
            # What moved under a view of it, or what a page does not find there, is asked of the primary, and no trouble.
            if error.code.startswith("store-") and error.code != "store-busy":
                self._leave(error.code)
            return None

    def wrote(self, primary: Engine) -> int:
        """Somebody wrote what pages of this process must show from now on: up to where, for another process."""
        try:
            with told(""), primary.connect() as connection:
                position = standing_of(connection).position
        except ComityError:
            position = _UNKNOWN  # until the primary can be asked again
        with self._lock:
            self.position = position if self.position == _UNKNOWN else max(self.position, position)
        return self.position

    def standing(self) -> Standing:
        """How far it is, of which store."""
        with told(self.place), self._within(ASK_SECONDS), self._engine.connect() as connection:
            return standing_of(connection)

    def close(self) -> None:
        """Let go of every connection."""
        self._engine.dispose()

    def _looked(self, function: Callable[[Records], _T], mark: Standing, after: int) -> Looked[_T] | None:
        with told(self.place), self._within(ASK_SECONDS) as in_time, self._engine.connect() as connection:
            with connection.begin():
                standing = standing_of(connection)
            in_time.cancel()
            age = self._age(standing.position)
            is_ours = standing.is_standby and standing.store == mark.store
            if not is_ours or (age is not None and age > BEHIND):
                self._leave("behind" if is_ours else "no-standby")
                return None
            if age is None or standing.position < after:
                self._ask_soon()
                return None
            # Who looks for too long is alone in that: the server has just answered, and others may be nearly done.
            with self._within(_LOOK_SECONDS, connection.connection.dbapi_connection), connection.begin():
                if not self._is_known:
                    version.refuse(connection, self.place)
                looked = Looked(function(Records(connection, self.place)), age)
        self._took(age)
        return looked

    def _may_be_asked(self) -> bool:
        """Where it was in trouble, one asks whether it still is, the others do not wait for that."""
        with self._lock:
            now = self._monotonic()
            if now < self._left_until:
                return False
            if self.trouble is not None:
                self._left_until = now + _AGAIN
            return True

    @contextmanager
    def _within(self, seconds: float, line: Any = None) -> Iterator[Timer]:
        """A server that is stopped, or whose disk is, says nothing and hangs nothing up: whoever waits for it asks the primary.

        ``line``: the one that is hung up then; without it, all of them.
        """
        timer = Timer(seconds, self._hang_up, [line])
        timer.daemon = True
        timer.start()
        try:
            yield timer
        finally:
            timer.cancel()

    def _hang_up(self, line: Any) -> None:
        self._leave("silent")
        for each in list(self._lines.values()) if line is None else [line]:
            with suppress(OSError):
                if not each.closed:
                    with socket.socket(fileno=os.dup(each.fileno())) as wire:
                        wire.shutdown(socket.SHUT_RDWR)

    def _mark(self, primary: Engine) -> Standing:
        """How far the primary is, as of a second ago at most."""
        with self._lock:
            now = self._monotonic()
            if self._marks and now - self._marks[-1][0] < _EVERY:
                return self._marks[-1][1]
            with told(""), primary.connect() as connection:
                standing = standing_of(connection)
            if self._marks and (
                standing.store != self._marks[-1][1].store or standing.position < self._marks[-1][1].position
            ):
                self._marks.clear()  # another server took over, which had not all of it
                self.position = standing.position
            if self._marks and now - self._marks[-1][0] > _GAP:
                self._marks.clear()
            self._marks.append((now, standing))
            while len(self._marks) > 1 and now - self._marks[1][0] > BEHIND:
                self._marks.popleft()
            if self.position == _UNKNOWN:
                self.position = standing.position
            return standing

    def _age(self, position: int) -> float | None:
        """For how long the primary has written more than this, at most; None where nobody has looked for long enough to know."""
        with self._lock:
            now = self._monotonic()
            reached = next((at for at, each in reversed(self._marks) if each.position <= position), None)
            if reached is not None:
                return now - reached
            oldest = now - self._marks[0][0]
            return oldest if oldest > BEHIND else None

    def _leave(self, reason: str) -> None:
        with self._lock:
            self._left_until, self._is_known = self._monotonic() + _AGAIN, False
            is_new, self.trouble = self.trouble is None, self.trouble or reason
        if is_new:
            self._log("replica-left", place=self.place, reason=reason)

    def _ask_soon(self) -> None:
        """It answers; how old it is will be known once the primary was asked how far it is for some seconds in a row."""
        with self._lock:
            self._left_until = min(self._left_until, self._monotonic() + _EVERY)

    def _took(self, age: float) -> None:
        with self._lock:
            was, self.trouble, self._is_known, self.age, self._left_until = self.trouble, None, True, age, 0.0
        if was is not None:
            self._log("replica-back", place=self.place)
