"""The filter as it is now: the model file is looked at again when somebody has put a new one in its place.

Answers:    ``LiveFilter.now()`` gives the filter for one more mail. A new file that is damaged, foreign or newer than we are
            is refused, which is said once, and the old one keeps serving; at the start that is the one before it.
Limits:     the file is looked at once a second; learning is done elsewhere.
"""

from collections.abc import Callable
from typing import Final

from comity.model.log_events import LogEvent
from comity.model.outcomes import ComityError
from comity.services.judge.filtering import Filter

_LOOK: Final = 1.0

Stamp = tuple[int, ...] | None


class LiveFilter:
    """A filter behind a file."""

    def __init__(
        self,
        load: Callable[[], Filter],
        stamp: Callable[[], Stamp],
        *,
        otherwise: Callable[[], Filter],
        clock: Callable[[], float],
        log: LogEvent,
    ) -> None:
        """``load`` reads the file, ``stamp`` says whether it is another one; ``otherwise`` serves where the first cannot be used:
        a broken file of the filter keeps no mail from being taken."""
        self._load, self._stamp, self._clock, self._log = load, stamp, clock, log
        self._seen, self._looked = stamp(), clock()
        try:
            self._filter = load()
        except ComityError as error:
            log("model-refused", reason=error.code)
            self._filter = otherwise()

    def now(self) -> Filter:
        """The filter to judge one more mail with; how many it was since the last label is known on."""
        self._filter.went_by()
        if self._clock() - self._looked >= _LOOK:
            self._looked = self._clock()
            stamp = self._stamp()
            if stamp != self._seen:
                self._seen = stamp
                try:
                    fresh = self._load()
                except ComityError as error:
                    self._log("model-refused", reason=error.code)
                else:
                    fresh.budget.follows(self._filter.budget)
                    self._filter = fresh
                    self._log("model-taken")
        return self._filter
