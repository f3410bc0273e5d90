"""Conversations with the gates, as playbooks: what is said, what is answered."""

import asyncio
import random
import socket
import string
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from contextlib import suppress
from pathlib import Path

import pytest

from comity.gates import listening
from comity.gates.listening import Gates
from comity.gates.terms import GateTerms
from comity.model.arrival import Arrival
from comity.model.listener import Listener
from comity.model.mailbox_kind import Mailboxes, MailboxKind
from comity.model.outcomes import ComityError, Outcome

MAILBOXES = Mailboxes.of(
    {MailboxKind.FEEDBACK: ["fbl@west.example", "abuse@west.example"], MailboxKind.SPAM: ["spam@west.example"]}
)
TERMS = GateTerms(name="mx.west.example", mailboxes=MAILBOXES, size=10_000)


class Desk:
    """What stands behind the gates: keeps what was put, answers when told."""

    def __init__(self) -> None:
        self.kept: list[Arrival] = []
        self.trouble: ComityError | None = None
        self.waiting: list[Future[int]] | None = None
        self.events: list[str] = []

    def put(self, arrival: Arrival) -> Future[int]:
        future: Future[int] = Future()
        if self.trouble is not None:
            raise self.trouble
        self.kept.append(arrival)
        if self.waiting is None:
            future.set_result(len(self.kept))
        else:
            self.waiting.append(future)
        return future

    def log(self, event: str, /, **_: object) -> None:
        self.events.append(event)


