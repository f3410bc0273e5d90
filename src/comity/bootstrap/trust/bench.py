"""A store of one network for measuring its ledger, paired with a peer that is nothing but a key.

Answers:    ``bench_sides(where, key, now)`` gives the store and what takes leaves; ``planted(store, leaves)`` a large tree in it.
"""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from comity.cases.standing import source_net
from comity.ledger import pairing, tree
from comity.model.outcomes import ComityError, Outcome
from comity.services.prove import pairing as pairing_service
from comity.services.prove.receiving import Receiving, ReceivingTerms
from comity.store.bulk import Bulk
from comity.store.engine import Store, open_store
from comity.store.tables import ledger as tables

_NODES = Bulk(tables.node, "channel_id", "level", "position", "hash")
_PART = 10_000


def bench_sides(where: str | Path, key: Ed25519PrivateKey, *, now: datetime) -> tuple[Store, Receiving]:
    """East's store, where west is paired; raises ``ComityError`` where a store is there already."""
    store = open_store(where)
    if not store.create():
        store.close()
        raise ComityError("bench-filled", "a store is there already", outcome=Outcome.USAGE, place=store.place)
    public = key.public_key().public_bytes_raw()
    card = pairing.card_of("west.example", public, public)
    with store.write() as rows:
        pairing_service.add(rows.keys, card.text(), now=now)
        pairing_service.trust(rows.keys, "west.example", pairing.figures(card.fingerprint()), lists=(), now=now)
    terms = ReceivingTerms(name="east.example", key=Ed25519PrivateKey.generate(), per_day=10**9, source_net=source_net)
    return store, Receiving(terms)


def planted(store: Store, leaves: Sequence[bytes]) -> int:
    """A channel with the tree over these leaves; its number."""
    nodes: dict[tree.Node, bytes] = {}
    for position, data in enumerate(leaves):
        nodes.update(tree.grow(position, tree.leaf_hash(data), nodes.__getitem__))
    every = list(nodes.items())
    with store.write() as rows:
        channel = rows.ledger.channel(
            "west.example/to/east.example/2026q3",
            reporting="west.example",
            reported="east.example",
            quarter="2026q3",
            is_copy=True,
        )
        for start in range(0, len(every), _PART):
            part = [(channel.channel_id, *place, digest) for place, digest in every[start : start + _PART]]
            _NODES.put(rows.connection, part)
    return channel.channel_id
