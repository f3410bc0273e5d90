"""Speak IMAP, as much of it as is needed to take mail out of one folder.

Trust:      the server is a stranger as soon as it misbehaves: every answer has bounds on size, on pieces and on time.
Standards:  RFC 3501 and RFC 9051, RFC 4959 (SASL-IR), RFC 2177 (IDLE), RFC 4315 (UIDPLUS), RFC 4616 (PLAIN).
Answers:    ``ImapClient(wire)``: ``greet``, ``log_in``, ``select``, ``listed``, ``mails``, ``store``, ``idle`` ... A refusal is
            ``ImapNo``, what breaks the connection ``WireError``, what takes too long ``TimeoutError``.
Limits:     answers come one command at a time; no other mail is asked for than the caller names.
"""

import asyncio
import base64
import re
import ssl
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from comity.outlets.imap.names import mutf7, quote
from comity.outlets.imap.wire import Wire, WireError

SECONDS: Final = 60.0  # for the answer to one command, and for each piece of a long one
_PIECES: Final = 30  # so many times as long for all of them: a server may say that it is still at it, but not for ever
_ANSWER: Final = 1 << 20
_LISTING: Final = 64 << 20
_SLACK: Final = 4096  # of an answer to FETCH, beside the mail

_LITERAL: Final = re.compile(rb"\{(\d{1,10})\+?\}$")
_UID: Final = re.compile(rb"\bUID (\d{1,10})\b")
_SIZE: Final = re.compile(rb"\bRFC822\.SIZE (\d{1,15})\b")
_ARRIVED: Final = re.compile(rb'\bINTERNALDATE "([^"]{1,40})"')
_CODE: Final = re.compile(rb"\[(UIDVALIDITY|UIDNEXT) (\d{1,10})\]")
_QUOTED_BODY: Final = re.compile(rb'BODY\[\](?:<0>)? "((?>[^"\\]|\\.)*+)"')


