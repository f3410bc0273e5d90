"""What stands in the header of a mail that is handed on, and what is taken out of it."""

from datetime import UTC, datetime

import pytest

from comity.formats.delivery_memory import DeliveryKeys
from comity.gates.milter.conversation import FIELDS_LIMIT
from comity.gates.milter.marking import Found, Marker, MarkTerms
from comity.gates.proxy.message import Envelope, OwnSide, changed, incoming

TERMS = MarkTerms(
    keys=DeliveryKeys(secrets={"1": b"k" * 32}), own_domains=frozenset({"west.example"}), authserv_id="mx.west.example"
)
TRACE = b"Received: from mx.east.example (mx.east.example [198.51.100.7]) by mx.west.example id 4A; Wed, 1 Jul 2026 08:00 +0000\r\n"


def handed_on(data: bytes) -> bytes:
    mail = incoming(data, Envelope(mail_from="b@east.example", recipients=["ann@west.example"]), OwnSide())
    marker = Marker(TERMS, lambda: datetime(2026, 7, 1, 8, tzinfo=UTC))
    return changed(data, marker.changes(mail, Found()))


@pytest.mark.parametrize("much", [b"", b"From: " + b"x" * 60_000 + b"\r\n"], ids=["little", "beyond measure"])
def test_what_came_under_our_names_stays_behind(much: bytes) -> None:
    """However much stands above it; what others say stays."""
    other = b"Authentication-Results: mx.north.example; dkim=pass\r\n"
    forged = b"X-Spam-Flag: NO\r\nAuthentication-Results: mx.west.example; dkim=pass\r\nX-Spam-Status: No\r\n"
    data = TRACE + other + much * (FIELDS_LIMIT // 60_000 + 1) + forged + b"Subject: a\r\n\r\nX-Spam-Flag: text\r\n"
    given = handed_on(data)
    assert given.endswith(b"Subject: a\r\n\r\nX-Spam-Flag: text\r\n")
    head = given.partition(b"\r\n\r\n")[0]
    assert b"X-Spam" not in head
    assert b"mx.west.example; dkim=pass" not in head
    assert other in given
    assert (b"Comity-Delivery:" in head) == (not much)
