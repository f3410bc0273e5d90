"""Messages between networks: their bounds, and that a question is asked by nobody in another's name."""

import json
from dataclasses import replace
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from comity.ledger import note, posting
from comity.ledger.posting import Beside, Fault, Posting, Question

WEST, EAST = "west.example", "east.example"
HANDS = {
    WEST: Ed25519PrivateKey.from_private_bytes(bytes(range(32))),
    EAST: Ed25519PrivateKey.from_private_bytes(bytes(32)),
}
KEYS = [note.verifier_of(name, key) for name, key in HANDS.items()]
BESIDE = Beside(position=0, salt=bytes(16), payload=b"")
SMALL = Posting(origin="a", old_size=0, leaves=(b"{}",), payloads=(BESIDE,), heads=("note",))
QUESTION = Question(asker=WEST, asked=EAST, origin="a", what="leaves", numbers=(0, 7), second=1_790_000_000)


def fault_of(**more: Any) -> Fault | None:
    """What is wrong with a small posting that has these fields besides, or instead."""
    found = posting.read_posting(json.dumps({**json.loads(posting.write(SMALL)), **more}).encode())
    return found if isinstance(found, Fault) else None


def test_a_posting_of_8_mib_is_read_and_one_octet_more_is_not() -> None:
    """It is looked at no further."""
    room = (8 << 20) - len(posting.write(replace(SMALL, heads=("",))))
    assert isinstance(posting.read_posting(posting.write(replace(SMALL, heads=("x" * room,)))), Posting)
    larger = posting.write(replace(SMALL, heads=("x" * (room + 1),)))
    assert posting.read_posting(larger) == Fault(code="message-too-large")


@pytest.mark.parametrize("payload", [b"", bytes(1 << 20)])
@pytest.mark.parametrize("salt", [bytes(16), bytes(64)])
def test_a_payload_of_1_mib_is_taken(payload: bytes, salt: bytes) -> None:
    """And a salt of 16 octets to 64."""
    sent = replace(SMALL, payloads=(Beside(position=0, salt=salt, payload=payload),))
    assert posting.read_posting(posting.write(sent)) == sent


@pytest.mark.parametrize(
    "beside",
    [
        Beside(position=0, salt=bytes(15), payload=b""), Beside(position=0, salt=bytes(65), payload=b""),
        Beside(position=0, salt=bytes(16), payload=bytes((1 << 20) + 1)), Beside(position=-1, salt=bytes(16), payload=b""),
    ],
)  # fmt: skip
def test_a_payload_out_of_bounds_is_not(beside: Beside) -> None:
    """A short salt would let the payload be guessed; a long payload would take the room of others."""
    sent = posting.write(replace(SMALL, payloads=(beside,)))
    assert posting.read_posting(sent) == Fault(code="message-malformed", where="payloads")


WRONG: dict[str, list[Any]] = {
    "origin": [None, 7, ["a"]],
    "old_size": [-1, True, 1.5, "0", None, 1 << 48],
    "leaves": [[], None, "{}", {"0": "{}"}, [7], ["\ud800"], ["{}"] * 2001],
    "heads": [[], None, "note", {"0": "note"}, [7], ["note"] * 2001],
    "payloads": [None, "x", {}, [7], [[0, "AA"]], [[0, "", ""]], [[True, "A" * 22 + "==", ""]], [[0, "A" * 22 + "==", 7]],
                 [[0, "A" * 22 + "==", ""]] * 2, [[each, "A" * 22 + "==", ""] for each in range(2001)]],
    "go_on": [None, "x", {}, ["0"], [True], [-1], [0] * 2001],
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_the_field_that_does_not_fit_is_named(name: str) -> None:
    """Whatever JSON can say stands in it."""
    for value in WRONG[name]:
        assert fault_of(**{name: value}) == Fault(code="message-malformed", where=name), value


def test_as_many_as_one_message_carries_are_taken() -> None:
    """2,000 leaves, heads, payloads and places to go on from; a field more, or one less, is named."""
    many = [[each, "A" * 22 + "==", ""] for each in range(2000)]
    assert fault_of(leaves=["{}"] * 2000, heads=["note"] * 2000, payloads=many, go_on=[0] * 2000) is None
    assert fault_of(more=1) == Fault(code="message-malformed", where="fields")
    assert posting.read_posting(b'{"origin":"a"}') == Fault(code="message-malformed", where="fields")
    assert posting.read_posting(b"[]") == Fault(code="message-malformed")


@pytest.mark.parametrize("what", ["head", "roots", "leaves", "statement"])
def test_a_question_is_read_as_it_was_asked(what: str) -> None:
    """By whoever signed it."""
    asked = replace(QUESTION, what=what)
    assert posting.read_question(posting.ask(asked, HANDS[WEST]).encode(), KEYS) == asked


def test_nobody_asks_in_the_name_of_another() -> None:
    """A question of west's that east signed, alone or with west, is none: the answer would go to whoever sent it."""
    by_east = note.sign(QUESTION.text(), EAST, HANDS[EAST])
    by_both = note.with_lines(posting.ask(QUESTION, HANDS[WEST]), note.lines_of(by_east))
    for said in (by_east, by_both):
        assert posting.read_question(said.encode(), KEYS) == Fault(code="message-malformed")
    assert posting.read_question(posting.ask(QUESTION, HANDS[WEST]).encode(), KEYS[1:]) == Fault(code="head-not-signed")


@pytest.mark.parametrize(
    "change",
    [
        ("comity-question/v1", "comity-question/v2"), ("leaves", "payloads"), ("0 7", "0 x"), ("0 7", "0 07"), ("0 7", "0 -7"),
        ("0 7", " ".join(["1"] * 65)), ("time 1790000000", "time now"), ("time 1790000000", "time 01"), ("a\n", "a\nb\n"),
    ],
)  # fmt: skip
def test_what_is_no_question_is_named(change: tuple[str, str]) -> None:
    """However well it is signed."""
    text = QUESTION.text().replace(*change)
    assert text != QUESTION.text()
    assert posting.read_question(note.sign(text, WEST, HANDS[WEST]).encode(), KEYS) == Fault(code="message-malformed")
