"""Which claims may be made at all: every no has a name."""

from ipaddress import ip_network

import pytest

from comity.feedback.enrolment import claims
from comity.locale import catalogue
from comity.model.agreement import Agreement, FeedbackProvider
from comity.model.consumer import Claim, ClaimKind
from comity.model.tier import Tier

WEST = FeedbackProvider(
    domain="west.example",
    address="feedback@west.example",
    organisation="West Mail",
    reporting_mta="mx.west.example",
    own_domains=("mail.example",),
    own_networks=(ip_network("192.0.2.0/24"),),
)
SHOP = Agreement(
    peer="shop",
    address="fbl@shop.example",
    networks=(ip_network("203.0.113.0/25"),),
    dkim_domains=("shop.example",),
    tier=Tier.T2,
)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("co.uk", "public-suffix"),
        ("example", "public-suffix"),
        ("github.io", "public-suffix"),
        ("west.example", "own-domain"),
        ("a.mail.example", "own-domain"),
        ("QQ.com", "freemail"),
        ("news.shop.example", "domain-taken"),
        ("198.51.100.7", "domain"),
        ("../etc", "domain"),
        ("", "domain"),
    ],
)
def test_a_domain_is_refused_by_name(text: str, reason: str) -> None:
    """A domain that cannot be the applicant's is refused before anybody is asked."""
    found = claims.domain(text, WEST, [SHOP])
    assert isinstance(found, claims.Refused)
    assert found.reason == reason


def test_above_a_taken_domain_is_taken_too() -> None:
    """Whoever claims the name above another's would get its reports."""
    below = Agreement(peer="blog", address="f@blog.example", dkim_domains=("a.blog.example",), tier=Tier.T2)
    found = claims.domain("blog.example", WEST, [below])
    assert isinstance(found, claims.Refused)
    assert found.holder == "blog"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("203.0.113.0/24", "network-taken"),
        ("203.0.113.64/26", "network-taken"),
        ("192.0.0.0/22", "own-network"),
        ("10.1.0.0/16", "network-private"),
        ("192.160.0.0/12", "network-private"),  # its first and last address are public, what is between is not
        ("169.240.0.0/12", "network-private"),
        ("64:ff9b:1::/48", "network-private"),
        ("::ffff:203.0.113.0/120", "network-private"),
        ("64:ff9b::cb00:7100/120", "network-private"),
        ("2002:cb00:7100::/40", "network-private"),
        ("2001::/24", "network-private"),
        ("198.0.0.0/8", "network-wide"),
        ("2001:d000::/20", "network-wide"),
        ("198.51.100.7/24", "network"),
        ("all", "network"),
    ],
)
def test_a_network_is_refused_by_name(text: str, reason: str) -> None:
    """A network that overlaps another's or ours, is private, or too wide is refused."""
    found = claims.network(text, WEST, [SHOP])
    assert isinstance(found, claims.Refused)
    assert found.reason == reason


@pytest.mark.parametrize(
    ("text", "reason"),
    [("a@163.com", "mailbox-freemail"), ("fbl@sub.west.example", "mailbox-own"), ("fbl", "mailbox")],
)
def test_a_mailbox_is_refused_by_name(text: str, reason: str) -> None:
    """Reports go to no mailbox that anybody could have, and to none of ours."""
    found = claims.mailbox(text, WEST)
    assert isinstance(found, claims.Refused)
    assert found.reason == reason


def test_good_claims_become_canonical() -> None:
    """What may be claimed is kept in one form."""
    assert claims.domain("East.Example.", WEST, [SHOP]) == "east.example"
    assert claims.network("2001:DB8::/32", WEST, [SHOP]) == "2001:db8::/32"
    assert claims.mailbox("FBL@East.example", WEST) == "fbl@east.example"


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_no_has_a_sentence(language: str) -> None:
    """Each named no is said in each language."""
    assert [each for each in claims.REFUSALS if f"error.consumer-{each}" not in catalogue(language)] == []


def test_a_network_is_asked_about_at_its_registry_only() -> None:
    """Nobody is asked about a network but those whom a registry names."""
    claim = Claim(consumer="east", kind=ClaimKind.NETWORK, subject="198.51.100.0/24", code="P")
    assert claims.asked_at(claim) == ()
    assert claims.asked_at(claim, ["abuse@east.example"]) == ("abuse@east.example",)
