"""The tree beside pymerkle, which was written by others: same roots, same proofs."""

import pytest

from comity.ledger import tree

pymerkle = pytest.importorskip("pymerkle")


@pytest.mark.parametrize("size", [1, 2, 3, 7, 8, 64, 100, 257])
def test_roots_and_proofs_are_those_of_pymerkle(size: int) -> None:
    """Each root, and inclusion and consistency proofs, hash by hash, as its verifier takes them."""
    other = pymerkle.InmemoryTree(algorithm="sha256")
    nodes: dict[tree.Node, bytes] = {}
    for position in range(size):
        data = b"leaf %d" % position
        other.append_entry(data)
        nodes.update(tree.grow(position, tree.leaf_hash(data), nodes.__getitem__))
    root = tree.root(size, nodes.__getitem__)
    assert other.get_root() == root
    for position in {0, size // 2, size - 1}:
        theirs = other.prove_inclusion(position + 1)
        pymerkle.verify_inclusion(tree.leaf_hash(b"leaf %d" % position), root, theirs)
        ours = tree.inclusion(position, size, nodes.__getitem__)
        assert set(ours) <= {bytes.fromhex(each) for each in theirs.serialize()["path"]}
        assert tree.is_included(
            tree.leaf_hash(b"leaf %d" % position), (position, size), ours, expected=other.get_root()
        )
    for first in {1, (size + 1) // 2, size}:
        before = other.get_root(first)
        proof = tree.consistency(first, size, nodes.__getitem__)
        assert tree.is_consistent(((first, before), (size, other.get_root())), proof)
