"""Pair with another network: its card is taken in, its fingerprint compared by two people, its key pinned.

Trust:      a card that was only added is believed in nothing. A rotation is believed when old and new key signed it, a revocation
            when the key signed it that is kept off-line and was pinned with the first one.
Answers:    ``add``, ``trust``, ``rotate``, ``revoke`` in the caller's transaction give ``PeerKey`` or raise ``ComityError``;
            ``verifiers(rows, peer)`` gives the keys that verify heads, receipts and statements of a peer.
Limits:     one key of a peer signs at a time; older ones verify what they signed.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Protocol

from comity.ledger import keys, note, pairing
from comity.model.outcomes import ComityError, Outcome
from comity.model.peer_key import KeyState, PeerKey

_SIGNED_FOR_US: Final = (KeyState.PINNED, KeyState.ROTATED, KeyState.REVOKED)


class KeyRows(Protocol):
    """The rows of peers' keys."""

    def of(self, peer: str) -> list[PeerKey]:
        """Every key of one peer."""

    def all(self) -> list[PeerKey]:
        """Every key of every peer."""

    def put(self, key: PeerKey) -> None:
        """A key as it is now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Added:
    """A key that was taken in; ``is_new`` is False where it had been there."""

    key: PeerKey
    card: pairing.Card
    is_new: bool


def card_of(key: PeerKey) -> pairing.Card:
    """The card on which a key stood."""
    return pairing.card_of(key.peer, key.public, key.revocation)


def add(rows: KeyRows, text: str, *, now: datetime) -> Added:
    """Take a card in."""
    card = pairing.read_card(text)
    if card is None:
        raise ComityError("card-malformed", "this is no card of a network", outcome=Outcome.BAD_INPUT)
    known = rows.of(card.name)
    for each in known:
        if each.public == card.ledger.public:
            if each.revocation != card.revocation.public:
                raise _otherwise(card.name)
            return Added(key=each, card=card, is_new=False)
    if any(each.state is KeyState.PINNED for each in known):
        raise _otherwise(card.name)
    key = PeerKey(
        peer=card.name,
        public=card.ledger.public,
        revocation=card.revocation.public,
        state=KeyState.OFFERED,
        since=now,
    )
    rows.put(key)
    return Added(key=key, card=card, is_new=True)


def trust(rows: KeyRows, peer: str, said: str, *, lists: Sequence[Sequence[str]], now: datetime) -> PeerKey:
    """Pin the key whose fingerprint was read out."""
    offered = [each for each in rows.of(peer) if each.state in (KeyState.OFFERED, KeyState.PINNED)]
    if not offered:
        raise ComityError(
            "peer-no-card", f"no card of {peer} was added", outcome=Outcome.USAGE, place=peer, details={"peer": peer}
        )
    heard = pairing.heard(said, lists)
    if heard.fault is not None:
        raise ComityError(
            heard.fault, "this is no fingerprint", outcome=Outcome.BAD_INPUT, details=dict(heard.details or {})
        )
    for each in offered:
        if card_of(each).fingerprint() == heard.fingerprint:
            if each.state is KeyState.PINNED:
                return each
            pinned = replace(each, state=KeyState.PINNED, since=now)
            rows.put(pinned)
            return pinned
    raise ComityError(
        "fingerprint-differs",
        f"this is not the fingerprint of the card that was added for {peer}",
        outcome=Outcome.BAD_INPUT,
        place=peer,
        details={"peer": peer},
    )


def rotate(rows: KeyRows, statement: str, *, now: datetime) -> PeerKey | None:
    """Believe a new key that the pinned one and itself signed for; None where the statement shows no such thing, or where the new
    one was called back: that has an end, and no key but the one off-line could say otherwise.
    """
    said = keys.read_rotation(statement)
    known = [] if said is None else rows.of(said.peer)
    if said is None or any(each.public == said.new.public and each.state is KeyState.REVOKED for each in known):
        return None
    for each in known:
        if each.public == said.old.public and each.state is KeyState.PINNED:
            rows.put(replace(each, state=KeyState.ROTATED, since=now))
            fresh = PeerKey(
                peer=each.peer, public=said.new.public, revocation=each.revocation, state=KeyState.PINNED, since=now
            )
            rows.put(fresh)
            return fresh
        if each.public == said.new.public and each.state is KeyState.PINNED:
            return each
    return None


def revoke(rows: KeyRows, statement: str, *, now: datetime) -> PeerKey | None:
    """Believe the key that is kept off-line: the named key signs nothing new. None where it did not sign."""
    for each in rows.all():
        said = keys.read_revocation(statement, card_of(each).revocation)
        if said is not None and said.public == each.public and said.name == each.peer:
            revoked = replace(each, state=KeyState.REVOKED, since=now)
            rows.put(revoked)
            return revoked
    return None


def verifiers(
    rows: KeyRows, peer: str, states: Iterable[KeyState] = _SIGNED_FOR_US, *, cosigning: bool = True
) -> list[note.Verifier]:
    """The keys of a peer that verify what it signed, and its receipts."""
    algorithms = (note.ED25519, note.COSIGNATURE) if cosigning else (note.ED25519,)
    wanted = set(states)
    return [
        note.Verifier(name=peer, public=each.public, algorithm=algorithm)
        for each in rows.of(peer)
        if each.state in wanted
        for algorithm in algorithms
    ]


def is_pinned(rows: KeyRows, peer: str) -> bool:
    """Whether two people compared a key of this peer, and it still signs."""
    return any(each.state is KeyState.PINNED for each in rows.of(peer))


def _otherwise(peer: str) -> ComityError:
    return ComityError(
        "card-otherwise",
        f"{peer} is known with another key",
        outcome=Outcome.BAD_INPUT,
        place=peer,
        details={"peer": peer},
    )
