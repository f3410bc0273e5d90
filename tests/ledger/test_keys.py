"""What is said about keys: only the hands that hold them say it, and nothing that looks like it is believed."""

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from comity.ledger import keys, note

OLD, NEW, OFFLINE = (Ed25519PrivateKey.from_private_bytes(bytes([number]) * 32) for number in (1, 2, 3))
WEST, EAST = "west.example", "east.example"


def signed(text: str, *signers: tuple[str, Ed25519PrivateKey]) -> str:
    """Any text as a note of these, the first of them first."""
    (name, key), *others = signers
    made = note.sign(text, name, key)
    for other, hand in others:
        made = note.with_lines(made, note.lines_of(note.sign(text, other, hand)))
    return made


def words(old: note.Verifier, new: note.Verifier, first: str = "comity-key-rotation/v1", more: str = "") -> str:
    return f"{first}\n{old.encoded()}\n{new.encoded()}\n{more}"


OURS, FRESH = note.verifier_of(WEST, OLD), note.verifier_of(WEST, NEW)
BOTH = ((WEST, OLD), (WEST, NEW))


def test_both_hands_say_that_a_key_takes_the_place_of_another() -> None:
    """In either order of their lines."""
    for hands in (BOTH, BOTH[::-1]):
        said = keys.read_rotation(signed(words(OURS, FRESH), *hands))
        assert said is not None
        assert (said.peer, said.old, said.new) == (WEST, OURS, FRESH)


@pytest.mark.parametrize(
    "statement",
    [
        signed(words(OURS, FRESH), (WEST, OLD)),
        signed(words(OURS, FRESH), (WEST, NEW)),
        signed(words(OURS, FRESH), (WEST, OLD), (WEST, OFFLINE)),
        signed(words(OURS, FRESH, "comity-key-revocation/v1"), *BOTH),
        signed(words(OURS, FRESH, more="until tomorrow\n"), *BOTH),
        signed(f"comity-key-rotation/v1\n{OURS.encoded()}\n", *BOTH),
        signed(words(OURS, note.verifier_of(EAST, NEW)), (WEST, OLD), (EAST, NEW)),
        signed(words(OURS, OURS), (WEST, OLD)),
        signed(words(OURS, note.verifier_of(WEST, NEW, note.COSIGNATURE)), *BOTH),
        signed(words(OURS, FRESH).replace("+", " ", 1), *BOTH),
        "",
    ],
    ids=[
        "the new hand is silent", "the old hand is silent", "another hand for the new one", "another statement",
        "with a line more", "without the new key", "of another network", "by itself", "not a key that signs heads",
        "a damaged key", "nothing",
    ],
)  # fmt: skip
def test_what_is_no_rotation_is_none(statement: str) -> None:
    """Whoever holds one of two keys, or the key of another network, puts no key in another's place."""
    assert keys.read_rotation(statement) is None


@pytest.mark.parametrize(
    "text",
    [
        f"comity-key-rotation/v1\n{OURS.encoded()}\n",
        f"comity-key-revocation/v1\n{OURS.encoded()}\n{FRESH.encoded()}\n",
        "comity-key-revocation/v1\nwest.example\n",
    ],
    ids=["another statement", "two keys", "no key"],
)
def test_what_is_no_revocation_is_none(text: str) -> None:
    """Not everything that the key off-line signs calls a key back."""
    by = note.verifier_of(WEST, OFFLINE)
    assert keys.read_revocation(keys.revocation(OURS, OFFLINE, WEST), by) == OURS
    assert keys.read_revocation(note.sign(text, WEST, OFFLINE), by) is None
