"""RFC 9477, case by case: a report is sent to the address that a mail names for itself, or it is not, and why."""

import re
from dataclasses import replace
from datetime import UTC, datetime
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest

from comity.feedback.ladder import Circumstances, climb
from comity.feedback.parties import Parties
from comity.model.agreement import Agreement, FeedbackProvider, ReportFormat
from comity.model.decisions import NoReport, Send
from comity.model.origin import CfblAddress, Origin, Role, Signature, Standing
from comity.model.tier import Tier

DOCS = Path(__file__).parents[2] / "docs"
WEST = FeedbackProvider(
    domain="west.example",
    address="feedback@west.example",
    organisation="West Mail",
    reporting_mta="mx.west.example",
    own_domains=("west-mail.example",),
    own_networks=(ip_network("192.0.2.0/24"),),
)
BOTH = ("from", "message-id", "cfbl-address", "cfbl-feedback-id")


def _sign(
    domain: str, headers: tuple[str, ...] = BOTH, standing: Standing = Standing.VERIFIED, **more: Any
) -> Signature:
    return Signature(domain=domain, selector="s", standing=standing, signed_headers=headers, **more)


def _address(address: str, report_format: str = "arf") -> CfblAddress:
    return CfblAddress(address=address, domain=address.rpartition("@")[2], report_format=report_format)


MAIL = Origin(
    source_ip="203.0.113.9",
    source_ip_from="received:1",
    source_standing=Standing.TRUSTED,
    header_from="news@shop.example",
    header_from_domain="shop.example",
    envelope_from="bounce@esp.example",
    message_id="1@shop.example",
    signatures=(_sign("shop.example"),),
    cfbl_addresses=(_address("fbl@shop.example"),),
    cfbl_feedback_id="c17",
    feedback_id=None,
    arrived=datetime(2026, 3, 1, 8, tzinfo=UTC),
    recipient="ann@west.example",
    list_unsubscribe=True,
)
THIRD = {"cfbl_addresses": (_address("fbl@esp.example"),)}
SHOP, ESP = _sign("shop.example"), _sign("esp.example")
SILENT = _sign("shop.example", ("from", "subject"))

SENT = [
    ("strict: the author's own domain signs and is named", {}, "cfbl:strict"),
    ("relaxed: a name below the author's domain", {"cfbl_addresses": (_address("fbl@in.shop.example"),)}, "cfbl:relaxed"),
    ("the author's domain lies below the one that signs", {"header_from_domain": "mail.shop.example"}, "cfbl:third-party"),
    ("a third party with both signatures", THIRD | {"signatures": (SHOP, ESP)}, "cfbl:third-party"),
    ("a third party adds the fields after the author signed", THIRD | {"signatures": (SILENT, ESP)}, "cfbl:third-party"),
    ("a host of ours checked the signature", {"signatures": (replace(SHOP, standing=Standing.TRUSTED),)}, "cfbl:strict"),
    ("a bad signature beside a good one", {"signatures": (replace(SHOP, standing=Standing.FAILED), SHOP)}, "cfbl:strict"),
    ("no CFBL-Feedback-ID, so none need be signed",
     {"cfbl_feedback_id": None, "signatures": (_sign("shop.example", ("from", "cfbl-address")),)}, "cfbl:strict"),
    ("several addresses: the first counts",
     {"cfbl_addresses": (_address("fbl@shop.example"), _address("other@esp.example"))}, "cfbl:strict"),
]  # fmt: skip

