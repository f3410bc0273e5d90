"""One Origin out of a reported message: what is believed, what is only claimed."""

from base64 import b64encode
from datetime import UTC, datetime
from hashlib import sha256

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from comity.attribution.origin import Vantage, origin_of, parties
from comity.formats import delivery_memory, dkim
from comity.formats.authres import MethodResult
from comity.formats.delivery_memory import DeliveryKeys, Facts
from comity.formats.mime import scan
from comity.model.origin import Origin, Role, Standing

WHEN = "Fri, 1 May 2026 10:00:00 +0000"
BORDER = f"Received: from liar (mx7.east.example [192.0.2.7]) by mx.west.example (Postfix) with ESMTPS id 4F; {WHEN}\n"
INVENTED = (
    f"Received: from x (innocent.example [198.51.100.66]) by mx7.east.example (Postfix) with ESMTP id 2; {WHEN}\n"
)
BODY_HASH = b64encode(sha256(b"hello\r\n").digest()).decode()
SIGNED = f"DKIM-Signature: v=1; a=rsa-sha256; d=east.example; s=s1; h=from:to:subject; bh={BODY_HASH}; b=QUJDREVGR0g=\n"
NOTED = (
    "Authentication-Results: mx.west.example; dkim=pass header.d=east.example header.s=s1; "
    "spf=pass smtp.mailfrom=b@east.example\n"
)
MESSAGE = (
    "From: News <news@mail.east.example>\nTo: lin@west.example\nMessage-ID: <1@east.example>\nSubject: x\n\nhello\n"
)
WEST = Vantage(trusted_hosts=frozenset({"mx.west.example"}), own_domains=frozenset({"west.example"}))


def read(text: str, vantage: Vantage = WEST, recipient: str | None = None) -> Origin:
    return origin_of(scan(text.encode()), vantage=vantage, recipient=recipient)


def test_the_facts_of_an_ordinary_mail() -> None:
    """Address, time, author, envelope, mailbox and ids, each from where our side or the author wrote it."""
    top = "Return-Path: <b-1@bounce.east.example>\nDelivered-To: lin@west.example\n"
    own = "Feedback-ID: c1:east\nList-Unsubscribe: <https://east.example/u>\n"
    own += "CFBL-Address: fbl@east.example; report=arf\nCFBL-Feedback-ID: 7\n"
    origin = read(top + BORDER + NOTED + SIGNED + own + MESSAGE)
    assert (origin.source_ip, origin.source_ip_from, origin.source_standing) == (
        "192.0.2.7",
        "received:1",
        Standing.TRUSTED,
    )
    assert (origin.header_from, origin.header_from_domain) == ("news@mail.east.example", "mail.east.example")
    assert origin.envelope_from == "b-1@bounce.east.example"
    assert origin.recipient == "lin@west.example"
    assert origin.message_id == "1@east.example"
    assert origin.arrived == datetime(2026, 5, 1, 10, tzinfo=UTC)
    assert (origin.feedback_id, origin.cfbl_feedback_id) == ("c1:east", "7")
    assert [each.address for each in origin.cfbl_addresses] == ["fbl@east.example"]
    assert origin.list_unsubscribe


# -- from where


def test_without_a_trusted_host_the_top_line_is_a_claim() -> None:
    """Nobody said whose host wrote it; the ladder may still assume that it was the operator's."""
    origin = read(BORDER + INVENTED + MESSAGE, Vantage())
    assert (origin.source_ip, origin.source_standing) == ("192.0.2.7", Standing.CLAIMED)


def test_a_forwarder_is_not_the_source() -> None:
    """Named by network or by confirmed name, a forwarder leads on to whom it had the mail from."""
    for forwarder in ("192.0.2.0/28", "mx7.east.example"):
        origin = read(
            BORDER + INVENTED + MESSAGE, Vantage(trusted_hosts=WEST.trusted_hosts, forwarders=(forwarder, "no such"))
        )
        assert (origin.source_ip, origin.source_ip_from) == ("198.51.100.66", "received:2")
        assert origin.source_standing is Standing.TRUSTED


def test_the_address_that_our_host_checked_counts() -> None:
    """Authentication-Results above the border's own line were written by our side."""
    noted = "Authentication-Results: mx.west.example; iprev=pass smtp.remote-ip=192.0.2.9\n"
    origin = read(noted + BORDER + INVENTED + MESSAGE)
    assert (origin.source_ip, origin.source_ip_from) == ("192.0.2.9", "authentication-results")


