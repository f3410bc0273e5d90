"""Compute the ledger again from its leaves, and stop signing where somebody knows more of it than stands here.

Trust:      nothing stored is believed: a head counts whose signatures hold, a node that is the hash of its leaves.
Answers:    ``scrub(rows, keys)`` gives ``Scrubbed`` for each channel; ``stop_where_behind`` and ``stop_where_peer_has_more`` stop.
            ``hashes_of``, ``signed_head``, ``grove_of`` and ``longer`` say what stands, for whoever compares and heals.
Limits:     reads every leaf and every node of a channel, and holds their hashes.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from comity.ledger import checkpoint, note, tree
from comity.model.entry import Channel
from comity.services.prove.repairing.rows import Ask, Kept, Known, RepairRows, RepairTransaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Scrubbed:
    """One channel: how many leaves both sides signed, how many we alone, and what does not hold."""

    channel: Channel
    covered: int
    uncovered: int
    # "size-differs", "root-differs", "leaf-missing", "head-missing", "nodes-differ", "surplus", "head-not-signed",
    # "behind-head-file", "head-file-differs"
    faults: tuple[str, ...]
    stopped: str | None = None

    @property
    def holds(self) -> bool:
        """Whether nothing is wrong."""
        return not self.faults and self.stopped is None


def scrub(rows: RepairTransaction, keys: Known, kept: Kept | None = None) -> list[Scrubbed]:
    """Compute every channel again from its leaves; ``kept`` are heads of the file on the other disk, by channel."""
    return [_scrub(rows, channel, keys, kept=kept or {}) for channel in rows.ledger.channels()]


def _scrub(rows: RepairTransaction, channel: Channel, keys: Known, *, kept: Kept) -> Scrubbed:
    faults: list[str] = []
    head = rows.history.receipted(channel.channel_id)
    hashes = hashes_of(rows.ledger, channel)
    standing = rows.history.standing(channel.channel_id)
    if standing != channel.size:
        faults.append("size-differs")
    if len(hashes) < standing:
        faults.append("leaf-missing")
    signed = signed_head(head.note, channel, keys, by_both=True) if head else None
    if head is not None and (signed is None or signed.size != head.size):
        signed = None
        faults.append("head-not-signed")
    covered = signed.size if signed else 0
    if signed is not None:
        if len(hashes) < signed.size:
            faults.append("leaf-missing")
        elif tree.root_of(hashes[: signed.size]) != signed.root:
            faults.append("root-differs")
    faults += _own_head(rows, channel, hashes)
    nodes = tree.grown(hashes)
    grove = grove_of(rows.ledger, channel, nodes, size=standing)
    if grove.damaged:
        faults.append("nodes-differ")
    if grove.surplus or rows.ledger.surplus(channel.channel_id, standing):
        faults.append("surplus")
    if longer(kept.get(channel.origin), channel, keys) is not None:
        faults.append("behind-head-file")
    if otherwise(kept.get(channel.origin), channel, keys, root=lambda size: root_at(size, nodes)) is not None:
        faults.append("head-file-differs")
    stopped = rows.history.stopped(channel.channel_id)
    return Scrubbed(
        channel=channel,
        covered=covered,
        uncovered=max(channel.size - covered, 0),
        faults=tuple(dict.fromkeys(faults)),
        stopped=stopped[0] if stopped else None,
    )


def hashes_of(ledger: RepairRows, channel: Channel) -> list[bytes]:
    """The hashes of all leaves; it ends where one is missing."""
    found: list[bytes] = []
    for position, data in ledger.leaves(channel.channel_id):
        if position != len(found):
            break
        found.append(tree.leaf_hash(data))
    return found


def signed_head(text: object, channel: Channel, keys: Known, *, by_both: bool = False) -> checkpoint.Checkpoint | None:
    """What a head says, where it is of this channel, its writer signed it and, if so asked, the other side cosigned it."""
    signed = note.opened(text, keys) if isinstance(text, str) else None
    said = checkpoint.read(signed.text) if signed else None
    name = checkpoint.channel_name(channel.origin)
    if signed is None or said is None or said.origin != channel.origin or name is None:
        return None
    others = {channel.reporting, channel.reported} - {name.writer} if by_both else set[str]()
    return said if name.writer in signed.signers and {name for name, _ in signed.cosigned} >= others else None


def _own_head(rows: RepairTransaction, channel: Channel, hashes: list[bytes]) -> Iterator[str]:
    """The newest head covers all leaves, and has their root."""
    heads = list(rows.ledger.heads(channel.channel_id))
    if hashes and (not heads or heads[-1].size != len(hashes)):
        yield "head-missing"
    elif hashes and heads[-1].root != tree.root_of(hashes):
        yield "root-differs"


@dataclass(frozen=True, slots=True, kw_only=True)
class Grove:
    """The stored nodes of a tree, held against its leaves."""

    damaged: dict[tree.Node, bytes]  # what must stand in their place
    surplus: dict[tree.Node, bytes]  # what is stored and belongs to no leaf, as it stands there


def grove_of(ledger: RepairRows, channel: Channel, nodes: Mapping[tree.Node, bytes], *, size: int) -> Grove:
    """What is wrong with the stored nodes, where these are those of the leaves, of which there are so many by the last of them.
    Where leaves are missing in the middle, nothing is said of the nodes above and behind them."""
    expected = dict(nodes)
    surplus: dict[tree.Node, bytes] = {}
    for place, digest in ledger.nodes(channel.channel_id):
        if expected.get(place) == digest:
            del expected[place]
        elif not tree.is_within(place, size):
            surplus[place] = digest
    return Grove(damaged=expected, surplus=surplus)


def longer(text: object, channel: Channel, keys: Known) -> int | None:
    """Over how many leaves of a channel of ours a head is that we signed and have lost the end of."""
    told = signed_head(text, channel, keys)
    return told.size if told is not None and told.size > channel.size and not channel.is_copy else None


def root_at(size: int, nodes: Mapping[tree.Node, bytes]) -> bytes | None:
    """The root over the first ``size`` leaves, out of these nodes; None where they are of fewer leaves."""
    try:
        return tree.root(size, nodes.__getitem__)
    except KeyError:
        return None


def otherwise(text: object, channel: Channel, keys: Known, *, root: Callable[[int], bytes | None]) -> int | None:
    """Over how many leaves of a channel of ours a head is that we signed, where no more than stand in it have another root."""
    told = signed_head(text, channel, keys)
    if told is None or channel.is_copy or told.size > channel.size:
        return None
    found = root(told.size)
    return told.size if found is not None and found != told.root else None


def _stored_root(rows: RepairTransaction, channel: Channel, size: int) -> bytes | None:
    try:
        return rows.ledger.root(channel.channel_id, size)
    except KeyError:
        return None


def stop_where_behind(rows: RepairTransaction, keys: Known, kept: Kept, *, now: datetime) -> list[str]:
    """Stop signing in channels whose end the file on the other disk knows and we do not, or knows otherwise, or that count less
    than stands in them; their names."""
    stopped = []
    for channel in rows.ledger.channels():
        known, standing = longer(kept.get(channel.origin), channel, keys), rows.history.standing(channel.channel_id)
        if known is not None:
            rows.history.stop(channel.channel_id, "behind-head-file", size=known, now=now)
        elif otherwise(kept.get(channel.origin), channel, keys, root=partial(_stored_root, rows, channel)) is not None:
            rows.history.stop(channel.channel_id, "head-file-differs", size=standing, now=now)
        elif standing > channel.size and not channel.is_copy:
            rows.history.stop(channel.channel_id, "miscounted", size=standing, now=now)
        else:
            continue
        stopped.append(channel.origin)
    return stopped


def stop_where_peer_has_more(
    rows: RepairTransaction, channel: Channel, keys: Known, *, ask: Ask, now: datetime
) -> bool:
    """Stop signing in a channel of ours of which the other side shows a longer head that we signed, or one over other leaves."""
    shown = ask("head", ()).get("receipted")
    known = longer(shown, channel, keys)
    if known is not None:
        rows.history.stop(channel.channel_id, "we-are-behind", size=known, now=now)
        return True
    parted = otherwise(shown, channel, keys, root=partial(_stored_root, rows, channel))
    if parted is not None:
        rows.history.stop(channel.channel_id, "two-histories", size=parted, now=now)
    return parted is not None