class Talk:
    """One connection: ``>>`` says a line, ``<<`` in the name of ``hears`` waits for an answer that begins so."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    async def hears(self, *beginnings: str) -> None:
        for beginning in beginnings:
            answer = ""
            while not answer or answer[3:4] == "-":
                answer = (await asyncio.wait_for(self.reader.readline(), 60)).decode("ascii")
                assert answer, f"hung up instead of {beginning}"
            assert answer.startswith(beginning), answer

    async def says(self, said: str | bytes, *beginnings: str) -> None:
        self.writer.write((said.encode() + b"\r\n") if isinstance(said, str) else said)
        await self.hears(*beginnings)


def play(
    talk: Callable[[Talk, Desk], Awaitable[None]],
    *,
    protocol: str = "lmtp",
    terms: GateTerms = TERMS,
    greet: bool = True,
) -> Desk:
    """Play one conversation."""
    desk = Desk()

    async def run() -> None:
        gates = Gates(terms, desk.put, desk.log)
        await gates.open(protocol, [Listener()])
        host, _, port = gates.places[0].partition("=")[2].rpartition(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        one = Talk(reader, writer)
        await one.hears("220 mx.west.example")
        if greet:
            await one.says(f"{'LHLO' if protocol == 'lmtp' else 'EHLO'} mail.west.example", "250")
        await talk(one, desk)
        writer.close()
        await gates.drain(2)

    asyncio.run(asyncio.wait_for(run(), 600))
    return desk


def test_a_mail_is_taken() -> None:
    """Envelope and content arrive as they were said, and every recipient gets an answer."""

    async def talk(one: Talk, _: Desk) -> None:
        await one.says("MAIL FROM:<bounce@east.example> SIZE=20 BODY=8BITMIME", "250 2.1.0")
        await one.says("RCPT TO:<fbl@west.example>", "250 2.1.5")
        await one.says("RCPT TO:<abuse+7@WEST.example>", "250 2.1.5")
        await one.says("RCPT TO:<boss@west.example>", "550 5.1.1")
        await one.says("DATA", "354")
        await one.says(b"Subject: x\r\n\r\n\xff..\r\n..x\r\n.\r\n", "250 2.0.0", "250 2.0.0")
        await one.says("QUIT", "221")

    desk = play(talk)
    assert len(desk.kept) == 1
    kept = desk.kept[0]
    assert (kept.gate, kept.envelope_from, kept.peer) == ("lmtp", "bounce@east.example", "127.0.0.1")
    assert kept.recipients == ("fbl@west.example", "abuse+7@WEST.example")
    assert kept.data == b"Subject: x\r\n\r\n\xff..\r\n.x\r\n"


def test_a_bounce_has_no_envelope_from() -> None:
    """The null path is taken and kept as nothing; addresses in other letters are taken too."""

    async def talk(one: Talk, _: Desk) -> None:
        for address in ("<>", "<投诉@east.example>", '<"a b"@east.example>', "<@relay.example:a@east.example>"):
            await one.says(f"MAIL FROM:{address}{' SMTPUTF8' if '投' in address else ''}", "250")
            await one.says("RCPT TO:<fbl@west.example>", "250")
            await one.says("DATA", "354")
            await one.says(".", "250")

    addresses = ["", "投诉@east.example", '"a b"@east.example', "a@east.example"]
    assert [each.envelope_from for each in play(talk).kept] == addresses


@pytest.mark.parametrize("protocol", ["lmtp", "smtp"])
def test_whoever_hides_the_end_among_a_thousand_others_is_hung_up_on(protocol: str) -> None:
    """And what stands behind them is never taken for commands."""

    async def talk(one: Talk, _: Desk) -> None:
        await one.says("MAIL FROM:<a@east.example>", "250")
        await one.says("RCPT TO:<fbl@west.example>", "250")
        await one.says("DATA", "354")
        smuggled = b"MAIL FROM:<boss@west.example>\r\nRCPT TO:<fbl@west.example>\r\nDATA\r\nx\r\n.\r\n"
        one.writer.write(b"\r\n.\r" * 2000 + smuggled)
        assert await asyncio.wait_for(one.reader.read(), 60) == b""

    desk = play(talk, protocol=protocol)
    assert desk.kept == []


def test_smtp_speaks_the_same() -> None:
    """Over SMTP there is one answer for a mail, and commands that come together are answered in order."""

    async def talk(one: Talk, _: Desk) -> None:
        said = b"MAIL FROM:<a@east.example>\r\nRCPT TO:<fbl@west.example>\r\nRCPT TO:<abuse@west.example>\r\nDATA\r\n"
        await one.says(said, "250", "250", "250", "354")
        await one.says(b"x\r\n.\r\n" + said, "250 2.0.0", "250", "250", "250", "354")
        await one.says(b".\r\n", "250")
        await one.says("LHLO x", "500")

    assert len(play(talk, protocol="smtp").kept) == 2


def test_complaints_of_our_own_people_come_over_lmtp_alone() -> None:
    """Anybody can write over SMTP: there is no such mailbox. Over LMTP there is, and one mail is for mailboxes of one kind."""

    async def over_smtp(one: Talk, _: Desk) -> None:
        await one.says("MAIL FROM:<ann@west.example>", "250")
        await one.says("RCPT TO:<spam@west.example>", "550 5.1.1")

    async def over_lmtp(one: Talk, _: Desk) -> None:
        await one.says("MAIL FROM:<ann@west.example>", "250")
        await one.says("RCPT TO:<spam@west.example>", "250")
        await one.says("RCPT TO:<fbl@west.example>", "452 4.5.3")
        await one.says("DATA", "354")
        await one.says(".", "250")

    play(over_smtp, protocol="smtp")
    assert [each.recipients for each in play(over_lmtp).kept] == [("spam@west.example",)]


def test_nothing_is_relayed() -> None:
    """Mail for anybody but our feedback mailboxes is refused, whatever the address looks like."""
    tries = [
        "a@elsewhere.example",
        "fbl@west.example@elsewhere.example",
        "fbl%elsewhere.example@west.example",
        "west.example",
    ]
    tries += ["fbl@west.example.elsewhere.example", '"fbl@west.example"@elsewhere.example', "", "@west.example"]

    async def talk(one: Talk, _: Desk) -> None:
        await one.says("MAIL FROM:<a@east.example>", "250")
        for address in tries:
            await one.says(f"RCPT TO:<{address}>", "550")
        await one.says("DATA", "503")

    assert play(talk).kept == []


def test_too_large_is_told_and_the_next_mail_taken() -> None:
    """A mail over the limit is refused for good, announced or not, and the connection goes on."""

    async def talk(one: Talk, _: Desk) -> None:
        await one.says("MAIL FROM:<a@east.example> SIZE=10001", "552")
        await one.says("MAIL FROM:<a@east.example>", "250")
        await one.says("RCPT TO:<fbl@west.example>", "250")
        await one.says("DATA", "354")
        await one.says(b"x" * 200_000 + b"\r\n.\r\n", "552 5.3.4")
        await one.says("MAIL FROM:<a@east.example>", "250")
        await one.says("RCPT TO:<fbl@west.example>", "250")
        await one.says("DATA", "354")
        await one.says(b"x" * 9_998 + b"\r\n.\r\n", "250")

    desk = play(talk)
    assert [len(each.data) for each in desk.kept] == [10_000]
    assert "gate-too-large" in desk.events


def test_no_room_is_told_as_passing(monkeypatch: pytest.MonkeyPatch) -> None:
    """A full disk or queue, and connections that together hold too much, answer 452: nothing is accepted and dropped."""
    monkeypatch.setattr(listening, "HELD_BYTES", 5_000)

    async def send(one: Talk, data: bytes, *answers: str) -> None:
        await one.says("MAIL FROM:<a@east.example>", "250")
        await one.says("RCPT TO:<fbl@west.example>", "250")
        await one.says("RCPT TO:<abuse@west.example>", "250")
        await one.says("DATA", "354")
        await one.says(data + b"\r\n.\r\n", *answers)

    async def talk(one: Talk, desk: Desk) -> None:
        await send(one, b"x" * 6_000, "452 4.3.1", "452 4.3.1")
        desk.trouble = ComityError("store-full", "full", outcome=Outcome.FULL)
        await send(one, b"x", "452 4.3.1", "452 4.3.1")
        desk.trouble = ComityError("store-disk", "broken", outcome=Outcome.TRY_AGAIN)
        await send(one, b"x", "451 4.3.0", "451 4.3.0")
        desk.trouble = None
        await send(one, b"x" * 4_000, "250", "250")

    assert len(play(talk).kept) == 1


def test_recipients_and_connections_are_bounded() -> None:
    """One mail has so many recipients, one gate so many conversations; the next is told to come back."""
    terms = GateTerms(name="mx.west.example", mailboxes=TERMS.mailboxes, recipients=2, connections=1)

    async def talk(one: Talk, desk: Desk) -> None:
        await one.says("MAIL FROM:<a@east.example>", "250")
        await one.says("RCPT TO:<fbl@west.example>", "250")
        await one.says("RCPT TO:<fbl@west.example>", "250")
        await one.says("RCPT TO:<fbl@west.example>", "452 4.5.3")
        host, port = one.writer.get_extra_info("peername")
        reader, writer = await asyncio.open_connection(host, port)
        await Talk(reader, writer).hears("421 4.3.2")
        assert await reader.read() == b""
        writer.close()
        assert "gate-refused" in desk.events

    play(talk, terms=terms)


def test_silence_ends_the_conversation(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who says nothing for too long is hung up on, in the middle of a mail too."""
    terms = GateTerms(name="mx.west.example", mailboxes=TERMS.mailboxes, timeout=60)

    async def talk(one: Talk, _: Desk) -> None:
        await one.says("MAIL FROM:<a@east.example>", "250")
        await one.says("RCPT TO:<fbl@west.example>", "250")
        await one.says("DATA", "354")
        one.writer.write(b"Subject: x\r\n")
        loop, passed = asyncio.get_running_loop(), [0]
        clock = loop.time
        monkeypatch.setattr(loop, "time", lambda: clock() + passed[0])
        heard = asyncio.ensure_future(one.reader.read())
        while not heard.done() and passed[0] < 500:  # what was said last may be heard a little later
            passed[0] += 61
            await asyncio.wait({heard}, timeout=1)
        assert heard.done() and heard.result() == b""

    assert play(talk, terms=terms).kept == []


