"""Mail hosts that are ill: whatever they do, a mail has an answer, and nobody waits for the rest of it."""

import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from threading import Event, Thread

import pytest

from comity.outlets.mail_out import UNANSWERED, HostTerms, MailHost
from comity.services.complain.sending import Answer, Envelope, Reply

MAIL = Envelope(
    envelope_from="bounces+1@west.example", to="fbl@east.example", data=b"Subject: x\r\n\r\n" + b"y" * 70 + b"\r\n"
)
LARGE = Envelope(
    envelope_from=MAIL.envelope_from, to=MAIL.to, data=b"Subject: x\r\n\r\n" + (b"y" * 70 + b"\r\n") * 300_000
)
WELL = [b"250 mx\r\n", b"250 ok\r\n", b"250 ok\r\n", b"354 go on\r\n"]

Acts = Callable[[socket.socket, Event], None]


@contextmanager
def host(acts: Acts) -> Iterator[HostTerms]:
    """A host that acts so, with whoever comes."""
    over = Event()
    with socket.create_server(("127.0.0.1", 0)) as server:

        def one(connection: socket.socket) -> None:
            with connection, suppress(OSError):
                acts(connection, over)

        def serve() -> None:
            with suppress(OSError):
                while not over.is_set():
                    Thread(target=one, args=(server.accept()[0],), daemon=True).start()

        Thread(target=serve, daemon=True).start()
        try:
            yield HostTerms(
                host="127.0.0.1", port=server.getsockname()[1], tls="never", timeout=0.3, our_name="west.example"
            )
        finally:
            over.set()


def answers(connection: socket.socket, lines: list[bytes]) -> None:
    """Greet, and answer to so many commands."""
    connection.sendall(b"220 mx ready\r\n")
    with connection.makefile("rb") as file:
        for line in lines:
            file.readline()
            connection.sendall(line)


def silent(connection: socket.socket, over: Event) -> None:
    over.wait(120)


def silent_after(steps: int) -> Acts:
    def act(connection: socket.socket, over: Event) -> None:
        answers(connection, WELL[:steps])
        over.wait(120)

    return act


def drips(connection: socket.socket, over: Event) -> None:
    """An octet now and then, for ever: a line that never ends."""
    connection.sendall(b"220 ")
    while not over.wait(0.02):
        connection.sendall(b"x")


def drips_its_answer(connection: socket.socket, over: Event) -> None:
    """The same, after the content."""
    answers(connection, WELL)
    while not over.wait(0.02):
        connection.sendall(b"250-wait\r\n"[:1])


def talks(connection: socket.socket, over: Event) -> None:
    """Lines without end, as fast as they go."""
    while not over.is_set():
        connection.sendall(b"220-welcome to this host, which has much to say\r\n" * 1000)


def hangs_up_in_the_content(connection: socket.socket, over: Event) -> None:
    answers(connection, WELL)
    connection.recv(16)


def reads_no_more(connection: socket.socket, over: Event) -> None:
    """Half of the connection is open: it says go on, and takes nothing."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    answers(connection, WELL)
    over.wait(120)


def sips(connection: socket.socket, over: Event) -> None:
    """It reads a little, again and again, and would for hours."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    answers(connection, WELL)
    while not over.wait(0.05):
        connection.recv(512)


def sent(terms: HostTerms, mail: Envelope) -> Reply:
    """What came of one mail; a test that waits for it for ever is no test."""
    found: list[Reply] = []
    running = Thread(target=lambda: found.append(MailHost(terms).send(mail)), daemon=True)
    running.start()
    running.join(120)
    assert found, "it is still waited for"
    return found[0]


@pytest.mark.parametrize("acts", [silent, silent_after(0), drips, talks])
def test_a_host_that_does_not_come_to_speak_is_one_that_cannot_be_reached(acts: Acts) -> None:
    """It costs no try: the mail waits until the host is well."""
    with host(acts) as terms:
        assert sent(terms, MAIL).answer is Answer.UNREACHABLE


@pytest.mark.parametrize("acts", [silent_after(1), silent_after(2), silent_after(3), hangs_up_in_the_content])
def test_a_host_that_stops_before_it_has_the_mail_gets_it_later(acts: Acts) -> None:
    """Silent after any of its answers, or gone in the middle of the content."""
    with host(acts) as terms:
        assert sent(terms, LARGE if acts is hangs_up_in_the_content else MAIL).answer is Answer.LATER


@pytest.mark.parametrize("acts", [reads_no_more, sips])
def test_a_host_that_does_not_read_is_late(acts: Acts) -> None:
    """A large mail that it does not take in, or by the spoonful: one bound for all of it."""
    with host(acts) as terms:
        reply = sent(terms, LARGE)
        assert reply.answer is Answer.LATER
        assert not reply.text.startswith(UNANSWERED)  # it has not got all of it


