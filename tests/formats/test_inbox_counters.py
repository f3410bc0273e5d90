"""Counters of delivered mail, out of tables and logs."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.formats.inbox_counters import read_dovecot, read_table

HOUR = datetime(2026, 3, 1, 8, tzinfo=UTC)
HEAD = "hour,domain,source,folder,mails\n"


def test_lines_of_one_counter_add_up() -> None:
    """Hour, domain, network and folder make a counter: addresses of one /24 are one source."""
    text = HEAD + (
        "2026-03-01T08:10:00Z,shop.example,198.51.100.7,INBOX,5\n2026-03-01T09:59:00+01:00,Shop.example,198.51.100.9,inbox,2\n"
        "2026-03-01T08:00:00Z,shop.example,2001:db8:1:2::3,Junk,1\n2026-03-01T08:00:00Z,shop.example,,Lists,4\n"
    )
    assert read_table(text.encode(), "d.csv").counts == {
        (HOUR, "shop.example", "198.51.100.0/24", "inbox"): 7,
        (HOUR, "shop.example", "2001:db8:1::/48", "junk"): 1,
        (HOUR, "shop.example", "-", "other"): 4,
    }


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        ("domain,mails\n", "columns", 1),
        (HEAD + "2026-03-01,shop.example,,INBOX,1\n", "hour", 2),
        (HEAD + "\n2026-03-01T08:00:00Z,shop.example,,INBOX,-1\n", "line", 3),
        (HEAD + "2026-03-01T08:00:00Z,shop.example,300.1.1.1,INBOX,1\n", "line", 2),
        (HEAD + "2026-03-01T08:00:00Z,a b,,INBOX,1\n", "line", 2),
        (HEAD + '2026-03-01T08:00:00Z,shop.example,,"INBOX,1\n', "line", 2),
    ],
)
def test_a_wrong_line_is_named(text: str, code: str, line: int) -> None:
    """The first line that cannot be used ends it, with its place: a wrong number makes a wrong rate."""
    found = read_table(text.encode(), "d.csv")
    assert found.counts == {}
    assert found.mistake is not None
    assert (found.mistake.code, found.mistake.place) == (code, f"d.csv:{line}")


def test_a_log_of_dovecot_is_counted() -> None:
    """Deliveries of LMTP and of Sieve count by the domain of the envelope; one without it is passed over, and said."""
    start = "2026-03-01T08:05:09.123456+00:00 mx dovecot: "
    found = read_dovecot(
        [
            start
            + "lmtp(ann@west.example)<1><x>: from=<n@shop.example>, msgid=<1@shop.example>: saved mail to INBOX\n",
            start
            + "lmtp(bob)<1><x>: sieve: from=<n@shop.example>, msgid=<2@a>: fileinto action: stored mail into mailbox 'Junk'\n",
            start + "lmtp(bob)<1><x>: msgid=<2@a>: saved mail to INBOX\n",
            start + "imap-login: Login: user=<ann>\n",
        ]
    )
    assert found.counts == {(HOUR, "shop.example", "-", "inbox"): 1, (HOUR, "shop.example", "-", "junk"): 1}
    assert found.passed_over == 1


@given(st.binary(max_size=300))
def test_no_table_raises(data: bytes) -> None:
    """Whatever stands in a file, it is an answer."""
    read_table(data, "x")
    read_table(HEAD.encode() + data, "x")
    read_dovecot(data.decode("utf-8", "replace").splitlines())
