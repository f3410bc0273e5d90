"""What the running program does now and then, step by step: a step that fails, or takes long, costs the others nothing.

Answers:    ``Rounds(steps, log).turn(now)`` does every step that is due or called; ``Step`` says what and how often; ``doing`` is
            the step that is being done, for other threads to look at.
Limits:     a step that failed is tried again after a minute, also one that is for once a day. A program that is started again
            begins anew: each step leaves alone what is done. In the last minute before a step is due nobody asks whether it is
            called: so one that failed is not called within that minute either.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from comity.model import utc_day
from comity.model.log_events import LogEvent
from comity.model.outcomes import ComityError, Outcome

EVERY: Final = timedelta(minutes=10)
AGAIN: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Step:
    """Something that is done every few minutes, or once on each day (UTC); and at once where it is called, which is asked at
    every turn, so that it must cost next to nothing to ask."""

    name: str
    do: Callable[[datetime], object]
    is_daily: bool = False
    is_called: Callable[[], bool] = field(default=lambda: False)


class Rounds:
    """All steps, each with the time from which on it is due."""

    def __init__(self, steps: Sequence[Step], log: LogEvent) -> None:
        self._steps, self._log = steps, log
        self._due: dict[str, datetime] = {}
        self.doing: tuple[str, datetime] | None = None  # and when the turn began

    def turn(self, now: datetime, *, stop: Callable[[], bool] = lambda: False) -> None:
        """Do what is due, until told to stop.

        >>> from datetime import UTC
        >>> done = []
        >>> rounds = Rounds([Step("wake", done.append), Step("erase", done.append, is_daily=True)], lambda *_, **__: None)
        >>> for minutes in (0, 5, 10):
        ...     rounds.turn(datetime(2026, 7, 1, 12, minutes, tzinfo=UTC))
        >>> [f"{each:%H:%M}" for each in done]
        ['12:00', '12:00', '12:10']
        """
        for step in self._steps:
            if stop():
                return
            due = self._due.get(step.name)
            # A clock that was set back must not make a step wait until it is again what it was.
            is_due = due is None or now >= due or due - now > _longest(step)
            if is_due or (due is not None and due - now > AGAIN):
                self._due[step.name] = self._do(step, now, due if not is_due else None)

    def _do(self, step: Step, now: datetime, due: datetime | None) -> datetime:
        """Do it, where it is due (``due`` is None) or called; the time from which on it is due again."""
        try:
            if due is not None and not step.is_called():
                return due
            self.doing = step.name, now
            step.do(now)
        except ComityError as error:
            event = "house-waits" if error.outcome in (Outcome.TRY_AGAIN, Outcome.FULL) else "house-step-failed"
            self._log(event, step=step.name, code=error.code)
            return now + AGAIN
        except (
            Exception
        ) as error:  # the edge of one step: a fault of ours in it must not keep the others from being done
            self._log("house-step-failed", step=step.name, code=type(error).__name__)
            return now + AGAIN
        finally:
            self.doing = None
        return self._after(step, now)

    @staticmethod
    def _after(step: Step, now: datetime) -> datetime:
        if not step.is_daily:
            return now + EVERY
        return utc_day.midnight(now) + timedelta(days=1)


def _longest(step: Step) -> timedelta:
    return timedelta(days=1) if step.is_daily else EVERY
