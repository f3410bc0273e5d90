"""A proof is one text file; whatever is changed in it, it proves nothing any more."""

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from comity.ledger import checkpoint, leaf, note, proof, tree

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
OTHER = Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33)))
KEYS = [note.verifier_of("west.example", KEY), note.verifier_of("east.example", OTHER, note.COSIGNATURE)]
LEAVES = [leaf.canonical({"type": "report", "id": f"r{number}"}) for number in range(11)]
ORIGIN = "west.example/to/east.example/2026q4"


def made(position: int) -> proof.Proof:
    """The proof of one leaf of eleven, under a head that both sides signed."""
    nodes: dict[tree.Node, bytes] = {}
    for place, data in enumerate(LEAVES):
        nodes.update(tree.grow(place, tree.leaf_hash(data), nodes.__getitem__))
    head = checkpoint.Checkpoint(origin=ORIGIN, size=11, root=tree.root(11, nodes.__getitem__))
    signed = note.sign(head.text(), "west.example", KEY)
    receipt = note.cosign(signed, "east.example", OTHER, second=1_790_000_000)
    hashes = tuple(tree.inclusion(position, 11, nodes.__getitem__))
    return proof.Proof(leaf=LEAVES[position], position=position, hashes=hashes, head=note.with_lines(signed, [receipt]))


@pytest.mark.parametrize("position", range(11))
def test_a_proof_holds_with_the_public_keys_alone(position: int) -> None:
    """Written to a file and read again, it names both signers, the place and the second of the receipt."""
    found = proof.checked(proof.read(made(position).text()), KEYS)
    assert (found.fault, found.signers, found.cosigned) == (
        None,
        ("west.example",),
        (("east.example", 1_790_000_000),),
    )


def test_the_file_is_that_of_the_specification() -> None:
    """First line, extra, index, hashes, an empty line, the checkpoint: C2SP tlog-proof, in this order."""
    lines = made(3).text().split("\n")
    assert lines[0] == "c2sp.org/tlog-proof@v1"
    assert lines[1].startswith("extra ")
    assert lines[2] == "index 3"
    assert lines[3 + len(made(3).hashes)] == ""
    assert lines[4 + len(made(3).hashes)] == ORIGIN


def test_every_changed_byte_is_refused() -> None:
    """A proof with any one character changed does not say anything that the first one did not say."""
    text = made(5).text()
    first = proof.checked(proof.read(text), KEYS)
    for at in range(len(text)):
        for sign in "A0+\n":
            changed = text[:at] + sign + text[at + 1 :]
            found = proof.checked(proof.read(changed), KEYS)
            again = proof.read(changed)
            if found.fault is None and again is not None:
                assert (again.leaf, again.position, found.head) == (LEAVES[5], 5, first.head), changed


def test_the_same_bytes_are_not_written_in_two_ways() -> None:
    """A hash, a root or a leaf whose last letter carries bits that stand for nothing is refused: it would look like another one."""
    lines = made(5).text().split("\n")
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    tried = 0
    for number, line in enumerate(lines):
        text = line.removeprefix("extra ").rstrip("=")
        if text == line.removeprefix("extra ") or " " in text:
            continue
        other = letters[letters.index(text[-1]) ^ 1]
        changed = [*lines[:number], line.replace(text, text[:-1] + other), *lines[number + 1 :]]
        found = proof.read("\n".join(changed))
        assert found is None or proof.checked(found, KEYS).fault in {"head-malformed", "head-not-signed"}, line
        tried += 1
    assert tried >= 5


def test_a_stranger_signs_nothing() -> None:
    """Without a key that is known there is no proof."""
    assert proof.checked(made(1), []).fault == "head-not-signed"


@given(st.text())
def test_any_text_may_come(text: str) -> None:
    """What is no proof is answered with None."""
    assert proof.checked(proof.read(text), KEYS).fault is not None
    assert proof.read(f"{proof.FIRST}\n{text}") is None or "index" in text
