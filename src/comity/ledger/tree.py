"""The Merkle tree of a channel: roots, proofs, and what to store when a leaf is added.

Trust:      hashes and proofs may come from the other side; every check answers True or False and raises nothing.
Standards:  RFC 6962 section 2.1, RFC 9162 section 2.1 (the same tree).
Answers:    ``leaf_hash``, ``grow`` (the nodes an append completes), ``root``, ``inclusion``, ``consistency`` and their checks.
Limits:     SHA-256; positions count from 0. A stored node (level, position) covers 2**level leaves and exists once all are there.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from hashlib import sha256
from typing import Final

Hash = bytes
Node = tuple[int, int]  # level (0: leaves) and position within it
Stored = Callable[[Node], Hash]

EMPTY_ROOT: Final = sha256(b"").digest()


def leaf_hash(data: bytes) -> Hash:
    """The hash of a leaf's exact bytes.

    >>> leaf_hash(b"").hex()[:16]
    '6e340b9cffb37a98'
    """
    return sha256(b"\x00" + data).digest()


def node_hash(left: Hash, right: Hash) -> Hash:
    """The hash of an inner node."""
    return sha256(b"\x01" + left + right).digest()


def grow(position: int, leaf: Hash, stored: Stored) -> Iterator[tuple[Node, Hash]]:
    """The nodes that come into being when ``leaf`` becomes leaf number ``position``: itself, then what it completes.

    >>> [node for node, _ in grow(3, leaf_hash(b"d"), {(0, 2): b"c" * 32, (1, 0): b"ab" * 16}.__getitem__)]
    [(0, 3), (1, 1), (2, 0)]
    """
    level, current = 0, leaf
    yield (0, position), leaf
    while position & 1:
        current = node_hash(stored((level, position - 1)), current)
        level, position = level + 1, position >> 1
        yield (level, position), current


def grown(leaves: Iterable[Hash]) -> dict[Node, Hash]:
    """Every node of the tree over these leaf hashes.

    >>> sorted(grown([leaf_hash(b"a"), leaf_hash(b"b"), leaf_hash(b"c")]))
    [(0, 0), (0, 1), (0, 2), (1, 0)]
    """
    nodes: dict[Node, Hash] = {}
    for position, digest in enumerate(leaves):
        nodes.update(grow(position, digest, nodes.__getitem__))
    return nodes


def is_within(node: Node, size: int) -> bool:
    """Whether a tree of so many leaves has this node, however large its numbers are.

    >>> is_within((1, 2), 6), is_within((1, 3), 6), is_within((1 << 40, 0), 6)
    (True, False, False)
    """
    level, position = node
    return 0 <= level < size.bit_length() and 0 <= position < size >> level


def peaks(size: int) -> list[Node]:
    """The complete subtrees that make up a tree of ``size`` leaves, left to right.

    >>> peaks(6)
    [(2, 0), (1, 2)]
    """
    found, start = [], 0
    for level in range(size.bit_length() - 1, -1, -1):
        if size >> level & 1:
            found.append((level, start >> level))
            start += 1 << level
    return found


def root(size: int, stored: Stored) -> Hash:
    """The root over the first ``size`` leaves, out of stored nodes: at most 64 of them are read."""
    hashes = [stored(node) for node in peaks(size)]
    if not hashes:
        return EMPTY_ROOT
    current = hashes.pop()
    while hashes:
        current = node_hash(hashes.pop(), current)
    return current


def range_root(start: int, end: int, stored: Stored) -> Hash:
    """The root over leaves ``start`` to ``end`` of one subtree; ``start`` is a multiple of the next power of two."""
    count = end - start
    if count & (count - 1) == 0:
        level = count.bit_length() - 1
        return stored((level, start >> level))
    half = 1 << (count - 1).bit_length() - 1
    return node_hash(range_root(start, start + half, stored), range_root(start + half, end, stored))


def inclusion(position: int, size: int, stored: Stored) -> list[Hash]:
    """The proof that leaf ``position`` is in the tree of ``size`` leaves, lowest sibling first (RFC 9162 section 2.1.3.1)."""
    if not 0 <= position < size:
        raise IndexError(f"leaf {position} of {size}")
    proof: list[Hash] = []
    start, end = 0, size
    while end - start > 1:
        half = start + (1 << (end - start - 1).bit_length() - 1)
        if position < half:
            proof.append(range_root(half, end, stored))
            end = half
        else:
            proof.append(range_root(start, half, stored))
            start = half
    proof.reverse()
    return proof


def consistency(first: int, second: int, stored: Stored) -> list[Hash]:
    """The proof that the tree of ``first`` leaves is a prefix of the one of ``second`` (RFC 9162 section 2.1.4.1)."""
    if not 0 < first <= second:
        raise IndexError(f"from {first} to {second}")
    proof: list[Hash] = []
    start, end, whole = 0, second, True
    while end != first:
        half = start + (1 << (end - start - 1).bit_length() - 1)
        if first <= half:
            proof.append(range_root(half, end, stored))
            end = half
        else:
            proof.append(range_root(start, half, stored))
            start, whole = half, False
    if not whole:
        proof.append(range_root(start, end, stored))
    proof.reverse()
    return proof


def is_included(leaf: Hash, place: tuple[int, int], proof: Sequence[Hash], *, expected: Hash) -> bool:
    """Check an inclusion proof; ``place`` is (position, size). RFC 9162 section 2.1.3.2."""
    position, size = place
    if not 0 <= position < size:
        return False
    last, current = size - 1, leaf
    for sibling in proof:
        if last == 0:
            return False
        if position & 1 or position == last:
            current = node_hash(sibling, current)
            while not position & 1 and position:
                position, last = position >> 1, last >> 1
        else:
            current = node_hash(current, sibling)
        position, last = position >> 1, last >> 1
    return last == 0 and current == expected


def is_consistent(heads: tuple[tuple[int, Hash], tuple[int, Hash]], proof: Sequence[Hash]) -> bool:
    """Check a consistency proof between two heads (size, root), the older first. RFC 9162 section 2.1.4.2."""
    (first, first_root), (second, second_root) = heads
    if first == second:
        return first_root == second_root and not proof
    if not 0 < first < second or not proof:
        return first == 0 < second and first_root == EMPTY_ROOT and not proof
    path = list(proof)
    if first & (first - 1) == 0:
        path.insert(0, first_root)
    number, last = first - 1, second - 1
    while number & 1:
        number, last = number >> 1, last >> 1
    old = new = path[0]
    for sibling in path[1:]:
        if last == 0:
            return False
        if number & 1 or number == last:
            old, new = node_hash(sibling, old), node_hash(sibling, new)
            while not number & 1 and number:
                number, last = number >> 1, last >> 1
        else:
            new = node_hash(new, sibling)
        number, last = number >> 1, last >> 1
    return last == 0 and old == first_root and new == second_root


def replayed(data: Iterable[bytes]) -> Hash:
    """The root over the bytes of leaves: what an auditor computes who was given all of them.

    >>> replayed([b"a", b"b"]) == root_of([leaf_hash(b"a"), leaf_hash(b"b")])
    True
    """
    return root_of([sha256(b"\x00" + each).digest() for each in data])


def root_of(leaves: Sequence[Hash]) -> Hash:
    """The root over leaf hashes, by the definition in RFC 6962 section 2.1; for auditors that hold every leaf."""
    if not leaves:
        return EMPTY_ROOT
    level = list(leaves)
    while len(level) > 1:
        # What ``node_hash`` does, without a call for each of a million nodes.
        paired = [sha256(b"\x01" + left + right).digest() for left, right in zip(level[::2], level[1::2], strict=False)]
        level = paired + level[len(paired) * 2 :]
    return level[0]
