"""Prove that something stands in the ledger: one text file that holds by itself.

Answers:    ``prove(rows, name, ...)`` gives ``Proof`` files for an event, under the newest head that both sides signed, else under
            our own; ``opening(rows, channel, nonce, count)`` the leaves that chance picked, with payload and salt, for
            a third party.
            What is missing for a proof ``ComityError`` says.
Limits:     a leaf that no head with a receipt covers yet is proved by its writer's signature alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from comity.ledger import note, sampling
from comity.ledger.proof import Proof
from comity.model.entry import Channel, Head, Named, Written
from comity.model.outcomes import ComityError, Outcome


class ProvingHistory(Protocol):
    """What is asked of the ledger."""

    def find(self, name: str) -> list[Named]:
        """Where an event stands."""

    def written(self, channel_id: int, start: int, end: int) -> list[Written]:
        """Leaves with their payloads."""

    def receipted(self, channel_id: int) -> Head | None:
        """The newest head that both sides signed."""

    def inclusion(self, channel_id: int, position: int, size: int) -> list[bytes]:
        """The proof that a leaf is among the first ``size``."""

    def heads(self, channel_id: int, start: int, end: int) -> list[Head]:
        """Heads over more than ``start`` and at most ``end`` leaves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proved:
    """A proof, and what the leaf commits to where it was not erased."""

    proof: Proof
    salt: bytes | None = None
    payload: bytes | None = None


def prove(history: ProvingHistory, channels: Sequence[Channel], name: str) -> list[Proved]:
    """Proofs for every leaf of this name; none where there is none."""
    known = {each.channel_id: each for each in channels}
    return [
        _proved(history, known[each.channel_id], each.position)
        for each in history.find(name)
        if each.position is not None
    ]


def opening(history: ProvingHistory, channel: Channel, nonce: bytes, *, count: int) -> list[Proved]:
    """The leaves that a third party's nonce picks under the newest head of both, each opened."""
    head = history.receipted(channel.channel_id)
    if head is None:
        return []
    text = note.text_of(head.note)
    return [
        _proved(history, channel, position) for position in sampling.places(text, nonce, size=head.size, count=count)
    ]


def _proved(history: ProvingHistory, channel: Channel, position: int) -> Proved:
    head = history.receipted(channel.channel_id)
    if head is None or head.size <= position:
        (head,) = history.heads(channel.channel_id, position, channel.size)[-1:] or (None,)
    (written,) = history.written(channel.channel_id, position, position + 1) or (None,)
    try:
        hashes = None if head is None else tuple(history.inclusion(channel.channel_id, position, head.size))
    except KeyError:
        hashes = None
    if head is None or written is None or hashes is None:
        raise ComityError(
            "proof-damaged",
            f"leaf {position}, a head over it or a part of the tree above it is missing",
            outcome=Outcome.BAD_INPUT,
            place=channel.origin,
            details={"origin": channel.origin, "place": position},
        )
    proof = Proof(leaf=written.data, position=position, hashes=hashes, head=head.note)
    return Proved(proof=proof, salt=written.salt, payload=written.payload)
