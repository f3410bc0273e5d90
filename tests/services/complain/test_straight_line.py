"""Complaints of users of west.example, from the reported mail to the reports, and read back by the other side."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from ipaddress import ip_network

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from comity.attribution.origin import Vantage
from comity.feedback.complaint_identity import peer_key
from comity.feedback.parties import Parties
from comity.feedback.redaction import find_leaks, token
from comity.formats import arf, dkim
from comity.formats.mime import scan
from comity.formats.reading import read
from comity.locale import catalogue
from comity.model.agreement import Agreement, BodyPolicy, FeedbackProvider, ReportFormat
from comity.model.feedback import FeedbackReport, Kind
from comity.model.findings import Severity
from comity.model.origin import Role, Standing
from comity.model.tier import Tier
from comity.services.complain.straight_line import Complained, Mail, StraightLine, Terms

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
ARRIVED = datetime(2026, 3, 1, 8, 5, 9, tzinfo=UTC)
KEY = b"k" * 32
SIGNING_KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
RECORDS = {
    f"s1._domainkey.{domain}": dkim.public_record(SIGNING_KEY)
    for domain in ("shop.example", "sender.example", "west.example")
}
ANN = "ann.meyer@west.example"

WEST = FeedbackProvider(
    domain="west.example",
    address="feedback@west.example",
    organisation="West Mail",
    reporting_mta="mx.west.example",
    trusted_hosts=("mx.west.example",),
    traps=("@trap.west.example",),
)
EAST = Agreement(peer="east", address="fbl@east.example", networks=(ip_network("198.51.100.0/24"),), tier=Tier.T2)
NORTH = Agreement(
    peer="north",
    address="abuse@north.example",
    networks=(ip_network("203.0.113.0/24"),),
    tier=Tier.T1,
    languages=("zh",),
)
SHOP = Agreement(
    peer="shop", address="fbl@shop.example", dkim_domains=("shop.example",), tier=Tier.T3, body=BodyPolicy.ALWAYS
)


class _Keys:
    def find(self, names: Iterable[str]) -> Mapping[str, str | None]:
        return {name: RECORDS.get(name) for name in names}


def _line(*agreements: Agreement, provider: FeedbackProvider = WEST, **terms: object) -> StraightLine:
    vantage = Vantage(trusted_hosts=frozenset(provider.trusted_hosts), own_domains=frozenset({"west.example"}))
    whole = Terms(provider=provider, parties=Parties(agreements), vantage=vantage, key=KEY, **terms)  # type: ignore[arg-type]
    return StraightLine(whole, words={"en": catalogue("en"), "zh": catalogue("zh")}, keys=_Keys())


def _received(address: str = "198.51.100.7", to: str = ANN, at: datetime = ARRIVED) -> str:
    return (
        f"Return-Path: <bounce-ann.meyer=west.example@sender.example>\nDelivered-To: {to}\n"
        f"Received: from host.example (host.example [{address}]) by mx.west.example (Postfix) with ESMTP id 4ABC\n"
        f"\tfor <{to}>; {format_datetime(at)}\n"
    )


def _mail(*, head: str = "", to: str = ANN, subject: str = "Great news", body: str = "Dear Ann Meyer,\nbuy\n") -> bytes:
    return (
        f"{head}From: Shop <news@shop.example>\nTo: Ann Meyer <{to}>\nSubject: {subject}\n"
        f"Message-ID: <17@shop.example>\nDate: Sun, 01 Mar 2026 08:05:00 +0000\n\n{body}"
    ).encode()


def _signed(mail: bytes, *domains: str) -> bytes:
    for domain in domains:
        mail = dkim.sign(mail, domain=domain, selector="s1", key=SIGNING_KEY) + mail
    return mail


def _complain(line: StraightLine, data: bytes, **known: object) -> Complained:
    return line.complain(Mail(path="1.eml", data=data, **known), NOW)  # type: ignore[arg-type]


def _read(complained: Complained) -> list[FeedbackReport]:
    readings = [arf.read(each.data) for each in complained.reports]
    return [reading.reports[0] for reading in readings if reading is not None]


def test_the_network_reads_back_what_happened() -> None:
    """Address, moment, token and Message-ID arrive; the complainer does not, in no coding."""
    complained = _complain(_line(EAST), _received().encode() + _mail())
    (written,) = complained.reports
    (read,) = _read(complained)
    assert (written.send.party, written.send.role, written.send.rule) == (
        "east",
        Role.NETWORK,
        "network:198.51.100.0/24",
    )
    assert (read.source_ip, read.arrival_date, read.feedback_type) == ("198.51.100.7", ARRIVED, "abuse")
    assert read.message_id == "17@shop.example"
    assert read.original_rcpt_to == (token(ANN, peer_key(KEY, "east", "1/2026q1")),)
    assert read.report_id == written.report_id
    assert read.reported_domain == ("shop.example",)
    assert find_leaks(written.data, [ANN]) == ()
    assert b"eyer" not in written.data
    reading = arf.read(written.data)
    assert reading is not None
    assert [each for each in reading.findings if each.severity is not Severity.NOTE] == []


def test_a_complainer_has_another_token_with_each_quarter_and_peer() -> None:
    """A peer that keeps tokens cannot follow one person for years, and two peers cannot put theirs together."""
    data = _received().encode() + _mail()

    def told(peer: str, now: datetime) -> tuple[str, ...]:
        line = _line(replace(EAST, peer=peer))
        (report,) = _read(line.complain(Mail(path="1.eml", data=data), now))
        return report.original_rcpt_to

    last, next_one = datetime(2026, 3, 31, 23, 59, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC)
    assert told("east", NOW) == told("east", last)
    assert len({told("east", last), told("east", next_one), told("south", last), told("south", next_one)}) == 4


@pytest.mark.parametrize(
    ("own", "said"),
    [
        ("Message-ID: <ann.meyer@west.example.20260301>", "message-id"),
        ("Feedback-ID: 7:ann.meyer@west.example:shop\nMessage-ID: <17@shop.example>", "feedback-id"),
        ("Message-ID: <17.ann.meyer=west.example@shop.example>\nCFBL-Feedback-ID: ann.meyer@west.example", "both"),
    ],
)
def test_an_identifier_that_named_somebody_is_said_to_be_redacted(own: str, said: str) -> None:
    """It is no other value than it was: the report names it as redacted, and the reader gives none instead of a false one."""
    mail = _mail().replace(b"Message-ID: <17@shop.example>", own.encode())
    complained = _complain(_line(EAST), _received().encode() + mail)
    (written,) = complained.reports
    (read,) = _read(complained)
    assert find_leaks(written.data, [ANN]) == ()
    names = ["message-id", "cfbl-feedback-id"] if said == "both" else [said]
    assert (
        f"\r\nComity-Redacted: {', '.join(names)}\r\n".encode() in written.data.split(b"message/feedback-report", 1)[1]
    )
    assert read.message_id == ("17@shop.example" if said == "feedback-id" else None)
    assert read.feedback_id is None
    reading = arf.read(written.data)
    assert reading is not None
    assert [each.where for each in reading.findings if each.code == "identifier-redacted"] == names
    whole = scan(read.original or b"").headers
    assert "redacted-" in (whole.first(names[0]) or "")


def test_what_names_nobody_is_not_said_to_be_redacted() -> None:
    """Identifiers that are kept byte for byte are given, and the report has no word about them."""
    complained = _complain(_line(EAST), _received().encode() + _mail(head="Feedback-ID: 7:shop\n"))
    assert b"Comity-Redacted" not in complained.reports[0].data
    assert (_read(complained)[0].message_id, _read(complained)[0].feedback_id) == ("17@shop.example", "7:shop")


def test_the_campaign_is_the_same_for_everybody() -> None:
    """At T1 two people who got the same mail give the same evidence, and the hour instead of the second."""
    reports = []
    for to, seconds in ((ANN, 0), ("bob.lee@west.example", 1200)):
        data = _received("203.0.113.9", to, ARRIVED + timedelta(seconds=seconds)).encode() + _mail(to=to)
        reports += _read(_complain(_line(NORTH), data))
    one, two = reports
    assert one.original == two.original
    assert one.arrival_date == two.arrival_date == ARRIVED.replace(minute=0, second=0)
    assert one.original_rcpt_to == ()
    assert one.original_mail_from == two.original_mail_from == "redacted@sender.example"
    assert one.message_id is None
    assert one.report_id != two.report_id


def test_an_address_of_its_own_for_each_recipient_tells_nothing() -> None:
    """A line of IPv6 has 2^64 addresses, enough for one a recipient: at T1 no part of a report names more of it than the line."""
    north = replace(NORTH, networks=(ip_network("2001:db8:7::/48"),))
    reports = []
    for last in (":1", "a:b:c:d"):
        complained = _complain(_line(north), _received(f"IPv6:2001:db8:7:1:{last}").encode() + _mail())
        reports += _read(complained)
        assert f":{last}".encode() not in complained.reports[0].data
        assert b"2001:db8:7:1::" in complained.reports[0].data
    assert [each.source_ip for each in reports] == ["2001:db8:7:1::"] * 2
    shown = _read(_complain(_line(replace(north, tier=Tier.T2)), _received("IPv6:2001:db8:7:1::1").encode() + _mail()))
    assert [each.source_ip for each in shown] == ["2001:db8:7:1::1"], "above T1 the originator knows the complainer"


def test_each_party_has_its_own_report() -> None:
    """Originator at T3 with the body, network at T2 without: two folders, two ids, two tokens."""
    data = _received().encode() + _signed(_mail(), "shop.example")
    complained = _complain(_line(EAST, SHOP), data)
    assert [(each.send.party, each.tier, each.headers_only) for each in complained.reports] == [
        ("shop", Tier.T3, False),
        ("east", Tier.T2, True),
    ]
    shop, east = _read(complained)
    assert shop.original_rcpt_to == (ANN,)
    assert b"Great news" in (shop.original or b"")
    assert shop.report_id != east.report_id
    assert b"dkim=pass header.d=shop.example" in complained.reports[0].data


def test_the_originator_that_asked_is_told() -> None:
    """RFC 9477: with a valid signature over the header the named address gets a report with its own identifiers."""
    mail = _signed(
        _mail(head="CFBL-Address: fbl@shop.example; report=arf\nCFBL-Feedback-ID: 17:4711\n"), "shop.example"
    )
    complained = _complain(_line(), _received().encode() + mail)
    (written,) = complained.reports
    (read,) = _read(complained)
    assert (written.send.party, written.send.address, written.send.rule) == (
        "shop.example",
        "fbl@shop.example",
        "cfbl:strict",
    )
    assert (read.message_id, read.feedback_id, read.original_headers_only) == ("17@shop.example", "17:4711", True)
    assert find_leaks(written.data, [ANN]) == ()


def test_the_originator_that_asked_for_xarf_gets_it() -> None:
    """RFC 9477: XARF where it is technically possible, with Message-ID and CFBL-Feedback-ID in its evidence; else ARF."""
    mail = _signed(
        _mail(head="CFBL-Address: fbl@shop.example; report=xarf\nCFBL-Feedback-ID: 17:4711\n"), "shop.example"
    )
    with_port = _received().replace("[198.51.100.7])", "[198.51.100.7]:40211)")
    (written,) = _complain(_line(), with_port.encode() + mail).reports
    assert (written.report_format, written.send.rule) == (ReportFormat.XARF, "cfbl:strict")
    reading = read(written.data)
    assert (reading.kind, reading.findings) == (Kind.XARF, ())
    evidence = scan(reading.reports[0].original or b"").headers
    assert (evidence.first("message-id"), evidence.first("cfbl-feedback-id")) == ("<17@shop.example>", "17:4711")
    (without,) = _complain(_line(), _received().encode() + mail).reports
    assert (without.report_format, without.lacks) == (ReportFormat.ARF, "xarf-port-unknown")


def test_a_changed_mail_does_not_reach_the_named_address() -> None:
    """Somebody on the way put his own address into signed mail: the signature fails, nobody is told."""
    mail = _signed(_mail(head="CFBL-Address: fbl@shop.example\n"), "shop.example")
    forged = mail.replace(b"fbl@shop.example", b"ceo@shop.example")
    complained = _complain(_line(), _received().encode() + forged)
    assert complained.reports == ()
    assert [refusal.reason for refusal in complained.refusals] == ["cfbl-signature-not-valid"]
    assert complained.origin.signatures[0].standing is Standing.FAILED


def test_the_people_can_read_it() -> None:
    """Both languages stand in every report, the reader's own first; no sentence is missing."""
    complained = _complain(_line(NORTH), _received("203.0.113.9").encode() + _mail())
    (written,) = complained.reports
    from comity.formats.mime import scan

    text = scan(written.data).children[0].text()
    assert text.index("垃圾邮件") < text.index("reported it as spam")
    assert "West Mail" in text
    assert "[" not in text
    assert "{" not in text


