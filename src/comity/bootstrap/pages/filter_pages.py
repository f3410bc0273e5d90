"""Join the pages about the filter to the model's file, its lock and the store.

Answers:    ``filter_doing(settings)`` gives what the pages may do.
Limits:     the model is read again when its file has changed; a file that cannot be used leaves the one that was read before.
"""

from collections.abc import Callable
from contextlib import closing
from datetime import datetime
from functools import partial
from threading import Lock
from typing import TYPE_CHECKING

from comity.model.verdict import Facts, Judgement
from comity.services.public.pages.filter import FilterDoing
from comity.settings import Settings

if TYPE_CHECKING:
    from comity.services.judge.learning.classroom import Round
    from comity.services.judge.learning.rows import Which


def filter_doing(settings: Settings) -> FilterDoing:
    """What the pages may do."""
    from comity.bootstrap.judging import is_in_service, kept_filter, model_stamp
    from comity.bootstrap.learning import locked_examples, rolled_back

    return FilterDoing(
        model=partial(kept_filter, settings),
        stamp=partial(model_stamp, settings),
        judge=_Judging(settings).judge,
        is_in_service=partial(is_in_service, settings),
        take_out=partial(_take_out, settings),
        roll_back=partial(rolled_back, settings),
        locked=partial(locked_examples, settings.learning.locked),
    )


class _Judging:
    """One filter for all threads of the pages, one mail at a time."""

    def __init__(self, settings: Settings) -> None:
        self._settings, self._lock = settings, Lock()
        self._judge: Callable[[bytes, Facts], Judgement] | None = None

    def judge(self, data: bytes, facts: Facts) -> Judgement:
        """Judge one."""
        from comity.bootstrap.judging import make_judge

        with self._lock:
            if self._judge is None:
                self._judge = make_judge(self._settings)
            return self._judge(data, facts)


def _take_out(settings: Settings, which: "Which", now: datetime) -> "Round":
    from comity.bootstrap.desk import desk_store
    from comity.bootstrap.learning import classroom_of

    with closing(desk_store(settings)) as store:
        return classroom_of(settings, store).take_out(which, now)
