"""Internet addresses in text."""

from ipaddress import IPv4Address, IPv6Address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.formats import ip


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("192.0.2.1", "192.0.2.1"),
        (" 192.0.2.1\t", "192.0.2.1"),
        ("[192.0.2.1]", "192.0.2.1"),
        ("[IPv6:2001:DB8:0:0::1]", "2001:db8::1"),
        ("IPV6:2001:db8::1", "2001:db8::1"),
        ("fe80::1%eth0", "fe80::1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("::FFFF:c000:201", "192.0.2.1"),
        ("2001:db8::192.0.2.1", "2001:db8::c000:201"),
        ("0.0.0.0", "0.0.0.0"),  # noqa: S104 - nothing is bound to it
        ("::", "::"),
    ],
)
def test_one_form_for_every_way_an_address_is_written(text: str, canonical: str) -> None:
    """Brackets, the prefix of mail literals and zones fall away; an IPv4 address in IPv6 clothes is one of IPv4."""
    assert ip.canonical(text) == canonical


@pytest.mark.parametrize(
    "text",
    ["", "192.0.2", "192.0.2.256", "192.0.2.01", "192.0.2.1.5", "192.0.2.1:25", "0x7f.1", "3232235521", "١٩٢.0.2.1", "west.example",
     "12:30:45", "2001:db8", "2001:db8:::1", "1:2:3:4:5:6:7:8:9", "g::1", ":" * 100, "[", "IPv6:", "::1/128"],
)  # fmt: skip
def test_what_is_no_address_is_none(text: str) -> None:
    """No guess: a leading zero could be octal, a bare number anything, digits of other scripts look like ours."""
    assert ip.canonical(text) is None


PRIVATE = [
    ip_network(text)
    for text in ("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16",
                 "224.0.0.0/3", "::/128", "::1/128", "fc00::/7", "fe80::/10", "ff00::/8")
]  # fmt: skip
EDGES = [
    address
    for network in PRIVATE
    for number in (int(network[0]) - 1, int(network[0]), int(network[-1]), int(network[-1]) + 1)
    if 0 <= number < 2**network.max_prefixlen
    for address in [type(network[0])(number)]
]


@given(
    st.one_of(
        st.sampled_from(EDGES), st.integers(0, 2**32 - 1).map(IPv4Address), st.integers(0, 2**128 - 1).map(IPv6Address)
    )
)
def test_an_address_is_private_exactly_where_the_registries_say_so(address: IPv4Address | IPv6Address) -> None:
    """The text rule and the arithmetic of networks agree on every address, and on both sides of every edge."""
    text = ip.canonical(str(address))
    assert text is not None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    assert ip.is_private(text) == any((mapped or address) in network for network in PRIVATE)


@pytest.mark.parametrize(
    "text", ["192.0.2.1", "198.51.100.1", "203.0.113.1", "2001:db8::1", "fc::1", "fe8::1", "100.128.0.1"]
)
def test_addresses_of_examples_are_as_public_as_others(text: str) -> None:
    """Samples and tests are written with them; and what only begins like a private range is none."""
    assert not ip.is_private(text)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("from 192.0.2.7, [2001:db8::7] at 12:30:45, version 1.2.3.4.5", [(5, "192.0.2.7"), (17, "2001:db8::7")]),
        ("192.0.2.7:25 (192.0.2.8).", [(0, "192.0.2.7"), (14, "192.0.2.8")]),
        ("地址192.0.2.7发送", [(2, "192.0.2.7")]),
        ("x192.0.2.7 1192.0.2.7 192.0.2.7x a.192.0.2.7", []),
        ("2001:db8:0:0:0:0:0:1 and ::ffff:192.0.2.9", [(0, "2001:db8::1"), (25, "192.0.2.9")]),
        ("std::string :: ::1 a::", []),
        ("", []),
    ],
)
def test_addresses_are_found_in_prose(text: str, found: list[tuple[int, str]]) -> None:
    """Where they stand and what they are; times, versions and names of programs are none."""
    assert ip.find(text) == found


@given(st.text(max_size=200))
def test_any_text_is_an_address_or_none(text: str) -> None:
    """Nothing is raised; what is given is its own canonical form, and stands where it is said to stand."""
    canonical = ip.canonical(text)
    assert canonical is None or ip.canonical(canonical) == canonical
    for offset, address in ip.find(text):
        assert 0 <= offset < len(text)
        assert ip.canonical(address) == address


@given(st.integers(0, 2**128 - 1).map(IPv6Address), st.sampled_from(["{}", " {} ", "x [{}]", "({})", "{}, then"]))
def test_an_address_in_prose_is_the_address_alone(address: IPv6Address, frame: str) -> None:
    """Every IPv6 address with "::" or all its groups is found in a sentence as it is read alone."""
    text = str(address)
    alone = ip.canonical(text)
    assert [found for _, found in ip.find(frame.format(text))] == [alone] or len(text) <= 4
