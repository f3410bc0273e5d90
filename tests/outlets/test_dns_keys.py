"""DKIM keys out of the DNS, with a resolver that plays the network."""

import socket
from types import SimpleNamespace
from typing import Any, cast

import dns.exception
import dns.resolver
import pytest

from comity.outlets.dns_keys import DnsKeys


class _Record:
    def __init__(self, *strings: bytes) -> None:
        self.strings = strings


class _Answer(list[_Record]):
    """Records that may be kept for a while."""

    def __init__(self, *strings: bytes, ttl: int = 3600) -> None:
        super().__init__([_Record(*strings)] if strings else [])
        self.rrset = SimpleNamespace(ttl=ttl)


class _Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class _Resolver:
    """Answers from a table; counts what it was asked."""

    def __init__(self, answers: dict[str, Any]) -> None:
        self.answers, self.asked = answers, list[str]()

    def resolve(self, name: str, kind: str, lifetime: float) -> _Answer:
        assert kind == "TXT"
        assert lifetime < 5
        self.asked.append(name)
        answer = self.answers[name]
        if isinstance(answer, Exception):
            raise answer
        return cast(_Answer, answer)


def test_an_answer_is_one_of_three() -> None:
    """A record, none there, or nobody answered: who did not answer is left alone for a while, then asked again."""
    resolver = _Resolver(
        {
            "s1._domainkey.east.example.": _Answer(b"v=DKIM1; ", b"p=AAAA"),
            "s2._domainkey.east.example.": dns.resolver.NXDOMAIN(),
            "s3._domainkey.north.example.": dns.exception.Timeout(),
            "s4._domainkey.north.example.": _Answer(),
        }
    )
    clock = _Clock()
    keys = DnsKeys(cast(dns.resolver.Resolver, resolver), clock=clock)
    names = [name.rstrip(".") for name in resolver.answers]
    expected = {names[0]: b"v=DKIM1; p=AAAA", names[1]: None}
    assert keys.find(names) == expected
    assert keys.find(names) == expected
    assert [keys.is_silent(each) for each in names] == [False, False, True, True]
    assert resolver.asked == list(resolver.answers)[:3]
    clock.now += 20
    assert keys.find(names) == expected
    assert resolver.asked[3:] == ["s3._domainkey.north.example."]


def test_an_answer_holds_for_as_long_as_it_says() -> None:
    """A key that is published late, changed or taken back is noticed by a program that runs for months."""
    late, old = "late._domainkey.east.example", "old._domainkey.east.example"
    resolver = _Resolver({f"{late}.": dns.resolver.NXDOMAIN(), f"{old}.": _Answer(b"v=DKIM1; p=OLD", ttl=300)})
    clock = _Clock()
    keys = DnsKeys(cast(dns.resolver.Resolver, resolver), clock=clock)
    assert keys.find([late, old]) == {late: None, old: b"v=DKIM1; p=OLD"}
    resolver.answers = {f"{late}.": _Answer(b"v=DKIM1; p=NEW"), f"{old}.": _Answer(b"v=DKIM1; p=", ttl=10**9)}
    clock.now += 61
    assert keys.find([late, old]) == {late: b"v=DKIM1; p=NEW", old: b"v=DKIM1; p=OLD"}
    clock.now += 240
    assert keys.find([old]) == {old: b"v=DKIM1; p="}
    clock.now += 3601
    assert keys.is_silent(old)


def test_name_servers_that_are_gone_cost_little() -> None:
    """Nobody answers for three domains in a row: nobody else is asked for a while. One that answers ends that."""

    class _Gone(_Resolver):
        def resolve(self, name: str, kind: str, lifetime: float) -> _Answer:
            self.asked.append(name)
            raise dns.exception.Timeout

    resolver, clock = _Gone({}), _Clock()
    keys = DnsKeys(cast(dns.resolver.Resolver, resolver), clock=clock)
    for number in range(1000):
        keys.find([f"s1._domainkey.peer{number}.example"])
    assert len(resolver.asked) == 3
    clock.now += 20
    keys.find(["s1._domainkey.peer7.example"])
    assert len(resolver.asked) == 4


def test_a_name_server_that_says_nothing() -> None:
    """Over a real socket: the question is broken off, and the mail after it does not wait."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        resolver = dns.resolver.Resolver(configure=False)
        resolver.nameservers, resolver.port = ["127.0.0.1"], silent.getsockname()[1]
        keys = DnsKeys(resolver)
        name = "s1._domainkey.east.example"
        assert keys.find([name]) == {}
        silent.setblocking(False)
        while True:
            try:
                assert b"east" in silent.recv(512)
            except BlockingIOError:
                break
        assert keys.find([name]) == {}
        with pytest.raises(BlockingIOError):
            silent.recv(512)


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
        def resolve(self, name: str, kind: str, lifetime: float) -> _Answer:
            return _Answer(b"v=DKIM1; p=")

    keys = DnsKeys(cast(dns.resolver.Resolver, _Anything({})))
    for number in range(10_050):
        keys.find([f"s{number}._domainkey.east.example"])
    assert len(keys._answers) == 10_000


def test_every_record_of_a_name_is_there() -> None:
    """Who asks for proof sees all records of a name, in lines; who asks for a key sees the first."""
    answer = _Answer(b"comity-of-", b"north")
    answer.append(_Record(b"comity-of-west"))
    name = "_comity-feedback.east.example"
    for every, said in ((True, b"comity-of-north\ncomity-of-west"), (False, b"comity-of-north")):
        keys = DnsKeys(cast(dns.resolver.Resolver, _Resolver({f"{name}.": answer})), every=every)
        assert keys.find([name]) == {name: said}
    none = DnsKeys(cast(dns.resolver.Resolver, _Resolver({f"{name}.": _Answer()})), every=True)
    assert none.find([name]) == {}