def test_below_the_border_no_address_is_taken_from_results() -> None:
    """What stands there can have come with the message; the border's line cannot."""
    forged = "Authentication-Results: mx.west.example; iprev=pass smtp.remote-ip=198.51.100.66\n"
    for text in (BORDER + forged + INVENTED + MESSAGE, BORDER + INVENTED + forged + MESSAGE):
        assert read(text).source_ip == "192.0.2.7"


def test_a_filter_behind_the_border_saw_only_the_border() -> None:
    """An address that belongs to our own side is no source, whoever checked it."""
    relay = (
        f"Received: from mx.west.example (mx.west.example [203.0.113.5]) by in.west.example (Postfix) id 9; {WHEN}\n"
    )
    noted = "Authentication-Results: mx.west.example; spf=none (sender IP is 203.0.113.5)\n"
    assert read(noted + relay + BORDER + MESSAGE).source_ip == "192.0.2.7"


def test_no_trace_no_source() -> None:
    """A message without Received lines says nothing of where it came from."""
    origin = read(NOTED + SIGNED + MESSAGE)
    assert (origin.source_ip, origin.source_ip_from, origin.arrived) == (None, None, None)
    assert [each.standing for each in origin.signatures] == [Standing.CLAIMED]


# -- who signed


def test_a_signature_is_a_claim_until_somebody_checks_it() -> None:
    """Without key and without a host of ours, a signature proves nothing."""
    origin = read(BORDER + SIGNED + MESSAGE)
    assert [(each.domain, each.selector, each.standing) for each in origin.signatures] == [
        ("east.example", "s1", Standing.CLAIMED)
    ]
    assert parties(origin) == ((Role.NETWORK, "192.0.2.7"),)


@pytest.mark.parametrize("before", [NOTED + BORDER, BORDER + NOTED])
def test_what_our_host_noted_at_delivery_is_trusted(before: str) -> None:
    """Filters write above or below the border's line; both are read. Keys may be gone by now, the note stays."""
    origin = read(before + SIGNED + INVENTED + MESSAGE)
    assert [(each.standing, each.reason) for each in origin.signatures] == [(Standing.TRUSTED, None)]
    assert parties(origin)[0] == (Role.ORIGINATOR, "east.example")


def test_a_note_in_the_message_itself_is_not_trusted() -> None:
    """Below a line of the other side, even our name proves nothing; nor does another host's note."""
    for text in (
        BORDER + INVENTED + NOTED + SIGNED + MESSAGE,
        BORDER + NOTED.replace("mx.west", "mx.east") + SIGNED + MESSAGE,
        BORDER + NOTED.replace("mx.west", "mx.east") + NOTED + SIGNED + MESSAGE,
    ):
        assert [each.standing for each in read(text).signatures] == [Standing.CLAIMED]


def test_what_our_host_refused_has_failed() -> None:
    """A signature that did not hold at delivery does not hold now."""
    noted = "Authentication-Results: mx.west.example; dkim=fail (bad signature) header.d=east.example\n"
    origin = read(BORDER + noted + SIGNED + MESSAGE)
    assert [(each.standing, each.reason) for each in origin.signatures] == [(Standing.FAILED, "noted-fail")]


def test_a_note_saves_a_signature_that_time_has_spoilt_but_no_false_one() -> None:
    """The mailbox may have rewritten the body since; a signature that does not cover From was never worth anything."""
    rewritten = read(BORDER + NOTED + SIGNED + MESSAGE + "-- scanned --\n")
    assert [each.standing for each in rewritten.signatures] == [Standing.TRUSTED]
    bare = read(BORDER + NOTED + SIGNED.replace("h=from:", "h=") + MESSAGE)
    assert [(each.standing, each.reason) for each in bare.signatures] == [(Standing.FAILED, "from-not-signed")]


def test_a_result_that_could_mean_two_signatures_is_given_to_neither() -> None:
    """One valid signature does not lend its standing to another of the same domain that covers other fields."""
    other = SIGNED.replace("h=from:to:subject", "h=from:cfbl-address").replace("b=QUJDREVGR0g=", "b=WFlaWFlaWFo=")
    noted = "Authentication-Results: mx.west.example; dkim=pass header.d=east.example\n"
    assert [each.standing for each in read(BORDER + noted + SIGNED + other + MESSAGE).signatures] == [
        Standing.CLAIMED
    ] * 2
    named = "Authentication-Results: mx.west.example; dkim=pass header.d=east.example header.b=WFlaWFla\n"
    standings = [each.standing for each in read(BORDER + named + SIGNED + other + MESSAGE).signatures]
    assert standings == [Standing.CLAIMED, Standing.TRUSTED]


