"""Join what finds consumers that wash their lists.

Answers:    ``lower_those(settings, records, found, now)`` shows less to those that wash, and tells them; ``look_and_lower`` is what
            the running program does once a day.
Limits:     a program that is started again looks again: whoever is shown less already is left alone.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from comity.bootstrap.trust.recourse import post, recourse_desk
from comity.model.log_events import LogEvent
from comity.services.operate.housekeeping import PROGRAM
from comity.services.prove import washing
from comity.settings import Settings

if TYPE_CHECKING:
    from comity.model.recourse import Consequence
    from comity.services.prove.recourse.mail import Posted
    from comity.store.engine import Store
    from comity.store.records import Records


def lower_those(
    settings: Settings, records: "Records", found: Sequence[washing.Looked], *, now: datetime, actor: str = PROGRAM
) -> "list[tuple[Consequence, Posted]]":
    """Show less to those that wash, and tell each why and how to object."""
    made = washing.lower(recourse_desk(settings, records, actor=actor, now=now), found, now)
    return [(each, post(settings).warn(records, each, by=actor, now=now)) for each in made]


def look_and_lower(settings: Settings, store: "Store", *, log: LogEvent, now: datetime) -> None:
    """What the running program does once a day, where the settings do not say otherwise."""
    if settings.identity.domain is None or not settings.prove.show_less:
        return
    with store.read() as records:
        found = washing.look(records, now)
    if not any(each.washing.verdict is washing.Verdict.WASHES and not each.is_lowered for each in found):
        return
    with store.write() as records:
        for made, _ in lower_those(settings, records, found, now=now):
            log("shown-less", peer=made.subject, reference=made.reference)
