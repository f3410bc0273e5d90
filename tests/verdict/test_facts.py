"""What a header tells about its way and its making, beside its words."""

import pytest

from comity.verdict.facts import facts_of

RECEIVED = b"Received: from a (a [%b]) by west.example (4.5.6) with ESMTP id 7.8.9; Mon, 1 Jan 2024 00:00:00 +0000\n"


@pytest.mark.parametrize(
    ("written", "found"),
    [
        (b"192.0.2.7", [b"hop 192.0.2", b"hop 192.0"]),
        (b"8.8.4.4", [b"hop 8.8.4", b"hop 8.8"]),
        (b"192.0.2", []),
        (b"1192.0.2.7", []),
        (b".192.0.2.7", []),
        (b"1.2.3.4.5.6.7.8", [b"hop 1.2.3", b"hop 1.2"]),
        (b"192.0.2.7 198.51.100.9", [b"hop 192.0.2", b"hop 192.0", b"hop 198.51.100", b"hop 198.51"]),
    ],
)
def test_networks_on_the_way(written: bytes, found: list[bytes]) -> None:
    """Each address gives the network it is in, narrow and wide; a version or a longer number gives none."""
    assert [fact for fact in facts_of(RECEIVED % written) if fact.startswith(b"hop ")] == found


def test_a_header_tells_the_same_in_any_company() -> None:
    """Lines are remembered, and what they tell does not depend on which ones stood in other mails."""
    header = b"From: A <a@west.example>\nX-Mailer: Pen 4.51\n\tbeta\nDate: Mon, 1 Jan 2024 00:00:00 +0800\nno field\nSubject: one\n"
    told = facts_of(header)
    for number in range(5000):
        facts_of(b"X-Mailer: Pen 4.51 beta\nX-Number-%d: %d\n" % (number, number))
    assert facts_of(header) == told
    assert told == [
        b"from@ west.example",
        b"x-mailer= pen 9.9 beta",
        b"date~ +0800",
        b"order from x-mailer",
        b"order x-mailer date",
        b"order date subject",
        b"order from,x-mailer,date,subject",
    ]


def test_line_ends_tell_nothing() -> None:
    """CRLF gives what LF gives."""
    header = b"From: a@west.example\nX-Mailer: Pen\n 4.5\nTo: b@east.example\n"
    assert facts_of(header.replace(b"\n", b"\r\n")) == facts_of(header)


def test_what_is_no_header_tells_nothing_of_fields() -> None:
    """Nothing is raised, and the only fact is that there is no order."""
    assert facts_of(b"\x00\xff\n\n: :\n no\n") == [b"order "]
    assert facts_of(b"") == [b"order "]
