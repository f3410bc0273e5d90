"""Every field of every document between peers, mutated: refused with a reason that both sides have words for, nothing stored."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from comity.accord.signals.wire import record_of, withdrawal_record
from comity.ledger import document
from comity.locale import LANGUAGES, catalogue
from comity.model.signal import Withdrawal

from ....engines import ONLY_SQLITE
from ..two_sides import EAST, KEYS, NOW, WEST
from .signal_sides import REASON, SignalSide, both

BUSY = settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
MISFITS: dict[str, list[Any]] = {
    "type": ["withdrawal", "", None, 7],
    "issuer": [EAST, "south.example", "", None, 7, "West.Example", "a b"],
    "id": ["", "S-1", "R-AAAAAAAAAAAAAAAA", None, 7, "S-AAAAAAAAAAAAAAAA\n"],
    "kind": ["", "block", None, ["listing"], {}],
    "subject": ["198.51.100.7", "10.0.0.0/8", "192.0.2.0/24", "203.0.113.0/24", "EAST.example", "co.uk", "", None, 7,
                "127.0.0.1/32", "0.0.0.0/0", "::/0", "campaign:xyz", "198.51.100.0/24 ", "fe80::/10", "198.51.100.7/32%eth0"],
    "classes": [{}, {"complaint": 5}, {"trap": 0}, {"trap": -1}, {"trap": 1.5}, {"trap": True}, {"gossip": 1}, [], None, "trap"],
    "first": [-1, None, "0", 1 << 40, True, 3.5, int((NOW + timedelta(days=1)).timestamp())],
    "last": [-1, None, "0", 1 << 40, int((NOW + timedelta(days=1)).timestamp())],
    "tlp": ["CLEAR", "TLP: CLEAR", "tlp:clear", "", None, 3],
    "severe": [0, 1, "no", None],
    "reason": [{}, {"en": "x"}, {"en": "x", "zh": "x"}, {"en": "", "zh": "好"}, {"en": "x\n", "zh": "好"},
               {"en": "x", "zh": "好", "fr": "x"}, {"en": "x" * 501, "zh": "好"}, {"en": "\u202ex", "zh": "好"}, None, "x"],
    "reference": ["", "R-1", None, "R-aaaaaaaaaaaaaaaa", 7],
    "contact": ["", "nobody", None, "a@b@c", "a@b.example\r\nBcc: x@y.example", 7],
    "made": [-1, None, int((NOW + timedelta(minutes=6)).timestamp()), int((NOW - timedelta(days=32)).timestamp())],
    "begins": [-1, None, 0, int((NOW + timedelta(days=90)).timestamp())],
    "ends": [-1, None, 0, int(NOW.timestamp()), int((NOW + timedelta(days=200)).timestamp())],
}  # fmt: skip


# One pair serves all tests that take it, and lies in one database: these are told about one only.
@pytest.fixture(scope="module")
def sides() -> Iterator[tuple[SignalSide, SignalSide]]:
    west, east = both()
    yield west, east
    west.store.close()
    east.store.close()


@pytest.fixture(scope="module")
def record(sides: tuple[SignalSide, SignalSide]) -> dict[str, Any]:
    return record_of(sides[0].propose("198.51.100.7").signal)


def signed(kind: str, record: dict[str, Any], name: str = WEST) -> str:
    text = document.text_of(kind, record)
    if text is None:  # what no honest network can sign: somebody writes it by hand
        text = f"comity-{kind}/v1\n{json.dumps(record, ensure_ascii=True, separators=(',', ':'), sort_keys=True)}\n"
    from comity.ledger import note

    return note.sign(text, name, KEYS[name])


def refused(east: SignalSide, *documents: str) -> str:
    answer = east.take(*documents)
    assert answer.status != 200, documents
    code = str(answer.said["error"])
    assert all(f"refused.{code}" in catalogue(language) for language in LANGUAGES), code
    assert east.kept() == []
    return code


@ONLY_SQLITE
@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in MISFITS.items() for value in values])
def test_each_field_of_a_signal(
    sides: tuple[SignalSide, SignalSide], record: dict[str, Any], name: str, value: Any
) -> None:
    """Whatever stands there: the answer names what is wrong, and the reader's store is as before."""
    assert json.dumps(record[name]) != json.dumps(value)
    refused(sides[1], signed("signal", record | {name: value}))


@ONLY_SQLITE
@pytest.mark.parametrize("name", sorted(MISFITS))
def test_each_field_left_out_or_doubled(
    sides: tuple[SignalSide, SignalSide], record: dict[str, Any], name: str
) -> None:
    """A record has exactly its fields."""
    refused(sides[1], signed("signal", {key: value for key, value in record.items() if key != name}))
    assert refused(sides[1], signed("signal", record | {f"{name}2": record[name]})) == "field-malformed"


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=40),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=8,
)


