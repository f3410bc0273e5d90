"""Find that a peer signed two histories of one channel, and keep what proves it to anybody.

Trust:      what a peer signed, held against what it signed before: our copy is believed no further than its own signatures reach,
            and a proof that does not stand alone is none.
Standards:  RFC 9162 section 2.1.4: two heads are of one history where the smaller tree is the beginning of the larger.
Answers:    ``against_copy(rows, channel, shown, keys=...)`` of a posting; ``between(one, other, keys)`` of two heads over equally
            many leaves, where we have none; each a ``proof.Fork`` or None. ``kept(fork, now)`` the row.
Limits:     it says that both were signed, not why: a ledger that was set back to an earlier day and went on does, too.
            A head over more leaves than ours that does not fit those with it may be of another history: nobody can show that.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from comity.ledger import checkpoint, note, proof, tree
from comity.ledger.posting import Posting
from comity.model.entry import Channel, ForkedHistory, Head


class ForkRows(Protocol):
    """What proves it."""

    def keep(self, found: ForkedHistory) -> None:
        """The first proof about a channel stays."""


class _Nodes(Protocol):
    def node(self, channel_id: int, node: tree.Node) -> bytes:
        """One stored node."""


class _Heads(Protocol):
    def head_at(self, channel_id: int, size: int) -> Head | None:
        """The head over exactly so many leaves."""


class CopyRows(Protocol):
    """Our copy."""

    @property
    def ledger(self) -> _Nodes:
        """Its tree."""

    @property
    def history(self) -> _Heads:
        """Its heads."""


def against_copy(
    rows: CopyRows, channel: Channel, shown: Posting, *, keys: Sequence[note.Verifier]
) -> proof.Fork | None:
    """``shown`` begins before the end of our copy. Of its heads two are looked at: the largest that our copy reaches, because what
    parted before it differs there; and the last, where its leaves lead there from those that both have. Each is held against our
    newest one alone: whoever posts this a thousand times makes nobody read a quarter's heads as often.
    """
    try:
        found = _within(rows, channel, shown.heads) or _beyond(rows, channel, shown)
    except (KeyError, IndexError):
        return None  # our copy is damaged, or the numbers are none of a tree: nothing is shown
    return None if found is None else _standing(found, keys)


def _within(rows: CopyRows, channel: Channel, heads: Sequence[str]) -> proof.Fork | None:
    """The largest head that our copy reaches."""

    def stored(node: tree.Node) -> bytes:
        return rows.ledger.node(channel.channel_id, node)

    for text in reversed(heads):
        head = _said(text)
        if head is None or head.size > channel.size:
            continue
        newest, root = rows.history.head_at(channel.channel_id, channel.size), tree.root(head.size, stored)
        if head.root == root or newest is None:
            return None
        hashes = tree.consistency(head.size, newest.size, stored)
        return proof.Fork(smaller=text, larger=newest.note, root=root, hashes=tuple(hashes))
    return None


def _beyond(rows: CopyRows, channel: Channel, shown: Posting) -> proof.Fork | None:
    """The last head, over more leaves than our copy has, by the leaves that came with it."""
    head, newest = _said(shown.heads[-1]), rows.history.head_at(channel.channel_id, channel.size)
    if head is None or newest is None or not shown.old_size < newest.size <= head.size == shown.size:
        return None
    grown: dict[tree.Node, bytes] = {}

    def stored(node: tree.Node) -> bytes:
        level, position = node
        if (position + 1) << level > shown.old_size:  # what stands here behind it is of our copy, not of what is shown
            return grown[node]
        return rows.ledger.node(channel.channel_id, node)

    for place, data in enumerate(shown.leaves, shown.old_size):
        grown.update(tree.grow(place, tree.leaf_hash(data), stored))
    root = tree.root(newest.size, stored)
    if tree.root(head.size, stored) != head.root or root == newest.root:
        return None
    hashes = tree.consistency(newest.size, head.size, stored)
    return proof.Fork(smaller=newest.note, larger=shown.heads[-1], root=root, hashes=tuple(hashes))


def between(one: str, other: str, keys: Sequence[note.Verifier]) -> proof.Fork | None:
    """Where both are over equally many leaves."""
    head = _said(other)
    return None if head is None else _standing(proof.Fork(smaller=one, larger=other, root=head.root), keys)


def kept(fork: proof.Fork, now: datetime) -> ForkedHistory | None:
    """As it is kept."""
    smaller, larger = _said(fork.smaller), _said(fork.larger)
    name = None if smaller is None else checkpoint.channel_name(smaller.origin)
    if smaller is None or larger is None or name is None:
        return None
    return ForkedHistory(
        origin=smaller.origin,
        writer=name.writer,
        smaller=smaller.size,
        larger=larger.size,
        proof=fork.text(),
        seen=now,
    )


def _standing(fork: proof.Fork, keys: Sequence[note.Verifier]) -> proof.Fork | None:
    """What a stranger would be told, read back from its file."""
    return fork if proof.checked_fork(proof.read_fork(fork.text()), keys).fault is None else None


def _said(text: str) -> checkpoint.Checkpoint | None:
    return checkpoint.read(note.text_of(text))
