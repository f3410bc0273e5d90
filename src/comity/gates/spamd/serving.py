"""Answer programs that speak to spamd, one request a connection.

Trust:      whoever reaches the listener is a host of ours and may teach and complain in anybody's name, as with spamd itself:
            let it be this machine alone. The mail is a stranger's.
Standards:  see ``requests``. DESIGN.md P1: DidSet is said when the mail is on the disk.
Answers:    ``SpamdWork.serve(reader, writer)``.
Limits:     ``size`` bytes a mail, ``seconds`` a request, ``connections`` at once; beyond that "try again".
"""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from comity.gates.delivery.opinion import Opinions
from comity.gates.spamd.requests import (
    HEAD_LIMIT,
    TEMPORARY,
    Request,
    SpamdError,
    answered,
    failed,
    inflated,
    pong,
    read_head,
    told,
)
from comity.model.arrival import Arrival
from comity.model.log_events import LogEvent
from comity.model.outcomes import ComityError
from comity.model.verdict import Judgement

_IO_ERROR: Final = 74
_FACTS: Final[dict[str, str]] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Lessons:
    """At which of our mailboxes what is told arrives; None where that is not taken."""

    learn_spam: str | None = None
    learn_legitimate: str | None = None
    forget: str | None = None
    complain: str | None = None
    take_back: str | None = None
    domain: str | None = None  # of a login without one


@dataclass(slots=True, kw_only=True)
class SpamdWork:
    """What all connections share."""

    opinions: Opinions
    put: Callable[[Arrival], Future[int]]
    now: Callable[[], datetime]
    explain: Callable[[Judgement], Sequence[str]]
    log: LogEvent
    lessons: Lessons = field(default_factory=Lessons)
    size: int = 10 << 20
    seconds: float = 300
    connections: int = 100
    open: int = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        self.open += 1
        try:
            async with asyncio.timeout(self.seconds):
                writer.write(await self._answer(reader))
                await writer.drain()
        except (TimeoutError, OSError):
            pass  # who waits for us goes on without us
        finally:
            self.open -= 1
            writer.close()

    async def _answer(self, reader: asyncio.StreamReader) -> bytes:
        try:
            if self.open > self.connections:
                raise SpamdError(TEMPORARY, "too many connections")
            head = await _head(reader)
            request = read_head(head)
            if request.method == "PING":
                return pong()
            data = await self._mail(reader, request)
            if request.method == "SKIP":
                return b""
            if request.method == "TELL":
                return await self._tell(request, data)
            return answered(request.method, data, await self.opinions.judge(data, _FACTS), explain=self.explain)
        except SpamdError as error:
            return failed(error)

    async def _mail(self, reader: asyncio.StreamReader, request: Request) -> bytes:
        try:
            if request.size is None:
                data = await reader.read(self.size + 1)
                while data and len(data) <= self.size and (more := await reader.read(self.size + 1 - len(data))):
                    data += more
            elif request.size > self.size:
                raise SpamdError(_IO_ERROR, "the mail is too large")
            else:
                data = await reader.readexactly(request.size)
        except asyncio.IncompleteReadError:
            raise SpamdError(76, "Content-length mismatch") from None
        if len(data) > self.size:
            raise SpamdError(_IO_ERROR, "the mail is too large")
        return inflated(data, self.size) if request.compressed else data

    async def _tell(self, request: Request, data: bytes) -> bytes:
        """Learn, complain, take back; what cannot be done is not said to be done, and spamc then says so."""
        lessons = self.lessons
        is_spam = request.message_class == "spam"
        did_set, did_remove = list[str](), list[str]()
        if "local" in request.set and request.message_class in ("spam", "ham"):
            mailbox = lessons.learn_spam if is_spam else lessons.learn_legitimate
            if await self._hand_over(mailbox, data, request):
                did_set.append("local")
        if "local" in request.remove and await self._hand_over(lessons.forget, data, request):
            did_remove.append("local")
        if "remote" in request.set and is_spam and await self._hand_over(lessons.complain, data, request):
            did_set.append("remote")
        if "remote" in request.remove and await self._hand_over(lessons.take_back, data, request):
            did_remove.append("remote")
        return told(did_set, did_remove)

    async def _hand_over(self, mailbox: str | None, data: bytes, request: Request) -> bool:
        if mailbox is None:
            return False
        login = request.login or ""
        if login and "@" not in login and self.lessons.domain:
            login = f"{login}@{self.lessons.domain}"
        arrival = Arrival(gate="spamd", envelope_from=login, recipients=(mailbox,), arrived=self.now(), data=data)
        try:
            await asyncio.wrap_future(self.put(arrival))
        except ComityError as error:
            self.log("gate-no-room", gate="spamd", code=error.code)
            raise SpamdError(TEMPORARY, "no room now, try again later") from None
        return True


async def _head(reader: asyncio.StreamReader) -> bytes:
    """The lines before the mail; those of PING may end with the stream, or with the first line."""
    lines = list[bytes]()
    size = 0
    while True:
        try:
            line = await reader.readline()
        except ValueError:
            raise SpamdError(76, "Bad header line: too long") from None
        size += len(line)
        if size > HEAD_LIMIT:
            raise SpamdError(76, "Bad header line: too many")
        if not line.strip():
            return b"".join(lines)
        lines.append(line)
        if lines[0].upper().startswith(b"PING"):
            return lines[0]