@ONLY_SQLITE
@BUSY
@given(name=st.sampled_from(sorted(MISFITS)), value=JUNK)
def test_junk_in_a_field(sides: tuple[SignalSide, SignalSide], record: dict[str, Any], name: str, value: Any) -> None:
    """Anything JSON can hold, but another second or another yes: it is refused."""
    if type(value) is type(record[name]) and isinstance(value, int):
        return
    answer = sides[1].take(signed("signal", record | {name: value}))
    assert answer.status != 200 and sides[1].kept() == []


@ONLY_SQLITE
@BUSY
@given(place=st.integers(0, 10_000), flip=st.integers(1, 255))
def test_a_flipped_byte_anywhere(
    sides: tuple[SignalSide, SignalSide], record: dict[str, Any], place: int, flip: int
) -> None:
    """In text, signature or frame: the signature does not hold, or it is no document."""
    data = bytearray(document.bundle([signed("signal", record)]))
    data[place % len(data)] ^= flip
    answer = sides[1].documents.take(sides[1].store, bytes(data), now=NOW)
    assert answer.status != 200 and sides[1].kept() == []


@ONLY_SQLITE
@BUSY
@given(data=st.binary(max_size=300) | JUNK.map(lambda value: json.dumps(value).encode()))
def test_anything_as_a_message(sides: tuple[SignalSide, SignalSide], data: bytes) -> None:
    """What is no message is refused, and nothing falls over."""
    assert sides[1].documents.take(sides[1].store, data, now=NOW).status in (400, 403, 413, 422)


@ONLY_SQLITE
def test_who_signs_it_counts(sides: tuple[SignalSide, SignalSide], record: dict[str, Any]) -> None:
    """Not signed, signed by the reader itself, by a stranger, or by another than it says: refused."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from comity.ledger import note

    east = sides[1]
    text = document.text_of("signal", record) or ""
    assert refused(east, note.sign(text, "south.example", Ed25519PrivateKey.generate())) == "document-not-signed"
    assert refused(east, note.sign(text, WEST, Ed25519PrivateKey.generate())) == "document-not-signed"
    assert refused(east, signed("signal", record | {"issuer": EAST}, EAST)) == "peer-not-paired"
    assert refused(east, text) == "document-malformed"
    assert refused(east, signed("gossip", record)) == "document-unknown"
    assert refused(east, signed("withdrawal", record)) == "field-malformed"


@ONLY_SQLITE
def test_one_bad_document_takes_the_message_with_it(
    sides: tuple[SignalSide, SignalSide], record: dict[str, Any]
) -> None:
    """All or nothing, and the answer says which one."""
    answer = sides[1].take(signed("signal", record), signed("signal", record | {"tlp": "CLEAR"}))
    assert (answer.status, answer.said) == (422, {"error": "field-malformed", "where": "documents[1].tlp"})
    assert sides[1].kept() == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("type", "signal"), ("issuer", EAST), ("id", "S-"), ("id", "S-ZZZZZZZZZZZZZZZZ"), ("made", -1), ("made", None),
        ("made", int((NOW + timedelta(minutes=6)).timestamp())), ("reason", {}), ("reason", {"en": "x", "zh": "x"}), ("more", 1),
    ],
)  # fmt: skip
def test_each_field_of_a_withdrawal(name: str, value: Any) -> None:
    """Nothing is taken back by it, and what it rests on stays."""
    west, east = both()
    made = west.propose("198.51.100.7", EAST)
    west.give(east)
    said = Withdrawal(issuer=WEST, signal_id=made.signal.signal_id, made=NOW, reason=REASON)
    answer = east.take(signed("withdrawal", withdrawal_record(said) | {name: value}))
    assert answer.status != 200 and f"refused.{answer.said['error']}" in catalogue("en")
    assert [each.withdrawn for each in east.kept()] == [None]
    assert east.take(signed("withdrawal", withdrawal_record(said))).status == 200


def test_an_id_stands_for_one_signal(sides: tuple[SignalSide, SignalSide], record: dict[str, Any]) -> None:
    """Another text under an id that is known changes nothing."""
    west, east = both()
    made = west.propose("198.51.100.7", EAST)
    west.give(east)
    other = record_of(made.signal) | {"subject": "198.51.100.8/32"}
    assert east.take(signed("signal", other)).said["error"] == "signal-differs"
    assert [each.signal.subject for each in east.kept()] == ["198.51.100.7/32"]
