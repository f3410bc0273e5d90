"""The way of a new desk to a loop that works: what is done, and what comes next.

Answers:    ``steps_of(settings, records)`` gives each step with whether it is done; the sentences are ``first-step.NAME`` and
            ``first-step.NAME.how``.
Limits:     a step counts as done by what stands in the settings or the store, not by whether somebody said so.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from comity.model.sending import OURS, PeerState
from comity.settings import Settings

if TYPE_CHECKING:
    from comity.store.records import Records


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step."""

    name: str
    is_done: bool


def steps_of(settings: Settings, records: "Records") -> list[Step]:
    """All steps, in the order in which one would take them."""
    return [Step(name=name, is_done=is_done) for name, is_done in _steps(settings, records)]


def _steps(settings: Settings, records: "Records") -> Iterator[tuple[str, bool]]:
    identity, own, gates, watch = settings.identity, settings.own, settings.gates, settings.watch
    peers = [each for each in records.peers.all() if each.name not in OURS]  # our own people are no other network
    yield "identity", identity.domain is not None and identity.address is not None
    yield "own", bool(own.networks or own.domains or own.files)
    yield "account", any(each.ended is None for each in records.accounts.all())
    yield "gate", bool((gates.mailboxes and (gates.lmtp or gates.smtp)) or watch.maildir or watch.imap or watch.bus)
    yield "mail", records.queue.has_items()
    yield "complaint", records.queue.has_complaints()
    yield "peer", bool(peers)
    yield "live", any(each.state is PeerState.LIVE for each in peers)
    yield "answered", records.queue.has_closed()
