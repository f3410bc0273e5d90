"""Listen for LMTP, SMTP, the milter protocol, that of spamd, and LMTP to be handed on, until told to stop; then let all finish.

Answers:    ``Gates(terms, put, log)``: ``open(protocol, listeners)`` listens, ``open_milter``, ``open_spamd`` and ``open_proxy``
            too, ``places`` says where, ``drain()`` ends: no new connections, mail that is being
            taken is finished and acknowledged, everybody else is told to come back.
Limits:     more connections than ``GateTerms.connections`` are told "not now" and closed.
"""

import asyncio
import errno
import os
import socket
import stat
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from comity.gates.milter.connection import MilterConnection, MilterWork
from comity.gates.proxy.conversation import ProxyWork
from comity.gates.session import Intake, LmtpSession, SmtpSession, line
from comity.gates.spamd.serving import SpamdWork
from comity.gates.terms import GateTerms
from comity.model.arrival import Arrival
from comity.model.byte_budget import Budget
from comity.model.listener import Listener
from comity.model.log_events import LogEvent
from comity.model.outcomes import ComityError, Outcome

HELD_BYTES: Final = 48 << 20
_BACKLOG: Final = 256
_SESSIONS: Final = {"lmtp": LmtpSession, "smtp": SmtpSession}


class Gates:
    """All sockets of one process."""

    def __init__(self, terms: GateTerms, put: Callable[[Arrival], Future[int]], log: LogEvent) -> None:
        self._log = log
        self._servers: list[asyncio.Server] = []
        self._paths: list[Path] = []
        self._milter: MilterWork | None = None
        self._proxy: ProxyWork | None = None
        self.places: list[str] = []
        self._intake = Intake(
            terms=terms, put=put, now=lambda: datetime.now(UTC), log=log, budget=Budget(HELD_BYTES), open=set()
        )

    async def open(self, protocol: str, listeners: Sequence[Listener]) -> None:
        """Listen everywhere for ``lmtp`` or ``smtp``, or say where it failed."""
        await self._open(protocol, listeners, self._factory(_SESSIONS[protocol]))

    async def open_milter(self, work: MilterWork, listeners: Sequence[Listener]) -> None:
        """Listen everywhere for the milter protocol; nobody is turned away, because mail waits meanwhile."""
        self._milter = work
        await self._open("milter", listeners, lambda: MilterConnection(work))

    async def open_spamd(self, work: SpamdWork, listeners: Sequence[Listener]) -> None:
        """Listen everywhere for the protocol of spamd."""

        def accept() -> asyncio.BaseProtocol:
            reader = asyncio.StreamReader()
            return asyncio.StreamReaderProtocol(reader, work.serve)

        await self._open("spamd", listeners, accept)

    async def open_proxy(self, work: ProxyWork, listeners: Sequence[Listener]) -> None:
        """Listen everywhere for LMTP that is handed on to another server."""
        self._proxy = work

        def accept() -> asyncio.BaseProtocol:
            reader = asyncio.StreamReader()
            return asyncio.StreamReaderProtocol(reader, work.serve)

        await self._open("proxy", listeners, accept)

    async def _open(
        self, protocol: str, listeners: Sequence[Listener], factory: Callable[[], asyncio.BaseProtocol]
    ) -> None:
        for each in listeners:
            try:
                place = await self._listen(factory, each)
            except OSError as error:
                details = {"listener": str(each), "reason": error.strerror or str(error)}
                message = f"cannot listen on {each}: {details['reason']}"
                raise ComityError("listen", message, outcome=Outcome.CONFIGURATION, details=details) from None
            self.places.append(f"{protocol}={place}")
            self._log("gate-listening", gate=protocol, place=place)

    async def _listen(self, factory: Callable[[], asyncio.BaseProtocol], listener: Listener) -> str:
        loop = asyncio.get_running_loop()
        if listener.path is not None:
            path = Path(listener.path)
            _clear(path)
            before = os.umask(0o117)  # for the group of the mail server, not for everybody
            try:
                server = await loop.create_unix_server(factory, path, backlog=_BACKLOG)
            finally:
                os.umask(before)
            self._paths.append(path)
            self._servers.append(server)
            return str(listener)
        server = await loop.create_server(factory, listener.host, listener.port, backlog=_BACKLOG)
        self._servers.append(server)
        port = server.sockets[0].getsockname()[1]
        return str(Listener(host=listener.host, port=port))

    def _factory(self, session: type[SmtpSession]) -> Callable[[], asyncio.BaseProtocol]:
        def accept() -> asyncio.BaseProtocol:
            if len(self._intake.open) >= self._intake.terms.connections:
                self._log("gate-refused", gate=session.gate, open=len(self._intake.open))
                return _Refusal()
            return session(self._intake)

        return accept

    async def drain(self, seconds: float = 30) -> None:
        """Stop listening, let what is being taken finish, hang up."""
        for server in self._servers:
            server.close()
        for path in self._paths:
            path.unlink(missing_ok=True)
        if self._milter is not None:
            self._milter.end()
        talks = (*self._intake.open, *(self._proxy.open if self._proxy is not None else ()))
        leaving = [asyncio.create_task(each.leave()) for each in talks]
        if leaving:
            await asyncio.wait(leaving, timeout=seconds)
        for task in leaving:
            task.cancel()
        if self._proxy is not None:
            self._proxy.end()


class _Refusal(asyncio.Protocol):
    """One connection too many."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if isinstance(transport, asyncio.WriteTransport):
            transport.write(f"{line(Outcome.BUSY)}\r\n".encode("ascii"))
        transport.close()


def _clear(path: Path) -> None:
    """Take away the socket that a killed process left; one on which somebody answers stays, as does any other file."""
    try:
        is_socket = stat.S_ISSOCK(path.lstat().st_mode)
    except FileNotFoundError:
        return
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            if is_socket:
                probe.connect(str(path))
        except ConnectionRefusedError:
            path.unlink()
            return
    raise OSError(errno.EADDRINUSE, os.strerror(errno.EADDRINUSE))
