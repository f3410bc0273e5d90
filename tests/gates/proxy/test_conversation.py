"""Between a mail host and the server behind: every answer is that server's own, and what is judged is not changed otherwise."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

import pytest

from comity.gates.milter.conversation import Changes, IncomingMail
from comity.gates.proxy.conversation import ProxyWork
from comity.gates.proxy.message import OwnSide
from comity.model.byte_budget import Budget
from comity.model.listener import Listener

LHLO = b"250-store.example\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250-SIZE 9999\r\n250-CHUNKING\r\n250-STARTTLS\r\n250 XCLIENT ADDR\r\n"
TRACE = (
    "Received: from mx.east.example (mx.east.example [198.51.100.7])\r\n\tby mx.west.example (Postfix) with ESMTP id 4ABC;"
    " Wed, 1 Jul 2026 08:00:00 +0000\r\nReceived: from liar ([203.0.113.9]) by mx.east.example id 77;"
    " Wed, 1 Jul 2026 07:00:00 +0000\r\n"
)
MAIL = (TRACE + "X-Spam-Flag: NO\r\nFrom: <b@east.example>\r\nSubject: a\r\n\r\ntext\r\n..dot\r\n").encode()


@dataclass
class Store:
    """The server behind: it answers what it is told to, and keeps what it was given."""

    answers: dict[bytes, bytes] = field(default_factory=dict)  # by the beginning of a command
    after: Sequence[bytes] = (b"250 2.0.0 <ann@west.example> kept\r\n",)  # the content
    greeting: bytes = b"220 store LMTP\r\n"
    commands: list[bytes] = field(default_factory=list)
    contents: list[bytes] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            writer.write(self.greeting)
            while line := await reader.readline():
                self.commands.append(line)
                if line.startswith(b"QUIT"):
                    break
                own = next((said for start, said in self.answers.items() if line.startswith(start)), None)
                usual = {b"LHLO": LHLO, b"DATA": b"354 go\r\n"}.get(line[:4], b"250 2.1.0 so be it\r\n")
                writer.write(own or usual)
                if line.startswith(b"DATA") and (own or usual).startswith(b"354"):
                    self.contents.append(await reader.readuntil(b"\r\n.\r\n"))
                    for each in self.after:
                        writer.write(each)
                    if not self.after:
                        break
        except asyncio.IncompleteReadError as error:
            self.contents.append(b"CUT " + error.partial)
        finally:
            writer.close()


async def _marked(mail: IncomingMail) -> Changes:
    return Changes(removed=(("x-spam-flag", 1),), added=(("X-Spam-Flag", "YES"), ("X-Said", mail.client_ip or "none")))


def talk(
    store: Store,
    said: Sequence[bytes],
    *,
    decide: Callable[[IncomingMail], Awaitable[Changes]] = _marked,
    budget: int = 1 << 20,
    limit: int = 1 << 20,
) -> tuple[bytes, Counter[str], list[str]]:
    """What our mail host hears when it says these things, one after the other, then hangs up."""
    events: list[str] = []

    async def run() -> tuple[bytes, Counter[str], list[str]]:
        behind = await asyncio.start_server(store.serve, "127.0.0.1", 0, limit=1 << 22)
        work = ProxyWork(
            name="comity.example",
            next=Listener(port=behind.sockets[0].getsockname()[1]),
            own=OwnSide(),
            decide=decide,
            counts=Counter(),
            log=lambda name, **_: events.append(name),
            budget=Budget(budget),
            content_limit=limit,
            seconds=20,
        )
        front = await asyncio.start_server(work.serve, "127.0.0.1", 0)
        reader, writer = await asyncio.open_connection("127.0.0.1", front.sockets[0].getsockname()[1])
        for each in said:
            writer.write(each)
            await asyncio.sleep(0)
        writer.write_eof()
        heard = await reader.read()
        writer.close()
        front.close()
        behind.close()
        return heard, work.counts, events

    return asyncio.run(asyncio.wait_for(run(), 60))


ENVELOPE = b"LHLO mx\r\nMAIL FROM:<b@east.example> BODY=8BITMIME SMTPUTF8\r\nRCPT TO:<ann@west.example>\r\nDATA\r\n"


def test_a_mail_is_handed_on_with_what_was_found() -> None:
    """Marked on top, a forged field gone, all else byte for byte; abilities that cannot be passed on are not promised."""
    store = Store()
    heard, counts, _ = talk(store, [ENVELOPE + MAIL + b".\r\nQUIT\r\n"])
    (content,) = store.contents
    assert (
        content
        == b"X-Spam-Flag: YES\r\nX-Said: 198.51.100.7\r\n" + MAIL.replace(b"X-Spam-Flag: NO\r\n", b"") + b".\r\n"
    )
    assert store.commands[1] == b"MAIL FROM:<b@east.example> BODY=8BITMIME SMTPUTF8\r\n"
    assert b"8BITMIME" in heard
    assert b"SIZE 9999" in heard
    assert not {word for word in (b"CHUNKING", b"STARTTLS", b"XCLIENT") if word in heard}
    assert heard.endswith(b"354 go\r\n250 2.0.0 <ann@west.example> kept\r\n221 2.0.0 bye\r\n")
    assert counts["handed-on"] == 1


def test_each_recipient_gets_the_answer_of_the_next_server() -> None:
    """To the letter, of several lines too; who was refused before the content gets none behind it."""
    store = Store(
        answers={b"RCPT TO:<cy": b"550-5.1.1 <cy@west.example>\r\n550 5.1.1 nobody here\r\n"},
        after=(b"250 2.0.0 kept\r\n", b"452-4.2.2 <bo>\r\n452 4.2.2 over quota\r\n"),
    )
    more = b"RCPT TO:<cy@west.example>\r\nRCPT TO:<bo@west.example>\r\nDATA\r\n"
    heard, _, _ = talk(store, [ENVELOPE.replace(b"DATA\r\n", more) + MAIL + b".\r\nQUIT\r\n"])
    assert b"550-5.1.1 <cy@west.example>\r\n550 5.1.1 nobody here\r\n" in heard
    assert heard.endswith(b"354 go\r\n250 2.0.0 kept\r\n452-4.2.2 <bo>\r\n452 4.2.2 over quota\r\n221 2.0.0 bye\r\n")


def test_no_250_before_the_next_server_says_so() -> None:
    """It takes the content and dies: each recipient is told to try again, the mail stays at our mail host."""
    store = Store(after=())
    heard, counts, events = talk(store, [ENVELOPE + MAIL + b".\r\n"])
    assert heard.endswith(b"354 go\r\n451 4.4.2 the server behind this one went away, try again later\r\n")
    assert (counts["handed-on"], events) == (0, ["proxy-next-away"])


@pytest.mark.parametrize(
    ("greeting", "answer"),
    [(b"421 4.3.2 too busy\r\n", b"421 4.3.2 too busy\r\n"), (b"hello\r\n", b"421 4.3.2 the server behind")],
)
def test_a_next_server_that_does_not_want_us_turns_our_mail_host_away(greeting: bytes, answer: bytes) -> None:
    """With its own reason, where it gives one."""
    assert talk(Store(greeting=greeting), [b""])[0].startswith(answer)


def test_a_fault_of_ours_costs_the_mark_and_not_the_mail() -> None:
    """It goes on as it came."""

    async def broken(_: IncomingMail) -> Changes:
        raise ZeroDivisionError

    store = Store()
    heard, _, events = talk(store, [ENVELOPE + MAIL + b".\r\nQUIT\r\n"], decide=broken)
    assert store.contents == [MAIL + b".\r\n"]
    assert b"250 2.0.0 <ann@west.example> kept" in heard
    assert events == ["proxy-fault"]


def test_what_others_take_for_the_end_of_a_mail_is_none() -> None:
    """A bare LF leaves as CR LF, and the dot behind it doubled: no second mail is smuggled to the next server."""
    store = Store()
    mail = b"Subject: a\r\n\r\ntext\n.\nMAIL FROM:<evil@east.example>\r\n"
    talk(store, [ENVELOPE + mail + b".\r\nQUIT\r\n"])
    assert store.contents[0].endswith(b"text\r\n..\r\nMAIL FROM:<evil@east.example>\r\n.\r\n")
    assert len([each for each in store.commands if each.startswith(b"MAIL")]) == 1


def test_a_request_of_http_hands_no_mail_on() -> None:
    """A page in a browser of this machine posts a mail to us: its head is heard to the fifth line, and no word behind it."""
    head = (
        b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: x\r\nContent-Type: text/plain\r\nContent-Length: 99\r\n\r\n"
    )
    store = Store()
    heard, counts, _ = talk(store, [head + ENVELOPE + MAIL + b".\r\nQUIT\r\n"])
    assert heard.endswith(b"421 4.7.0 this is no LMTP\r\n")
    assert (store.commands, store.contents, counts["handed-on"]) == ([], [], 0)


def test_a_mail_host_may_err_now_and_then() -> None:
    """Four words that we do not know before each of several mails end nothing."""
    store = Store()
    heard, counts, _ = talk(store, [(b"WHAT\r\n" * 4 + ENVELOPE + MAIL + b".\r\n") * 3 + b"QUIT\r\n"])
    assert heard.endswith(b"221 2.0.0 bye\r\n")
    assert counts["handed-on"] == 3


def test_a_mail_too_large_to_be_held_goes_on_unjudged() -> None:
    """All of it, its dots as they were; it was not given to the filter."""
    seen: list[IncomingMail] = []

    async def watching(mail: IncomingMail) -> Changes:
        seen.append(mail)
        return await _marked(mail)

    store, mail = Store(), MAIL + b"..line\r\n" * 40_000
    heard, _, _ = talk(store, [ENVELOPE + mail + b".\r\nQUIT\r\n"], decide=watching, limit=10_000)
    assert store.contents[0].endswith(mail.partition(b"From:")[2] + b".\r\n")
    assert store.contents[0].startswith(b"X-Spam-Flag: YES\r\n")
    assert [each.content for each in seen] == [None]
    assert heard.endswith(b"kept\r\n221 2.0.0 bye\r\n")


def test_without_room_a_mail_is_turned_away_for_now() -> None:
    """All of it was read, nothing of it handed on."""
    store = Store()
    heard, counts, _ = talk(store, [ENVELOPE + MAIL + b".\r\n"], budget=20)
    assert heard.endswith(b"354 go\r\n452 4.3.1 no room now, try again later\r\n")
    assert counts["handed-on"] == 0
    assert store.contents in ([], [b"CUT "])


def test_a_mail_that_is_cut_is_not_handed_on() -> None:
    """Our mail host hangs up in the middle: the next server sees no end."""
    store = Store()
    talk(store, [ENVELOPE + MAIL])
    assert not [each for each in store.contents if each.endswith(b"\r\n.\r\n")]


def test_a_refused_content_is_refused() -> None:
    """The next server wants no content: that is the answer, and the conversation goes on."""
    store = Store(answers={b"DATA": b"503 5.5.1 no valid recipients\r\n"})
    heard, _, _ = talk(store, [ENVELOPE + b"RSET\r\nEHLO x\r\nQUIT\r\n"])
    assert heard.endswith(
        b"503 5.5.1 no valid recipients\r\n250 2.1.0 so be it\r\n502 5.5.1 not here\r\n221 2.0.0 bye\r\n"
    )
