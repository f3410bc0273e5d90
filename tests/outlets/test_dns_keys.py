"""DKIM keys out of the DNS, with a resolver that plays the network."""

from typing import Any, cast

import dns.exception
import dns.resolver

from comity.outlets.dns_keys import DnsKeys


class _Record:
    def __init__(self, *strings: bytes) -> None:
        self.strings = strings


class _Resolver:
    """Answers from a table; counts what it was asked."""

    def __init__(self, answers: dict[str, Any]) -> None:
        self.answers, self.asked = answers, list[str]()

    def resolve(self, name: str, kind: str, lifetime: float) -> list[_Record]:
        assert kind == "TXT"
        assert lifetime < 5
        self.asked.append(name)
        answer = self.answers[name]
        if isinstance(answer, Exception):
            raise answer
        return cast(list[_Record], answer)


def test_an_answer_is_one_of_three() -> None:
    """A record, none there, or nobody answered: only the last one is asked for again."""
    resolver = _Resolver(
        {
            "s1._domainkey.east.example.": [_Record(b"v=DKIM1; ", b"p=AAAA")],
            "s2._domainkey.east.example.": dns.resolver.NXDOMAIN(),
            "s3._domainkey.east.example.": dns.exception.Timeout(),
            "s4._domainkey.east.example.": [],
        }
    )
    keys = DnsKeys(cast(dns.resolver.Resolver, resolver))
    names = [f"s{n}._domainkey.east.example" for n in (1, 2, 3, 4)]
    expected = {names[0]: b"v=DKIM1; p=AAAA", names[1]: None}
    assert keys.find(names) == expected
    assert keys.find(names) == expected
    assert resolver.asked == [f"{name}." for name in (*names, names[2], names[3])]


def test_a_name_that_is_none_is_not_asked_for() -> None:
    """A stranger's d= cannot make us ask for anything but a host name."""
    resolver = _Resolver({})
    assert DnsKeys(cast(dns.resolver.Resolver, resolver)).find(["s1._domainkey.a b", "x" * 300, "\x00"]) == {
        "s1._domainkey.a b": None,
        "x" * 300: None,
        "\x00": None,
    }
    assert resolver.asked == []


def test_memory_is_bounded() -> None:
    """However many names strangers think of, ten thousand answers are kept."""

    class _Anything(_Resolver):
        def resolve(self, name: str, kind: str, lifetime: float) -> list[_Record]:
            return [_Record(b"v=DKIM1; p=")]

    keys = DnsKeys(cast(dns.resolver.Resolver, _Anything({})))
    for number in range(10_050):
        keys.find([f"s{number}._domainkey.east.example"])
    assert len(keys._answers) == 10_000
