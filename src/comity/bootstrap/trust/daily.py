"""What the running program does about peers once a day.

Answers:    ``erase_what_is_due`` erases what was kept as long as was agreed; what is done already is left alone.
"""

from datetime import datetime
from typing import TYPE_CHECKING

from comity.bootstrap.desk import scribe
from comity.model.log_events import LogEvent
from comity.settings import Settings

if TYPE_CHECKING:
    from comity.store.engine import Store


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
