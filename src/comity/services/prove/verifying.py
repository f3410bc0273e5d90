"""Verify the ledger from its bytes: every leaf hashed again, every head's signature and root, every count.

Trust:      nothing stored is believed: nodes, sizes and roots are recomputed from the leaves.
Standards:  RFC 6962 section 2.1; promise P3: leaves - retractions = exchanged reports = sum of the roll-ups.
Answers:    ``verify(rows, keys)`` gives one ``Verdict`` a channel, with each fault by name.
            A leaf of theirs that we refused is hashed and counts for nothing.
Limits:     reads every leaf and every node once; memory grows with the tree of one channel, two hashes a leaf.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

from comity.ledger import checkpoint, leaf, note, tree
from comity.model.entry import Channel, Head


class LedgerView(Protocol):
    """What a verifier reads."""

    def channels(self) -> list[Channel]:
        """Every channel."""

    def leaves(self, channel_id: int) -> Iterator[tuple[int, bytes]]:
        """Position and bytes of every leaf, in order."""

    def heads(self, channel_id: int) -> Iterator[Head]:
        """Every head, smallest tree first."""

    def refused(self, channel_id: int) -> set[int]:
        """Where the leaves of a copy lie that we refused."""

    def payloads(self, channel_id: int) -> Iterator[tuple[int, bytes, bytes]]:
        """Position, salt and bytes of the payloads that were not erased."""

    def nodes(self, channel_id: int) -> Iterator[tuple[tree.Node, bytes]]:
        """Every stored node of the tree."""

    def surplus(self, channel_id: int, size: int) -> list[str]:
        """What stands beside leaves that are none of the first ``size``."""

    def names(self, channel_id: int, size: int) -> int:
        """How many of the first ``size`` leaves can be found by a name."""

    def exchanged(self, channel_id: int) -> tuple[int, int]:
        """Report rows of a channel, and the sum of its roll-ups."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What does not hold, by name, and where."""

    code: str
    where: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """One channel: how much was checked, and what did not hold."""

    channel: Channel
    leaves: int
    heads: int
    root: bytes
    erased: int
    faults: tuple[Fault, ...]


def verify(rows: LedgerView, keys: Iterable[note.Verifier]) -> list[Verdict]:
    """Verify every channel."""
    known = list(keys)
    return [_channel(rows, channel, known) for channel in rows.channels()]


def _channel(rows: LedgerView, channel: Channel, known: list[note.Verifier]) -> Verdict:
    faults: list[Fault] = []
    hashes: list[bytes] = []
    last = -1
    commitments: dict[int, str | None] = {}
    ids = set[str]()
    counts = {"counted": 0, "retracted": 0}
    refused = rows.refused(channel.channel_id) if channel.is_copy else set()
    for position, data in rows.leaves(channel.channel_id):
        if position != last + 1:
            faults.append(Fault(code="leaf-missing", where=str(last + 1)))
        hashes.append(tree.leaf_hash(data))
        last = position
        if position in refused:
            continue
        record = leaf.read(data)
        if record is None:
            faults.append(Fault(code="leaf-malformed", where=str(position)))
            continue
        commitments[position] = record.get("payload_commit")
        ids.add(str(record.get("id", position)))  # a peer may use one id for many: Original-Envelope-Id (RFC 3461)
        counts["counted"] += record.get("type") in {"report", "not-spam"}
        counts["retracted"] += record.get("type") == "retract"
    if len(hashes) != channel.size:
        faults.append(Fault(code="size-differs", where=f"{len(hashes)} / {channel.size}"))
    nodes = tree.grown(hashes)
    root = tree.root(len(hashes), nodes.__getitem__)
    heads = list(rows.heads(channel.channel_id))
    faults += _heads(channel.origin, heads, size=len(hashes), nodes=nodes, known=known)
    standing = max(last + 1, heads[-1].size if heads else 0)
    faults += _stored(rows, channel.channel_id, nodes, size=standing)
    for position, salt, data in rows.payloads(channel.channel_id):
        if commitments.pop(position, None) != leaf.commitment(salt, data):
            faults.append(Fault(code="payload-differs", where=str(position)))
    erased = sum(each is not None for each in commitments.values())
    if (names := rows.names(channel.channel_id, standing)) != len(ids):
        faults.append(Fault(code="names-differ", where=f"{len(ids)} / {names}"))
    reports, rollups = rows.exchanged(channel.channel_id)
    net = counts["counted"] - counts["retracted"]
    if not net == reports == rollups:
        faults.append(Fault(code="counts-differ", where=f"{net} / {reports} / {rollups}"))
    return Verdict(
        channel=channel, leaves=len(hashes), heads=len(heads), root=root, erased=erased, faults=tuple(faults)
    )


def _heads(
    origin: str, heads: list[Head], *, size: int, nodes: Mapping[tree.Node, bytes], known: list[note.Verifier]
) -> Iterator[Fault]:
    """Every head is signed, names this channel, and its root is that of the leaves it covers."""
    if size and (not heads or heads[-1].size != size):
        yield Fault(code="head-missing", where=str(size))
    for head in heads:
        where = str(head.size)
        if head.size > size:
            yield Fault(code="leaf-missing", where=str(head.size - 1))
            continue
        signed = note.opened(head.note, known)
        said = checkpoint.read(signed.text) if signed else None
        if signed is None or not signed.signers:
            yield Fault(code="head-not-signed", where=where)
        elif said is None or said.origin != origin or said.size != head.size:
            yield Fault(code="head-foreign", where=where)
        root = tree.root(max(head.size, 0), nodes.__getitem__)
        if root != head.root or (said is not None and said.root != root):
            yield Fault(code="root-differs", where=where)


def _stored(rows: LedgerView, channel_id: int, nodes: Mapping[tree.Node, bytes], *, size: int) -> Iterator[Fault]:
    """The nodes that proofs are made of are those of the leaves; nothing stands behind these. The first of each sort is named."""
    wrong: dict[str, list[tree.Node]] = {"nodes-differ": [], "node-missing": [], "surplus": []}
    missing = dict(nodes)
    for place, digest in rows.nodes(channel_id):
        if missing.pop(place, digest) != digest:
            wrong["nodes-differ"].append(place)
        elif not tree.is_within(place, size):
            wrong["surplus"].append(place)
    wrong["node-missing"] += missing
    for code, places in wrong.items():
        if places:
            level, position = min(places)
            yield Fault(code=code, where=f"node {level}/{position}")
    for each in rows.surplus(channel_id, size):
        yield Fault(code="surplus", where=each)