def test_the_end_waits_for_a_mail_that_is_being_written() -> None:
    """When the program ends, a mail that is on its way to the disk is still acknowledged; others are told to come back."""

    async def run() -> None:
        desk = Desk()
        desk.waiting = []
        gates = Gates(TERMS, desk.put, desk.log)
        await gates.open("lmtp", [Listener()])
        port = int(gates.places[0].rpartition(":")[2])
        busy, idle = [Talk(*await asyncio.open_connection("127.0.0.1", port)) for _ in range(2)]
        for each in (busy, idle):
            await each.hears("220")
            await each.says("LHLO x", "250")
        await busy.says("MAIL FROM:<>", "250")
        await busy.says("RCPT TO:<fbl@west.example>", "250")
        await busy.says("DATA", "354")
        busy.writer.write(b"x\r\n.\r\n")
        while not desk.waiting:
            await asyncio.sleep(0.01)
        ending = asyncio.create_task(gates.drain(10))
        await idle.hears("421 4.3.2")
        assert not ending.done()
        desk.waiting[0].set_result(1)
        await busy.hears("250 2.0.0", "421")
        await ending
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.1", port)

    asyncio.run(asyncio.wait_for(run(), 600))


def test_a_socket_that_was_left_is_taken_over(tmp_path: Path) -> None:
    """A killed process leaves its socket behind: the next one listens all the same, but not while somebody answers there."""
    path = tmp_path / "lmtp.sock"
    listener = Listener(path=str(path))

    async def run() -> None:
        desk = Desk()
        left = socket.socket(socket.AF_UNIX)  # from Python 3.13 on, a server of asyncio that ends takes its socket away
        left.bind(str(path))
        left.listen()
        gates = Gates(TERMS, desk.put, desk.log)
        with pytest.raises(ComityError) as caught:
            await gates.open("lmtp", [listener])
        assert caught.value.code == "listen"
        left.close()
        assert path.is_socket()
        gates = Gates(TERMS, desk.put, desk.log)
        await gates.open("lmtp", [listener])
        assert path.stat().st_mode & 0o007 == 0
        reader, writer = await asyncio.open_unix_connection(path)
        await Talk(reader, writer).hears("220")
        writer.close()
        await gates.drain(1)
        assert not path.exists()

    asyncio.run(asyncio.wait_for(run(), 600))


