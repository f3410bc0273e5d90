"""Compare our ledger with the other side's copy, subtree by subtree.

Trust:      the other side's hashes are claims: they say where copies differ, and change nothing.
Standards:  TRUST 6: subtree hashes.
Answers:    ``reconcile(rows, channel, ask)`` gives ``Reconciled``; ``Ranges`` the roots over subtrees.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from comity.ledger import tree
from comity.ledger.reconcile import Search
from comity.model.entry import Channel
from comity.services.prove.repairing import answers
from comity.services.prove.repairing.looking import hashes_of
from comity.services.prove.repairing.rows import Ask, RepairTransaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciled:
    """Two copies of one channel, compared."""

    ours: int  # leaves that stand here
    theirs: int
    common: int
    differing: tuple[int, ...]  # places within the common part
    comparisons: int
    is_copy: bool
    counted: int  # by our channel; as many as stand here (``ours``), where all is well

    @property
    def is_equal(self) -> bool:
        """Whether both have the same history."""
        return self.ours == self.theirs and self.ours == self.counted and not self.differing

    @property
    def lost(self) -> str | None:
        """Whose end is missing: a copy is never longer than the ledger it was taken from. None where all is well.

        >>> Reconciled(ours=15, theirs=16, common=15, differing=(), comparisons=0, is_copy=False, counted=15).lost
        'here'
        """
        if self.is_copy:
            return "there" if self.ours > self.theirs else None
        return "here" if self.theirs > self.ours else None


def reconcile(rows: RepairTransaction, channel: Channel, ask: Ask, *, most: int = 1000) -> Reconciled:
    """Find where the other side's copy differs from ours."""
    theirs, standing = answers.number(ask("head", ()), "size"), rows.history.standing(channel.channel_id)
    common = min(standing, theirs)
    hashes = hashes_of(rows.ledger, channel)  # out of the leaves: what the disk did to the nodes must not hide a leaf
    search = Search(common, Ranges(hashes).root, lambda start, end: answers.root(ask, start, end))
    differing = search.find(answers.root(ask, 0, common), most) if common else []
    return Reconciled(
        ours=standing,
        theirs=theirs,
        common=common,
        differing=tuple(differing),
        comparisons=search.comparisons,
        is_copy=channel.is_copy,
        counted=channel.size,
    )


class Ranges:
    """Roots over subtrees, out of leaf hashes that are held in memory; a missing leaf counts as an empty hash."""

    def __init__(self, hashes: Sequence[bytes]) -> None:
        self._nodes = tree.grown(hashes)

    def root(self, start: int, end: int) -> bytes:
        """The root over leaves ``start`` to ``end``."""
        try:
            return tree.range_root(start, end, self._nodes.__getitem__)
        except KeyError:
            return b""
