"""Whether the replica that the settings name can be asked instead of the store.

Answers:    ``replica(settings, now)``.
Limits:     waits three seconds at most for what the primary has written by now.
"""

import time
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from typing import TYPE_CHECKING, Final

from comity.bootstrap.checking.check import Check, odd, right
from comity.bootstrap.desk import desk_store, replica_of
from comity.model.outcomes import ComityError
from comity.settings import Settings

if TYPE_CHECKING:
    from comity.store.engine import Store
    from comity.store.replica import Replica

_WAIT_SECONDS: Final = 3.0
_NAP: Final = 0.05


def replica(settings: Settings, _: datetime) -> Iterator[Check]:
    """Pages work without it, as long as the primary carries them: it is odd at most."""
    found = replica_of(settings, lambda *_, **__: None)
    if found is None:
        if settings.store.replica is not None:
            yield odd("replica", "replica-file")
        return
    with closing(desk_store(settings)) as store, closing(found):
        yield _look(store, found)


def _look(store: "Store", found: "Replica") -> Check:
    from comity.store.dialects.standing import standing_of

    with store.view() as connection:
        primary = standing_of(connection)
    began = time.monotonic()
    while True:
        try:
            standing = found.standing()
        except ComityError as error:
            reason = error.details.get("reason", error.code)
            return odd("replica", "replica-away", place=found.place, reason=reason)
        waited = time.monotonic() - began
        if not standing.is_standby or standing.store != primary.store:
            return odd("replica", "replica-other", place=found.place)
        if standing.position >= primary.position:
            return right("replica", "replica", place=found.place, seconds=round(waited, 1))
        if waited > _WAIT_SECONDS:
            return odd("replica", "replica-behind", place=found.place, n=(primary.position - standing.position) >> 10)
        time.sleep(_NAP)
