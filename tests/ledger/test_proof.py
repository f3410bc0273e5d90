"""A proof is one text file; whatever is changed in it, it proves nothing any more."""

from dataclasses import replace

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


def written(*lines: str, head: str) -> str:
    return "".join(f"{line}\n" for line in lines) + f"\n{head}"


def test_what_is_not_in_the_form_is_no_proof() -> None:
    """Another first line, a field without its name or its value, a hash more than any tree has, or one of another length."""
    first, extra, index, *hashes = made(3).text().partition("\n\n")[0].split("\n")
    head, one = made(3).head, hashes[0]
    assert proof.read(written(first, extra, index, *hashes, head=head)) == made(3)
    assert proof.read(written(first, extra, index, *[one] * 63, head=head)) is not None
    for lines in (
        ("c2sp.org/tlog-proof@v2", extra, index, *hashes), (first, extra), (first, index, extra),
        (first, extra[6:], index, *hashes),
        (first, extra, index[6:], *hashes), (first, extra, "index 03", *hashes), (first, extra, "index -3", *hashes),
        (first, "extra ?", index, *hashes), (first, extra, index, "AAAA"), (first, extra, index, *[one] * 64),
    ):  # fmt: skip
        assert proof.read(written(*lines, head=head)) is None, lines
    assert proof.read(made(3).text().partition("\n\n")[0]) is None
    room = (1 << 16) - len(made(3).text())
    assert proof.read(made(3).text() + "x" * room) is not None
    assert proof.read(made(3).text() + "x" * (room + 1)) is None


def test_what_is_wrong_with_a_proof_is_named_with_the_head_that_was_signed() -> None:
    """A signed text that is no head, bytes that are no leaf, a leaf that is not there."""
    no_head = note.sign("hello\n", "west.example", KEY)
    assert proof.checked(replace(made(3), head=no_head), KEYS) == proof.Checked(fault="head-malformed")
    for changed, fault in (
        (replace(made(3), leaf=b"{ }"), "leaf-malformed"),
        (replace(made(3), position=4), "not-included"),
    ):
        found = proof.checked(changed, KEYS)
        assert found == replace(proof.checked(made(3), KEYS), fault=fault)
        assert found.head is not None
        assert found.signers == ("west.example",)


def head_of(
    size: int, root: bytes, *, origin: str = ORIGIN, by: str = "west.example", more: tuple[str, ...] = ()
) -> str:
    text = checkpoint.Checkpoint(origin=origin, size=size, root=root, extensions=more).text()
    return note.sign(text, by, KEY if by == "west.example" else OTHER)


def test_two_histories_are_proved_by_two_heads_of_one_writer_and_by_nothing_else() -> None:
    """Nobody is accused by what another signed, by two channels, by one history, by what is no head, or by a damaged file."""
    east = note.verifier_of("east.example", OTHER)
    known = [*KEYS, east]
    smaller, larger = head_of(3, b"a" * 32), head_of(3, b"b" * 32)
    fork = proof.Fork(smaller=smaller, larger=larger, root=b"b" * 32)
    proved = proof.checked_fork(proof.read_fork(fork.text()), known)
    assert (proved.fault, proved.writer) == (None, "west.example")
    for change, fault in (
        ({"smaller": head_of(3, b"a" * 32, by="east.example")}, "head-not-signed"),
        ({"larger": head_of(3, b"b" * 32, by="east.example")}, "head-not-signed"),
        ({"larger": head_of(3, b"b" * 32, origin="west.example/to/south.example/2026q4")}, "one-history"),
        ({"larger": head_of(3, b"b" * 32, more=("more",))}, "head-malformed"),
        ({"smaller": head_of(3, b"a" * 32, origin="west.example")}, "head-malformed"),
        ({"smaller": note.sign("hello\n", "west.example", KEY)}, "head-malformed"),
        ({"smaller": head_of(4, b"a" * 32)}, "one-history"),
        ({"root": b"a" * 32}, "one-history"),
        ({"root": b"c" * 32}, "not-consistent"),
        ({"hashes": (b"c" * 32,)}, "not-consistent"),
    ):  # fmt: skip
        assert proof.checked_fork(replace(fork, **change), known).fault == fault, change
    assert proof.checked_fork(fork, [east]).fault == "head-not-signed"
    text = fork.text()
    for damaged in (
        text.replace("comity-fork/v1", "comity-fork/v2"), text.replace("root ", "", 1), text.replace("root Y", "root ?", 1),
        text[:-1],
        text.replace("root ", "root AAAA", 1), f"{text}\n", text.replace("\n\n", "\nAAAA\n\n", 1),
        replace(fork, hashes=(bytes(32),) * 64).text(), replace(fork, root=b"short").text(),
    ):  # fmt: skip
        assert damaged != text
        assert proof.read_fork(damaged) is None, damaged
    assert proof.read_fork(replace(fork, hashes=(bytes(32),) * 63).text()) is not None


def test_a_stranger_signs_nothing() -> None:
    """Without a key that is known there is no proof."""
    assert proof.checked(made(1), []).fault == "head-not-signed"


@given(st.text())
def test_any_text_may_come(text: str) -> None:
    """What is no proof is answered with None."""
    assert proof.checked(proof.read(text), KEYS).fault is not None
    assert proof.read(f"{proof.FIRST}\n{text}") is None or "index" in text