def test_a_mailbox_that_nobody_knows_is_shown_less() -> None:
    """Without knowing whom to hide, a T2 party sees the campaign only, and the steps say so."""
    data = b"Received: from h (h.example [198.51.100.7]) by mx.west.example; Sun, 01 Mar 2026 08:05:09 +0000\n" + (
        b"From: news@shop.example\nTo: undisclosed-recipients:;\nSubject: x\nMessage-ID: <1@shop.example>\n\nx"
    )
    complained = _complain(_line(EAST), data)
    assert [each.tier for each in complained.reports] == [Tier.T1]
    assert ("tier:T2", "tier:T1") in [(step.rule, step.reason) for step in complained.steps]
    told = _complain(_line(EAST), data, recipient=ANN)
    assert [each.tier for each in told.reports] == [Tier.T2]


def test_a_forged_line_does_not_say_whose_mailbox_it_was() -> None:
    """A "for" below our own line is a stranger's: it cannot make us show more than the campaign."""
    data = (
        b"Received: from h (h.example [198.51.100.7]) by mx.west.example (Postfix) id 1; Sun, 01 Mar 2026 08:05:09 +0000\n"
        b"Received: from x by h.example for <decoy@west.example>; Sun, 01 Mar 2026 08:05:00 +0000\n"
        b"X-Envelope-To: decoy@west.example\nFrom: news@shop.example\nMessage-ID: <1@shop.example>\nSubject: x\n\nx"
    )
    assert [each.tier for each in _complain(_line(EAST), data).reports] == [Tier.T1]


