"""XARF as bytes: encodings, several documents, hostile JSON."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from comity.formats import xarf
from comity.model.feedback import Kind, Reading

from .documents import attack, legacy, spam

_GOOD = json.dumps(spam(description="发票"), ensure_ascii=False)


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "gb18030"])
def test_the_encoding_does_not_matter(codec: str) -> None:
    """UTF-8 is demanded; what is sent is what some program writes."""
    (report,) = xarf.read(_GOOD.encode(codec)).reports
    assert report.extra["description"] == "发票"


@pytest.mark.parametrize("join", ["[{}, {}]", "{}\n{}\n", "{}{}"])
def test_several_documents_are_several_reports(join: str) -> None:
    """A list, JSON Lines, or simply one after the other."""
    reading = xarf.read(join.replace("{}", _GOOD, 1).replace("{}", json.dumps(legacy()), 1))
    assert [report.reported_class for report in reading.reports] == ["messaging/spam", "messaging/spam"]


def test_the_bad_one_among_several_is_named_by_its_place() -> None:
    """The good one is read all the same."""
    reading = xarf.read(json.dumps([spam(), spam(type=None)]))
    assert len(reading.reports) == 1
    assert {note.where for note in reading.findings} == {"[1].type"}


def test_a_repeated_key_with_two_values_is_believed_neither() -> None:
    """The first and the last are equally likely to be the lie."""
    twice = _GOOD.replace('"source_port": 25025', '"source_port": 25025, "source_port": 25026')
    reading = xarf.read(twice)
    assert {note.code for note in reading.findings} == {"field-conflict", "xarf-field-missing"}
    assert reading.reports == ()


def test_a_repeated_key_with_one_value_is_remarked() -> None:
    """It says nothing new."""
    reading = xarf.read(_GOOD.replace('"source_port": 25025', '"source_port": 25025, "source_port": 25025'))
    assert [note.code for note in reading.findings] == ["json-key-repeated"]
    assert len(reading.reports) == 1


@pytest.mark.parametrize("number", ["NaN", "-Infinity", "1e999", "9" * 5000, "1." + "0" * 5000 + "e400"])
def test_a_number_beyond_use_is_left_out(number: str) -> None:
    """It cannot be a port."""
    reading = xarf.read(_GOOD.replace("25025", number))
    assert {"json-number-unusable", "xarf-field-invalid"} <= {note.code for note in reading.findings}


@pytest.mark.parametrize(
    "data", [b"", b"hello", b"[]", b"{}", b"null", b'"text"', b'{"a": 1}', b"<xml/>", b"{", b"\xff\xfe"]
)
def test_what_is_no_xarf_is_not_called_one(data: bytes) -> None:
    """It is unreadable for this reader, and says why."""
    reading = xarf.read(data)
    assert (reading.kind, reading.reports) == (Kind.UNREADABLE, ())


@pytest.mark.parametrize(
    "data",
    [
        b"[" * 1_000_000,
        b'{"Report":' * 900 + b"1" + b"}" * 900,
        b'{"Report":' + b'{"a":' * 70 + b"1" + b"}" * 71,
        b"[" + b"[]," * 1_000_000 + b"[]]",
        b"[" + b"1," * 5_000_000 + b"1]",
        b'{"xarf_version":"' + b"x" * 40_000_000 + b'"}',
    ],
    ids=["deep list", "deep object", "70 levels", "a million lists", "five million numbers", "40 MB text"],
)
def test_a_bomb_is_named_and_not_unfolded(data: bytes) -> None:
    """No input costs more than a look at it."""
    reading = xarf.read(data)
    assert reading.reports == ()
    assert {note.code for note in reading.findings} <= {
        "depth-limit",
        "json-too-complex",
        "size-limit",
        "json-malformed",
    }
    assert reading.findings


def test_a_lone_surrogate_does_not_survive() -> None:
    """It would break whoever encodes the value later."""
    (report,) = xarf.read(_GOOD.replace("发票", "a\\ud800b\\u0000")).reports
    assert report.extra["description"] == "a\ufffdb\ufffd"


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=12,
)


def _answers(reading: Reading) -> None:
    assert isinstance(reading, Reading)
    for report in reading.reports:
        assert dict(report.extra) is not None
        assert str(report.extra).encode("utf-8")


@given(st.binary(max_size=400))
def test_any_bytes_are_answered(data: bytes) -> None:
    """Nothing is raised."""
    _answers(xarf.read(data))


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from([spam(), attack(), legacy()]), st.data())
def test_any_value_in_any_field_is_answered(document: dict[str, Any], data: st.DataObject) -> None:
    """A document with strange values is refused or read, never a fault."""
    changed = dict(document)
    for _ in range(data.draw(st.integers(1, 4))):
        changed[data.draw(st.sampled_from(sorted(document)))] = data.draw(_VALUES)
    body = changed.get("Report")
    if isinstance(body, dict) and body:
        changed["Report"] = body | {data.draw(st.sampled_from(sorted(body))): data.draw(_VALUES)}
    _answers(xarf.read(json.dumps(changed)))


@given(st.integers(0, 2000), st.binary(min_size=1, max_size=6))
def test_a_damaged_document_is_answered(place: int, noise: bytes) -> None:
    """Transport eats bytes and adds others."""
    data = bytearray(_GOOD.encode())
    data[place % len(data) : place % len(data) + 3] = noise
    _answers(xarf.read(bytes(data)))
