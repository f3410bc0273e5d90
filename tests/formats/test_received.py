"""The walk over Received lines from the trusted side."""

from ipaddress import ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.formats import received
from comity.formats.received import Link

WHEN = "Fri, 1 May 2026 10:00:00 +0000"
STRANGER = f"from liar (mx7.east.example [192.0.2.7]) by mx.west.example (Postfix) with ESMTPS id 1 for <lin@west.example>; {WHEN}"
INVENTED = (
    f"from innocent.example (innocent.example [198.51.100.66]) by mx7.east.example (Postfix) with ESMTP id 2; {WHEN}"
)
STORED = f"from mx.west.example by store.west.example with LMTP id 3; {WHEN}"
FILTERED = f"from localhost (localhost [127.0.0.1]) by mx.west.example (Postfix) with ESMTP id 4; {WHEN}"
RELAYED = f"from mx.west.example (mx.west.example [203.0.113.5]) by in.west.example (Postfix) with ESMTP id 5; {WHEN}"


def test_the_first_stranger_from_the_top_is_the_source() -> None:
    """Nothing below the first stranger is looked at."""
    source = received.walk([STRANGER, INVENTED])
    assert source is not None
    assert (source.ip, source.rule, source.hop) == ("192.0.2.7", "received:1", 1)


def test_hops_within_the_receiving_side_are_passed_over_and_named() -> None:
    """Local delivery, loopback and relays of the same organisation lead on to the line below."""
    source = received.walk([STORED, FILTERED, RELAYED, STRANGER, INVENTED])
    assert source is not None
    assert (source.ip, source.rule) == ("192.0.2.7", "received:4")
    assert [each.reason for each in source.skipped] == ["local", "private", "same-organisation"]


def test_a_line_without_an_address_ends_the_walk() -> None:
    """A wrong address is worse than none: nothing is taken from beyond a line that does not say who connected."""
    ended = received.trace([f"from liar.example by mx.west.example with SMTP id 1; {WHEN}", INVENTED])
    assert ended.source is None
    assert [each.code for each in ended.findings] == ["received-unreadable"]


def test_helo_of_the_own_organisation_is_not_believed() -> None:
    """Whoever says "mx.west.example" at west.example's door stays a stranger."""
    line = f"from mx.west.example (unknown [192.0.2.7]) by in.west.example (Postfix) with SMTP id 1; {WHEN}"
    below = (
        f"from innocent.example (innocent.example [198.51.100.66]) by mx.west.example (Postfix) with SMTP id 2; {WHEN}"
    )
    source = received.walk([line, below])
    assert source is not None
    assert source.ip == "192.0.2.7"


def test_an_unconfirmed_name_of_the_own_organisation_gives_no_answer() -> None:
    """A reverse name can be set by whoever holds the address; a server that did not confirm it proves nothing."""
    line = f"from mx.west.example (HELO mx.west.example) (192.0.2.7) by in.west.example with SMTP; {WHEN}"
    below = f"from innocent.example (innocent.example [198.51.100.66]) by mx.west.example with SMTP id 2; {WHEN}"
    ended = received.trace([line, below])
    assert ended.source is None
    assert [each.code for each in ended.findings] == ["received-unconfirmed"]


@pytest.mark.parametrize(
    "name", ["h-2-7.west.example", "c0000207.dyn.west.example", "pool-9.west.example", "adsl7.west.example"]
)
def test_an_infected_subscriber_of_the_own_organisation_is_the_source(name: str) -> None:
    """A customer's line bears the provider's name, but what stands below it was written by the infected device."""
    line = f"from x ({name} [192.0.2.7]) by in.west.example (Postfix) with SMTP id 1; {WHEN}"
    below = (
        f"from innocent.example (innocent.example [198.51.100.66]) by mx.west.example (Postfix) with SMTP id 2; {WHEN}"
    )
    source = received.walk([line, below])
    assert source is not None
    assert source.ip == "192.0.2.7"


def test_a_relay_that_wrote_no_line_of_its_own_is_the_source() -> None:
    """Below a relay of the organisation stands its own line, or the relay itself is where the mail came from."""
    source = received.walk([RELAYED, INVENTED])
    assert source is not None
    assert source.ip == "203.0.113.5"


def test_a_private_host_that_wrote_no_line_of_its_own_ends_the_walk() -> None:
    """An infected device behind address translation invents the line below; its words are not taken."""
    ended = received.trace(
        [f"from x (unknown [100.64.7.7]) by in.west.example (Postfix) with SMTP id 1; {WHEN}", INVENTED]
    )
    assert ended.source is None
    assert [each.code for each in ended.findings] == ["received-foreign"]


