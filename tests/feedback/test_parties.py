"""Finding the agreement that covers an address or a domain."""

from ipaddress import ip_address, ip_network

from hypothesis import given
from hypothesis import strategies as st

from comity.feedback.parties import Parties, inside
from comity.model.agreement import Agreement
from comity.model.tier import Tier


def _agreement(peer: str, *networks: str, domains: tuple[str, ...] = ()) -> Agreement:
    return Agreement(
        peer=peer,
        address=f"fbl@{peer}.example",
        networks=tuple(map(ip_network, networks)),
        dkim_domains=domains,
        tier=Tier.T1,
    )


PARTIES = Parties(
    [
        _agreement("east", "198.51.100.0/24", "2001:db8::/32", domains=("east.example",)),
        _agreement("tenant", "198.51.100.128/25", "2001:db8:7::/48", domains=("shop.east.example",)),
    ]
)


def test_the_smallest_network_answers() -> None:
    """A range inside a range has an agreement of its own; both kinds of address are told apart."""
    found = {
        address: covered and (covered.agreement.peer, covered.by)
        for address in (
            "198.51.100.127",
            "198.51.100.128",
            "198.51.101.1",
            "2001:db8:7::1",
            "2001:db8:8::1",
            "::1",
            "east",
        )
        for covered in [PARTIES.by_address(address)]
    }
    assert found == {
        "198.51.100.127": ("east", "198.51.100.0/24"),
        "198.51.100.128": ("tenant", "198.51.100.128/25"),
        "198.51.101.1": None,
        "2001:db8:7::1": ("tenant", "2001:db8:7::/48"),
        "2001:db8:8::1": ("east", "2001:db8::/32"),
        "::1": None,
        "east": None,
    }


def test_the_nearest_domain_answers() -> None:
    """An agreement on a domain covers the names below it, never the names beside it."""
    peers = {
        domain: covered and covered.agreement.peer
        for domain in (
            "EAST.example.",
            "mail.east.example",
            "a.shop.east.example",
            "northeast.example",
            "example",
            "",
            "." * 300,
        )
        for covered in [PARTIES.by_domain(domain)]
    }
    assert peers == {
        "EAST.example.": "east",
        "mail.east.example": "east",
        "a.shop.east.example": "tenant",
        "northeast.example": None,
        "example": None,
        "": None,
        "." * 300: None,
    }
    assert not inside("east.example", ("mail.east.example",))


@given(st.integers(0, 2**32 - 1), st.integers(0, 32), st.integers(0, 2**32 - 1))
def test_it_agrees_with_the_textbook(network: int, length: int, address: int) -> None:
    """For any prefix and address the index says what a search would say."""
    prefix = ip_network((network >> (32 - length) << (32 - length), length))
    found = Parties([_agreement("any", str(prefix))]).by_address(str(ip_address(address)))
    assert (found is not None) == (ip_address(address) in prefix)


def test_many_agreements_cost_no_more() -> None:
    """Ten thousand networks are one look-up per prefix length."""
    parties = Parties(_agreement(f"peer{n}", f"10.{n >> 8}.{n & 255}.0/24") for n in range(10_000))
    covered = parties.by_address("10.38.7.9")
    assert covered is not None
    assert covered.agreement.peer == f"peer{38 * 256 + 7}"