def test_noise_does_no_harm() -> None:
    """Whatever is said, there is an answer or an end, no fault, and the gate is there for the next one."""
    chance = random.Random(7)  # noqa: S311  # noise, and the same each time
    words = [
        "MAIL FROM:",
        "RCPT TO:",
        "DATA",
        "LHLO x",
        "RSET",
        "<a@b>",
        "<" + "a" * 3000,
        "\x00",
        "é",
        "AUTH PLAIN x",
        "VRFY x",
    ]
    words += [
        "HELP",
        "STARTTLS",
        "EXPN",
        "NOOP",
        "SIZE=99999999999999999999",
        "BODY=X",
        ">",
        "<>",
        "fbl@west.example",
        " ",
    ]

    async def talk(one: Talk, desk: Desk) -> None:
        for _ in range(40):
            reader, writer = await asyncio.open_connection(*one.writer.get_extra_info("peername"))
            for _ in range(10):
                noise = "".join(chance.choices([*words, *string.printable], k=chance.randint(1, 6)))
                writer.write(noise.encode() + b"\r\n")
            writer.write(b"\r\n.\r\nQUIT\r\n")
            with suppress(ConnectionError):
                assert (await asyncio.wait_for(reader.read(), 10)).startswith(b"220")
            writer.close()
        await one.says("NOOP", "250")
        assert "gate-fault" not in desk.events

    play(talk)