def test_our_own_cryptography_goes_before_any_note() -> None:
    """A signature that we verified is verified, whatever a host noted."""
    key = Ed25519PrivateKey.generate()
    plain = MESSAGE.replace("\n", "\r\n").encode()
    signed = dkim.sign(plain, domain="east.example", selector="s1", key=key) + plain
    noted = b"Authentication-Results: mx.west.example; dkim=fail header.d=east.example\r\n"
    message = scan(BORDER.encode().replace(b"\n", b"\r\n") + noted + signed)
    verdicts = dkim.verify(message, {"s1._domainkey.east.example": dkim.public_record(key)})
    origin = origin_of(message, vantage=WEST, dkim_verdicts=verdicts)
    assert [each.standing for each in origin.signatures] == [Standing.VERIFIED]


def test_roles_follow_from_alignment() -> None:
    """The author's organisation is the originator, another valid signer the service, the address the network."""
    service = SIGNED.replace("d=east.example", "d=esp.example").replace("s=s1", "s=k9")
    noted = NOTED.replace("; spf", "; dkim=pass header.d=esp.example header.s=k9; spf")
    origin = read(BORDER + noted + service + SIGNED + MESSAGE)
    assert parties(origin) == (
        (Role.ORIGINATOR, "east.example"),
        (Role.SERVICE, "esp.example"),
        (Role.NETWORK, "192.0.2.7"),
    )


# -- author, envelope, mailbox


def test_two_authors_are_none() -> None:
    """Whom the reader saw cannot be told, so nobody is called the author."""
    origin = read("From: a@bank.example\n" + BORDER + MESSAGE)
    assert (origin.header_from, origin.header_from_domain) == (None, None)


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ("Return-Path: <>\n" + BORDER, "<>"),
        (BORDER + NOTED, "b@east.example"),
        (BORDER.replace("id 4F", "(envelope-from <c@east.example>) id 4F"), "c@east.example"),
        (BORDER + INVENTED + "Return-Path: <x@innocent.example>\n", None),
    ],
)
def test_the_envelope_is_what_our_side_noted(lines: str, expected: str | None) -> None:
    """Return-Path on top, the address that was checked, the border's own line; never what came with the message."""
    assert read(lines + MESSAGE).envelope_from == expected


@pytest.mark.parametrize(
    ("lines", "said", "expected"),
    [
        ("Delivered-To: box17@store.internal.example\nX-Original-To: lin@west.example\n" + BORDER, None, "lin@west.example"),
        ("X-Apparently-To: lin@west.example; " + WHEN + "\n" + BORDER, "other@west.example", "lin@west.example"),
        (BORDER + "Delivered-To: victim@west.example\n", "lin@west.example", "lin@west.example"),
        (BORDER + "Delivered-To: victim@west.example\n", None, None),
        (BORDER.replace("id 4F", "id 4F for <lin@west.example>"), None, "lin@west.example"),
        ("Delivered-To: victim@west.example\n", None, None),
    ],
)  # fmt: skip
def test_whose_mailbox_it_was(lines: str, said: str | None, expected: str | None) -> None:
    """Our delivery's note, an address of ours first; then who complained; then our border's "for"; never the message."""
    assert read(lines + MESSAGE, recipient=said).recipient == expected


# -- hostile input


@given(
    st.binary(max_size=600),
    st.sampled_from(["Received: ", "Authentication-Results: mx.west.example; ", "DKIM-Signature: ", "From: ", ""]),
)
def test_no_message_makes_it_raise(data: bytes, name: str) -> None:
    """Whatever a stranger sends, there is an Origin."""
    origin = origin_of(scan(BORDER.encode() + name.encode() + data + b"\n" + MESSAGE.encode()), vantage=WEST)
    parties(origin)


def test_thousands_of_fields_cost_little() -> None:
    """Only the first 500 fields are looked at for what our side wrote; the rest came with the message."""
    origin = read(BORDER * 3000 + "Delivered-To: a@b.example\n" * 3000 + SIGNED * 200 + MESSAGE)
    assert origin.source_ip == "192.0.2.7"


