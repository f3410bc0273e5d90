"""Measure the ledger: leaves taken from a peer, proofs, an auditor's replay, finding one leaf that differs.

Trust:      leaves of our own making.
Answers:    ``postings(count, batch, ...)`` makes what a peer would send; ``take``, ``prove``, ``replay``, ``compare`` measure, and
            ``peer`` measures pymerkle on the same leaves.
Limits:     one process and one machine. pymerkle keeps its tree in memory and writes nothing to a disk.
"""

import importlib
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from comity.ledger import checkpoint, leaf, note, posting, tree
from comity.ledger.posting import Beside, Posting
from comity.ledger.reconcile import Search
from comity.services.prove.leaves.rows import MirrorStore
from comity.services.prove.receiving import Receiving
from comity.services.prove.repairing import Ranges

Clock = Callable[[], float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Took:
    """So many things in so much time."""

    count: int
    seconds: float
    cpu: float

    @property
    def per_second(self) -> float:
        """On the clock of the wall."""
        return self.count / self.seconds if self.seconds else 0.0

    @property
    def per_cpu_second(self) -> float:
        """By the time that this process had."""
        return self.count / self.cpu if self.cpu else 0.0


class _Watch:
    def __init__(self, wall: Clock, cpu: Clock) -> None:
        self._wall, self._cpu = wall, cpu
        self._began, self._worked = wall(), cpu()

    def took(self, count: int) -> Took:
        return Took(count=count, seconds=self._wall() - self._began, cpu=self._cpu() - self._worked)


def leaves_of(count: int, second: int) -> list[bytes]:
    """So many different reports."""
    return [
        leaf.canonical(
            {
                "type": "report",
                "id": f"cr1-{number:012x}",
                "observed": second,
                "submitted": second,
                "payload_commit": leaf.commitment(b"s" * 16, b"%d" % number),
                "class": "complaint",
                "definition": "complaint",
                "role": "originator",
                "source": {"ip": f"198.51.{number // 256 % 256}.{number % 256}", "dkim": "shop.example"},
                "tier": "T2",
                "tlp": "TLP:AMBER",
                "agreement": 1,
            }
        )
        for number in range(count)
    ]


def postings(leaves: Sequence[bytes], origin: str, key: Ed25519PrivateKey, *, batch: int, second: int) -> list[bytes]:
    """The leaves as a peer sends them, each batch under a signed head, with their payloads."""
    nodes: dict[tree.Node, bytes] = {}
    found: list[bytes] = []
    name = origin.partition("/")[0]
    for start in range(0, len(leaves), batch):
        part = tuple(leaves[start : start + batch])
        for position, data in enumerate(part, start):
            nodes.update(tree.grow(position, tree.leaf_hash(data), nodes.__getitem__))
        size = start + len(part)
        head = checkpoint.Checkpoint(origin=origin, size=size, root=tree.root(size, nodes.__getitem__))
        text = note.sign(head.text(), name, key)
        signed = note.with_lines(text, [note.cosign(text, name, key, second=second)])
        beside = tuple(
            Beside(position=position, salt=b"s" * 16, payload=b"%d" % position) for position in range(start, size)
        )
        message = Posting(origin=origin, old_size=start, leaves=part, payloads=beside, heads=(signed,))
        found.append(posting.write(message))
    return found


def take(
    receiving: Receiving, store: MirrorStore, messages: Sequence[bytes], *, now: datetime, clocks: tuple[Clock, Clock]
) -> Took:
    """Take everything: checked, stored, on the disk, receipted."""
    watch, size = _Watch(*clocks), 0
    for each in messages:
        answer = receiving.take(store, each, now=now)
        if answer.status != 200:
            raise RuntimeError(str(answer.said))
        size = int(str(answer.said["size"]))
    return watch.took(size)


class NodeRows(Protocol):
    """The stored tree."""

    def plant(self, channel_id: int, nodes: Sequence[tuple[tree.Node, bytes]]) -> None:
        """Nodes of the tree."""

    def inclusion(self, channel_id: int, position: int, size: int) -> list[bytes]:
        """The proof that a leaf is there."""


class NodeTransaction(Protocol):
    """One transaction."""

    @property
    def history(self) -> NodeRows:
        """The stored tree."""


def prove(
    read: Callable[[], AbstractContextManager[NodeTransaction]],
    channel_id: int,
    size: int,
    *,
    count: int,
    clocks: tuple[Clock, Clock],
) -> Took:
    """Inclusion proofs out of the store, spread over the whole tree."""
    with read() as rows:
        watch = _Watch(*clocks)
        for number in range(count):
            rows.history.inclusion(channel_id, number * 7919 % size, size)
        return watch.took(count)


def replay(leaves: Sequence[bytes], *, clocks: tuple[Clock, Clock]) -> tuple[Took, bytes]:
    """What an auditor does: hash every leaf, compute the root."""
    watch = _Watch(*clocks)
    root = tree.replayed(leaves)
    return watch.took(len(leaves)), root


def compare(leaves: Sequence[bytes], place: int) -> tuple[int, int]:
    """Find the one leaf that differs: the most comparisons, and where it was found."""
    hashes = [tree.leaf_hash(each) for each in leaves]
    ours = Ranges(hashes)
    theirs = Ranges([*hashes[:place], tree.leaf_hash(b"another"), *hashes[place + 1 :]])
    search = Search(len(hashes), ours.root, theirs.root)
    (found,) = search.find(theirs.root(0, len(hashes)))
    return search.comparisons, found


def peer(leaves: Sequence[bytes], proofs: int, *, clocks: tuple[Clock, Clock]) -> tuple[Took, Took, bytes] | None:
    """pymerkle on the same leaves: building its tree in memory, and proofs; None where it is not installed."""
    try:
        pymerkle: Any = importlib.import_module("pymerkle")
    except ImportError:
        return None
    other = pymerkle.InmemoryTree(algorithm="sha256")
    watch = _Watch(*clocks)
    for each in leaves:
        other.append_entry(each)
    root = other.get_root()
    built = watch.took(len(leaves))
    watch = _Watch(*clocks)
    for number in range(proofs):
        other.prove_inclusion(number * 7919 % len(leaves) + 1)
    return built, watch.took(proofs), bytes(root)