def test_a_domain_called_like_its_only_mailbox_is_no_leak_unseen() -> None:
    """removed@removed: the domain that a token keeps is looked through like every other value."""
    same = "xannmeyer@xannmeyer"
    complained = _complain(_line(EAST), _received(to=same).encode() + _mail(to=same))
    assert all(find_leaks(each.data, [same]) == () for each in complained.reports)
    assert complained.reports or complained.refusals


def test_the_command_line_knows_the_mailbox() -> None:
    """A recipient that the operator names is hidden wherever it stands."""
    data = _received(to="box17@west.example").encode() + _mail(to="box17@west.example", body=f"for {ANN}\n")
    complained = _complain(_line(replace(EAST, body=BodyPolicy.ALWAYS)), data, recipient=ANN)
    assert not complained.reports[0].headers_only
    assert find_leaks(complained.reports[0].data, [ANN, "box17@west.example"]) == ()


def test_the_opposite_is_told_where_it_was_agreed() -> None:
    """RFC 6430: not-spam, and it counts as no complaint."""
    data = _received().encode() + _mail()
    assert _complain(_line(EAST), data, not_spam=True).reports == ()
    (read,) = _read(_complain(_line(replace(EAST, not_spam=True)), data, not_spam=True))
    assert (read.feedback_type, read.is_complaint) == ("not-spam", False)


