"""The facts of an item go onto a line and come back."""

from dataclasses import fields, replace
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from comity.formats.item_facts import (
    _EVIDENCE_READERS,
    _ITEM_READERS,
    evidence_from_line,
    evidence_to_line,
    from_line,
    to_line,
)
from comity.model.case import Evidence, EvidenceClass, ItemFacts
from comity.model.feedback import Kind
from comity.model.mailbox import Condition

_text = st.none() | st.text(st.characters(), max_size=20)
_texts = st.lists(st.text(max_size=9), max_size=3).map(tuple)
_time = st.none() | st.datetimes(timezones=st.just(UTC))
_evidence = st.builds(
    Evidence,
    evidence_class=st.sampled_from(EvidenceClass),
    source_ip=_text,
    seen=_time,
    dkim_domain=_texts,
    incidents=st.integers(1, 9),
    subject=_text,
    complainer_hidden=st.booleans(),
)
_facts = st.builds(
    ItemFacts,
    name=st.text(max_size=20),
    position=st.text(max_size=20),
    size=st.integers(0, 1 << 40),
    digest=st.just("00"),
    condition=st.sampled_from(Condition),
    kind=st.sampled_from(Kind),
    why=st.just("why.x"),
    detail=_text,
    findings=_texts,
    subject=_text,
    sent=_time,
    evidence=st.lists(_evidence, max_size=3).map(tuple),
    mentioned=_texts,
)


@given(_facts)
def test_there_and_back(facts: ItemFacts) -> None:
    """Nothing is lost on one ASCII line, whatever a stranger wrote."""
    line = to_line(facts)
    assert line.isascii()
    assert "\n" not in line
    assert from_line(line) == facts


def test_every_field_has_its_reader() -> None:
    """A new field cannot be forgotten on the way back."""
    assert set(_ITEM_READERS) == {each.name for each in fields(ItemFacts)}
    assert set(_EVIDENCE_READERS) == {each.name for each in fields(Evidence)}


def test_what_is_asked_once_is_not_kept() -> None:
    """A trace line that names a login of ours is asked about when the report comes in; an earlier release cannot read it."""
    told = Evidence(evidence_class=EvidenceClass.COMPLAINT, handed_in=("mx 4dABC1 1773993601",))
    assert "4dABC1" not in evidence_to_line(told)
    assert evidence_from_line(evidence_to_line(told)) == replace(told, handed_in=())


@given(st.text(max_size=200))
def test_any_text_is_answered(text: str) -> None:
    """A damaged line is no line."""
    assert from_line(text) is None or text


def test_a_line_that_does_not_fit_is_no_line() -> None:
    """Wrong types, unknown fields, words of another version, times without a zone."""
    line = to_line(
        ItemFacts(
            name="a", position="a", size=1, digest="", kind=Kind.ARF, why="w", sent=datetime(2026, 1, 1, tzinfo=UTC)
        )
    )
    assert from_line(line) is not None
    for old, new in (('"size":1', '"size":"1"'), ('"arf"', '"new"'), ('"why"', '"wherefore"'), ("+00:00", "")):
        assert old in line
        assert from_line(line.replace(old, new)) is None


def test_what_is_absent_takes_no_room() -> None:
    """A state of a hundred thousand items stays small."""
    facts = ItemFacts(name="a", position="a", size=1, digest="", kind=Kind.MAIL, why="w")
    assert len(to_line(facts)) < 90
    assert len(to_line(replace(facts, subject="x"))) < 110
