"""Whoever reads XARF gets XARF where it can be valid, and ARF with the reason where it cannot."""

from dataclasses import replace
from datetime import UTC, datetime
from ipaddress import ip_network

import pytest

from comity.attribution.origin import Vantage
from comity.feedback.parties import Parties
from comity.feedback.redaction import find_leaks
from comity.formats import json_text
from comity.formats.mime import scan
from comity.formats.reading import read
from comity.locale import catalogue
from comity.model.agreement import Agreement, BodyPolicy, FeedbackProvider, ReportFormat
from comity.model.feedback import Kind
from comity.model.tier import Tier
from comity.services.complain.straight_line import Complained, Mail, StraightLine, Terms

ANN = "ann.meyer@west.example"
WEST = FeedbackProvider(
    domain="west.example",
    address="feedback@west.example",
    organisation="West Mail",
    reporting_mta="mx.west.example",
    trusted_hosts=("mx.west.example",),
)
EAST = Agreement(
    peer="east",
    address="fbl@east.example",
    networks=(ip_network("198.51.100.0/24"),),
    tier=Tier.T2,
    body=BodyPolicy.ALWAYS,
    report_format=ReportFormat.XARF,
)
# As a mail host writes it that notes the port (Exim does).
MAIL = (
    f"Return-Path: <bounce-ann.meyer=west.example@sender.example>\nDelivered-To: {ANN}\n"
    "Received: from host.example ([198.51.100.7]:40211) by mx.west.example with esmtp (Exim 4.96)\n"
    f"\tid 4ABC for {ANN}; Sun, 01 Mar 2026 08:05:09 +0000\n"
    f"From: Shop <news@shop.example>\nTo: Ann Meyer <{ANN}>\nSubject: Ann, great news\n"
    "Message-ID: <17@shop.example>\nDate: Sun, 01 Mar 2026 08:05:00 +0000\n\n"
    "Dear Ann Meyer,\nhttps://shop.example/u?r=YW5uLm1leWVyQHdlc3QuZXhhbXBsZQ==\n"
).encode()


def _complain(agreement: Agreement = EAST, data: bytes = MAIL, *, not_spam: bool = False) -> Complained:
    terms = Terms(
        provider=WEST,
        parties=Parties([agreement]),
        vantage=Vantage(trusted_hosts=frozenset(WEST.trusted_hosts), own_domains=frozenset({"west.example"})),
        key=b"k" * 32,
    )
    line = StraightLine(terms, words={"en": catalogue("en"), "zh": catalogue("zh")})
    return line.complain(Mail(path="1.eml", data=data, not_spam=not_spam), datetime(2026, 3, 2, tzinfo=UTC))


def test_with_a_port_it_is_xarf() -> None:
    """The document is in the mail, and our own reader finds the same report in it, by the id that answers name."""
    complained = _complain()
    one = complained.reports[0]
    assert (one.report_format, one.lacks) == (ReportFormat.XARF, None)
    reading = read(one.data)
    assert reading.kind is Kind.XARF
    assert reading.findings == ()
    found = reading.reports[0]
    assert (found.source_ip, found.source_port, found.report_id) == ("198.51.100.7", 40211, one.report_id)
    assert (found.message_id, found.is_complaint) == ("17@shop.example", True)


def test_nobody_is_found_in_it() -> None:
    """Neither in the mail nor in the document nor in the evidence of the document stands who complained, however encoded."""
    one = _complain().reports[0]
    assert find_leaks(one.data, [ANN]) == ()
    part = next(each for each in scan(one.data).walk() if each.content_type == "application/json")
    document = part.content()
    assert find_leaks(document, [ANN]) == ()
    assert b"shop.example" in document
    evidence = read(one.data).reports[0].original or b""
    assert b"great news" in evidence
    assert b"ann" not in evidence.lower().replace(b"redacted", b"")
    assert json_text.load(document).findings == ()


@pytest.mark.parametrize(
    ("agreement", "data", "lacks"),
    [
        (EAST, MAIL.replace(b"]:40211", b"]"), "xarf-port-unknown"),
        (replace(EAST, tier=Tier.T1), MAIL, "xarf-port-hidden"),
        (EAST, MAIL.replace(b"<bounce-ann.meyer=west.example@sender.example>", b"<>"), "xarf-null-sender"),
    ],
)
def test_without_it_stays_arf(agreement: Agreement, data: bytes, lacks: str) -> None:
    """Nothing is made up: the report goes as ARF, and a step says why."""
    complained = _complain(agreement, data)
    one = complained.reports[0]
    assert (one.report_format, one.lacks) == (ReportFormat.ARF, lacks)
    assert read(one.data).kind is Kind.ARF
    step = next(each for each in complained.steps if each.rule == "format:xarf")
    assert (step.held, step.reason, step.about) == (False, lacks, "east")


def test_the_opposite_is_no_xarf() -> None:
    """XARF has no word for "not spam"."""
    one = _complain(replace(EAST, not_spam=True), not_spam=True).reports[0]
    assert (one.report_format, one.lacks) == (ReportFormat.ARF, "xarf-complaints-only")


def test_whoever_reads_arf_gets_the_port_too() -> None:
    """Source-Port stands beside Source-IP (RFC 6692), but not where only the campaign may be shown."""
    plain = replace(EAST, report_format=ReportFormat.ARF)
    assert b"\r\nSource-Port: 40211\r\n" in _complain(plain).reports[0].data
    assert b"40211" not in _complain(replace(plain, tier=Tier.T1)).reports[0].data


def test_an_identifier_that_named_somebody_is_not_given() -> None:
    """The document's evidence has it redacted; the mail around it says so, and the reader gives none instead of a false one."""
    one = _complain(data=MAIL.replace(b"<17@shop.example>", b"<17.ann.meyer=west.example@shop.example>")).reports[0]
    assert one.report_format is ReportFormat.XARF
    assert b"\r\nComity-Redacted: message-id\r\n" in one.data
    reading = read(one.data)
    assert reading.reports[0].message_id is None
    assert [each.code for each in reading.findings] == ["identifier-redacted"]