@pytest.mark.parametrize("acts", [silent_after(4), drips_its_answer])
def test_a_mail_that_was_not_answered_says_so(acts: Acts) -> None:
    """The host has all of it, and perhaps took it: that stands beside the mail, which goes again under the same id."""
    with host(acts) as terms:
        reply = sent(terms, MAIL)
        assert (reply.answer, reply.text.partition(":")[0]) == (Answer.LATER, UNANSWERED)


def test_a_late_answer_is_not_taken_for_that_of_the_next_mail() -> None:
    """After a mail without an answer the connection is left: a 250 that comes too late says nothing about what follows."""
    first, taken = Event(), []

    def late(connection: socket.socket, over: Event) -> None:
        answers(connection, WELL)
        with connection.makefile("rb") as file:
            while file.readline() not in (b".\r\n", b""):
                pass
            taken.append(connection)
            if not first.is_set():
                first.set()
                over.wait(1)
            connection.sendall(b"250 taken\r\n")
            file.read(1)

    with host(late) as terms:
        out = MailHost(terms)
        assert out.send(MAIL).text.startswith(UNANSWERED)
        assert out.send(MAIL).answer is Answer.ACCEPTED
        out.close()
    assert len(taken) == 2


def test_a_host_with_many_dead_addresses_is_within_the_same_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    """Twenty addresses of which none answers: as many are tried as the time for one mail has room for, and no more."""
    tried: list[int] = []
    with socket.create_server(("127.0.0.1", 0), backlog=0) as server, ExitStack() as stack:
        place = server.getsockname()
        with suppress(TimeoutError):  # until no more are let in, and nobody is told so
            while True:
                stack.enter_context(socket.create_connection(place, 0.5))
        look_up = socket.getaddrinfo

        def looked_up(host: object, port: object, *given: object, **more: object) -> Iterator[object]:
            (found,) = look_up(*place, type=socket.SOCK_STREAM)
            for number in range(20 if host == "mail.example" else 1):
                tried.append(number)
                yield found

        monkeypatch.setattr(socket, "getaddrinfo", looked_up)
        terms = HostTerms(host="mail.example", port=place[1], tls="never", timeout=0.3, our_name="west.example")
        assert sent(terms, MAIL).answer is Answer.UNREACHABLE
    assert max(tried) < 5


def test_a_host_that_answers_at_its_second_address_gets_the_mail(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody listens at the first one: the next is asked."""

    def takes(connection: socket.socket, over: Event) -> None:
        answers(connection, [*WELL, b""])
        connection.sendall(b"250 taken\r\n")
        over.wait(120)

    with host(takes) as terms:
        look_up, there = socket.getaddrinfo, ("127.0.0.1", terms.port)

        def looked_up(name: object, port: object, *given: object, **more: object) -> list[object]:
            if name != "mail.example":
                return list(look_up(str(name), terms.port, type=socket.SOCK_STREAM))
            return [
                *look_up("127.0.0.2", terms.port, type=socket.SOCK_STREAM),
                *look_up(*there, type=socket.SOCK_STREAM),
            ]

        monkeypatch.setattr(socket, "getaddrinfo", looked_up)
        out = MailHost(replace(terms, host="mail.example"))
        assert out.send(MAIL).answer is Answer.ACCEPTED
        out.close()


def test_a_host_that_answers_once_too_often_is_left() -> None:
    """Questions and answers have come apart: the next mail goes over another connection, and is not waited for in vain."""
    first = Event()

    def act(connection: socket.socket, over: Event) -> None:
        if not first.is_set():
            first.set()
            answers(connection, [*WELL[:2], WELL[2] * 2, WELL[3]])
        else:
            answers(connection, [*WELL, b""])
            connection.sendall(b"250 taken\r\n")
        over.wait(120)

    with host(act) as terms:
        out = MailHost(terms)
        assert out.send(MAIL).answer is Answer.LATER
        assert out.send(MAIL).answer is Answer.ACCEPTED
        out.close()


@pytest.mark.parametrize(
    "address", ["f\u00fc@east.example", "fbl@east.example>\r\nRCPT TO:<victim@west.example", "a\0@b"]
)
def test_an_address_is_no_way_into_a_command(address: str) -> None:
    """A line end, or a letter that no command takes: the mail is refused before anybody hears of it, and nothing is raised."""
    with host(silent) as terms:
        for mail in (replace(MAIL, to=address), replace(MAIL, envelope_from=address)):
            assert sent(terms, mail).answer is Answer.REFUSED
