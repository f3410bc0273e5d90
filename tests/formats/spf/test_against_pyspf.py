"""pyspf as an oracle: over generated records and zones both come to the same result."""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from comity.formats.dns_answers import NO_SUCH_NAME, DnsAnswer, DnsQuestion, Kind, driven
from comity.formats.spf import Sent, check

spf: Any = pytest.importorskip("spf")

ADDRESSES = ("192.0.2.7", "192.0.2.200", "198.51.100.1")
HOSTS = ("a.example", "b.example", "mx.a.example", "none.example", "%{d}", "%{o}", "%{d1r}.example", "%{h}")
_HOST = st.sampled_from(HOSTS)
_CIDR = st.sampled_from(["", "/24", "/32", "/0", "/33", "//64", "/24//64"])


def _records(*below: str) -> st.SearchStrategy[str]:
    """Records that name others, never themselves: pyspf calls that a syntax error, the RFC lets it run into the limit."""
    other = st.sampled_from(["none.example", *below])
    term = st.one_of(
        st.just("all"),
        st.builds("ip4:{}{}".format, st.sampled_from(ADDRESSES), st.sampled_from(["", "/24", "/16", "/33", "/024"])),
        st.builds("ip6:2001:db8::{}".format, st.sampled_from(["1", "/32", "/129", "g"])),
        st.builds("a{}".format, _CIDR),
        st.builds("a:{}{}".format, _HOST, _CIDR),
        st.builds("mx{}".format, _CIDR),
        st.builds("mx:{}{}".format, _HOST, _CIDR),
        st.builds("include:{}".format, other),
        st.builds("exists:{}".format, _HOST),
        st.builds("redirect={}".format, other),
        st.sampled_from(["ptr", "ptr:east.example", "moo", "a:", "include:", "ip4:", "exp=a.example"]),
    )
    terms = st.lists(st.tuples(st.sampled_from(["", "", "-", "~", "?"]), term), max_size=6)
    return terms.map(lambda found: " ".join(["v=spf1", *(one if "=" in one else sign + one for sign, one in found)]))


_ZONE = st.fixed_dictionaries(
    {
        ("east.example", "TXT"): _records("a.example", "b.example"),
        ("a.example", "TXT"): _records("b.example"),
        ("b.example", "TXT"): _records(),
        ("a.example", "A"): st.sampled_from(ADDRESSES),
        ("east.example", "A"): st.sampled_from(ADDRESSES),
        ("mx.a.example", "A"): st.sampled_from(ADDRESSES),
        ("a.example", "MX"): st.just("mx.a.example"),
        ("east.example", "MX"): st.sampled_from(["mx.a.example", "b.example"]),
        ("7.2.0.192.in-addr.arpa", "PTR"): st.just("mx.a.example"),
    }
)


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(_ZONE)
def test_both_come_to_the_same_result(zone: dict[tuple[str, str], str]) -> None:
    """Records that two independent readings of the RFC agree on."""

    def find(question: DnsQuestion) -> DnsAnswer:
        name = "7.2.0.192.in-addr.arpa" if question.kind is Kind.PTR else question.name
        said = zone.get((name, str(question.kind)))
        return NO_SUCH_NAME if said is None else DnsAnswer(records=(said,))

    def look_up(name: str, kind: str, strict: bool = True, timeout: float = 20) -> Iterator[tuple[Any, Any]]:
        said = zone.get((name.lower().rstrip("."), kind))
        if said is not None:
            value: Any = (said.encode(),) if kind == "TXT" else (10, said) if kind == "MX" else said
            yield (name, kind), value

    sent = Sent(client_ip="192.0.2.7", envelope_from="news@east.example", helo="mx.a.example")
    ours = driven(check(sent), find)
    before, spf.DNSLookup = spf.DNSLookup, look_up
    try:
        query = spf.query(sent.client_ip, sent.envelope_from, sent.helo, strict=1)
        theirs = query.check()[0]
    finally:
        spf.DNSLookup = before
    assert ours.result.value == theirs, (zone, ours)
