"""What a Postfix delivered is counted by source and folder, out of its log and that of the Dovecot behind it."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from comity.formats.maillog.inboxes import read_postfix

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR = datetime(2026, 3, 1, 8, tzinfo=UTC)
AT = "2026-03-01T08:05:09.123+00:00 mx "


def came(queue: str, *, client: str = "198.51.100.7", number: int = 1, domain: str = "shop.example") -> list[str]:
    """The lines of a mail up to the queue."""
    return [
        f"{AT}postfix/smtpd[7]: {queue}: client=host.example[{client}]",
        f"{AT}postfix/cleanup[8]: {queue}: message-id=<{number}@shop.example>",
        f"{AT}postfix/qmgr[9]: {queue}: from=<n+ann=west.example@{domain}>, size=900, nrcpt=1 (queue active)",
    ]


def saved(folder: str, number: int = 1) -> str:
    """Dovecot's line about it."""
    return f"{AT}dovecot: lmtp(ann)<1><x>: sieve: msgid=<{number}@shop.example>: stored mail into mailbox '{folder}'"


def handed_on(queue: str) -> str:
    """Postfix's line about it."""
    how = "relay=mx[private/dovecot-lmtp], dsn=2.0.0, status=sent (250 2.0.0 Saved)"
    return f"{AT}postfix/lmtp[10]: {queue}: to=<ann@west.example>, {how}"


def test_source_and_folder_come_together_by_the_message_id() -> None:
    """Two mails of one network: one in the inbox, one in Junk; what was handed on is counted once."""
    lines = [
        *came("4ABC"),
        saved("INBOX"),
        handed_on("4ABC"),
        *came("4DEF", number=2),
        saved("Junk", 2),
        handed_on("4DEF"),
    ]
    assert read_postfix(lines, UTC, NOW).counts == {
        (HOUR, "shop.example", "198.51.100.0/24", "inbox"): 1,
        (HOUR, "shop.example", "198.51.100.0/24", "junk"): 1,
    }


def test_a_filter_that_hands_it_in_again_is_no_source() -> None:
    """Mail that went through a filter on this machine came from where it came before."""
    lines = [*came("4ABC"), *came("4DEF", client="127.0.0.1"), saved("INBOX"), handed_on("4DEF")]
    assert list(read_postfix(lines, UTC, NOW).counts) == [(HOUR, "shop.example", "198.51.100.0/24", "inbox")]


def test_what_postfix_puts_into_mailboxes_itself_is_in_the_inbox() -> None:
    """There is no filter behind ``virtual``; a program behind ``local`` may put it anywhere."""
    done = f"{AT}postfix/virtual[10]: 4ABC: to=<ann@west.example>, relay=virtual, status=sent (delivered to maildir)"
    piped = (
        f"{AT}postfix/local[10]: 4ABC: to=<bob@west.example>, relay=local, status=sent (delivered to command: procmail)"
    )
    found = read_postfix([*came("4ABC"), done, piped], UTC, NOW)
    assert (list(found.counts.values()), found.passed_over) == ([1], 1)


def test_nothing_is_guessed() -> None:
    """A delivery without Dovecot's word, one of a mail nobody saw come, and a bounce's empty envelope are passed over."""
    assert read_postfix([*came("4ABC"), handed_on("4ABC")], UTC, NOW).passed_over == 1
    assert read_postfix([saved("INBOX", 9)], UTC, NOW).passed_over == 1
    bounce = [each.replace("n+ann=west.example@shop.example", "") for each in came("4ABC")]
    found = read_postfix([*bounce, saved("INBOX")], UTC, NOW)
    assert (found.counts, found.passed_over) == ({}, 1)


def test_times_of_syslog_go_by_the_zone() -> None:
    """A log in local time without an offset counts for its hour in UTC."""
    lines = [
        each.replace("2026-03-01T08:05:09.123+00:00", "Mar  1 16:05:09") for each in (*came("4ABC"), saved("INBOX"))
    ]
    assert [key[0] for key in read_postfix(lines, ZoneInfo("Asia/Shanghai"), NOW).counts] == [HOUR]


@given(
    st.lists(st.text(max_size=200) | st.sampled_from([*came("4ABC"), saved("INBOX"), handed_on("4ABC")]), max_size=12)
)
def test_any_lines_are_read(lines: list[str]) -> None:
    """Nothing is raised, and nothing counted twice."""
    found = read_postfix(lines, UTC, NOW)
    assert sum(found.counts.values()) <= len(lines)
