"""Find where two copies of one history differ, with few questions.

Trust:      the other copy's hashes may be lies: they lead nowhere but to a leaf that is then compared itself.
Standards:  the tree of RFC 6962 section 2.1: a subtree with an equal hash holds equal leaves.
Answers:    ``Search``: ``find()`` gives the places of the leaves that differ, ``comparisons`` how many hashes were compared.
Limits:     one differing leaf among 10**6 is found with 20 comparisons: left halves are compared, and what the rest would be
            is computed. Every further leaf costs the same again; more than ``most`` are not looked for.
"""

from collections.abc import Callable
from typing import Final

from comity.ledger import tree

Range = Callable[[int, int], bytes]
MOST: Final = 1000


class Search:
    """Our copy against the other side's, both over the first ``size`` leaves."""

    def __init__(self, size: int, ours: Range, theirs: Range) -> None:
        """``ours(start, end)`` and ``theirs(start, end)`` give the root over a subtree."""
        self._size, self._ours, self._theirs = size, ours, theirs
        self._known: dict[tuple[int, int], bytes] = {}
        self.comparisons = 0

    def find(self, root: bytes, most: int = MOST) -> list[int]:
        """Places that differ, where the other side's root is ``root``; the last one is the ``most``-th.

        >>> leaves = [tree.leaf_hash(bytes([each])) for each in range(9)]
        >>> other = [*leaves[:5], tree.leaf_hash(b"x"), *leaves[6:]]
        >>> ours, theirs = (lambda a, b: tree.root_of(leaves[a:b])), (lambda a, b: tree.root_of(other[a:b]))
        >>> Search(9, ours, theirs).find(theirs(0, 9))
        [5]
        """
        found: list[int] = []
        while self._size and self._mine(0, self._size) != root and len(found) < most:
            place = self._descend(root)
            found.append(place)
        return sorted(found)

    def _descend(self, root: bytes) -> int:
        """The first place that differs; from then on it counts as equal."""
        start, end, theirs, way = 0, self._size, root, []
        while end - start > 1:
            half = start + (1 << (end - start - 1).bit_length() - 1)
            left = self._asked(start, half)
            way.append((start, end))
            if left != self._mine(start, half):
                end, theirs = half, left
            else:
                start = half
                theirs = b""
        self._known[start, end] = theirs or self._theirs(start, end)  # of the leaf itself: taken, not compared
        for above, below in reversed(way):
            half = above + (1 << (below - above - 1).bit_length() - 1)
            self._known[above, below] = tree.node_hash(self._mine(above, half), self._mine(half, below))
        return start

    def _asked(self, start: int, end: int) -> bytes:
        self.comparisons += 1
        return self._theirs(start, end)

    def _mine(self, start: int, end: int) -> bytes:
        """Our hash, with what was found put right."""
        found = self._known.get((start, end))
        return self._ours(start, end) if found is None else found
