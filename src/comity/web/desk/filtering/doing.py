"""What the pages about the filter share: what may be done with it, and one look at its model for all who ask.

Answers:    ``doing_of(door)``; ``Held(door)`` reads model, promise and examples once for each model.
Limits:     the examples are judged beside, because that takes seconds; the page says so until then.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from threading import Lock, Thread
from typing import Any

from comity.model.outcomes import ComityError
from comity.services.judge.comparing import described
from comity.services.judge.curves import Chart
from comity.services.judge.promise import Promise, examples_of, promise_of
from comity.services.public.pages.filter import FilterDoing
from comity.web.desk.door import Door
from comity.web.waiting import Refused


def doing_of(door: Door) -> FilterDoing:
    """What may be done with the filter; a house without one has no such pages."""
    if door.work.filtering is None:
        raise Refused("missing", 404)
    return door.work.filtering


@dataclass(frozen=True, slots=True, kw_only=True)
class Serving:
    """The model that serves."""

    facts: Mapping[str, Any]
    promise: Promise
    examples: Chart | None = None
    is_looking: bool = False  # at the examples
    trouble: ComityError | None = None  # with the examples


class Held:
    """One look at each model."""

    def __init__(self, door: Door) -> None:
        self._door, self._lock = door, Lock()
        self._seen: object = None
        self._serving: Serving | None = None

    def serving(self) -> Serving:
        """The model that serves now; called in a thread that may wait."""
        doing = doing_of(self._door)
        with self._lock:
            stamp = doing.stamp()
            if self._serving is None or stamp != self._seen:
                judge = doing.model()
                self._seen = stamp
                self._serving = Serving(facts=described(judge), promise=promise_of(judge), is_looking=True)
                Thread(target=self._look, args=(stamp, judge), name="desk-examples", daemon=True).start()
            return self._serving

    def _look(self, stamp: object, judge: Any) -> None:
        examples, trouble = None, None
        try:
            examples = examples_of(judge, doing_of(self._door).locked())
        except ComityError as error:
            trouble = error
        except OSError as error:
            self._door.work.log("desk-examples-unread", kind=type(error).__name__)
        with self._lock:
            if self._serving is not None and self._seen == stamp:
                kept = self._serving
                self._serving = Serving(facts=kept.facts, promise=kept.promise, examples=examples, trouble=trouble)