class ImapNo(Exception):  # noqa: N818 - the protocol's own word
    """The server said NO or BAD."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """One answer: its text with ``{}`` where literals stood, and these."""

    text: bytes
    literals: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """A folder as the server opened it."""

    validity: int
    uid_next: int | None
    is_read_only: bool


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Listed:
    """One mail, as the server lists it."""

    uid: int
    size: int
    arrived: datetime | None = None


class ImapClient:
    """One conversation."""

    def __init__(self, wire: Wire) -> None:
        self._wire, self._count = wire, 0
        self._status = b""  # how the last command ended
        self.able: frozenset[str] = frozenset()

    # -- the beginning

    async def greet(self) -> None:
        """Hear the greeting, and what the server can do."""
        greeting = await self._response(_ANSWER)
        if not greeting.text.upper().startswith(b"* OK"):
            raise WireError("the server does not greet as an IMAP server does")
        await self._ask_abilities()

    async def start_tls(self, context: ssl.SSLContext, host: str) -> None:
        """Go on encrypted; what was said before counts no more."""
        if "STARTTLS" not in self.able:
            raise WireError("the server offers no TLS")
        await self.call(b"STARTTLS")
        async with asyncio.timeout(SECONDS):
            await self._wire.start_tls(context, host)
        await self._ask_abilities()

    async def log_in(self, account: str, password: str) -> None:
        """Log in; ``ImapNo`` where the server refuses."""
        if "AUTH=PLAIN" in self.able or "LOGINDISABLED" in self.able:
            secret = base64.b64encode(f"\0{account}\0{password}".encode())
            if "SASL-IR" in self.able:
                await self.call(b"AUTHENTICATE PLAIN " + secret)
            else:
                await self.call(b"AUTHENTICATE PLAIN", secret)
        elif (account + password).isascii() and (account + password).isprintable():
            await self.call(f"LOGIN {quote(account)} {quote(password)}".encode("ascii"))
        else:
            name, secret = account.encode(), password.encode()
            await self.call(b"LOGIN {%d}" % len(name), name + b" {%d}" % len(secret), secret)
        await self._ask_abilities()

    async def _ask_abilities(self) -> None:
        for each in await self.call(b"CAPABILITY"):
            if each.text.upper().startswith(b"* CAPABILITY "):
                self.able = frozenset(each.text.decode("ascii", "replace").upper().split()[2:])

    # -- the folder

    async def select(self, folder: str, *, read_only: bool) -> Chosen:
        """Open a folder."""
        verb = b"EXAMINE " if read_only else b"SELECT "
        said = {}
        for each in await self.call(verb + quote(mutf7(folder)).encode("ascii")):
            for name, number in _CODE.findall(each.text):
                said[name] = int(number)
        if b"UIDVALIDITY" not in said:
            raise WireError("the server numbers no mail (no UIDVALIDITY)")
        return Chosen(
            validity=said[b"UIDVALIDITY"],
            uid_next=said.get(b"UIDNEXT"),
            is_read_only=b"[READ-WRITE]" not in self._status.upper(),
        )

    async def listed(self, uids: str) -> AsyncGenerator[Listed, None]:
        """The mails with these numbers, one after the other."""
        responses = self._talk(b"UID FETCH %s (UID RFC822.SIZE INTERNALDATE)" % uids.encode("ascii"), limit=_LISTING)
        async with aclosing(responses):
            async for each in responses:
                found = _listed(each.text)
                if found is not None:
                    yield found

    async def mails(self, uids: str, *, head: int | None, most: int) -> AsyncGenerator[tuple[int, bytes], None]:
        """The mails with these numbers, or their beginnings; more than ``most`` bytes in all break the connection."""
        part = b"" if head is None else b"<0.%d>" % head
        responses = self._talk(b"UID FETCH %s (UID BODY.PEEK[]%s)" % (uids.encode("ascii"), part), limit=most + _SLACK)
        async with aclosing(responses):
            async for each in responses:
                uid = _UID.search(_QUOTED_BODY.sub(b"", each.text))
                quoted = None if each.literals else _QUOTED_BODY.search(each.text)
                if uid is not None and each.literals:
                    yield int(uid[1]), each.literals[0]
                elif uid is not None and quoted is not None:
                    yield int(uid[1]), re.sub(rb"\\(.)", rb"\1", quoted[1])

    async def store(self, uids: str, flag: str) -> None:
        """Set a flag on these."""
        await self.call(f"UID STORE {uids} +FLAGS.SILENT ({flag})".encode("ascii"))

    async def expunge(self, uids: str) -> None:
        """Remove those of these that are flagged as deleted, and no others; nothing where the server cannot."""
        if "UIDPLUS" in self.able:
            await self.call(f"UID EXPUNGE {uids}".encode("ascii"))

    async def idle(self, seconds: float) -> None:
        """Wait until the server says that there is something, or for so long."""
        tag = self._begin(b"IDLE")
        try:
            async with asyncio.timeout(seconds):
                while True:
                    said = await self._response(_ANSWER, patient=True)
                    if said.text.startswith(tag):
                        raise ImapNo(_shown(said.text))
                    if said.text.upper().endswith(b" EXISTS"):
                        break
        except TimeoutError:
            pass
        self._wire.write(b"DONE\r\n")
        await self._end(tag)

    async def log_out(self) -> None:
        """Say good-bye; that it is not answered does not matter."""
        with suppress(WireError):
            self._begin(b"LOGOUT")
        self._wire.close()

    # -- how commands and answers look

    async def call(self, *lines: bytes) -> list[Response]:
        """One command, whose further lines are sent when the server asks for them; what was answered."""
        return [each async for each in self._talk(*lines, limit=_ANSWER)]

    async def _talk(self, *lines: bytes, limit: int) -> AsyncGenerator[Response, None]:
        tag, more = self._begin(lines[0]), list(lines[1:])
        until = _until()
        while True:
            each = await self._response(limit)
            if _now() > until:
                raise WireError("the server talks without an end")
            limit -= len(each.text) + sum(map(len, each.literals)) + 1
            if each.text.startswith(tag + b" "):
                self._status = each.text[len(tag) + 1 :]
                _check(self._status)
                return
            if each.text.startswith(b"+") and more:
                self._wire.write(more.pop(0) + b"\r\n")
            elif each.text.upper().startswith(b"* BYE"):
                raise WireError("the server ended the conversation")
            else:
                yield each

    async def _end(self, tag: bytes) -> None:
        left, until = _ANSWER, _until()
        while True:
            each = await self._response(left)
            if _now() > until:
                raise WireError("the server talks without an end")
            left -= len(each.text) + 1
            if each.text.startswith(tag + b" "):
                return _check(each.text[len(tag) + 1 :])

    def _begin(self, line: bytes) -> bytes:
        self._count += 1
        tag = b"C%d" % self._count
        self._wire.write(tag + b" " + line + b"\r\n")
        return tag

    async def _response(self, limit: int, *, patient: bool = False) -> Response:
        """The next answer; one that is larger than the limit breaks the connection before it is kept."""
        if patient:
            await self._wire.wait()
        text, literals = bytearray(), list[bytes]()
        line = self._wire.line_at_hand()
        if line is not None and len(line) <= limit and not _LITERAL.search(line):
            return Response(text=line)  # nothing to wait for
        # A mail may take its time, a server that drips does not get it: 60 s, and a second for each 16 KiB.
        async with asyncio.timeout(SECONDS) as until:
            while True:
                line = await self._wire.line() if line is None else line
                text += line
                announced = _LITERAL.search(line)
                size = int(announced[1]) if announced else 0
                limit -= len(line) + size
                if limit < 0 or len(literals) > 16:
                    raise WireError("the server sent more than was asked for")
                if announced is None:
                    return Response(text=bytes(text), literals=tuple(literals))
                until.reschedule((until.when() or 0) + size / (16 << 10))
                literals.append(await self._wire.exactly(size))
                line = None
                del text[-len(announced[0]) :]
                text += b"{}"


def _now() -> float:
    return asyncio.get_running_loop().time()


def _until() -> float:
    return _now() + _PIECES * SECONDS


def _check(status: bytes) -> None:
    if not status.upper().startswith(b"OK"):
        raise ImapNo(_shown(status))


def _shown(text: bytes) -> str:
    """What a server said, as a short word for an error."""
    return re.sub(r"[^\x20-\x7e]", "?", text.decode("ascii", "replace"))[:120]


def _listed(text: bytes) -> Listed | None:
    uid, size, arrived = _UID.search(text), _SIZE.search(text), _ARRIVED.search(text)
    if uid is None or size is None:
        return None
    return Listed(uid=int(uid[1]), size=int(size[1]), arrived=_moment(arrived[1]) if arrived else None)


def _moment(text: bytes) -> datetime | None:
    try:
        return datetime.strptime(text.decode("ascii", "replace").strip(), "%d-%b-%Y %H:%M:%S %z").astimezone(UTC)
    except (ValueError, OverflowError):
        return None
