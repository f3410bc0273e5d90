"""The bytes of an agreement: what stands in them is understood in full, or refused with the name of the field."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comity.accord.agreement import document, drafting
from comity.accord.agreement.making import document_of

from .terms_record import DAY, EAST, WEST, record


def paths(value: Any, here: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in a record."""
    found = [here] if here else []
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        found += paths(inner, (*here, key))
    return found


def put(made: Any, path: tuple[Any, ...], value: Any) -> None:
    for key in path[:-1]:
        made = made[key]
    made[path[-1]] = value


JUNK = st.one_of(
    st.none(), st.booleans(), st.integers(-(10**15), 10**15), st.text(max_size=30), st.lists(st.text(max_size=5), max_size=3),
    st.dictionaries(st.sampled_from(["a", "tier", "en"]), st.integers(0, 3), max_size=2),
    st.sampled_from(["T3", "T2", "always", "x" * 3000, "a\u202eb", "0.0.0.0/0", "west.example", "TLP:RED", "A\nB", " a"]),
)  # fmt: skip


def test_terms_come_back_as_they_were_written() -> None:
    """What was written is read, and says what the record said."""
    made = record()
    read = document.read(document.written(made))
    assert read.faults == () and read.document == document_of(made)
    assert read.document is not None and read.document.other(WEST) == EAST


@given(data=st.data())
@settings(max_examples=400, deadline=None)
def test_every_field_can_be_anything_and_nothing_breaks(data: st.DataObject) -> None:
    """Whatever stands in a field: it is refused with a name and a place, or the document holds and keeps every rule."""
    made = record()
    path = data.draw(st.sampled_from(paths(made)))
    put(made, path, data.draw(JUNK))
    read = document.read(document.written(made))
    if read.document is None:
        assert read.faults and all(fault.code and fault.where for fault in read.faults)
        return
    assert tuple(document.faults_of(made)) == ()
    for direction in read.document.directions.values():
        personal = direction.tier in ("T2", "T3")
        assert personal == (direction.subjects is not None) == (direction.legal_basis is not None)
        assert personal or direction.body == "never"


@given(data=st.data())
@settings(max_examples=200, deadline=None)
def test_bytes_that_are_not_canonical_are_no_document(data: st.DataObject) -> None:
    """One bit, one blank, one byte more: it is refused, or it is other terms with another name."""
    good = document.written(record())
    place = data.draw(st.integers(0, len(good) - 1))
    bad = bytearray(good)
    bad[place] ^= 1 << data.draw(st.integers(0, 7))
    read = document.read(bytes(bad))
    assert read.document is None or document.digest(bytes(bad)) != document.digest(good)
    assert document.read(good + b" ").faults[0].code == "not-canonical"


def test_unknown_and_missing_fields_are_refused_by_name() -> None:
    """Nobody signs what one of the two does not understand."""
    for path in paths(record()):
        if isinstance(path[-1], int):
            continue
        made = record()
        place: Any = made
        for key in path[:-1]:
            place = place[key]
        del place[path[-1]]
        codes = {fault.code for fault in document.faults_of(made)}
        assert codes & {"field-missing", "field-unfit", "field-unknown"}, path
        made = record()
        put(made, (*path[:-1], "surprise"), 1)
        assert ("field-unknown" in {fault.code for fault in document.faults_of(made)}) is True, path


@pytest.mark.parametrize(
    ("changes", "code", "where"),
    [
        ({"parties": [WEST, EAST]}, "parties-order", "parties"),
        ({"proposed_by": "north.example"}, "proposed-by-nobody", "proposed_by"),
        ({"version": 2}, "previous", "previous"),
        ({"answer_by": 1}, "answer-past", "answer_by"),
        ({"ends": 5}, "ends-before", "ends"),
        ({"sides__east__address": "abuse@other.example"}, "address-elsewhere", "sides east.example address"),
        ({"directions__west__transfer": None}, "annex-missing", "directions west.example transfer"),
        ({"directions__west__transfer": "none"}, "annex-missing", "directions west.example transfer"),
        ({"directions__west__subjects": None}, "annex-missing", "directions west.example subjects"),
        ({"directions__east__legal_basis": "consent"}, "annex-idle", "directions east.example legal_basis"),
        ({"directions__east__body": "always"}, "body-tier", "directions east.example body"),
        ({"directions__east__acknowledge_days": 9}, "days-order", "directions east.example acknowledge_days"),
        (
            {"directions__east__trial": {"until": 2 * 10**9, "reports": 5, "tier": "T2"}},
            "trial-tier", "directions east.example trial tier",
        ),
    ],
)  # fmt: skip
def test_what_does_not_fit_together_is_refused(changes: dict[str, Any], code: str, where: str) -> None:
    """Each rule has its name and its place."""
    faults = list(document.faults_of(record(**changes)))
    assert [(fault.code, fault.where) for fault in faults] == [(code, where)]


def test_within_one_country_no_instrument_of_transfer_is_needed() -> None:
    """Both sides under one law: T2 needs its basis and its number of people, no more."""
    made = record(sides__east__jurisdictions=["US"], directions__west__transfer=None)
    assert list(document.faults_of(made)) == []


def test_a_terms_file_says_what_its_record_says() -> None:
    """The draft is TOML that, laid over nothing but itself, gives the same record."""
    import tomllib

    made = record(begins=2 * 10**9, directions__east__trial={"until": 2 * 10**9 + DAY, "reports": 5, "tier": "T1"})
    text = drafting.file_of(made, WEST)
    again = drafting.laid_over(made, tomllib.loads(text), WEST)
    assert json.dumps(again, sort_keys=True) == json.dumps(made, sort_keys=True)
