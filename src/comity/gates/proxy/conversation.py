"""One conversation between our mail host and the LMTP server behind us: what one says the other hears, the mail judged between.

Trust:      both sides are ours; the mail is a stranger's. No answer to an envelope or a mail is our own as long as the server
            behind us gives one: a 250 is its 250. Where it is not there, or goes away, each recipient is told "try again" (451).
            Whatever goes wrong with judging, the mail goes on as it came. Whoever speaks HTTP, as a browser or another program on
            this machine that was told to, is hung up on.
Standards:  RFC 2033 (LMTP: one answer for each recipient), RFC 2920, RFC 6152, RFC 6531, RFC 3461 where the next server has them.
Answers:    ``ProxyConversation(work, reader, writer).run()``; ``ProxyWork`` is what all of them share.
Limits:     a mail over ``CONTENT_LIMIT`` goes on unjudged, piece by piece. No TLS, no CHUNKING: for one
            machine, or a network of its own.
"""

import asyncio
import re
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

from comity.gates.content import END, pieces
from comity.gates.milter.conversation import CONTENT_LIMIT, Changes, IncomingMail
from comity.gates.proxy.message import Envelope, OwnSide, changed, incoming
from comity.gates.proxy.next_server import Answered, GoneError, NextServer
from comity.gates.proxy.wire import Wire, doubled
from comity.model.byte_budget import Budget
from comity.model.listener import Listener
from comity.model.log_events import LogEvent

_LINE_MAX: Final = 2000
_ADDRESS: Final = re.compile(rb"(?:MAIL FROM|RCPT TO):[ \t]*<([^>]*)>", re.IGNORECASE)
# What we can pass on; PIPELINING is ours, as the order of answers is kept.
_PASSED: Final = frozenset({b"8BITMIME", b"SMTPUTF8", b"SIZE", b"DSN", b"ENHANCEDSTATUSCODES"})
_PLAIN: Final = frozenset({b"RSET", b"NOOP", b"VRFY", b"HELP"})
_GONE: Final = b"451 4.4.2 the server behind this one went away, try again later\r\n"
_FULL: Final = b"452 4.3.1 no room now, try again later\r\n"
_AWAY: Final = b"421 4.3.2 the server behind this one is not there, try again later\r\n"
_ENDING: Final = b"421 4.3.2 not now, try again later\r\n"
_UNKNOWN: Final = b"502 5.5.1 not here\r\n"
_NO_LINE: Final = b"500 5.5.2 this is no command\r\n"
_STRAY: Final = b"421 4.7.0 this is no LMTP\r\n"
_STRAYS: Final = 5  # lines that are no command of ours, before a mail
_TOLD: Final = ("handed-on", "marked", "judged", "unjudged", "spam")


@dataclass(slots=True, kw_only=True)
class ProxyWork:
    """What all conversations share."""

    name: str
    next: Listener
    own: OwnSide
    decide: Callable[[IncomingMail], Awaitable[Changes]]
    counts: Counter[str]
    log: LogEvent
    budget: Budget
    connections: int = 100
    seconds: float = 300
    content_limit: int = CONTENT_LIMIT
    open: "set[ProxyConversation]" = field(default_factory=set)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        talk = ProxyConversation(self, reader, writer)
        if len(self.open) >= self.connections:
            self.log("gate-refused", gate="proxy", open=len(self.open))
            writer.write(_ENDING)
            writer.close()
            return
        self.open.add(talk)
        try:
            await talk.run()
        finally:
            self.open.discard(talk)

    def end(self) -> None:
        """Say what was done."""
        self.log("proxy-ended", **{name.replace("-", "_"): self.counts[name] for name in _TOLD})


