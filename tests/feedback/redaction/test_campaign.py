"""T1: what a network without agreement sees is the same for every recipient of a campaign."""

import pytest

from comity.feedback.redaction import Delivery, Redacted, redact
from comity.feedback.redaction.campaign import organisation
from comity.formats.mime import scan
from comity.model.tier import Tier

from .letters import KEY, LETTER, RECIPIENT, campaign

OWN = Delivery(own_domains=("west.example",))


def at_t1(letter: bytes, *recipients: str) -> Redacted:
    return redact(scan(letter), tier=Tier.T1, recipients=recipients, key=KEY, delivery=OWN)


@pytest.mark.parametrize("seed", [1, 2])
def test_a_thousand_letters_that_differ_only_per_recipient_give_identical_bytes(seed: int) -> None:
    """Who complained cannot be told from what T1 shows, whatever the originator varied."""
    seen = {(shown.headers, shown.link_domains) for shown in (at_t1(letter) for letter in campaign(1000, seed))}
    assert seen == {
        (
            b"Return-Path: <redacted@east.example>\r\n"
            b"From: <redacted@east.example>\r\n"
            b"Reply-To: <redacted@east.example>\r\n"
            b"DKIM-Signature: d=east.example\r\n"
            b"List-Id: <east.example>\r\n"
            b"Content-Type: multipart/alternative\r\n",
            ("east.example", "south.example"),
        )
    }


def test_only_the_closed_list_of_fields_is_shown() -> None:
    """No Subject, no Message-ID, no date, no path, no token: nothing that can be made for one person."""
    shown = at_t1(LETTER, RECIPIENT)
    names = [line.partition(b":")[0] for line in shown.headers.split(b"\r\n") if line]
    assert names == [b"Return-Path", b"From", b"DKIM-Signature", b"Content-Type"]
    assert (shown.token, shown.message, shown.headers_only, shown.leaks) == (None, None, True, ())


def test_mail_forged_in_the_name_of_its_recipient_does_not_name_the_recipient() -> None:
    """Spam that claims to come from the one it goes to says who received it, not who sent it."""
    letters = [
        f"From: <{name}>\r\nTo: <{name}>\r\n\r\n".encode() for name in ("ann.lee@west.example", "bo@north.example")
    ]
    assert {at_t1(letter, scan(letter).headers.first("to") or "").headers for letter in letters} == {b""}


def test_domains_of_our_own_people_are_never_named() -> None:
    """A link to our own domain differs between people of two domains of ours."""
    delivery = Delivery(own_domains=("west.example", "west-two.example"))
    letters = [
        f"To: <a1@{own}>\r\n\r\nhttps://{own}/x https://pay.east.example/{own}\r\n".encode()
        for own in delivery.own_domains
    ]
    shown = [redact(scan(each), tier=Tier.T1, recipients=(), key=KEY, delivery=delivery) for each in letters]
    assert [each.link_domains for each in shown] == [("east.example",)] * 2


def test_redacting_twice_gives_the_same_as_once() -> None:
    """A report about a report shows no less and no more."""
    once = at_t1(LETTER, RECIPIENT).headers
    assert at_t1(once + b"\r\n", RECIPIENT).headers == once


@pytest.mark.parametrize(
    ("host", "shown"),
    [
        ("u1.News.East.example", "east.example"),
        ("a.b.west.co.uk", "west.co.uk"),
        ("x1.blogs.example.com", "example.com"),
        ("b\u00fccher.example", "xn--bcher-kva.example"),
        ("x7.minato.tokyo.jp", "tokyo.jp"),
        ("198.51.100.7", None),
        ("localhost", None),
        ("a..b", None),
        ("-.-", None),
        ("", None),
    ],
)
def test_a_host_is_cut_to_the_domain_that_somebody_paid_for(host: str, shown: str | None) -> None:
    """Names below it are free, so one can be made for each recipient; where in doubt the answer is coarser."""
    assert organisation(host) == shown


def test_at_t0_nothing_about_one_message_leaves() -> None:
    """T0 is counts only."""
    shown = redact(scan(LETTER), tier=Tier.T0, recipients=[RECIPIENT], key=KEY)
    assert (shown.content, shown.token, shown.link_domains) == (b"", None, ())
