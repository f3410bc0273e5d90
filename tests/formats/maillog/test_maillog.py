"""Logs of mail servers: who handed in which mail."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as some

from comity.formats.maillog import LogReader

NOW = datetime(2026, 1, 2, 9, tzinfo=UTC)
CLIENT = (
    "mx postfix/submission/smtpd[71]: 4dABC1xyz: client=h[192.0.2.7], sasl_method=PLAIN, sasl_username=ann@west.example"
)
CLEANUP = "mx postfix/cleanup[72]: 4dABC1xyz: message-id=<1@west.example>"
EXIM = "2026-01-02 08:00:01 +0800 [7] 1vPABC-000000001hZ-2abc <= a@west.example H=h P=esmtpsa A=login:ann S=9 id=1@west.example"


def _read(line: str, zone: str = "UTC"):  # type: ignore[no-untyped-def]
    return LogReader(ZoneInfo(zone), NOW).read(line)


def test_postfix_names_login_and_message_under_one_queue_id() -> None:
    """Two lines; the second is of a mail from elsewhere, too, where there was no first."""
    client, cleanup = _read(f"Jan  2 08:00:01 {CLIENT}"), _read(f"2026-01-02T08:00:01.5+00:00 {CLEANUP}")
    assert (client.login, client.message_id, client.host) == ("ann@west.example", None, "mx")
    assert (cleanup.login, cleanup.message_id) == (None, "1@west.example")
    assert client.queue_id == cleanup.queue_id
    assert client.at == datetime(2026, 1, 2, 8, 0, 1, tzinfo=UTC)


def test_syslog_has_no_year_and_a_zone_of_its_own() -> None:
    """A line of December that is read in January is the last year's; the wall clock is that of the host."""
    assert _read(f"Dec 31 23:30:00 {CLIENT}", "Asia/Shanghai").at == datetime(2025, 12, 31, 15, 30, tzinfo=UTC)
    assert _read(f"Feb 30 08:00:00 {CLIENT}") is None


def test_exim_says_all_in_one_line() -> None:
    """With the offset that the line states."""
    found = _read(EXIM)
    assert (found.login, found.message_id, found.at.hour) == ("ann", "1@west.example", 0)
    assert _read(EXIM.replace("A=login:ann ", "")) is None  # from elsewhere


@pytest.mark.parametrize(
    "line",
    [
        "Jan  2 08:00:01 mx postfix/smtpd[7]: 4dABC: client=sasl_username=eve[192.0.2.9]",
        "Jan  2 08:00:01 mx postfix/smtpd[7]: NOQUEUE: reject: RCPT from h[192.0.2.9]: client=h, sasl_username=eve",
        "Jan  2 08:00:01 mx postfix/qmgr[7]: 4dABC: from=<sasl_username=eve>, size=1",
        "Jan  2 08:00:01 mx sshd[7]: postfix/smtpd[7]: 4dABC: client=h[1], sasl_username=eve",
        EXIM.replace(" <= ", " => "),
    ],
)
def test_what_a_client_says_is_no_login(line: str) -> None:
    """HELO, addresses and reasons hold any text."""
    assert _read(line) is None


@given(some.text(max_size=200))
def test_no_line_breaks_it(text: str) -> None:
    """Whatever stands there."""
    _read(f"Jan  2 08:00:01 mx postfix/smtpd[7]: 4dABC: {text}")
    _read(f"2026-01-02 08:00:01 1vPABC-000000001hZ-2abc <= {text}")
