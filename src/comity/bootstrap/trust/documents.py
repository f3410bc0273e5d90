"""Join what takes signed documents from peers: each kind has its handlers.

Answers:    ``documents(settings)`` takes messages; ``documents_door(settings)`` is what the server does with one.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from comity.bootstrap.desk import desk_store
from comity.bootstrap.parties import own_domain
from comity.bootstrap.trust.signals import signal_handlers
from comity.services.prove.coalition.directory import handlers as member_handlers
from comity.services.prove.coalition.minutes import handlers as minutes_handlers
from comity.services.prove.documents import Documents
from comity.services.prove.guidance import handlers as guidance_handlers
from comity.settings import Settings

if TYPE_CHECKING:
    from comity.services.prove.documents import Handler
    from comity.store.records import Records


def documents(settings: Settings) -> "Documents[Records]":
    """What takes documents in."""
    ours = own_domain(settings)
    handlers: dict[str, Handler[Records]] = {
        **signal_handlers(settings),
        **guidance_handlers(ours),
        **member_handlers(),
        **minutes_handlers(ours),
    }
    return Documents(ours, handlers, per_day=settings.signals.per_day)


def documents_door(settings: Settings) -> Callable[[bytes], tuple[int, Mapping[str, object]]]:
    """What is done with the documents that somebody posts."""
    taking, store = documents(settings), desk_store(settings)

    def take(data: bytes) -> tuple[int, Mapping[str, object]]:
        answer = taking.take(store, data, now=datetime.now(UTC))
        return answer.status, answer.said

    return take
