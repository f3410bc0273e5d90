"""Mail that is made to stop us: each shape is answered soon, in bounded output."""

import base64
from collections.abc import Callable
from datetime import UTC, datetime
from ipaddress import ip_network

import pytest

from comity.attribution.origin import Vantage
from comity.feedback.parties import Parties
from comity.feedback.redaction import find_leaks
from comity.formats import arf
from comity.locale import catalogue
from comity.model.agreement import Agreement, BodyPolicy, FeedbackProvider
from comity.model.tier import Tier
from comity.services.complain.straight_line import Mail, StraightLine, Terms

ANN = "ann.meyer@west.example"
HEAD = (
    b"Received: from h (h.example [198.51.100.7]) by mx.west.example (Postfix) id 1\n"
    b"\tfor <ann.meyer@west.example>; Sun, 01 Mar 2026 08:05:09 +0000\nFrom: a@shop.example\n"
)
DEEP = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (level, level) for level in range(2000))
ONCE = base64.b64encode(ANN.encode() * 500)
SHAPES: dict[str, Callable[[], bytes]] = {
    "encoded words": lambda: b"Subject: " + b"=?utf-8?B?" + base64.b64encode(ANN.encode()) + b"?= " * 5000 + b"\n\nx",
    "recipients": lambda: b"To: " + b", ".join(b"u%d@west.example" % n for n in range(20_000)) + b"\n\nx",
    "brackets": lambda: b"To: " + b"(" * 100_000 + b"\n\nx",
    "multiparts": lambda: DEEP + b"x",
    "messages": lambda: b"Content-Type: message/rfc822\n\n" * 2000 + b"x",
    "parts": lambda: b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\nx\n" * 50_000,
    "continuations": lambda: b"Content-Type: text/plain" + b"".join(b"; name*%d=a" % n for n in range(5000)) + b"\n\nx",
    "one line": lambda: b"\n" + ANN.encode() * 200_000,
    "one field": lambda: b"X-Data: " + b"a" * 1_000_000 + b"\n\nx",
    "fields": lambda: b"".join(b"X-H%d: y\n" % n for n in range(10_000)) + b"\nx",
    "signatures": lambda: (
        b"DKIM-Signature: v=1; a=rsa-sha256; d=a.example; s=s1; h=from; bh=aa; b=bb\n" * 2000 + b"\nx"
    ),
    "addresses": lambda: b"CFBL-Address: a@shop.example\n" * 3000 + b"\nx",
    "markup": lambda: (
        b"Content-Type: text/html\n\n" + b'<a href="http://x.example/?u=ann.meyer%40west.example">' * 10_000
    ),
    "coded thrice": lambda: b"X-A: " + base64.b64encode(base64.b64encode(ONCE)) + b"\n\nx",
    "coded body": lambda: b"Content-Transfer-Encoding: base64\n\n" + base64.encodebytes(ANN.encode() * 50_000),
    "percent": lambda: b"\n" + b"%25" * 300_000,
    "greetings": lambda: b"\n" + (b"Dear " + b" " * 50) * 20_000,
}


@pytest.mark.parametrize("shape", SHAPES)
def test_hostile_mail_is_answered_soon(shape: str, hang_guard: None) -> None:
    """Within five seconds, with a report that is read back and does not name the complainer, or with a named no."""
    east = Agreement(
        peer="east",
        address="fbl@east.example",
        networks=(ip_network("198.51.100.0/24"),),
        tier=Tier.T2,
        body=BodyPolicy.ALWAYS,
    )
    west = FeedbackProvider(
        domain="west.example", address="feedback@west.example", organisation="West", reporting_mta="mx.west.example"
    )
    terms = Terms(provider=west, parties=Parties([east]), vantage=Vantage(), key=b"k" * 32)
    line = StraightLine(terms, words={"en": catalogue("en"), "zh": catalogue("zh")})
    data = HEAD + SHAPES[shape]()
    complained = line.complain(Mail(path=shape, data=data), datetime(2026, 3, 2, tzinfo=UTC))
    assert complained.reports or complained.refusals
    for each in complained.reports:
        assert len(each.data) < 1_000_000
        assert all(len(row) <= 998 for row in each.data.split(b"\r\n"))
        assert arf.read(each.data) is not None
        assert find_leaks(each.data, [ANN]) == ()
