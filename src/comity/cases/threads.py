"""Letters from people, put together: one writer, one subject, one row.

Trust:      what a letter mentions is a suggestion; nothing is done on it alone.
Answers:    ``threads(letters, own, now)``: those that mention something of ours first, then the newest.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from comity.cases.campaign import plain_subject
from comity.cases.own_side import OwnSide
from comity.model.case import ItemFacts, Thread

AHEAD: Final = timedelta(days=1)  # a time further ahead than this is no time


def threads(letters: Sequence[ItemFacts], own: OwnSide, now: datetime) -> tuple[Thread, ...]:
    """Free text by writer and subject, the newest first."""
    together: dict[tuple[object, ...], list[ItemFacts]] = {}
    for item in letters:
        subject = plain_subject(item.subject or "") or item.subject
        key = (item.carried_from, subject) if item.carried_from or subject else (item.position,)
        together.setdefault(key, []).append(item)
    found_threads = []
    for items in together.values():
        mentioned = tuple(dict.fromkeys(value for item in items for value in item.mentioned))
        ours = [found for value in mentioned if (found := own.by_address(value) or own.by_domain(value)) is not None]
        times = [item.sent for item in items if item.sent is not None and item.sent <= now + AHEAD]
        found_threads.append(
            Thread(
                writer=items[0].carried_from,
                subject=items[0].subject,
                items=tuple(items),
                last=max(times, default=None),
                ours=tuple(dict.fromkeys(ours)),
                mentioned=mentioned,
            )
        )
    return tuple(
        sorted(found_threads, key=lambda each: (not each.ours, each.last is None, -(each.last or now).timestamp()))
    )
