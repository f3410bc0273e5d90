"""What is written down is proved from its bytes, and whatever is changed afterwards is found."""

from datetime import UTC, datetime
from itertools import count

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import delete, insert, update

from comity.ledger import note
from comity.ledger.leaf import LeafType
from comity.services.prove.verifying import Verdict, verify
from comity.services.prove.writing import Event, Scribe
from comity.store.engine import Store
from comity.store.tables import intake, ledger

from ..stores import store

__all__ = ["store"]

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
OURS = note.verifier_of("west.example", KEY)
SALTS = count()


def scribe() -> Scribe:
    return Scribe("west.example", KEY, new_salt=lambda: b"%016d" % next(SALTS))


def event(number: int, leaf_type: LeafType = LeafType.REPORT) -> Event:
    return Event(
        reporting="west.example",
        reported="east.example",
        leaf_type=leaf_type,
        event_id=f"r{number}",
        observed=NOW,
        facts={"class": "abuse", "source": {"ip": "198.51.100.23"}, "tlp": "TLP:AMBER"},
        payload=b"redacted report %d" % number,
    )


def wrote(store: Store, *batches: int) -> None:
    """Write batches of reports as the desk does: rows, roll-ups and leaves in one transaction."""
    number = count()
    for size in batches:
        with store.write() as records:
            events = [event(next(number)) for _ in range(size)]
            places = scribe().write(records.ledger, events, NOW)
            for made, (channel_id, _) in zip(events, places, strict=True):
                records.connection.execute(
                    insert(intake.report_row).values(
                        report_key=made.event_id.encode().ljust(16), direction="out", channel_id=channel_id,
                        evidence_class="complaint", is_complaint=True, facts="{}",
                    )
                )  # fmt: skip
            day = {
                "channel_id": places[0][0],
                "day": f"batch {number}",
                "class": "abuse",
                "source_net": "198.51.100.0/24",
            }
            records.connection.execute(insert(intake.rollup).values(**day, count=size))


def verdict(store: Store) -> Verdict:
    with store.read() as records:
        (found,) = verify(records.ledger, [OURS])
    return found


def codes(found: Verdict) -> set[str]:
    return {fault.code for fault in found.faults}


def test_what_was_written_verifies(store: Store) -> None:
    """Leaves, nodes, signed heads, payloads and counts agree, over any number of batches."""
    wrote(store, 1, 2, 7, 100, 1)
    found = verdict(store)
    assert (found.leaves, found.heads, found.erased, found.faults) == (111, 5, 0, ())
    assert found.channel.origin == "west.example/to/east.example/2026q4"


def test_what_was_not_committed_is_not_there(store: Store) -> None:
    """A transaction that fails leaves no leaf, no node, no head."""
    wrote(store, 3)
    with pytest.raises(RuntimeError), store.write() as records:
        scribe().write(records.ledger, [event(9)], NOW)
        raise RuntimeError
    assert (verdict(store).leaves, verdict(store).faults) == (3, ())


def test_a_changed_leaf_is_found(store: Store) -> None:
    """One changed byte breaks the root of every head behind it."""
    wrote(store, 5)
    with store.write() as records:
        changed = b'{"id":"r2","observed":0,"payload_commit":null,"submitted":0,"type":"report"}'
        records.connection.execute(update(ledger.leaf).where(ledger.leaf.c.position == 2).values(data=changed))
    assert {"root-differs", "nodes-differ", "payload-differs"} <= codes(verdict(store))


def test_a_missing_leaf_is_found(store: Store) -> None:
    """A leaf that was taken out leaves a hole in the tree and in the counts."""
    wrote(store, 5)
    with store.write() as records:
        records.connection.execute(delete(ledger.leaf).where(ledger.leaf.c.position == 4))
    found = verdict(store)
    assert {"size-differs", "leaf-missing", "counts-differ", "payload-differs"} <= codes(found)
    assert found.erased == 0, "its payload is there without it: that is no payload that was erased"


def test_a_damaged_node_is_found(store: Store) -> None:
    """Nodes are not believed: what proofs are made of is compared with the leaves."""
    wrote(store, 6)
    with store.write() as records:
        at = (ledger.node.c.level == 2) & (ledger.node.c.position == 0)
        records.connection.execute(update(ledger.node).where(at).values(hash=bytes(32)))
    assert codes(verdict(store)) == {"nodes-differ"}


def test_a_head_of_somebody_else_is_found(store: Store) -> None:
    """A head must be signed by a key that is known for us."""
    wrote(store, 2)
    with store.read() as records:
        stranger = note.verifier_of("west.example", Ed25519PrivateKey.generate())
        (found,) = verify(records.ledger, [stranger])
    assert codes(found) == {"head-not-signed"}


def test_rows_beside_the_ledger_are_found(store: Store) -> None:
    """A report row without a leaf breaks promise P3, and is told."""
    wrote(store, 2)
    with store.write() as records:
        values = {
            "channel_id": 1,
            "direction": "out",
            "evidence_class": "complaint",
            "is_complaint": True,
            "facts": "{}",
        }
        records.connection.execute(insert(intake.report_row).values(report_key=b"x" * 16, **values))
    assert codes(verdict(store)) == {"counts-differ"}


def test_erasing_a_payload_leaves_every_proof(store: Store) -> None:
    """Retention and the right to be forgotten cost no leaf, no root and no count."""
    wrote(store, 4)
    before = verdict(store).root
    with store.write() as records:
        assert records.ledger.erase(1, datetime(2027, 1, 1, tzinfo=UTC)) == 4
    found = verdict(store)
    assert (found.root, found.erased, found.faults) == (before, 4, ())
