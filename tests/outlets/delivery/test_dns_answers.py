"""A name server of our own on loopback; checks that ask it."""

import asyncio
import socket
import threading
from collections.abc import Callable, Iterator
from typing import Any

import dns.flags
import dns.message
import dns.rcode
import dns.rrset
import pytest

from comity.formats.dns_answers import FAILED, NO_SUCH_NAME, DnsAnswer, DnsQuestion, Kind, Steps
from comity.model.listener import Listener
from comity.outlets.delivery.dns_answers import QUESTIONS, DnsAnswers

ZONE = {
    ("east.example.", "TXT"): ['"v=spf1 " "-all"', '"second"'],
    ("east.example.", "A"): ["192.0.2.7"],
    ("east.example.", "AAAA"): ["2001:db8:0::7"],
    ("east.example.", "MX"): ["20 b.east.example.", "10 A.east.example."],
    ("7.2.0.192.in-addr.arpa.", "PTR"): ["mx.east.example."],
}


class NameServer:
    """Answers out of the zone; knows how often it was asked."""

    def __init__(self) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self.place = Listener(host="127.0.0.1", port=self._socket.getsockname()[1])
        self.asked: list[str] = []
        self.is_silent = False
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def close(self) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stop:
            stop.sendto(b"", ("127.0.0.1", self.place.port))
        self._thread.join(120)
        self._socket.close()

    def _serve(self) -> None:
        while True:
            data, peer = self._socket.recvfrom(4096)
            if not data:
                return
            query = dns.message.from_wire(data)
            (question,) = query.question
            name, kind = question.name.to_text().lower(), dns.rdatatype.to_text(question.rdtype)
            self.asked.append(f"{kind} {name}")
            if self.is_silent:
                continue
            answer: Any = dns.message.make_response(query)
            answer.flags |= dns.flags.RA
            if name.startswith("broken."):
                answer.set_rcode(dns.rcode.SERVFAIL)
            elif (name, kind) in ZONE:
                answer.answer.append(dns.rrset.from_text(question.name, 60, "IN", kind, *ZONE[name, kind]))
            elif not any(known == name for known, _ in ZONE):
                answer.set_rcode(dns.rcode.NXDOMAIN)
            self._socket.sendto(answer.to_wire(), peer)


@pytest.fixture
def server() -> Iterator[NameServer]:
    made = NameServer()
    yield made
    made.close()


def _run(
    server: NameServer, *questions: DnsQuestion, clock: Callable[[], float] = lambda: 0.0, seconds: float = 5
) -> list[DnsAnswer]:
    def check() -> Steps[list[DnsAnswer]]:
        found = []
        for each in questions:
            answer = yield each
            found.append(answer)
        return found

    async def run() -> list[DnsAnswer]:
        return await DnsAnswers([server.place], clock=clock).driven(check(), seconds=seconds)

    return asyncio.run(run())


def test_every_kind_of_answer_is_read(server: NameServer) -> None:
    """Strings joined, addresses canonical, names in lower case without the final dot, hosts of MX by preference."""
    found = _run(
        server,
        DnsQuestion("east.example", Kind.TXT),
        DnsQuestion("east.example", Kind.A),
        DnsQuestion("east.example", Kind.AAAA),
        DnsQuestion("east.example", Kind.MX),
        DnsQuestion("192.0.2.7", Kind.PTR),
    )
    assert [set(each.records) if each is found[0] else each.records for each in found] == [
        {"v=spf1 -all", "second"},
        ("192.0.2.7",),
        ("2001:db8::7",),
        ("a.east.example", "b.east.example"),
        ("mx.east.example",),
    ]


def test_what_is_not_there_is_told_from_who_does_not_answer(server: NameServer) -> None:
    """No such name, no such record, a server that cannot, a name that is none."""
    found = _run(
        server,
        DnsQuestion("no.example", Kind.TXT),
        DnsQuestion("192.0.2.7", Kind.A),
        DnsQuestion("broken.example", Kind.TXT),
        DnsQuestion("a..b", Kind.TXT),
    )
    assert found[0] == NO_SUCH_NAME
    assert found[2] == FAILED
    assert not found[3].records


def test_an_answer_is_asked_for_once_while_it_lives(server: NameServer) -> None:
    """Failures are not kept."""
    question, broken = DnsQuestion("east.example", Kind.A), DnsQuestion("broken.example", Kind.A)
    _run(server, question, question, broken, broken)
    assert server.asked.count("A east.example.") == 1
    assert server.asked.count("A broken.example.") >= 2


def test_no_check_asks_for_ever(server: NameServer) -> None:
    """After so many questions nobody is asked any more, and the check ends."""
    found = _run(server, *[DnsQuestion(f"h{number}.example", Kind.A) for number in range(QUESTIONS + 5)])
    assert len(server.asked) == QUESTIONS
    assert found[-5:] == [FAILED] * 5


def test_after_the_deadline_nobody_is_asked(server: NameServer) -> None:
    """One deadline for all questions of a check together."""
    times = iter([0.0, *([10.0] * 100)])
    found = _run(server, DnsQuestion("east.example", Kind.A), clock=lambda: next(times), seconds=5)
    assert found == [FAILED]
    assert server.asked == []


def test_a_silent_server_fails_the_check_in_time(server: NameServer) -> None:
    """What is not answered has failed; nothing is raised."""
    server.is_silent = True
    assert _run(server, DnsQuestion("east.example", Kind.A), seconds=0.2) == [FAILED]
