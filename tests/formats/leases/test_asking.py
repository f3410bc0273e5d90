"""What is asked of a program that keeps the books, and what of its answers is believed."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.formats.leases.asking import LIMIT, answer, question
from comity.formats.leases.terms import Mistake
from comity.model.lease import Asked, Window

NOW = datetime(2026, 3, 20, 12, tzinfo=UTC)
LEASE = {"address": "192.0.2.7", "subscriber": "line-7", "began": "2026-03-20T10:00:00+08:00"}


def told(*leases: object) -> bytes:
    return json.dumps({"leases": leases}).encode()


def test_the_question_names_address_port_and_time() -> None:
    """In UTC, to the second."""
    window = Window(first=NOW - timedelta(minutes=2), last=NOW)
    assert json.loads(question([Asked(address="192.0.2.7", port=1500, window=window)])) == {
        "questions": [
            {"address": "192.0.2.7", "port": 1500, "from": "2026-03-20T11:58:00Z", "until": "2026-03-20T12:00:00Z"}
        ]
    }


def test_a_lease_without_an_end_holds_now() -> None:
    """Who answers sees it held; nobody need guess for how long it is believed."""
    (found,) = _leases(told(LEASE))
    assert (found.subscriber, found.began, found.ended, found.known_until) == (
        "line-7",
        datetime(2026, 3, 20, 2, tzinfo=UTC),
        None,
        NOW,
    )


def test_ports_and_hotspots_are_read_as_in_a_table() -> None:
    """As numbers or as text."""
    (one, other) = _leases(
        told({**LEASE, "first_port": 1024, "last_port": 2047}, {**LEASE, "ports": "2048-3071", "shared": True})
    )
    assert ((one.first_port, one.last_port, one.is_shared), (other.first_port, other.last_port, other.is_shared)) == (
        (1024, 2047, False),
        (2048, 3071, True),
    )


@pytest.mark.parametrize(
    ("data", "code", "detail"),
    [
        (b"", "answer-json", ""),
        (b"<html>", "answer-json", ""),
        (b"[]", "answer-shape", "leases"),
        (b'{"leases": {}}', "answer-shape", "leases"),
        (told(LEASE, 7), "answer-shape", "leases[1]"),
        (told({**LEASE, "subscriber": ["a"]}), "answer-shape", "leases[0] subscriber"),
        (told({**LEASE, "began": "2026-03-20T10:00:00"}), "zone-needed", "leases[0] 2026-03-20T10:00:00"),
        (told({**LEASE, "address": "192.0.2.300"}), "address", "leases[0] 192.0.2.300"),
        (told({**LEASE, "subscriber": "a\u202eb"}), "subscriber", "leases[0] a\u202eb"),
        (told({**LEASE, "first_port": 9, "last_port": 3}), "ports", "leases[0] 9-3"),
        (told({**LEASE, "ended": "2026-03-19T10:00:00Z"}), "ends-before-it-begins", None),
        (b" " * (LIMIT + 1), "answer-size", str(LIMIT + 1)),
    ],
)
def test_one_bad_lease_makes_the_answer_worth_nothing(data: bytes, code: str, detail: str | None) -> None:
    """The one that is missing may be the one that makes another doubtful."""
    found = answer(data, NOW)
    assert isinstance(found, Mistake)
    assert found.code == code
    assert detail is None or found.detail == detail


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda one: st.lists(one) | st.dictionaries(st.sampled_from([*LEASE, "leases", "ports", "ended"]), one),
    )
)
def test_any_json_is_leases_or_a_mistake(value: object) -> None:
    """Whatever the program says, nothing is raised."""
    for said in (value, {"leases": value}, {"leases": [value]}, {"leases": [{**LEASE, "ended": value}]}):
        found = answer(json.dumps(said).encode(), NOW)
        assert isinstance(found, Mistake) or all(each.subscriber for each in found)


def _leases(data: bytes) -> list[Any]:
    found = answer(data, NOW)
    assert isinstance(found, list)
    return found
