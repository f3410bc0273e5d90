"""The bounds of documents between networks, to the octet."""

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from comity.ledger import document, note
from comity.ledger.posting import Fault

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
WEST = "west.example"
KEYS = [note.verifier_of(WEST, KEY)]
ROOM = document.LIMIT - len('{"a":""}')


def test_what_can_be_written_can_be_read() -> None:
    """A record of 32 KiB is written and read; one octet more is written by nobody, and read by nobody who is given it."""
    full = {"a": "x" * ROOM}
    read = document.read_document(document.write("signal", full, name=WEST, key=KEY), KEYS)
    assert isinstance(read, document.Document)
    assert (read.kind, read.record, read.signers) == ("signal", full, (WEST,))
    with pytest.raises(ValueError, match="at most 32 KiB"):
        document.write("signal", {"a": "x" * (ROOM + 1)}, name=WEST, key=KEY)
    longer = note.sign(f'comity-signal/v1\n{{"a":"{"x" * (ROOM + 1)}"}}\n', WEST, KEY)
    assert document.read_document(longer, KEYS) == Fault(code="document-malformed")


@pytest.mark.parametrize("record", [{"a": 1.5}, {"a": 1 << 53}, {"a": b"x"}])
def test_what_a_document_may_not_hold_is_not_written(record: dict[str, object]) -> None:
    """Another program would write it otherwise, and the signature would not hold there."""
    with pytest.raises(ValueError, match="text and whole numbers"):
        document.write("signal", record, name=WEST, key=KEY)


@pytest.mark.parametrize(
    ("kind", "is_one"), [("a" * 40, True), ("a" * 41, False), ("", False), ("a/b", False), ("A", False)]
)
def test_a_kind_is_a_short_word(kind: str, is_one: bool) -> None:
    """Forty letters at most: it becomes a key of catalogues and of counters."""
    assert (document.kind_of(f"comity-{kind}/v1\n{{}}\n") == kind) is is_one


def test_a_message_carries_so_many_and_no_more() -> None:
    """200 documents, 4 MiB; a message that is larger is looked at no further."""
    assert document.read_bundle(document.bundle(["one"] * 200)) == ("one",) * 200
    assert document.read_bundle(document.bundle(["one"] * 201)) == Fault(code="message-malformed", where="documents")
    assert document.read_bundle(document.bundle([])) == Fault(code="message-malformed", where="documents")
    least = len(document.bundle([""]))
    assert document.read_bundle(document.bundle(["x" * ((4 << 20) - least)])) != Fault(code="message-too-large")
    assert document.read_bundle(document.bundle(["x" * ((4 << 20) - least + 1)])) == Fault(code="message-too-large")


def test_a_second_hand_signs_the_same_text() -> None:
    """Whoever adds a signature adds it to what the first one signed, to the letter."""
    other = Ed25519PrivateKey.from_private_bytes(bytes(32))
    said = document.add_signature(
        document.write("signal", {"a": None}, name=WEST, key=KEY), name="east.example", key=other
    )
    both = [*KEYS, note.verifier_of("east.example", other)]
    read = document.read_document(said, both)
    assert isinstance(read, document.Document)
    assert read.signers == (WEST, "east.example")
