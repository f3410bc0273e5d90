"""The way of a new desk to a loop that works: what is done, and what comes next.

Answers:    ``steps_of(settings, records)`` gives each step with whether it is done; the sentences are ``first-step.NAME`` and
            ``first-step.NAME.how``.
Limits:     a step counts as done by what stands in the settings or the store, not by whether somebody said so. Whoever only
            receives feedback need not complain, and whoever only complains need not receive any: what began says which it is.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from comity.model.sending import OURS, PeerState
from comity.settings import Settings

if TYPE_CHECKING:
    from comity.store.records import Records

_RECEIVING: Final = frozenset({"mail"})
_COMPLAINING: Final = frozenset({"complaint", "peer", "live"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step."""

    name: str
    is_done: bool
    is_spare: bool = False  # a desk that does the other half of the work need not take it

    @property
    def is_open(self) -> bool:
        """Whether it is still to be taken."""
        return not (self.is_done or self.is_spare)


def steps_of(settings: Settings, records: "Records") -> list[Step]:
    """All steps, in the order in which one would take them."""
    done = dict(_steps(settings, records))
    spare = _RECEIVING if done["complaint"] else _COMPLAINING if done["mail"] else frozenset()
    return [Step(name=name, is_done=is_done, is_spare=not is_done and name in spare) for name, is_done in done.items()]


def _steps(settings: Settings, records: "Records") -> Iterator[tuple[str, bool]]:
    identity, own, gates, watch = settings.identity, settings.own, settings.gates, settings.watch
    peers = [each for each in records.peers.all() if each.name not in OURS]  # our own people are no other network
    yield "identity", identity.domain is not None and identity.address is not None
    yield "own", bool(own.networks or own.domains or own.files)
    yield "account", any(each.ended is None for each in records.accounts.all())
    yield "gate", bool((gates.mailboxes and (gates.lmtp or gates.smtp)) or watch.maildir or watch.imap or watch.bus)
    yield "mail", records.queue.has_feedback()
    yield "complaint", records.queue.has_complaints()
    yield "peer", bool(peers)
    yield "live", any(each.state is PeerState.LIVE for each in peers)
    yield "answered", records.queue.has_closed() or records.queue.has_told()
