"""The way to the mail host, against a host that says what the test wants: word by word, in packets, and when it hangs up."""

import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from threading import Thread

import pytest

from comity.outlets.mail_out import HostTerms, MailHost
from comity.services.complain.sending import Answer, Envelope

MAIL = Envelope(
    envelope_from="bounces+1@west.example", to="fbl@east.example", data=b"Subject: x\r\n\r\n.\r\n..b\r\nno end"
)
END = "hang up"


@contextmanager
def host(*sessions: Sequence[str], offers: str = "") -> Iterator[tuple[HostTerms, list[bytes]]]:
    """A host that says these answers, one for each command or content, connection after connection; and what it heard."""
    heard: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            for answers in sessions:
                connection, _ = server.accept()
                with connection, connection.makefile("rb") as file:
                    connection.sendall(b"220 mx ready\r\n")
                    assert file.readline().startswith(b"ehlo")
                    connection.sendall(b"250-mx\r\n" * bool(offers) + f"250 {offers or 'mx'}\r\n".encode())
                    is_content = False
                    for answer in answers:
                        lines = [file.readline()]
                        while is_content and lines[-1] != b".\r\n":
                            lines.append(file.readline())
                        heard.append(b"".join(lines))
                        if answer == END:
                            break
                        connection.sendall(f"{answer}\r\n".encode())
                        is_content = answer.startswith("354")

        running = Thread(target=serve, daemon=True)
        running.start()
        yield HostTerms(host="127.0.0.1", port=server.getsockname()[1], tls="never", timeout=60, our_name="w"), heard
        running.join(120)
        assert not running.is_alive(), "the host still waits for something"


WELL = ("250 ok", "250 ok", "354 go on", "250 taken")


@pytest.mark.parametrize("offers", ["", "PIPELINING"])
def test_a_mail_is_handed_over_whole(offers: str) -> None:
    """Whether or not the host takes commands together: every byte arrives, with dots as they are written on the wire."""
    with host((*WELL, *WELL, "221 bye"), offers=offers) as (terms, heard):
        out = MailHost(terms)
        assert [out.send(MAIL).answer for _ in range(2)] == [Answer.ACCEPTED] * 2
        out.close()
    assert heard[:4] == [
        b"MAIL FROM:<bounces+1@west.example>\r\n",
        b"RCPT TO:<fbl@east.example>\r\n",
        b"DATA\r\n",
        b"Subject: x\r\n\r\n..\r\n...b\r\nno end\r\n.\r\n",
    ]
    assert heard[4:8] == heard[:4]


@pytest.mark.parametrize(
    ("answers", "after", "answer"),
    [
        (("250 ok", "550 5.1.1 nobody", "554 no valid recipients"), ("250 reset",), Answer.REFUSED),
        (("250 ok", "550 5.1.1 nobody", "354 go on", "554 nobody to give it to"), (), Answer.REFUSED),
        (("250 ok", "451 later", "503 no"), ("250 reset",), Answer.LATER),
        (("550 who are you", "503 no", "503 no"), ("250 reset",), Answer.LATER),
        (("250 ok", "250 ok", "354 go on", "552 too large"), (), Answer.REFUSED),
        (("250 ok", "250 ok", "451 no room"), ("250 reset",), Answer.LATER),
    ],
)
def test_a_no_leaves_the_connection_ready(answers: Sequence[str], after: Sequence[str], answer: Answer) -> None:
    """Whatever a host that takes commands together says no to, the next mail goes over the same connection."""
    with host((*answers, *after, *WELL, "221 bye"), offers="PIPELINING") as (terms, heard):
        out = MailHost(terms)
        assert out.send(MAIL).answer == answer
        assert out.send(MAIL).answer is Answer.ACCEPTED
        out.close()
    assert sum(line.startswith(b"Subject") for line in heard) == 1 + answers[-1].startswith("552")


@pytest.mark.parametrize("end", ["421 enough for today", END])
@pytest.mark.parametrize("offers", ["", "PIPELINING"])
def test_a_connection_that_has_ended_is_opened_again(end: str, offers: str) -> None:
    """A host that takes so many mails on one connection, or has ended it in silence, gets the next one on another."""
    with host((*WELL, end), (*WELL, "221 bye"), offers=offers) as (terms, heard):
        out = MailHost(terms)
        assert [out.send(MAIL).answer for _ in range(2)] == [Answer.ACCEPTED] * 2
        out.close()
    assert sum(line.startswith(b"Subject") for line in heard) == 2


def test_an_end_in_the_middle_of_a_mail_is_not_tried_again_at_once() -> None:
    """It may have been taken: the outbox counts it, and tries it later under the same id."""
    with host(("250 ok", "250 ok", "354 go on", END), offers="PIPELINING") as (terms, _):
        out = MailHost(terms)
        assert out.send(MAIL).answer is Answer.LATER
        out.close()


def test_a_host_that_always_hangs_up_is_asked_twice_at_most() -> None:
    """A new connection that ends at once means later; nobody knocks for ever."""
    with host((*WELL, END), (END,)) as (terms, _):
        out = MailHost(terms)
        assert [out.send(MAIL).answer for _ in range(2)] == [Answer.ACCEPTED, Answer.LATER]
        out.close()
