"""Entries of a list: whatever overlaps, one answer for each address, the narrowest; the same in every format."""

from ipaddress import IPv4Address, IPv4Network, IPv6Network, ip_address, ip_network
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from comity.formats.dnsbl import entries as listed
from comity.formats.dnsbl import zones
from comity.formats.dnsbl.zones import Sort, Zone
from comity.model.signal import Entry

ZONE = Zone(name="bl.west.example", servers=("ns.west.example",), hostmaster="dns@west.example", serial=7, ttl=300)
NETWORKS = st.builds(
    lambda low, length: ip_network((int(IPv4Address("198.51.0.0")) + low >> 32 - length << 32 - length, length)),
    st.integers(0, 1023), st.integers(20, 32),
)  # fmt: skip
ENTRIES = st.lists(
    st.builds(lambda subject, code: Entry(subject=subject, code=code, text=""), NETWORKS, st.integers(2, 9)),
    max_size=12,
)
NAMES = st.lists(st.sampled_from(["a", "b", "c"]), min_size=1, max_size=4).map(
    lambda labels: ".".join([*labels, "example"])
)


def narrowest(entries: list[Entry], address: Any) -> int | None:
    """By definition: of the entries that cover it the longest prefix, then the lower code."""
    covering = [each for each in entries if not isinstance(each.subject, str) and address in each.subject]
    best = max((each.subject.prefixlen for each in covering if not isinstance(each.subject, str)), default=None)
    return min((each.code for each in covering if each.subject.prefixlen == best), default=None)  # type: ignore[union-attr]


@settings(deadline=None, max_examples=60)
@given(entries=ENTRIES)
def test_every_address_has_the_answer_of_the_narrowest(entries: list[Entry]) -> None:
    """Whatever overlaps or nests: pieces do not overlap, and together they say what the entries say."""
    pieces = listed.disjoint(entries)
    found = {address: each.code for network, each in pieces for address in network}
    assert len(found) == sum(network.num_addresses for network, _ in pieces)
    start = int(IPv4Address("198.51.0.0"))
    for number in range(start, start + 1024):
        address = IPv4Address(number)
        assert found.get(address) == narrowest(entries, address)


@settings(deadline=None, max_examples=60)
@given(entries=ENTRIES)
def test_names_of_bind_say_the_same(entries: list[Entry]) -> None:
    """A name or the star over it, by the rules of the DNS: the closest name that exists decides which star counts."""
    zone = {name: each.code for network, each in listed.disjoint(entries) for name in listed.names_of(network)}
    for number in range(0, 1024, 7):
        address = IPv4Address(int(IPv4Address("198.51.0.0")) + number)
        assert resolved(zone, ".".join(address.reverse_pointer.split(".")[:-2])) == narrowest(entries, address)


@settings(deadline=None, max_examples=200)
@given(names=st.lists(st.tuples(NAMES, st.integers(2, 9)), max_size=8), asked=NAMES)
def test_a_domain_has_the_answer_of_the_nearest_one_above(names: list[tuple[str, int]], asked: str) -> None:
    """Also where a star does not reach, because a name between exists."""
    entries = [Entry(subject=name, code=code, text="") for name, code in names]
    zone = {name: each.code for name, each in listed.covering_names(entries).items()}
    above = [asked.split(".", number)[number] for number in range(asked.count(".") + 1)]
    nearest = next((name for name in above if any(name == each for each, _ in names)), None)
    expected = min((code for name, code in names if name == nearest), default=None)
    assert resolved(zone, asked) == expected


def resolved(zone: dict[str, int], name: str) -> int | None:
    """What a server answers from a zone with stars (RFC 4592): a name that exists, else the star below its closest encloser."""
    if name in zone:
        return zone[name]
    exist = {each.split(".", number)[number] for each in zone for number in range(each.count(".") + 1)}
    if name in exist:
        return None
    rest = name.partition(".")[2]
    while rest and rest not in exist:
        rest = rest.partition(".")[2]
    return zone.get(f"*.{rest}") if rest else None


def test_a_wide_network_with_many_holes_is_quick() -> None:
    """A /16 with each second address on its own: linear, and exact."""
    network = ip_network("198.51.0.0/16")
    wide = Entry(subject=network, code=4, text="")
    holes = [
        Entry(subject=ip_network((int(network[0]) + number, 32)), code=3, text="") for number in range(0, 20000, 2)
    ]
    pieces = listed.disjoint([wide, *holes])
    assert sum(each.num_addresses for each, _ in pieces) == 65536
    assert sum(each.num_addresses for each, entry in pieces if entry.code == 3) == 10000


def test_the_same_input_gives_the_same_bytes() -> None:
    """In whatever order it comes."""
    entries = [
        Entry(subject=IPv4Network("198.51.100.7/32"), code=3, text="one"),
        Entry(subject=IPv6Network("2001:db8::/49"), code=4, text="two"),
        Entry(subject=IPv4Network("198.51.100.0/24"), code=4, text="three"),
        Entry(subject="east.example", code=3, text="four"),
    ]
    for sort in Sort:
        for write in (zones.rbldnsd, zones.bind):
            assert write(sort, entries, ZONE) == write(sort, entries[::-1], ZONE)


def test_a_text_breaks_out_of_no_format() -> None:
    """Quotes, backslashes, dollars, line ends, Chinese: one line, one text, at most 255 octets."""
    bad = 'x" \\ $ \n\r\x00 ; ) ( 垃圾 @ ' + "y" * 400
    entries = [Entry(subject=IPv4Network("198.51.100.7/32"), code=3, text=bad)]
    plain, bind = zones.rbldnsd(Sort.V4, entries, ZONE).decode(), zones.bind(Sort.V4, entries, ZONE).decode()
    assert plain.count("\n") == 3 + 1 + 1 and bind.count("\n") == 4 + 2 + 2
    text = next(line for line in plain.splitlines() if line.startswith("198.51.100.7/32 ")).split(":", 2)[2]
    assert len(text) == 255 and not set(text) & set('"\\$\n\r\0') and text.isascii()
    assert f'7.100.51.198 IN TXT "{text}"' in bind.splitlines()


def test_the_test_entries_are_always_there() -> None:
    """RFC 5782 section 5, for each answer that the list gives; never 127.0.0.1."""
    assert [str(each.subject) for each in listed.tests_v4([4, 1, 10])] == [
        "127.0.0.2/32",
        "127.0.0.4/32",
        "127.0.0.10/32",
    ]
    text = zones.rbldnsd(Sort.V6, [], ZONE, codes=(4,)).decode()
    assert "0000:0000:0000:0000:0000:ffff:7f00:0002/128 :127.0.0.2:" in text
    assert ip_address("::ffff:7f00:1") not in [each.subject for each in listed.tests_v6([1])]
