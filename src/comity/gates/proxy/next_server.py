"""The LMTP server behind us: lines out, answers in, to the letter.

Trust:      it is ours; still its answers are bounded, and what is no answer ends the connection.
Standards:  RFC 2033, RFC 5321 section 4.2.1.
Answers:    ``NextServer.reach(place)``; ``say(line)`` and ``answer()`` give an ``Answered``; raises ``GoneError`` where it is not
            there, or no more, or says what is no answer.
Limits:     100 lines of 2,000 bytes an answer; ten minutes for one.
"""

import asyncio
import re
from contextlib import suppress
from dataclasses import dataclass
from typing import Final, Self

from comity.model.listener import Listener

_LINE_MAX: Final = 2000
_LINES: Final = 100
_PATIENCE: Final = 600.0  # RFC 5321 section 4.5.3.2.6: ten minutes after the content
_CONNECT: Final = 20.0
_ANSWER: Final = re.compile(rb"[2-5][0-9]{2}(?:[ -][^\r\n]*)?\r?\n")


class GoneError(Exception):
    """The next server is not there."""


@dataclass(frozen=True, slots=True)
class Answered:
    """One answer, all its lines as they came."""

    code: int
    raw: bytes

    def lines(self) -> list[bytes]:
        """What each line says, without its code."""
        return [each[4:] for each in self.raw.splitlines()]


class NextServer:
    """One connection to it."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    @classmethod
    async def reach(cls, place: Listener) -> tuple[Self, Answered]:
        """Connect; gives its greeting, too."""
        try:
            async with asyncio.timeout(_CONNECT):
                if place.path is not None:
                    pair = await asyncio.open_unix_connection(place.path, limit=_LINE_MAX)
                else:
                    pair = await asyncio.open_connection(place.host, place.port, limit=_LINE_MAX)
        except (OSError, TimeoutError):
            raise GoneError from None
        made = cls(*pair)
        try:
            return made, await made.answer()
        except GoneError:
            made.hang_up()
            raise

    async def say(self, line: bytes) -> Answered:
        """One command, without its line end."""
        await self.write(line + b"\r\n")
        return await self.answer()

    async def write(self, data: bytes) -> None:
        """Bytes as they are."""
        try:
            self._writer.write(data)
            async with asyncio.timeout(_PATIENCE):
                await self._writer.drain()
        except (OSError, TimeoutError):
            raise GoneError from None

    async def answer(self) -> Answered:
        """The next answer."""
        found = bytearray()
        try:
            async with asyncio.timeout(_PATIENCE):
                for _ in range(_LINES):
                    line = await self._reader.readuntil(b"\n")
                    if not _ANSWER.fullmatch(line):
                        raise GoneError
                    found += line
                    if line[3:4] != b"-":
                        return Answered(int(line[:3]), bytes(found))
        except (OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            raise GoneError from None
        raise GoneError

    def hang_up(self) -> None:
        """At once, whatever was begun: a mail without its end is none."""
        with suppress(RuntimeError):
            self._writer.transport.abort()

    def leave(self) -> None:
        """As one does when all is said."""
        with suppress(OSError, RuntimeError):
            self._writer.write(b"QUIT\r\n")
            self._writer.close()