# -- what our host remembers (the keyed header)


KEYS = DeliveryKeys(secrets={"1": b"k" * 32})
REMEMBERING = Vantage(trusted_hosts=WEST.trusted_hosts, own_domains=WEST.own_domains, memory_keys=KEYS)


def _mark(
    came: str, client_ip: str | None = "192.0.2.7", *, mailbox: str = "lin@west.example", queue_id: str = "4F"
) -> str:
    fields = [(each.name.lower().encode(), each.raw) for each in scan(came.encode()).headers.items()]
    results = [
        MethodResult(method="dkim", result="pass", properties={"header.d": "east.example", "header.s": "s1"}),
        MethodResult(method="spf", result="pass", properties={"smtp.mailfrom": "b-2@east.example"}),
    ]
    facts = Facts(
        delivered=datetime(2026, 5, 1, 10, 0, 5, tzinfo=UTC),
        client_ip=client_ip,
        queue_id=queue_id,
        mailboxes=[mailbox],
        results=results,
    )
    return f"Comity-Delivery: {delivery_memory.mark(facts, delivery_memory.anchor_of(fields), KEYS)}\n"


def test_a_mail_that_remembers_needs_no_other_witness() -> None:
    """Address, time, envelope, signature and mailbox come from the keyed header, where nothing else tells them."""
    came = SIGNED + MESSAGE
    origin = read(BORDER.replace("[192.0.2.7]", "[unknown]") + _mark(came) + came, REMEMBERING)
    assert (origin.source_ip, origin.source_ip_from) == ("192.0.2.7", "delivery-header:1")
    assert origin.source_standing is Standing.TRUSTED
    assert origin.arrived == datetime(2026, 5, 1, 10, 0, 5, tzinfo=UTC)
    assert origin.recipient == "lin@west.example"
    assert origin.envelope_from == "b-2@east.example"
    assert [each.standing for each in origin.signatures] == [Standing.TRUSTED]


def test_the_keyed_header_goes_before_what_anybody_can_write() -> None:
    """Results under our name that came with the mail do not count beside it."""
    forged = NOTED.replace("east.example", "south.example")
    came = forged + INVENTED + SIGNED + MESSAGE
    origin = read(BORDER + _mark(came) + came, REMEMBERING)
    assert (origin.source_ip, origin.envelope_from) == ("192.0.2.7", "b-2@east.example")
    assert read(BORDER + _mark(came) + came).source_ip_from == "received:1"  # without the key it is a field like others


def test_a_mailbox_is_only_taken_from_to_where_it_is_remembered() -> None:
    """Of a blind copy, To names somebody else; a mailbox that our side noted goes before."""
    for mailbox, wanted in (("lin@west.example", "lin@west.example"), ("ann@west.example", None)):
        origin = read(BORDER + _mark(MESSAGE, mailbox=mailbox) + MESSAGE, REMEMBERING)
        assert origin.recipient == wanted
    noted = "Delivered-To: bob@west.example\n"
    assert read(noted + BORDER + _mark(MESSAGE) + MESSAGE, REMEMBERING).recipient == "bob@west.example"


def test_a_mark_that_comes_back_from_outside_is_not_believed() -> None:
    """A stranger sends on what was once delivered to a mailbox here, mark and all: our line on top names him."""
    attacker = BORDER.replace("192.0.2.7", "203.0.113.66").replace("id 4F", "id 5A")
    again = BORDER + _mark(MESSAGE) + MESSAGE
    origin = read(attacker + again, REMEMBERING)
    assert (origin.source_ip, origin.source_ip_from) == ("203.0.113.66", "received:1")


def test_a_forwarder_in_the_mark_is_no_source() -> None:
    """What handed the mail over is ours or a declared forwarder: the walk goes on as without a mark."""
    vantage = Vantage(
        trusted_hosts=WEST.trusted_hosts, own_domains=WEST.own_domains, memory_keys=KEYS, forwarders=("192.0.2.0/28",)
    )
    came = INVENTED + MESSAGE
    origin = read(BORDER + _mark(came) + came, vantage)
    assert (origin.source_ip, origin.source_ip_from) == ("198.51.100.66", "received:2")
    origin = read(BORDER + _mark(came, None) + came, REMEMBERING)
    assert (origin.source_ip, origin.source_ip_from) == ("192.0.2.7", "received:1")