def test_a_trap_is_not_told() -> None:
    """Nothing about a trap leaves, at no tier."""
    complained = _complain(_line(EAST, SHOP), _received(to="x@trap.west.example").encode() + _mail())
    assert (complained.reports, [refusal.reason for refusal in complained.refusals]) == ((), ["trap"])


@pytest.mark.parametrize(
    ("to", "speaker"),
    [
        ("old+tag@west.example", None),
        ("OLD@West.Example.", None),
        ('"old"@west.example', None),
        ("old-alias@west.example", "old@west.example"),
        ("x+y@trap.west.example.", None),
    ],
)
def test_a_trap_is_one_however_it_was_written_to(to: str, speaker: str | None) -> None:
    """Whoever tries addresses adds a tag, or writes to an alias of it: nothing leaves either."""
    provider = replace(WEST, traps=("Old@west.example", "@Trap.west.example"))
    data = _received(to=to).encode() + _mail(to=to)
    complained = _complain(_line(EAST, SHOP, provider=provider), data, recipient=speaker)
    assert (complained.reports, [refusal.reason for refusal in complained.refusals]) == ((), ["trap"])


def test_old_mail_is_not_told() -> None:
    """Where the operator set a limit."""
    line = _line(EAST, max_age=timedelta(days=1))
    data = _received().encode() + _mail()
    assert [refusal.reason for refusal in _complain(line, data).refusals] == ["too-old"]
    assert _complain(_line(EAST, max_age=timedelta(days=2)), data).reports


