"""What of another network's word comes onto our lists without a person, and how long it stands there."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network

import pytest

from comity.accord.signals.rules import (
    GRANTED,
    Audience,
    Infrastructure,
    may_see,
    outside_rule,
    refusal_of,
    standing,
    subject_of,
)
from comity.model.signal import Adoption, AdoptionRule, Kept, Signal, SignalKind, Subject
from comity.model.tlp import Tlp

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
HOUR, DAY, SECOND = timedelta(hours=1), timedelta(days=1), timedelta(seconds=1)
SIGNAL = Signal(
    issuer="west.example", signal_id="S-0000000000000001", kind=SignalKind.LISTING, subject="198.51.100.7",
    classes={"bot": 3, "complaint": 9},
    first_seen=NOW - DAY, last_seen=NOW - HOUR, tlp=Tlp.GREEN, is_severe=False, reason={"en": "x", "zh": "x"}, reference="R-1",
    contact="abuse@west.example", made=NOW - HOUR, begins=NOW, ends=NOW + 7 * DAY,
)  # fmt: skip
RULE = AdoptionRule(
    rule_id=1, peer="west.example", kinds=(SignalKind.LISTING,), classes=("bot", "trap"), least_evidence=12, widest_v4=24,
    widest_v6=48, days=7, per_day=5, by="ann", why="a year of it", made=NOW - DAY, until=NOW + DAY,
)  # fmt: skip


@pytest.mark.parametrize(
    ("rule", "signal", "today", "reason"),
    [
        ({}, {}, 4, None),
        ({}, {}, 5, "rule-full"),
        ({"until": NOW}, {}, 0, "rule-over"),
        ({"until": NOW + SECOND}, {}, 0, None),
        ({"ended": NOW - HOUR}, {}, 0, "rule-over"),
        ({}, {"issuer": "east.example"}, 0, "rule-other-kind"),
        ({}, {"kind": SignalKind.BULK_SENDER}, 0, "rule-other-kind"),
        ({}, {"subject": "nothing"}, 0, "rule-other-kind"),
        ({}, {"subject": "198.51.100.0/24"}, 0, None),
        ({}, {"subject": "198.51.100.0/23"}, 0, "rule-too-wide"),
        ({}, {"subject": "2400:db8::/48"}, 0, None),
        ({}, {"subject": "2400:db8::/47"}, 0, "rule-too-wide"),
        ({}, {"subject": "shop.example"}, 0, None),
        ({}, {"classes": {"virus": 12}}, 0, "rule-other-evidence"),
        ({}, {"classes": {"virus": 12, "bot": 0}}, 0, "rule-other-evidence"),
        ({"classes": ()}, {"classes": {"virus": 12}}, 0, None),
        ({}, {"classes": {"bot": 3, "complaint": 8}}, 0, "rule-too-little"),
    ],
)  # fmt: skip
def test_a_rule_adopts_what_it_says_and_nothing_else(
    rule: dict[str, object], signal: dict[str, object], today: int, reason: str | None
) -> None:
    """Of that peer, that kind, no wider, with that evidence, so often a day, until that day: whatever else waits for a person."""
    said = outside_rule(replace(RULE, **rule), replace(SIGNAL, **signal), adopted_today=today, now=NOW)  # type: ignore[arg-type]
    assert said == reason


ADOPTION = Adoption(
    issuer="west.example", signal_id=SIGNAL.signal_id, by="ann", why="seen here too", rule_id=None, adopted=NOW, begins=NOW + HOUR,
    until=NOW + DAY, reference="R-2",
)  # fmt: skip
OURS = Kept(signal=SIGNAL, note="", taken=NOW, is_ours=True)
THEIRS = replace(OURS, is_ours=False, adoption=ADOPTION)


@pytest.mark.parametrize(
    ("kept", "after", "why"),
    [
        (OURS, -SECOND, "not-begun"), (OURS, 0 * DAY, None), (OURS, 7 * DAY - SECOND, None), (OURS, 7 * DAY, "expired"),
        (replace(OURS, withdrawn=NOW), 0 * DAY, "withdrawn"), (replace(OURS, lifted=NOW), 0 * DAY, "lifted"),
        (replace(THEIRS, adoption=None), 0 * DAY, "not-adopted"),
        (THEIRS, 0 * DAY, "not-begun"), (THEIRS, HOUR, None), (THEIRS, DAY - SECOND, None), (THEIRS, DAY, "adoption-over"),
        (replace(THEIRS, withdrawn=NOW), HOUR, "withdrawn"), (replace(THEIRS, lifted=NOW), HOUR, "lifted"),
        (replace(THEIRS, adoption=replace(ADOPTION, ended=NOW)), HOUR, "dropped"),
        (replace(THEIRS, adoption=replace(ADOPTION, ended=NOW, ended_why=GRANTED)), HOUR, "lifted"),
        (replace(THEIRS, adoption=replace(ADOPTION, begins=NOW + DAY)), HOUR, "unwarned"),
        (replace(THEIRS, adoption=replace(ADOPTION, begins=NOW - DAY)), -SECOND, "not-begun"),
    ],
)  # fmt: skip
def test_a_network_stands_on_a_list_for_as_long_as_was_said(kept: Kept, after: timedelta, why: str | None) -> None:
    """Not before it was warned, not after the end that issuer and adopter named, not once it was lifted: to the second."""
    assert standing(kept, NOW + after) == why


MINE = Infrastructure(networks=(ip_network("198.51.100.0/24"),), domains=("east.example",))


@pytest.mark.parametrize(
    ("subject", "touched", "covered"),
    [
        ("198.51.100.0/24", True, True), ("198.51.100.7", True, True), ("198.51.0.0/16", True, False),
        ("198.51.101.0/24", False, False),
        ("2400:db8::/32", False, False), ("east.example", True, True), ("mail.east.example", True, True),
        ("example.net", False, False),
        ("notest.example", False, False), ("noteast.example", False, False), ("campaign:" + "0a" * 32, False, False),
    ],
)  # fmt: skip
def test_what_a_network_declared_is_its_own_in_part_and_in_whole(subject: str, touched: bool, covered: bool) -> None:
    """A wider network is meant in part; a name that only ends like its own is somebody else's."""
    meant = subject_of(subject)
    assert meant is not None
    assert (MINE.touches(meant), MINE.covers(meant)) == (touched, covered)


