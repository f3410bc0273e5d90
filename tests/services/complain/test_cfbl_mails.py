"""RFC 9477 from the bytes on: mails with real signatures, and who is told by the straight line, or the name of the no."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from comity.attribution.origin import Vantage
from comity.feedback.parties import Parties
from comity.formats import arf, dkim
from comity.locale import catalogue
from comity.model.agreement import FeedbackProvider
from comity.services.complain.straight_line import Complained, Mail, StraightLine, Terms

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
RECORD = dkim.public_record(KEY)
WEST = FeedbackProvider(
    domain="west.example",
    address="feedback@west.example",
    organisation="West Mail",
    reporting_mta="mx.west.example",
    trusted_hosts=("mx.west.example",),
)
BORDER = (
    b"Received: from out.shop.example (out.shop.example [203.0.113.9]) by mx.west.example with ESMTP id 4A\r\n"
    b"\tfor <ann@west.example>; Sun, 01 Mar 2026 08:05:09 +0000\r\n"
)
OWN = "CFBL-Address: fbl@shop.example; report=arf"
ESP = "CFBL-Address: fbl@esp.example; report=arf"
ID = "CFBL-Feedback-ID: 111:222:333"
SHOP, BOTH = {"shop.example": None}, {"shop.example": None, "esp.example": None}

# The fields, who signed which names of them (None: all), what somebody put on top afterwards.
SENT = [
    ("strict", [OWN, ID], SHOP, "", "fbl@shop.example"),
    ("without a format", ["CFBL-Address: fbl@shop.example"], SHOP, "", "fbl@shop.example"),
    ("in a comment, with brackets", ["CFBL-Address: (desk) <fbl@shop.example>"], SHOP, "", "fbl@shop.example"),
    ("relaxed", ["CFBL-Address: fbl@in.shop.example"], SHOP, "", "fbl@in.shop.example"),
    ("a third party and the author", [ESP, ID], BOTH, "", "fbl@esp.example"),
    ("the author signed before", [ESP, ID], {"shop.example": ["From"], "esp.example": None}, "", "fbl@esp.example"),
    ("two addresses, both signed", [OWN, "CFBL-Address: b@shop.example; report=xarf"], SHOP, "", "fbl@shop.example"),
    ("XARF, which needs a port", ["CFBL-Address: fbl@shop.example; report=xarf", ID], SHOP, "", "fbl@shop.example"),
    ("an id over three lines", [OWN, "CFBL-Feedback-ID: 111:\r\n 222:\r\n\t333"], SHOP, "", "fbl@shop.example"),
    ("two ids, both signed", [OWN, ID, "CFBL-Feedback-ID: other"], SHOP, "", "fbl@shop.example"),
]  # fmt: skip
NOT_SENT = [
    ("not in h=", [OWN], {"shop.example": ["From", "Message-ID"]}, "", "cfbl-header-not-signed"),
    ("id not in h=", [OWN, ID], {"shop.example": ["From", "CFBL-Address"]}, "", "cfbl-feedback-id-not-signed"),
    ("an address on top", [OWN], SHOP, "CFBL-Address: b@shop.example\r\n", "cfbl-header-not-signed"),
    ("a victim on top", [OWN], SHOP, "CFBL-Address: ceo@victim.example\r\n", "cfbl-signature-missing"),
    ("another id on top", [OWN, ID], SHOP, "CFBL-Feedback-ID: 444\r\n", "cfbl-feedback-id-not-signed"),
    ("an empty id on top", [OWN], SHOP, "CFBL-Feedback-ID: \r\n", "cfbl-feedback-id-not-signed"),
    ("an id of nobody's", [OWN], SHOP, "CFBL-Feedback-ID: 444\r\n", "cfbl-feedback-id-not-signed"),
    ("only the second is signed", [OWN, "CFBL-Address: b@shop.example"],
     {"shop.example": ["From", "CFBL-Address"]}, "", "cfbl-header-not-signed"),
    ("no signature", [OWN], {}, "", "cfbl-signature-missing"),
    ("a third party alone", [ESP], {"esp.example": None}, "", "cfbl-signature-missing"),
    ("a third party that signed nothing", [ESP], SHOP, "", "cfbl-signature-missing"),
    ("a name that ends alike", ["CFBL-Address: fbl@evilshop.example"], SHOP, "", "cfbl-signature-missing"),
    ("two authors", [OWN], SHOP, "From: <ceo@victim.example>\r\n", "cfbl-from-missing"),
    ("no address", ["CFBL-Address: fbl@[203.0.113.9]"], SHOP, "", "no-agreement-and-no-cfbl-address"),
    ("a list of addresses", ["CFBL-Address: fbl@shop.example, b@shop.example"], SHOP, "", "no-agreement-and-no-cfbl-address"),
]  # fmt: skip


class _Keys:
    def find(self, names: Iterable[str]) -> Mapping[str, str | None]:
        return dict.fromkeys(names, RECORD)


def _complain(fields: list[str], signers: Mapping[str, list[str] | None], top: str) -> Complained:
    head = ["From: Shop <news@shop.example>", "To: ann@west.example", "Message-ID: <17@shop.example>", *fields]
    mail = ("\r\n".join(head) + "\r\n\r\nbuy\r\n").encode()
    for domain, names in signers.items():
        signed = [each.partition(":")[0] for each in head] if names is None else names
        mail = dkim.sign(mail, domain=domain, selector="s1", key=KEY, headers=signed) + mail
    vantage = Vantage(trusted_hosts=frozenset(WEST.trusted_hosts), own_domains=frozenset({"west.example"}))
    terms = Terms(provider=WEST, parties=Parties(()), vantage=vantage, key=b"k" * 32)
    line = StraightLine(terms, words={"en": catalogue("en"), "zh": catalogue("zh")}, keys=_Keys())
    return line.complain(Mail(path="1.eml", data=BORDER + top.encode() + mail), NOW)


@pytest.mark.parametrize(
    ("fields", "signers", "top", "address"), [row[1:] for row in SENT], ids=[row[0] for row in SENT]
)
def test_one_report_goes_to_the_first_address(
    fields: list[str], signers: Mapping[str, list[str] | None], top: str, address: str
) -> None:
    """It is ARF, and its third part carries the Message-ID and the id as they were signed."""
    (written,) = _complain(fields, signers, top).reports
    assert written.send.address == address
    reading = arf.read(written.data)
    assert reading is not None
    (report,) = reading.reports
    assert report.message_id == "17@shop.example"
    for field in fields:
        assert field.encode() in (report.original or b"").replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


@pytest.mark.parametrize(
    ("fields", "signers", "top", "reason"), [row[1:] for row in NOT_SENT], ids=[row[0] for row in NOT_SENT]
)
def test_nobody_is_told(fields: list[str], signers: Mapping[str, list[str] | None], top: str, reason: str) -> None:
    """And the no has its name."""
    complained = _complain(fields, signers, top)
    assert complained.reports == ()
    assert reason in [each.reason for each in complained.refusals]