def test_our_own_report_is_never_complained_about() -> None:
    """A report that comes back, whole or as a bounce, ends here: no report about a report."""
    line = _line(EAST)
    (written,) = _complain(line, _received().encode() + _mail()).reports
    for data in (written.data, _received().encode() + written.data):
        again = _complain(line, data)
        assert again.reports == ()
        assert {refusal.reason for refusal in again.refusals} <= {"loop", "is-report"}


def test_twice_is_once() -> None:
    """The same complaint gives the same id and, at the same moment, the same bytes."""
    data = _received().encode() + _mail()
    assert _complain(_line(EAST), data).reports == _complain(_line(EAST), data).reports


HOSTILE = [
    "Great\r\nBcc: all@north.example",
    "=?utf-8?B?" + "DQpCY2M6IGFsbEBub3J0aC5leGFtcGxl" + "?=",  # an encoded word that decodes to a line end and a field
    "=?utf-8?Q?=0D=0A=0D=0Abody?=",
    "=?utf-7?Q?+AA0ACg-Bcc:_x?=",
    "x" * 5000,
    "\x00\x0b\x1b[31m",
    "a\u202eb",
]


@pytest.mark.parametrize("subject", HOSTILE)
def test_a_strangers_subject_stays_in_the_subject(subject: str) -> None:
    """Encoded line ends, controls and endless lines make no field of ours."""
    from comity.formats.mime import scan

    complained = _complain(_line(EAST), _received().encode() + _mail(subject=subject))
    (written,) = complained.reports
    names = [header.name.lower() for header in scan(written.data).headers.items()]
    assert "bcc" not in names
    assert len(names) == len(set(names)) == 11
    assert all(len(line) <= 998 for line in written.data.split(b"\r\n"))


def test_what_is_no_mail_is_named() -> None:
    """Empty input, garbage and an attachment without a header are a named no."""
    for data in (b"", b"\x00\x01\x02", b"just words"):
        complained = _complain(_line(EAST), data)
        assert [refusal.reason for refusal in complained.refusals] == ["unreadable"]


@settings(max_examples=150, deadline=None)
@given(data=st.binary(max_size=300), where=st.integers(0, 3))
def test_any_bytes_are_answered(data: bytes, where: int) -> None:
    """Wherever a stranger's bytes stand in the mail: an answer, and no trace of the complainer in it."""
    head = _received().encode()
    mail = [data, head + data, head + _mail() + data, head + b"CFBL-Address: " + data + b"\n" + _mail()][where]
    complained = _complain(_line(EAST, NORTH, SHOP), mail)
    assert complained.reports or complained.refusals
    for each in complained.reports:
        assert arf.read(each.data) is not None
        if each.tier in (Tier.T1, Tier.T2):
            assert find_leaks(each.data, [ANN]) == ()