NOT_SENT = [
    ("header not in h=", {"signatures": (_sign("shop.example", ("from", "subject")),)}, "cfbl-header-not-signed"),
    ("feedback id not in h=",
     {"signatures": (_sign("shop.example", ("from", "cfbl-address")),)}, "cfbl-feedback-id-not-signed"),
    ("a second field was put on top of the signed one",
     {"signatures": (_sign("shop.example", repeated_unsigned=("cfbl-address",)),)}, "cfbl-header-not-signed"),
    ("another feedback id was put on top of the signed one",
     {"cfbl_feedback_id": None, "names_cfbl_feedback_id": True,
      "signatures": (_sign("shop.example", repeated_unsigned=("cfbl-feedback-id",)),)}, "cfbl-feedback-id-not-signed"),
    ("no signature", {"signatures": ()}, "cfbl-signature-missing"),
    ("a signature that is only claimed",
     {"signatures": (replace(SHOP, standing=Standing.CLAIMED),)}, "cfbl-signature-not-valid"),
    ("a signature that failed", {"signatures": (replace(SHOP, standing=Standing.FAILED),)}, "cfbl-signature-not-valid"),
    ("somebody else's signature alone", {"signatures": (ESP,)}, "cfbl-signature-missing"),
    ("a third party without its own signature", THIRD, "cfbl-signature-missing"),
    ("a third party without the author's signature", THIRD | {"signatures": (ESP,)}, "cfbl-signature-missing"),
    ("a third party whose signature leaves the header out",
     THIRD | {"signatures": (SHOP, _sign("esp.example", ("from",)))}, "cfbl-header-not-signed"),
    ("a third party, the author signs one field and not the other",
     THIRD | {"signatures": (_sign("shop.example", ("from", "cfbl-address")), ESP)}, "cfbl-feedback-id-not-signed"),
    ("a victim: an address at a domain that signed nothing",
     {"cfbl_addresses": (_address("ceo@victim.example"),)}, "cfbl-signature-missing"),
    ("a victim whose name ends like the signer's",
     {"cfbl_addresses": (_address("fbl@evilshop.example"),)}, "cfbl-signature-missing"),
    ("ourselves", {"header_from_domain": "west.example", "signatures": (_sign("west.example"),),
     "cfbl_addresses": (_address("feedback@west.example"),)}, "own-domain"),
    ("one of our own people", {"header_from_domain": "west-mail.example", "signatures": (_sign("west-mail.example"),),
     "cfbl_addresses": (_address("bob@west-mail.example"),)}, "own-domain"),
    ("the complainer's own domain, forwarded to us", {"recipient": "ann@shop.example"}, "loop"),
    ("no Message-ID to report", {"message_id": None}, "cfbl-message-id-missing"),
    ("nobody knows whose mailbox it was", {"recipient": None}, "recipient-unknown"),
    ("no author", {"header_from_domain": None}, "cfbl-from-missing"),
    ("several addresses: the first may not be told, further ones are not asked",
     {"cfbl_addresses": (_address("fbl@victim.example"), _address("fbl@shop.example"))}, "cfbl-signature-missing"),
    ("an address that would write a header", {"cfbl_addresses": (_address("a b\r\nBcc: x@shop.example"),)},
     "cfbl-header-malformed"),
]  # fmt: skip


def _climb(changed: dict[str, Any], *agreements: Agreement, not_spam: bool = False) -> list[Send | NoReport]:
    decided = climb(
        replace(MAIL, **changed), Parties(agreements), provider=WEST, circumstances=Circumstances(not_spam=not_spam)
    )
    return list(decided.decisions)


@pytest.mark.parametrize(("changed", "rule"), [row[1:] for row in SENT], ids=[row[0] for row in SENT])
def test_sent(changed: dict[str, Any], rule: str) -> None:
    """The address is told at T2, by the rule of the table, without an agreement."""
    (sent,) = _climb(changed)
    assert isinstance(sent, Send)
    assert (sent.rule, sent.tier, sent.agreement) == (rule, Tier.T2, None)


@pytest.mark.parametrize(("changed", "reason"), [row[1:] for row in NOT_SENT], ids=[row[0] for row in NOT_SENT])
def test_not_sent(changed: dict[str, Any], reason: str) -> None:
    """Nobody is told, and the no has the name in the table."""
    found = _climb(changed)
    assert [each for each in found if isinstance(each, Send)] == []
    assert reason in [each.reason for each in found if isinstance(each, NoReport)]


def test_the_page_says_what_the_program_does() -> None:
    """Each case stands in it, sent or not, by the same name; in Chinese in the same order."""
    english, chinese = (
        re.findall(
            r"(?m)^\| (?!The mail|邮件)([^|]+) \| ([^|]+) \| `([^`]+)` \|$", (DOCS / name).read_text(encoding="utf-8")
        )
        for name in ("cfbl-cases.md", "cfbl-cases.zh.md")
    )
    cases = [
        *((case, "sent", name) for case, _, name in SENT),
        *((case, "not sent", name) for case, _, name in NOT_SENT),
    ]
    assert english == cases
    assert [(said, name) for _, said, name in chinese] == [
        ("发送" if said == "sent" else "不发送", name) for _, said, name in cases
    ]


def test_the_format_is_the_one_that_was_asked_for() -> None:
    """``report=xarf`` gets an XARF document."""
    (sent,) = _climb({"cfbl_addresses": (_address("fbl@shop.example", "xarf"),)})
    assert isinstance(sent, Send)
    assert sent.report_format is ReportFormat.XARF


def test_not_spam_is_no_complaint() -> None:
    """Only complaints go to a CFBL address."""
    found = _climb({}, not_spam=True)
    assert [each.reason for each in found if isinstance(each, NoReport)] == ["cfbl-takes-complaints-only"]


def test_each_party_once_in_its_roles() -> None:
    """With an agreement for the network and another address in the mail, each is told once."""
    net = Agreement(peer="net", address="fbl@net.example", networks=(ip_network("203.0.113.0/24"),), tier=Tier.T2)
    sent = [each for each in _climb({}, net) if isinstance(each, Send)]
    assert [(each.party, each.role) for each in sent] == [("net", Role.NETWORK), ("shop.example", Role.ORIGINATOR)]
    signer = Agreement(peer="shop", address="abuse@shop.example", dkim_domains=("shop.example",), tier=Tier.T2)
    sent = [each for each in _climb({}, signer, net) if isinstance(each, Send)]
    assert [each.party for each in sent] == ["shop", "net"]
