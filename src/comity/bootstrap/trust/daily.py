"""What the running program does about peers once a day.

Answers:    ``OnceADay`` does it when it is called on a new day; ``erase_what_is_due`` erases what was kept as long as was agreed.
Limits:     a program that is started again does it again: each part leaves alone what is done.
"""

from collections.abc import Callable
from datetime import date, datetime
from typing import TYPE_CHECKING

from comity.bootstrap.desk import scribe
from comity.model.log_events import LogEvent
from comity.settings import Settings

if TYPE_CHECKING:
    from comity.store.engine import Store


class OnceADay:
    """Does its parts, one after the other, where none of them was done today."""

    def __init__(self, *parts: Callable[[datetime], None]) -> None:
        self._parts = parts
        self._last: date | None = None

    def __call__(self, now: datetime) -> None:
        """Do them, on a new day."""
        if self._last != now.date():
            self._last = now.date()
            for part in self._parts:
                part(now)


def erase_what_is_due(settings: Settings, store: "Store", *, log: LogEvent, now: datetime) -> None:
    """Erase what peers reported when the agreed time is over."""
    from comity.services.prove.agreement.retaining import erase

    ours, writer = settings.identity.domain, scribe(settings)
    if ours is None or writer is None:
        return
    with store.write() as records:
        erased = erase(records, writer, ours, now=now)
    for each in erased:
        log("payloads-erased", peer=each.peer, payloads=each.payloads, mails=each.mails)
