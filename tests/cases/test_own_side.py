"""The customer behind an address or a domain: the nearest line of the list counts."""

from ipaddress import ip_address, ip_network

from hypothesis import given
from hypothesis import strategies as st

from comity.cases.own_side import OwnSide
from comity.formats.own_side import read_own
from comity.model.holding import Holding


def _own(text: str) -> OwnSide:
    own = read_own(text.encode(), "own.csv")
    assert own.mistakes == ()
    return OwnSide(own.holdings)


def _customer(holding: Holding | None) -> str | None:
    return holding.customer if holding else None


def test_the_longest_prefix_wins() -> None:
    """A customer's own range lies in the provider's, in any order of the list."""
    lines = ["192.0.2.0/24,wide", "192.0.2.64/26,narrow", "192.0.2.77,single"]
    for order in (lines, lines[::-1]):
        own = _own("\n".join(order))
        found = [_customer(own.by_address(f"192.0.2.{last}")) for last in (1, 64, 77, 78, 127, 128, 255)]
        assert found == ["wide", "narrow", "single", "narrow", "narrow", "wide", "wide"]


def test_both_versions() -> None:
    """IPv6 beside IPv4, and an IPv4 address in IPv6 dress is the same address."""
    own = _own("2001:db8:1::/48,six\n192.0.2.0/24,four\n")
    assert _customer(own.by_address("2001:db8:1::25")) == "six"
    assert _customer(own.by_address("::ffff:192.0.2.9")) == "four"
    assert own.by_address("2001:db8:2::") is None


def test_overlapping_ranges() -> None:
    """Ranges from a registry need not nest: where two overlap, the smaller one counts."""
    own = _own("192.0.2.10 - 192.0.2.40,large\n192.0.2.30 - 192.0.2.50,small\n")
    found = [_customer(own.by_address(f"192.0.2.{last}")) for last in (9, 10, 29, 30, 40, 41, 50, 51)]
    assert found == [None, "large", "large", "small", "small", "small", "small", None]


def test_the_nearest_domain_wins() -> None:
    """A sub-domain belongs to its parent unless it has its own line; look-alikes belong to nobody."""
    own = _own("west.example,west\nnews.west.example,news\n")
    names = ("west.example", "a.b.West.example.", "x.news.west.example", "notwest.example", "example", "", None)
    assert [_customer(own.by_domain(name)) for name in names] == ["west", "west", "news", None, None, None, None]


def test_what_is_no_address_is_nobodys() -> None:
    """Strangers' words in an address field."""
    own = _own("192.0.2.0/24\n")
    assert [own.by_address(text) for text in (None, "", "unknown", "192.0.2.1.2", "192.0.2.0/24")] == [None] * 5


@given(
    st.lists(st.tuples(st.integers(0, 255), st.integers(24, 32)), min_size=1, max_size=12, unique=True),
    st.integers(0, 255),
)
def test_it_agrees_with_looking_at_every_line(lines: list[tuple[int, int]], last: int) -> None:
    """One bisection gives what comparing with every prefix would give."""
    networks = {ip_network(f"192.0.2.{start}/{length}", strict=False) for start, length in lines}
    own = _own("\n".join(map(str, networks)))
    address = ip_address(f"192.0.2.{last}")
    best = max((each for each in networks if address in each), key=lambda each: each.prefixlen, default=None)
    found = own.by_address(str(address))
    assert (found.name if found else None) == (str(best) if best else None)


def test_a_large_list_is_quick() -> None:
    """A hundred thousand lines, among them one nested a hundred times, are prepared and asked without a long wait."""
    holdings = [
        Holding(name=str(number), place=str(number), version=4, first=number * 256, last=number * 256 + 255)
        for number in range(100_000)
    ]
    holdings += [
        Holding(name=f"n{depth}", place=f"n{depth}", version=6, first=depth, last=(1 << 100) - depth)
        for depth in range(100)
    ]
    own = OwnSide(holdings)
    assert own.by_address("0.1.0.9") is holdings[256]
    assert own.by_address("::100") is holdings[-1]
