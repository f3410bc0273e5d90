"""DMARC: what is published, where, and whether a mail holds to it."""

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.formats.dmarc import DmarcResult, Policy, Published, discover, evaluate, read_record
from comity.formats.dns_answers import FAILED, NO_SUCH_NAME, DnsAnswer, driven

REJECT = Published(record=read_record("v=DMARC1; p=reject"), at="east.example")


def _discovered(zone: Mapping[str, str], domain: str) -> Published:
    def find(asked: object) -> DnsAnswer:
        said = zone.get(asked[0])  # type: ignore[index]
        return FAILED if said == "?" else NO_SUCH_NAME if said is None else DnsAnswer(records=tuple(said.split("|")))

    return driven(discover(domain), find)


@pytest.mark.parametrize(
    ("zone", "at", "policy"),
    [
        ({"_dmarc.news.east.example": "v=DMARC1; p=none"}, "news.east.example", "none"),
        ({"_dmarc.east.example": "v=DMARC1; p=reject"}, "east.example", "reject"),
        (
            {"_dmarc.news.east.example": "a note", "_dmarc.east.example": "v=DMARC1;p=quarantine"},
            "east.example",
            "quarantine",
        ),
        ({"_dmarc.east.example": "v=DMARC1; p=none|v=DMARC1; p=reject"}, "east.example", None),
        ({"_dmarc.east.example": "V=DMARC1; p=none"}, None, None),
        ({}, None, None),
    ],
)
def test_the_record_of_the_domain_counts_before_that_of_its_organisation(
    zone: dict[str, str], at: str | None, policy: str | None
) -> None:
    """Two places at most; several records are none."""
    found = _discovered(zone, "news.east.example")
    assert (found.at, found.record and found.record.policy) == (at, policy)


def test_nobody_answering_is_no_policy_and_no_lack_of_one() -> None:
    """The check is to be tried again."""
    found = _discovered({"_dmarc.east.example": "?"}, "east.example")
    assert evaluate(["east.example"], found, spf="east.example").result is DmarcResult.TEMPERROR


@pytest.mark.parametrize(
    ("text", "policy", "subdomains"),
    [
        ("v=DMARC1; p=reject", "reject", "reject"),
        ("v=DMARC1;p=QUARANTINE;sp=none;", "quarantine", "none"),
        ("v = DMARC1 ; p = none ; rua = mailto:d@east.example", "none", "none"),
        ("v=DMARC1; rua=mailto:d@east.example", "none", "none"),
        ("v=DMARC1; p=bad; rua=mailto:d@east.example", "none", "none"),
        ("v=DMARC1; p=reject; sp=bad; rua=mailto:d@east.example", "none", "none"),
        ("v=DMARC1; p=reject; something; fo=1", "reject", "reject"),
    ],
)
def test_a_record_is_read(text: str, policy: str, subdomains: str) -> None:
    """RFC 7489 section 6.3, and 6.6.3 for what nobody understands."""
    record = read_record(text)
    assert record is not None
    assert (record.policy, record.subdomain_policy) == (policy, subdomains)


@pytest.mark.parametrize(
    "text", ["", "p=reject; v=DMARC1", "v=DMARC1; p=maybe", "v=DMARC1", "v=DMARC2; p=none", "v=spf1 -all"]
)
def test_what_nobody_may_act_upon_is_no_record(text: str) -> None:
    """Without a policy there is none."""
    assert read_record(text) is None


@pytest.mark.parametrize(
    ("record", "spf", "dkim", "result"),
    [
        ("v=DMARC1; p=reject", "bounce.east.example", [], "pass"),
        ("v=DMARC1; p=reject; aspf=s", "bounce.east.example", [], "fail"),
        ("v=DMARC1; p=reject; aspf=s", "east.example", [], "pass"),
        ("v=DMARC1; p=reject", None, ["mail.east.example"], "pass"),
        ("v=DMARC1; p=reject; adkim=s", None, ["mail.east.example"], "fail"),
        ("v=DMARC1; p=reject; adkim=s", None, ["esp.example", "east.example"], "pass"),
        ("v=DMARC1; p=reject", "esp.example", ["esp.example"], "fail"),
        ("v=DMARC1; p=reject", None, ["example"], "fail"),
        ("v=DMARC1; p=reject", None, [], "fail"),
    ],
)
def test_alignment(record: str, spf: str | None, dkim: list[str], result: str) -> None:
    """One proved domain of the author's organisation is enough; strict asks for the very domain."""
    found = evaluate(["east.example"], Published(record=read_record(record), at="east.example"), spf=spf, dkim=dkim)
    assert found.result == result
    assert (found.reason is None) == (result == "pass")


def test_customers_of_a_public_suffix_are_no_organisation() -> None:
    """Two names under co.uk have nothing to do with each other."""
    published = Published(record=read_record("v=DMARC1; p=reject"), at="a.co.uk")
    assert evaluate(["a.co.uk"], published, spf="b.co.uk").result is DmarcResult.FAIL


def test_a_subdomain_without_a_record_gets_the_policy_for_subdomains() -> None:
    """``sp=`` speaks for those; ``p=`` where it is missing."""
    published = Published(record=read_record("v=DMARC1; p=reject; sp=none"), at="east.example")
    assert evaluate(["news.east.example"], published, spf=None).policy is Policy.NONE
    assert evaluate(["east.example"], published, spf=None).policy is Policy.REJECT


def test_a_mail_with_two_authors_domains_is_not_judged() -> None:
    """Nobody can tell whom the reader saw."""
    found = evaluate(["east.example", "north.example"], REJECT, spf="east.example")
    assert (found.result, found.reason) == (DmarcResult.PERMERROR, "several-authors")


@pytest.mark.parametrize(
    ("percent", "chance", "policy"),
    [(100, 0.999, "reject"), (0, 0.0, "quarantine"), (30, 0.3, "quarantine"), (30, 0.29, "reject")],
)
def test_a_policy_for_a_part_of_the_mail(percent: int, chance: float, policy: str) -> None:
    """The others get the next milder one (section 6.6.4)."""
    record = Published(record=read_record(f"v=DMARC1; p=reject; pct={percent}"), at="east.example")
    assert evaluate(["east.example"], record, spf=None).asks_for(chance) == policy
    assert evaluate(["east.example"], record, spf="east.example").asks_for(chance) is Policy.NONE


@given(st.text(max_size=200))
def test_any_text_is_read_without_raising(text: str) -> None:
    """Records are strangers'."""
    read_record(f"v=DMARC1;{text}")
    read_record(text)


@pytest.mark.parametrize("domain", ["a b.example", "x" * 300, "a..b", "..", "v=dmarc1; p=none"])
def test_nobody_is_asked_about_what_is_no_domain(domain: str) -> None:
    """A mail may name anything as its author's domain; that makes no question."""
    assert driven(discover(domain), lambda _: pytest.fail("asked")) == Published()
