"""Exim's main log as counters: each kind of line, and clients that write what looks like one."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.formats.maillog import counted, counted_exim
from comity.formats.maillog.counted import CountedKind

NOW = datetime(2026, 11, 28, 9, tzinfo=UTC)
AT = "2026-11-28 08:00:00"
ID = "1vPABC-000000001hZ-2abc"


def read(line: str) -> tuple[object, ...] | None:
    """Kind, address, port, queue id, recipient and greeting of a line."""
    found = counted.read(line, UTC, NOW)
    return found and (found.kind.value, found.address, found.port, found.queue_id, found.recipient, found.helo)


@pytest.mark.parametrize(
    ("rest", "said"),
    [
        (f"{ID} <= a@pc.example H=(PC) [192.0.2.7] P=esmtp S=9 id=1@pc", ("mail", "192.0.2.7", None, ID, None, "pc")),
        (f"{ID} <= <> H=pc.example [192.0.2.7]:5000 P=esmtp", ("mail", "192.0.2.7", 5000, ID, None, "pc.example")),
        (f"[77] {ID} <= a@b H=pc.example (x) [2001:DB8::7] P=smtp", ("mail", "2001:db8::7", None, ID, None, "x")),
        ("1vPABC-0001hZ-2a <= a@b H=[192.0.2.7] P=smtp", ("mail", "192.0.2.7", None, "1vPABC-0001hZ-2a", None, None)),
        (
            f"{ID} => R1@far.example R=dns T=smtp H=mx [198.51.100.1]",
            ("recipient", None, None, ID, "r1@far.example", None),
        ),
        (f"{ID} -> ann <ann@west.example> R=local T=lmtp", ("recipient", None, None, ID, "ann@west.example", None)),
        (f"{ID} ** no@far.example R=dns T=smtp: 550 no", ("recipient", None, None, ID, "no@far.example", None)),
        (f"{ID} == r@far.example R=dns T=smtp defer (-44)", ("recipient", None, None, ID, "r@far.example", None)),
        (
            "H=(x) [192.0.2.7]:7 I=[127.0.0.1]:25 X=TLS1.3 CV=no F=<a@b> temporarily rejected RCPT <To@far.example>: no",
            ("refused", "192.0.2.7", 7, None, "to@far.example", "x"),
        ),
        (f"{ID} H=x [192.0.2.7] F=<a@b> rejected after DATA: virus", ("refused", "192.0.2.7", None, None, None, "x")),
        ("H=[192.0.2.7] rejected EHLO or HELO x: no", ("refused", "192.0.2.7", None, None, None, None)),
        (
            "login authenticator failed for (User) [192.0.2.7]: 535 Incorrect authentication data (set_id=ann)",
            ("failed", "192.0.2.7", None, None, None, None),
        ),
        ("plain authenticator failed for H=x [192.0.2.7]:9: 535 no", ("failed", "192.0.2.7", 9, None, None, None)),
    ],
)
def test_each_kind_of_line(rest: str, said: tuple[object, ...]) -> None:
    """As a file holds it, and as syslog does with its own time and the host in front."""
    assert read(f"{AT} {rest}\n") == said
    assert read(f"Nov 28 08:00:00 MX exim[77]: {AT} {rest}") == said
    found = counted.read(f"2026-11-28T08:00:00.1+00:00 MX exim4[7]: {AT} {rest}", UTC, NOW)
    assert found is not None
    assert (found.host, found.at) == ("mx", datetime(2026, 11, 28, 8, tzinfo=UTC))


def test_the_offset_of_the_line_counts_and_else_the_zone() -> None:
    """``log_timezone`` writes one; without, the zone of the settings holds."""
    east = timezone(timedelta(hours=8))
    for text in (f"{AT} +0800", AT):
        found = counted.read(f"{text} {ID} <= a@b H=[192.0.2.7] P=smtp", east, NOW)
        assert found is not None
        assert found.at == datetime(2026, 11, 28, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "rest",
    [
        f'{ID} <= "a H=[203.0.113.9] b"@c.example H=(pc) [192.0.2.7] P=esmtp',  # a sender that looks like a client
        f"{ID} <= a@b U=www-data P=local S=1",
        f"{ID} <= <> R={ID} U=exim P=local S=1",
        f"{ID} Completed",
        "SMTP connection from [192.0.2.7] closed by QUIT",
        "no host name found for IP address 192.0.2.7",
        "unexpected disconnection while reading SMTP command from (H=[203.0.113.9] rejected RCPT) [192.0.2.7]",
        f"{ID} <= a@b H=(pc) [999.0.2.7] P=smtp",
    ],
)
def test_what_names_no_client_is_passed_over(rest: str) -> None:
    """What was handed in by a program of the host, what ends, and what only looks like a line."""
    assert read(f"{AT} {rest}") is None


def test_a_greeting_in_the_form_of_an_address_is_a_greeting() -> None:
    """The address is the one behind it, which Exim itself saw."""
    said = read(f"{AT} {ID} <= a@b H=([203.0.113.9]) [192.0.2.7] P=smtp")
    assert said == ("mail", "192.0.2.7", None, ID, None, "[203.0.113.9]")


@given(st.text(max_size=300))
def test_no_line_breaks_it(text: str) -> None:
    """Whatever stands behind the time."""
    for rest in (text, f"{ID} <= {text}", f"{ID} => {text}", f"H={text}", f"x authenticator failed for {text}"):
        found = counted_exim.read(f"{AT} {rest}", UTC)
        assert found is None or isinstance(found.kind, CountedKind)
