"""Notes, checkpoints and leaves: the exact bytes, and what is not believed."""

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from comity.ledger import checkpoint, leaf, note

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
OTHER = Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33)))
WEST = note.verifier_of("west.example", KEY)
EAST = note.verifier_of("east.example", OTHER, note.COSIGNATURE)
HEAD = checkpoint.Checkpoint(origin="west.example/to/east.example/2026q4", size=7, root=bytes(32))


def test_a_checkpoint_is_signed_and_cosigned() -> None:
    """Our signature and the other side's receipt stand under the same text, and both are found."""
    signed = note.sign(HEAD.text(), "west.example", KEY)
    both = signed + note.cosign(signed, "east.example", OTHER, second=1_790_000_000)
    found = note.opened(both, [WEST, EAST])
    assert found is not None
    assert found.signers == ("west.example",)
    assert found.cosigned == (("east.example", 1_790_000_000),)
    assert checkpoint.read(found.text) == HEAD


def test_a_signature_of_an_unknown_key_is_passed_over() -> None:
    """A third witness may sign too; whoever does not know it sees a note without it."""
    signed = note.sign(HEAD.text(), "west.example", KEY)
    assert note.opened(signed, [EAST]) == note.Signed(text=HEAD.text(), signers=())


@pytest.mark.parametrize("change", [("7", "8"), ("west.example/to", "west.example/tu"), ("AAAA", "AAAB")])
def test_a_changed_text_is_no_longer_signed(change: tuple[str, str]) -> None:
    """Size, name and root cannot be changed afterwards."""
    signed = note.sign(HEAD.text(), "west.example", KEY)
    assert note.opened(signed.replace(*change, 1), [WEST]) is None


def test_a_receipt_cannot_be_dated_back() -> None:
    """The second of a cosignature is signed with it."""
    signed = note.sign(HEAD.text(), "west.example", KEY)
    line = note.cosign(signed, "east.example", OTHER, second=1_790_000_000)
    earlier = note.cosign(signed, "east.example", KEY, second=1_780_000_000)
    assert note.opened(signed + line, [EAST]) is not None
    assert note.opened(signed + earlier, [EAST]) == note.Signed(text=HEAD.text(), signers=())


@given(st.text())
def test_any_text_may_come(text: str) -> None:
    """What is no note, no key and no checkpoint is answered with None."""
    assert note.opened(text, [WEST]) is None or "\n\n" in text
    assert note.decoded(text) is None or "+" in text
    checkpoint.read(text)


@pytest.mark.parametrize("text", ["hello", "one\n\ntwo\n", ""])
def test_what_others_could_not_take_apart_is_not_signed(text: str) -> None:
    """A text ends with its line, and no empty line stands in it: signatures begin behind the last one."""
    with pytest.raises(ValueError, match="newline"):
        note.sign(text, "west.example", KEY)


@pytest.mark.parametrize("name", ["", "west example", "west+example", "west\u00a0example"])
def test_what_is_no_name_of_a_key_signs_nothing_and_is_read_as_none(name: str) -> None:
    """Blanks and plus signs part the fields of a line and of a key."""
    with pytest.raises(ValueError, match="note"):
        note.sign("hello\n", name, KEY)
    assert note.decoded(note.Verifier(name=name, public=bytes(32)).encoded()) is None


def test_a_key_of_another_length_is_none() -> None:
    """Thirty-two bytes, in the one text that stands for them."""
    for size in (0, 31, 33):
        assert note.decoded(note.Verifier(name="west.example", public=bytes(size)).encoded()) is None
    name, number, key = WEST.encoded().split("+", 2)
    for damaged in (
        name,
        f"{name}+{number}",
        f"{name}+{number}+{key}=",
        f"{name}+{number}+\u00e9{key}",
        f"{name}+00{number[2:]}+{key}",
    ):
        assert note.decoded(damaged) is None


def test_a_leaf_of_4_kib_is_read_and_none_that_is_longer() -> None:
    """To the octet, for whoever writes it as for whoever reads it."""
    room = 4096 - len(leaf.canonical({"id": ""}))
    record = {"id": "x" * room}
    assert leaf.read(leaf.canonical(record)) == record
    with pytest.raises(ValueError, match="4"):
        leaf.canonical({"id": "x" * (room + 1)})
    assert leaf.read(leaf.canonical(record).replace(b'"x', b'"xx')) is None


def test_a_leaf_has_one_form() -> None:
    """The same record gives the same bytes; other bytes for it are refused."""
    record = {"type": "report", "id": "r1", "class": "abuse", "observed": 1_790_000_000, "source": {"ip": "192.0.2.1"}}
    data = leaf.canonical(record)
    assert leaf.read(data) == record
    assert leaf.read(data.replace(b":", b": ", 1)) is None
    assert leaf.read(data[:-1] + b',"type":"report"}') is None


@pytest.mark.parametrize("value", [1.5, float("nan"), 1 << 60, b"bytes", {1: 2}, "x" * 5000])
def test_a_leaf_holds_only_what_everybody_writes_alike(value: object) -> None:
    """Fractions, huge numbers, bytes and more than 4 KiB are refused when the leaf is made."""
    with pytest.raises((ValueError, TypeError)):
        leaf.canonical({"type": "report", "value": value})


@given(st.binary(max_size=300))
def test_any_bytes_may_come_as_a_leaf(data: bytes) -> None:
    """A reader of leaves raises nothing."""
    leaf.read(data)


def test_a_signature_has_one_text() -> None:
    """The last letter of base64 has bits that decoding passes over: a line in which one of them is flipped is no signature."""
    signed = note.sign(HEAD.text(), "west.example", KEY)
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    end = signed.rstrip("\n").rstrip("=")
    changed = end[:-1] + letters[letters.index(end[-1]) ^ 1] + signed[len(end) :]
    assert changed != signed
    assert note.opened(signed, [WEST]) is not None and note.opened(changed, [WEST]) is None
