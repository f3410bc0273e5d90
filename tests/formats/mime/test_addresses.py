"""Mailbox addresses out of fields that strangers wrote."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from comity.formats.mime import Mailbox, addresses, domain_of, first_address

LIN = "lin@west.example"


@pytest.mark.parametrize(
    ("value", "read"),
    [
        (LIN, [(None, LIN)]),
        (f"<{LIN}>", [(None, LIN)]),
        (f"Lin <{LIN}>", [("Lin", LIN)]),
        (f'"Lin, of West" <{LIN}>', [("Lin, of West", LIN)]),
        (f'"a \\" b" <{LIN}>', [('a " b', LIN)]),
        (f"=?gb2312?B?zbbL3w==?= <{LIN}>", [("投诉", LIN)]),
        (f"{LIN} (Lin)", [(None, LIN)]),
        (f"(one) {LIN} (two, (three))", [(None, LIN)]),
        (f"{LIN}, mei@east.example;", [(None, LIN), (None, "mei@east.example")]),
        (f"friends: {LIN}, Mei <mei@east.example>;", [(None, LIN), ("Mei", "mei@east.example")]),
        ("undisclosed-recipients:;", []),
        ("", []),
        ("Lin", []),
        (f"{LIN} abuse desk", [(None, LIN)]),
        (f"<{LIN}", [(None, LIN)]),
        (f"<@relay.west.example:{LIN}>", [(None, f"@relay.west.example:{LIN}")]),
        ("<lin@[IPv6:2001:db8::1]>", [(None, "lin@[IPv6:2001:db8::1]")]),
        ('"odd local"@west.example', [(None, "odd local@west.example")]),
        ("MAILER-DAEMON <>", []),
        (f"Lin\t<{LIN}>", [("Lin", LIN)]),
        ("投诉 <投诉@west.example>", [("投诉", "投诉@west.example")]),
    ],
)
def test_an_address_list_is_read(value: str, read: list[tuple[str | None, str]]) -> None:
    """Groups are flattened, comments dropped, what is no address left out."""
    assert addresses(value) == tuple(Mailbox(display=display, address=address) for display, address in read)
    assert first_address(value) == (read[0][1] if read else None)


def test_two_thousand_addresses_are_enough() -> None:
    """A list is cut at the cap; the rest is not read."""
    assert len(addresses(f"{LIN}, " * 5000)) == 2000


@pytest.mark.parametrize(
    ("address", "domain"),
    [
        (LIN, "west.example"),
        ("A@West.EXAMPLE.", "west.example"),
        ("a@b@west.example", "west.example"),
        (f"<{LIN}>", "west.example"),
        ("west.example", None),
        ("a@", None),
        ("", None),
        (None, None),
    ],
)
def test_the_domain_is_what_stands_behind_the_last_at_sign(address: str | None, domain: str | None) -> None:
    """In lower case, without a final dot."""
    assert domain_of(address) == domain


PIECES = st.sampled_from(
    ['"', "(", ")", "<", ">", ",", ";", ":", "\\", "@", " ", "a", "b.example", "=?utf-8?q?a?=", "投"]
)


@given(st.one_of(st.text(max_size=200), st.lists(PIECES, max_size=60).map("".join)))
@example("<\\<>")
def test_any_text_gives_addresses_or_none(value: str) -> None:
    """Nothing is raised; what is given holds an address, and the quick way agrees with the long one."""
    read = addresses(value)
    assert all(each.address and each.display != "" for each in read)
    assert first_address(value) == (read[0].address if read else None)


@pytest.mark.parametrize("mark", ['"', "(", "<", ":", "\\", ',"', "()", "<>,", '"a" '])
def test_what_a_stranger_opens_and_never_closes_is_passed_once(mark: str) -> None:
    """A field of nothing but comments, quotes or groups is read to its end, and names one address at the most."""
    assert len(addresses(mark * 20_000 + f" {LIN}")) <= 1
