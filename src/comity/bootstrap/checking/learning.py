"""Look at how the filter learns from people: whether they can be heard, what waits, whether the last model was published.

Answers:    ``learning``: one ``Check`` or more, as ``comity.bootstrap.checking`` calls it.
Limits:     looks only; the operator's own examples are read, and judged by nobody.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from comity.bootstrap.checking.check import Check, odd, right, wrong
from comity.bootstrap.desk import desk_read
from comity.bootstrap.gates import mailboxes_of
from comity.bootstrap.gates.milter import delivery_keys
from comity.bootstrap.learning import cohorts_in, locked_examples
from comity.settings import Settings

if TYPE_CHECKING:
    from comity.services.judge.learning.rows import Due
    from comity.services.judge.learning.showing import Shown

_LATE: Final = timedelta(hours=1)


def learning(settings: Settings, now: datetime) -> Iterator[Check]:
    """How people teach the filter."""
    terms = settings.learning
    if not mailboxes_of(settings).has_own or not terms.people:
        return
    if delivery_keys(settings) is None:
        yield odd("learning", "learning-unproven")
    if terms.cohorts is not None:
        yield right("learning", "learning-cohorts", n=len(dict(cohorts_in(terms.cohorts))), file=terms.cohorts)
    if terms.locked is None:
        yield odd("learning", "learning-unlocked")
    else:
        yield right("learning", "learning-locked", n=len(locked_examples(terms.locked)), file=terms.locked)
    found, due = _look(settings, now)
    if due.oldest is not None and now - due.oldest > _LATE + timedelta(minutes=terms.every_minutes):
        yield wrong("learning", "learning-late", n=due.count, hours=(now - due.oldest) // timedelta(hours=1))
    version = found.serving.version if found.serving else 0
    yield right("learning", "learning", n=found.states["waiting"], version=version)
    if found.junked:
        yield odd("learning", "learning-junked", n=len(found.junked))
    if found.last_refused is not None:
        yield odd("learning", "learning-refused", version=found.last_refused.version)


def _look(settings: Settings, now: datetime) -> "tuple[Shown, Due]":
    from comity.services.judge.learning.showing import shown

    with desk_read(settings) as rows:
        return shown(rows, now), rows.learning.due(now)