class ProxyConversation:
    """From greeting to end."""

    def __init__(self, work: ProxyWork, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._work, self._reader, self._writer = work, reader, writer
        self._next: NextServer | None = None
        self._envelope: Envelope | None = None
        self._is_busy = False
        self._strays = 0

    async def run(self) -> None:
        """Greet, and pass on until one of the three ends it."""
        try:
            await self._run()
        except (OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass  # the host went away, or is silent: a mail without its end was not taken
        finally:
            if self._next is not None:
                self._next.hang_up()
            self._writer.close()

    async def leave(self) -> None:
        """Say that the program ends; a mail that is under way is waited for."""
        while self._is_busy:
            await asyncio.sleep(0.02)
        with suppress(OSError, RuntimeError):
            self._writer.write(_ENDING)
            self._writer.close()

    async def _run(self) -> None:
        try:
            self._next, greeting = await NextServer.reach(self._work.next)
        except GoneError:
            self._work.log("proxy-next-away", place=str(self._work.next))
            await self._answer(_AWAY)
            return
        if greeting.code != 220:  # it has a reason, and that is the answer
            await self._answer(greeting.raw)
            return
        await self._answer(f"220 {self._work.name} LMTP Comity\r\n".encode("ascii", "replace"))
        try:
            while await self._command(await self._line(), self._next):
                pass
        except GoneError:
            self._work.log("proxy-next-away", place=str(self._work.next))
            await self._answer(_AWAY)

    async def _line(self) -> bytes:
        async with asyncio.timeout(self._work.seconds):
            return await self._reader.readuntil(b"\n")

    async def _answer(self, raw: bytes) -> None:
        self._writer.write(raw)
        async with asyncio.timeout(self._work.seconds):
            await self._writer.drain()

    async def _command(self, line: bytes, server: NextServer) -> bool:
        """One command; False where it was the last one."""
        line = line.removesuffix(b"\n").removesuffix(b"\r")
        word = line[:4].upper()
        if b"\r" in line or b"\0" in line or len(line) > _LINE_MAX:
            return await self._stray(_NO_LINE)
        if word == b"QUIT":
            server.leave()
            self._next = None
            await self._answer(b"221 2.0.0 bye\r\n")
            return False
        if word == b"LHLO":
            await self._greeted(await server.say(line))
        elif word == b"DATA" and not line[4:].strip():
            return await self._data(server)
        elif word in (b"MAIL", b"RCPT") or word in _PLAIN:
            self._noted(line, await self._passed(line, server))
        else:
            return await self._stray(_UNKNOWN)
        return True

    async def _stray(self, said: bytes) -> bool:
        """No command. A few are a mail host's mistake; a head of HTTP is somebody who has a program of this machine post to us."""
        self._strays += 1
        is_enough = self._strays >= _STRAYS
        await self._answer(_STRAY if is_enough else said)
        return not is_enough

    async def _passed(self, line: bytes, server: NextServer) -> Answered:
        said = await server.say(line)
        await self._answer(said.raw)
        if said.code == 421:
            raise ConnectionResetError  # it hangs up, and said so
        return said

    async def _greeted(self, said: Answered) -> None:
        """Its own greeting with those of its abilities that we can pass on."""
        self._envelope = None
        if said.code != 250:
            await self._answer(said.raw)
            return
        able = [each for each in said.lines()[1:] if each.partition(b" ")[0].upper() in _PASSED]
        lines = [self._work.name.encode("ascii", "replace"), b"PIPELINING", *able]
        await self._answer(b"".join(b"250-%b\r\n" % each for each in lines[:-1]) + b"250 %b\r\n" % lines[-1])

    def _noted(self, line: bytes, said: Answered) -> None:
        """Remember what the next server took of an envelope."""
        word, found = line[:4].upper(), _ADDRESS.match(line)
        address = found[1].decode("utf-8", "surrogateescape") if found else ""
        is_taken = said.code // 100 == 2
        if word == b"MAIL" and is_taken:
            self._envelope = Envelope(mail_from=address)
        elif word == b"RCPT" and is_taken and self._envelope is not None:
            self._envelope.recipients.append(address)
        elif word == b"RSET":
            self._envelope = None

    async def _data(self, server: NextServer) -> bool:
        envelope = self._envelope or Envelope(mail_from="")
        said = await self._passed(b"DATA", server)
        if said.code != 354:
            return True
        self._envelope, self._is_busy, owed = None, True, len(envelope.recipients)
        held = [0]
        try:
            if not await self._content(envelope, server, held):
                self._work.log("gate-no-room", gate="proxy")
                await self._answer(_FULL * owed)
                return False  # the next server waits for an end that it shall not see
            while owed:
                answered = await server.answer()
                await self._answer(answered.raw)
                owed -= 1
        except GoneError:
            self._work.log("proxy-next-away", place=str(self._work.next))
            await self._drained()
            await self._answer(_GONE * owed)
            return False
        finally:
            self._work.budget.give(held[0])
            self._is_busy = False
        self._work.counts["handed-on"] += 1
        self._strays = 0
        return True

    async def _content(self, envelope: Envelope, server: NextServer, held: list[int]) -> bool:
        """Take the content and hand it on; False where there was no room for it, and the end was not handed on."""
        self._pieces = source = pieces(self._reader)
        kept = bytearray(b"\r\n")
        while not kept.endswith(END):
            piece = await self._piece(source)
            if not self._work.budget.take(len(piece)):
                await self._drained()
                return False
            held[0] += len(piece)
            kept += piece
            if len(kept) > self._work.content_limit and not kept.endswith(END):
                break
        wire = Wire()
        if kept.endswith(END):
            data = bytes(kept.replace(b"\r\n.", b"\r\n")[2:-2])
            data = changed(data, await self._decided(incoming(data, envelope, self._work.own)))
            await server.write(wire.pass_on(doubled(data)) + b".\r\n")
            return True
        head = bytes(kept[2:])
        mail = incoming(head, envelope, self._work.own, is_whole=False)
        await server.write(wire.pass_on(changed(head, await self._decided(mail))))
        async for piece in source:
            await server.write(wire.pass_on(piece))
        return True

    async def _piece(self, source: AsyncIterator[bytes]) -> bytes:
        async with asyncio.timeout(self._work.seconds):
            return await anext(source)

    async def _drained(self) -> None:
        """What is left of a content is read, so that its answers are read as such."""
        with suppress(StopAsyncIteration):
            while True:
                await self._piece(self._pieces)

    async def _decided(self, mail: IncomingMail) -> Changes:
        try:
            return await self._work.decide(mail)
        except Exception:  # a fault of ours over one mail: it goes on as it came
            self._work.log("proxy-fault")
            return Changes()
