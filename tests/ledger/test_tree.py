"""The tree against known roots, a definition written down again, and everything a liar could change."""

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.ledger import tree

# The well-known example of Certificate Transparency: eight leaves and the roots of the first n.
_WORDS = "- 00 10 2021 3031 40414243 5051525354555657 606162636465666768696a6b6c6d6e6f"
LEAVES = [bytes.fromhex(each.strip("-")) for each in _WORDS.split()]
ROOTS = {
    1: "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    2: "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    8: "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
}


def planted(count: int) -> dict[tuple[int, int], bytes]:
    """The stored nodes of a tree of ``count`` leaves."""
    nodes: dict[tuple[int, int], bytes] = {}
    for position in range(count):
        nodes.update(tree.grow(position, tree.leaf_hash(b"%d" % position), nodes.__getitem__))
    return nodes


def by_definition(hashes: list[bytes]) -> bytes:
    """RFC 6962 section 2.1, word for word."""
    if len(hashes) < 2:
        return hashes[0] if hashes else sha256(b"").digest()
    half = 1 << (len(hashes) - 1).bit_length() - 1
    return sha256(b"\x01" + by_definition(hashes[:half]) + by_definition(hashes[half:])).digest()


@pytest.mark.parametrize(("count", "expected"), ROOTS.items())
def test_known_roots(count: int, expected: str) -> None:
    """The roots that everybody else computes are ours too, grown leaf by leaf or all at once."""
    nodes: dict[tuple[int, int], bytes] = {}
    for position, data in enumerate(LEAVES[:count]):
        nodes.update(tree.grow(position, tree.leaf_hash(data), nodes.__getitem__))
    assert tree.root(count, nodes.__getitem__).hex() == expected
    assert tree.root_of([tree.leaf_hash(data) for data in LEAVES[:count]]).hex() == expected


@pytest.mark.parametrize("count", [0, 1, 2, 3, 5, 8, 13, 64, 100, 257])
def test_every_way_gives_the_same_root(count: int) -> None:
    """Stored nodes, an auditor's replay and the definition agree."""
    hashes = [tree.leaf_hash(b"%d" % position) for position in range(count)]
    assert tree.root(count, planted(count).__getitem__) == by_definition(hashes) == tree.root_of(hashes)


def test_every_leaf_of_every_small_tree_is_proved() -> None:
    """An inclusion proof holds for its leaf, place and root, and for nothing else."""
    nodes = planted(40)
    for size in range(1, 41):
        top = tree.root(size, nodes.__getitem__)
        for position in range(size):
            proof = tree.inclusion(position, size, nodes.__getitem__)
            leaf = tree.leaf_hash(b"%d" % position)
            assert tree.is_included(leaf, (position, size), proof, expected=top)
            assert not tree.is_included(tree.leaf_hash(b"x"), (position, size), proof, expected=top)
            assert not tree.is_included(leaf, (position, size), [*proof, leaf], expected=top)
            assert not tree.is_included(leaf, (position, size), proof[:-1], expected=top) or not proof
            if size > 1:
                assert not tree.is_included(leaf, ((position + 1) % size, size), proof, expected=top)


def test_a_longer_history_proves_the_shorter_one() -> None:
    """Consistency holds between any two sizes of one history, and not with a rewritten one."""
    nodes = planted(40)
    for second in range(1, 41):
        new = tree.root(second, nodes.__getitem__)
        for first in range(1, second + 1):
            old = tree.root(first, nodes.__getitem__)
            proof = tree.consistency(first, second, nodes.__getitem__)
            assert tree.is_consistent(((first, old), (second, new)), proof)
            if first < second:
                forged = tree.leaf_hash(b"forged")
                assert not tree.is_consistent(((first, forged), (second, new)), proof)
                assert not tree.is_consistent(((first, old), (second, forged)), proof)


@given(st.lists(st.binary(min_size=32, max_size=32), max_size=9), st.integers(0, 50), st.integers(0, 50))
def test_random_proofs_prove_nothing(proof: list[bytes], position: int, size: int) -> None:
    """What a liar makes up is refused, and raises nothing."""
    assert not tree.is_included(b"l" * 32, (position, size), proof, expected=b"r" * 32)
    assert not tree.is_consistent(((position, b"o" * 32), (size, b"r" * 32)), proof)


def test_a_tree_without_leaves_has_the_empty_root() -> None:
    """The head of a new channel is the one RFC 6962 gives; anything is consistent with it."""
    assert tree.root(0, {}.__getitem__) == sha256(b"").digest()
    assert tree.is_consistent(((0, tree.EMPTY_ROOT), (1, b"r" * 32)), [])
    assert not tree.is_consistent(((0, tree.EMPTY_ROOT), (1, b"r" * 32)), [b"r" * 32])
    assert not tree.is_consistent(((0, b"r" * 32), (1, b"r" * 32)), [])
    assert not tree.is_consistent(((0, tree.EMPTY_ROOT), (0, tree.EMPTY_ROOT)), [b"r" * 32])


@pytest.mark.parametrize("size", range(2, 20))
def test_a_proof_reaches_the_top_of_its_own_tree_and_goes_no_further(size: int) -> None:
    """Who signs a root that lies above the tree, or below its top, proves nothing by a proof that is longer or shorter."""
    nodes, above = planted(size), tree.leaf_hash(b"above")
    top = tree.root(size, nodes.__getitem__)
    for position in range(size):
        leaf, proof = tree.leaf_hash(b"%d" % position), tree.inclusion(position, size, nodes.__getitem__)
        for higher in (tree.node_hash(above, top), tree.node_hash(top, above)):
            assert not tree.is_included(leaf, (position, size), [*proof, above], expected=higher)
        assert not tree.is_included(leaf, (position, size), [], expected=leaf)
    for first in range(1, size):
        old, proof = tree.root(first, nodes.__getitem__), tree.consistency(first, size, nodes.__getitem__)
        heads = ((first, tree.node_hash(above, old)), (size, tree.node_hash(above, top)))
        assert not tree.is_consistent(heads, [*proof, above])
        assert not tree.is_consistent(((first, old), (size, tree.node_hash(top, above))), [*proof, above])
