"""Verify the ledger from its bytes: every leaf hashed again, every head's signature and root, every count.

Trust:      nothing stored is believed: nodes, sizes and roots are recomputed from the leaves.
Standards:  RFC 6962 section 2.1; promise P3: leaves - retractions = exchanged reports = sum of the roll-ups.
Answers:    ``verify(rows, keys)`` gives one ``Verdict`` a channel, with each fault by name.
            A leaf of theirs that we refused is hashed and counts for nothing.
Limits:     reads every leaf once; memory grows with the hashes of one channel (32 bytes a leaf).
"""

from collections.abc import Iterable, Iterator
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

    def root(self, channel_id: int, size: int) -> bytes:
        """The root as the stored nodes tell it."""

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
    commitments: dict[int, str | None] = {}
    counts = {"counted": 0, "retracted": 0}
    refused = rows.refused(channel.channel_id) if channel.is_copy else set()
    for position, data in rows.leaves(channel.channel_id):
        if position != len(hashes):
            faults.append(Fault(code="leaf-missing", where=str(len(hashes))))
        hashes.append(tree.leaf_hash(data))
        if position in refused:
            continue
        record = leaf.read(data)
        if record is None:
            faults.append(Fault(code="leaf-malformed", where=str(position)))
            continue
        commitments[position] = record.get("payload_commit")
        counts["counted"] += record.get("type") in {"report", "not-spam"}
        counts["retracted"] += record.get("type") == "retract"
    if len(hashes) != channel.size:
        faults.append(Fault(code="size-differs", where=f"{len(hashes)} / {channel.size}"))
    root = tree.root_of(hashes)
    heads = list(rows.heads(channel.channel_id))
    faults += _heads(channel.origin, heads, (hashes, known))
    faults += _stored(rows, channel.channel_id, (len(hashes), root))
    for position, salt, data in rows.payloads(channel.channel_id):
        if commitments.pop(position, None) != leaf.commitment(salt, data):
            faults.append(Fault(code="payload-differs", where=str(position)))
    erased = sum(each is not None for each in commitments.values())
    reports, rollups = rows.exchanged(channel.channel_id)
    net = counts["counted"] - counts["retracted"]
    if not net == reports == rollups:
        faults.append(Fault(code="counts-differ", where=f"{net} / {reports} / {rollups}"))
    return Verdict(
        channel=channel, leaves=len(hashes), heads=len(heads), root=root, erased=erased, faults=tuple(faults)
    )


def _heads(origin: str, heads: list[Head], against: tuple[list[bytes], list[note.Verifier]]) -> Iterator[Fault]:
    """Every head is signed, names this channel, and its root is that of the leaves it covers."""
    hashes, known = against
    if hashes and (not heads or heads[-1].size != len(hashes)):
        yield Fault(code="head-missing", where=str(len(hashes)))
    for size, root in _roots(hashes, {head.size for head in heads}):
        head = next(each for each in heads if each.size == size)
        signed = note.opened(head.note, known)
        said = checkpoint.read(signed.text) if signed else None
        if signed is None or not signed.signers:
            yield Fault(code="head-not-signed", where=str(size))
        elif said is None or said.origin != origin or said.size != size:
            yield Fault(code="head-foreign", where=str(size))
        if root != head.root or (said is not None and said.root != root):
            yield Fault(code="root-differs", where=str(size))
    for head in heads:
        if head.size > len(hashes):
            yield Fault(code="leaf-missing", where=str(head.size - 1))


def _roots(hashes: list[bytes], sizes: set[int]) -> Iterator[tuple[int, bytes]]:
    """The root at each of these sizes, growing the tree once."""
    nodes: dict[tree.Node, bytes] = {}
    if 0 in sizes:
        yield 0, tree.EMPTY_ROOT
    for position, digest in enumerate(hashes):
        nodes.update(tree.grow(position, digest, nodes.__getitem__))
        if position + 1 in sizes:
            yield position + 1, tree.root(position + 1, nodes.__getitem__)


def _stored(rows: LedgerView, channel_id: int, expected: tuple[int, bytes]) -> Iterator[Fault]:
    """The nodes that proofs are made of tell the same root."""
    size, root = expected
    try:
        if rows.root(channel_id, size) != root:
            yield Fault(code="nodes-differ")
    except KeyError as missing:
        yield Fault(code="node-missing", where=str(missing.args[0]))
