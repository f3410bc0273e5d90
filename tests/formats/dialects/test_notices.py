"""Automatic notices: known by name, or by nothing but their form."""

from pathlib import Path

import pytest

from comity.formats.dialects import notices
from comity.formats.dialects.context import Context
from comity.formats.dialects.notices import elements, facts, labels, lists
from comity.formats.dialects.notices.rules import RULES
from comity.formats.mime import scan
from comity.locale import LANGUAGES, catalogue

CORPUS = Path(__file__).parents[2] / "corpus" / "notices"
SAMPLES = sorted(CORPUS.glob("vendor/*.eml"))
EVERY_RULE = frozenset(rule.name for rule in RULES)


def _sources(data: bytes, without: frozenset[str]) -> set[str | None]:
    reading = notices.read(scan(data), Context(), without)
    return {each.source_ip for each in reading.reports} if reading else {None}


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_without_its_rule_a_notice_is_right_or_silent(path: Path) -> None:
    """With the rules for all providers switched off the form alone gives the same address or none, never another one."""
    data = path.read_bytes()
    known = _sources(data, frozenset())
    for switched_off in (EVERY_RULE, *(frozenset({name}) for name in EVERY_RULE)):
        assert _sources(data, switched_off) <= known | {None}


def test_most_notices_need_no_rule() -> None:
    """A provider nobody has heard of is read, too: the form alone finds the address in three of four samples."""
    found = [None not in _sources(path.read_bytes(), EVERY_RULE) for path in SAMPLES]
    assert sum(found) >= 0.75 * len(found)


def test_real_notices_without_their_rules(real_data: Path) -> None:
    """The same on real notices: right or null in at least 95 of 100, a wrong address never."""
    paths = [
        path
        for path in (real_data / "feedback-reports" / "abuseio").rglob("*.eml")
        if path.parent.name not in _OTHER_FORMATS
    ]
    if not paths:
        pytest.skip("no real notices here")
    for path in paths:
        data = path.read_bytes()
        known = _sources(data, frozenset())
        assert _sources(data, EVERY_RULE) <= known | {None}, path.name


_OTHER_FORMATS = {"feedback-loop", "spamexperts", "shadowserver", "abusehub"}


def test_every_rule_has_a_sentence_in_every_language() -> None:
    """A rule is data, one predicate, and a sentence that a postmaster understands."""
    assert len(EVERY_RULE) == len(RULES)
    for language in LANGUAGES:
        assert [rule.why for rule in RULES if rule.why not in catalogue(language)] == []


def test_labels_are_compared_without_their_dress() -> None:
    """Stars, quotes, list marks, full-width colons and curly apostrophes are dress."""
    found = labels.find("> * Infringer’s_IP Address : *192.0.2.1*\n源IP：192.0.2.2\nhttp://x.example\n- Port= 25")
    assert [(each.name, each.value) for each in found] == [
        ("infringer's ip address", "192.0.2.1"), ("源ip", "192.0.2.2"), ("port", "25")
    ]  # fmt: skip


def test_a_value_is_one_address_or_none() -> None:
    """A list, a range or a sentence is no address."""
    assert facts.address_in("192.0.2.1 (dsl-1.east.example)") == "192.0.2.1"
    assert facts.address_in("[IPv6:2001:db8::1]") == "2001:db8::1"
    assert facts.address_in("192.0.2.1, 192.0.2.2") is None
    assert facts.address_in("192.0.2.0/24") is None
    assert facts.address_in("see below") is None
    assert facts.address_in("198.51.100.1 (our server)") is None


def test_elements_expand_nothing() -> None:
    """Entities of a document are text; an element bomb is a short list."""
    found = elements.find('<!DOCTYPE b [<!ENTITY a "x">]><source><ip>&a;</ip></source>')
    assert [(each.path, each.value) for each in found] == [("source/ip", "&a;")]
    assert len(elements.find("<a>" * 100_000 + "1" + "</a>" * 100_000)) <= 2000


def test_bars_need_an_address_column() -> None:
    """A table about something else is none of ours."""
    assert lists.bars("|name |price |\n|bulb |3 |") == []