def test_trusted_networks_and_forwarders_are_passed_over() -> None:
    """A declared forwarder is not the source of what it forwards."""
    source = received.walk([STRANGER, INVENTED], trusted_networks=[ip_network("192.0.2.0/28")])
    assert source is not None
    assert (source.ip, source.rule) == ("198.51.100.66", "received:2")


def test_trusted_hosts_count_by_confirmed_name_only() -> None:
    """A trusted name that was only said, not looked up, changes nothing."""
    hosts = frozenset({"mx7.east.example"})
    trusted = received.walk([STRANGER, INVENTED], trusted_hosts=hosts)
    assert trusted is not None
    assert trusted.ip == "198.51.100.66"
    said = f"from mx7.east.example (unknown [192.0.2.9]) by mx.west.example (Postfix) with SMTP id 1; {WHEN}"
    source = received.walk([said, INVENTED], trusted_hosts=hosts)
    assert source is not None
    assert source.ip == "192.0.2.9"


def test_mail_collected_from_a_mailbox_is_followed_to_its_sender() -> None:
    """The mailbox that a program collected from is not the source."""
    fetched = f"from pop.west.example [203.0.113.9] by localhost with POP3 (fetchmail-6.4) for <lin@localhost>; {WHEN}"
    source = received.walk([fetched, STRANGER])
    assert source is not None
    assert source.rule == "received:2"


def test_a_providers_backbone_is_passed_over() -> None:
    """Machines of one provider write HELO and public addresses to each other; their networks are known."""
    inner = f"from A1.prod.outlook.com (2603:10b6:5::1) by B2.prod.outlook.com (10.2.1.1) with Microsoft SMTP Server; {WHEN}"
    outer = (
        f"from mx7.east.example (192.0.2.7) by A1.prod.outlook.com (10.1.1.1) with Microsoft SMTP Server id 2; {WHEN}"
    )
    source = received.walk([inner, outer])
    assert source is not None
    assert source.rule == "received:2"


def test_internal_mail_has_no_source() -> None:
    """Where every line was written inside, the answer is none, with a finding that says so."""
    ended = received.trace([STORED, FILTERED])
    assert ended.source is None
    assert [each.code for each in ended.findings] == ["received-internal"]
    assert received.trace([]).findings == ()


def test_mail_between_two_mailboxes_of_one_provider_names_its_relay() -> None:
    """Where the provider's own relay is the last address that anybody wrote, the mail came from there."""
    inner = f"from x (out1.west.example [203.0.113.41]) by in.west.example (Postfix) with SMTPS id 1; {WHEN}"
    below = f"from 2132 named unknown by api.west.example with HTTPREST; {WHEN}"
    walked = received.trace([inner, below])
    assert walked.source is not None
    assert (walked.source.ip, walked.source.rule) == ("203.0.113.41", "received:1")
    assert [each.code for each in walked.findings] == ["received-internal"]


# -- hostile input

PIECES = st.sampled_from(
    ["from ", "by ", " with ", " id ", " for ", ";", "(", ")", "[", "]", "<", ">", '"', "\\", "@", "192.0.2.7",
     "2001:db8::7", "[IPv6:", "HELO ", "helo=", "port=", "envelope-from ", "may be forged", "x.example", " ", "\t", "\n",
     "(Exim 4", "(Postfix)", "mailfrom:", " ip:", " fp:", "\x00", "é", ":25"]
)  # fmt: skip


@given(st.lists(st.lists(PIECES | st.text(max_size=8), max_size=40).map("".join), max_size=5))
def test_no_text_makes_it_raise(values: list[str]) -> None:
    """Whatever a stranger writes, the readers answer."""
    for value in values:
        hop = received.parse(value)
        assert hop.ip is None or hop.link is Link.PEER
    received.trace(values)


@pytest.mark.parametrize(
    "line",
    ["(" * 9000, "from " * 2000, "from x (" + "[" * 9000, "from x (y [192.0.2.7]) by " * 400, "[1.2.3.4]) by " * 700,
     "from x " + "(helo=" * 1500 + ") by y", "by " * 3000, "from a (mailfrom:" + " ip:1.2.3.4" * 800 + ") by b",
     "from x (" + "@" * 8000 + "192.0.2.7) by y", "(envelope-from <" * 500, " " * 8000 + "by", "from " + "\t" * 8000 + "x by y"],
)  # fmt: skip
def test_long_lines_cost_little(line: str, hang_guard: None) -> None:
    """A line made to be slow is read in linear time: a hundred times as long, it is still read."""
    received.parse(line * 100)
    source = received.trace([line * 100] * 3).source
    assert source is None or source.hop == 1
