"""Which address sent the reported message, where no field says it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.formats.ip import canonical
from comity.formats.mime import Headers, scan
from comity.formats.source_address import Found, agree, find

TRACE = "Received: from out.east.example (out.east.example [192.0.2.7]) by mx.west.example (Postfix) with ESMTP id 1; x"
INSIDE = "Received: from mx.west.example (mx.west.example [10.0.0.1]) by store.west.example with LMTP id 1; x"
CHECKED = "Authentication-Results: mx.west.example; spf=pass (sender IP is 192.0.2.7) smtp.mailfrom=east.example"


def _headers(*lines: str) -> Headers:
    return scan("".join(f"{line}\n" for line in (*lines, "Subject: x")).encode() + b"\n").headers


def _codes(found: Found) -> list[str]:
    return [note.code for note in found[2]]


@pytest.mark.parametrize(
    ("lines", "subject", "text", "answer"),
    [
        ([TRACE], None, None, ("192.0.2.7", "received:1")),
        ([INSIDE, TRACE], None, None, ("192.0.2.7", "received:2")),
        ([CHECKED], None, None, ("192.0.2.7", "authentication-results")),
        ([CHECKED, TRACE], None, None, ("192.0.2.7", "authentication-results")),
        ([], "Report for IP 192.0.2.7", None, ("192.0.2.7", "subject")),
        ([], "complaint about message from 192.0.2.7", None, ("192.0.2.7", "subject")),
        ([], "Abuse: [2001:DB8::7]", None, ("2001:db8::7", "subject")),
        ([], None, "An email was received from IP 192.0.2.7 on Monday", ("192.0.2.7", "text")),
        ([], None, "for a message sent from the address: 192.0.2.7.", ("192.0.2.7", "text")),
        ([], None, "SENT FROM 2001:DB8::7", ("2001:db8::7", "text")),
    ],
)
def test_each_rule_finds_an_address_and_names_itself(
    lines: list[str], subject: str | None, text: str | None, answer: tuple[str, str]
) -> None:
    """The check of the reporter's host before its trace, before what was written for people."""
    found = find(_headers(*lines), subject=subject, text=text)
    assert found == (*answer, ())


@pytest.mark.parametrize(
    ("subject", "text"),
    [
        (None, None),
        ("", ""),
        ("Report 192.0.2.7", None),
        ("for 192.0.2.7.9 and from 300.1.1.1", None),
        (None, "our host 192.0.2.7 got mail at 10:20:30 from shop.east.example"),
        (None, "received from 192.0.2.7 and sent from 192.0.2.8"),
        (None, "x" * 5000 + " received from 192.0.2.7"),
        ("from 192.0.2.7x", "message from 192.0.2.7:25"),
    ],
)
def test_an_address_that_only_stands_there_is_none(subject: str | None, text: str | None) -> None:
    """Words must say that it is the sending one, and only one may be named, on the first page."""
    found = find(None, subject=subject, text=text)
    assert found[:2] == (None, None)
    assert _codes(found) == ["address-unknown"]


def test_two_rules_outvote_a_third() -> None:
    """The majority is taken and the disagreement said; no majority, no address."""
    found = find(_headers(CHECKED, TRACE), subject="Report for 198.51.100.9")
    assert found[:2] == ("192.0.2.7", "authentication-results")
    assert _codes(found) == ["address-disagrees"]
    split = find(_headers(TRACE), subject="Report for 198.51.100.9")
    assert split[:2] == (None, None)
    assert _codes(split) == ["address-conflict"]
    assert split[2][0].detail == "received:1=192.0.2.7, subject=198.51.100.9"


def test_a_public_address_is_preferred_to_a_private_one() -> None:
    """A private one alone is given with a remark: it names nobody outside."""
    assert agree([("10.0.0.1", "subject"), ("192.0.2.7", "text")]) == ("192.0.2.7", "text", ())
    alone = agree([("10.0.0.1", "subject")])
    assert alone[:2] == ("10.0.0.1", "subject")
    assert _codes(alone) == ["address-private"]


def test_a_relay_of_the_recipients_own_provider_is_no_source() -> None:
    """The copy that was handed out travelled inside the reporter's network: no address is better than the reporter's."""
    relay = TRACE.replace("east.example", "west.example").replace("by mx.west.example", "by mx.other.example")
    assert find(_headers(relay, "To: reader@mail.west.example"))[:2] == (None, None)
    assert find(_headers(relay, "To: reader@north.example"))[:2] == ("192.0.2.7", "received:1")
    liar = relay.replace("(out.west.example [", "([")  # HELO alone proves nothing
    assert find(_headers(liar, "To: reader@mail.west.example"))[:2] == ("192.0.2.7", "received:1")


def test_hosts_that_are_trusted_are_walked_through() -> None:
    """Their lines are ours; what stands below them is where the mail came from."""
    backup = "Received: from mx2.other.example (mx2.other.example [203.0.113.5]) by mx.west.example (Postfix) with ESMTP id 2; x"
    lines = _headers(backup, TRACE.replace("by mx.west", "by mx2.other"))
    assert find(lines)[:2] == ("203.0.113.5", "received:1")
    assert find(lines, trusted=frozenset({"mx2.other.example"}))[:2] == ("192.0.2.7", "received:2")


ADDRESSES = st.sampled_from(["192.0.2.7", "198.51.100.9", "10.0.0.1", "2001:db8::1"])


@given(
    st.lists(
        st.tuples(ADDRESSES, st.sampled_from(["received:1", "subject", "text", "authentication-results"])), max_size=4
    )
)
def test_an_answer_is_one_of_the_candidates_with_its_rule(candidates: list[tuple[str, str]]) -> None:
    """Never a mixture; without an answer a finding says why."""
    address, rule, notes = agree(candidates)
    assert (address, rule) in candidates or (address is None and rule is None and len(notes) == 1)


@given(st.text(max_size=200), st.text(max_size=200), st.binary(max_size=200))
def test_any_text_gives_an_address_or_none(subject: str, text: str, value: bytes) -> None:
    """Nothing is raised, and what is given is canonical."""
    raw = b"".join(name + value.replace(b"\n", b" ") + b"\n" for name in (b"Received: ", b"Authentication-Results: "))
    address, rule, _ = find(scan(raw + b"\n").headers, subject=f"from {subject}", text=f"received from {text}")
    assert address is None or canonical(address) == address
    assert (address is None) == (rule is None)