def test_a_domain_above_two_is_meant_where_one_of_them_is() -> None:
    """Each of the declared ones counts alone."""
    several = Infrastructure(domains=("a.east.example", "shop.example"))
    assert (several.touches("east.example"), several.covers("east.example")) == (True, False)
    assert (several.touches("shop.example"), several.covers("x.shop.example")) == (True, True)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({}, None), ({"classes": {"complaint": 9}}, "complaints-alone"),
        ({"classes": {"complaint": 9, "bot": 0}}, "complaints-alone"),
        ({"classes": {"declared": 1}}, "no-evidence"), ({"classes": {}}, "no-evidence"),
        ({"ends": NOW}, "times-out-of-order"), ({"begins": NOW - 2 * HOUR}, "times-out-of-order"),
        ({"first_seen": NOW}, "times-out-of-order"), ({"ends": NOW + 90 * DAY}, None),
        ({"ends": NOW + 90 * DAY + SECOND}, "end-far"),
        ({"kind": SignalKind.GOOD_STANDING}, None), ({"kind": SignalKind.DYNAMIC_RANGE}, "not-issuers-own"),
    ],
)  # fmt: skip
def test_a_signal_has_evidence_an_end_and_a_subject_that_it_may_be_about(
    change: dict[str, object], reason: str | None
) -> None:
    """Complaints alone list nobody, however many they are; nor does a class of which there is none."""
    signal = replace(SIGNAL, **change)  # type: ignore[arg-type]
    assert refusal_of(signal, _meant("198.51.100.7"), issuer=Infrastructure()) == reason


def test_nobody_lists_itself_or_its_reader_and_nobody_praises_itself() -> None:
    """Part of its own is enough; of a second reader, too."""
    meant, others = _meant("198.51.0.0/16"), Infrastructure(domains=("other.example",))
    assert refusal_of(SIGNAL, meant, issuer=MINE) == "issuers-own"
    assert refusal_of(SIGNAL, meant, issuer=others, readers=(others, MINE)) == "readers-own"
    assert refusal_of(SIGNAL, meant, issuer=others, readers=(others,)) is None
    assert refusal_of(replace(SIGNAL, kind=SignalKind.GOOD_STANDING), meant, issuer=MINE) == "self-praise"
    assert refusal_of(replace(SIGNAL, kind=SignalKind.DYNAMIC_RANGE), meant, issuer=MINE) == "not-issuers-own"
    assert refusal_of(replace(SIGNAL, kind=SignalKind.DYNAMIC_RANGE), _meant("198.51.100.0/25"), issuer=MINE) is None


@pytest.mark.parametrize(
    "text", ["campaign:", "campaign:0A" + "0a" * 31, "campaign:" + "0a" * 33, "fe80::1%eth0", "localhost", "1.2.3"]
)
def test_what_names_nothing_is_no_subject(text: str) -> None:
    """A digest in its one way of writing, a network, or a name with a dot."""
    assert subject_of(text) is None


def test_who_reads_an_export_sees_its_label_and_what_is_more_open() -> None:
    """Each audience the labels up to its own; nobody what is RED."""
    seen = {audience: {tlp for tlp in Tlp if may_see(audience, tlp)} for audience in Audience}
    assert seen == {
        Audience.PUBLIC: {Tlp.CLEAR}, Audience.COMMUNITY: {Tlp.CLEAR, Tlp.GREEN},
        Audience.CLIENTS: {Tlp.CLEAR, Tlp.GREEN, Tlp.AMBER},
        Audience.ORGANISATION: {Tlp.CLEAR, Tlp.GREEN, Tlp.AMBER, Tlp.AMBER_STRICT},
    }  # fmt: skip


def _meant(text: str) -> Subject:
    found = subject_of(text)
    assert found is not None
    return found
