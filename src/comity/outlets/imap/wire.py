"""A connection on which a server may send what it likes: lines and literals come with bounds on size and time.

Trust:      the server is a stranger as soon as it misbehaves: nothing it sends makes us keep more than was asked for.
Standards:  RFC 8314 (TLS from the first byte), RFC 2595 (STARTTLS: what came before TLS is worth nothing after it).
Answers:    ``open_wire(host, port, context)``; ``Wire``: ``line``, ``exactly``, ``write``, ``start_tls``, ``close``. What ends or
            breaks the connection is a ``WireError``.
Limits:     256 KiB wait to be read, then the server is not read from; a line of more than 64 KiB breaks the connection.
"""

import asyncio
import ssl
from typing import Final

LINE: Final = 64 << 10
_HIGH: Final = 256 << 10


class WireError(Exception):
    """The connection cannot be used any more; the text says why, in words of ours."""


class Wire(asyncio.Protocol):
    """One connection."""

    def __init__(self) -> None:
        self._held = bytearray()
        self._transport: asyncio.Transport | None = None
        self._news = asyncio.Event()
        self._ended: str | None = None
        self._paused = False

    # -- what the event loop calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """It is open."""
        if isinstance(transport, asyncio.Transport):
            self._transport = transport

    def data_received(self, data: bytes) -> None:
        """The server sent something."""
        self._held += data
        if len(self._held) > _HIGH and self._transport is not None and not self._paused:
            self._transport.pause_reading()
            self._paused = True
        self._news.set()

    def connection_lost(self, error: Exception | None) -> None:
        """It is over."""
        self._ended = "the server hung up" if error is None else f"the connection broke: {type(error).__name__}"
        self._news.set()

    # -- what we call

    async def line(self) -> bytes:
        """The next line, without its end."""
        looked_at = 0
        while (end := self._held.find(b"\n", looked_at)) < 0:
            looked_at = len(self._held)
            if looked_at > LINE:
                raise WireError("the server sent a line without end")
            await self._more()
        return self._cut(end + 1).rstrip(b"\r\n")

    def line_at_hand(self) -> bytes | None:
        """The next line, where it is here already."""
        end = self._held.find(b"\n", 0, LINE)
        return None if end < 0 else self._cut(end + 1).rstrip(b"\r\n")

    async def exactly(self, size: int) -> bytes:
        """So many bytes."""
        got = bytearray()
        while len(got) < size:
            if not self._held:
                await self._more()
            got += self._cut(min(size - len(got), len(self._held)))
        return bytes(got)

    async def wait(self) -> None:
        """Until there is something to read."""
        if not self._held:
            await self._more()

    def write(self, data: bytes) -> None:
        """Send."""
        if self._transport is None or self._ended is not None:
            raise WireError(self._ended or "the connection is closed")
        self._transport.write(data)

    async def start_tls(self, context: ssl.SSLContext, host: str) -> None:
        """Go on encrypted."""
        if self._held:
            raise WireError("the server spoke before TLS began")
        if self._transport is None:
            raise WireError("the connection is closed")
        try:
            self._transport = await asyncio.get_running_loop().start_tls(
                self._transport, self, context, server_hostname=host
            )
        except (OSError, ssl.SSLError) as error:
            raise WireError(f"no TLS: {error}") from error
        if self._held:
            raise WireError("the server spoke before TLS began")

    def close(self) -> None:
        """Hang up."""
        if self._transport is not None:
            self._transport.abort()

    async def _more(self) -> None:
        if self._ended is not None:
            raise WireError(self._ended)
        self._news.clear()
        if self._paused and self._transport is not None:
            self._paused = False
            self._transport.resume_reading()
        await self._news.wait()

    def _cut(self, size: int) -> bytes:
        piece = bytes(self._held[:size])
        del self._held[:size]
        if self._paused and len(self._held) < _HIGH and self._transport is not None and self._ended is None:
            self._paused = False
            self._transport.resume_reading()
        return piece


async def open_wire(host: str, port: int, context: ssl.SSLContext | None) -> Wire:
    """Connect; encrypted from the first byte where there is a context."""
    try:
        _, wire = await asyncio.get_running_loop().create_connection(
            Wire, host, port, ssl=context, server_hostname=host if context else None
        )
    except (OSError, ssl.SSLError) as error:
        raise WireError(f"no connection: {error}") from error
    return wire
