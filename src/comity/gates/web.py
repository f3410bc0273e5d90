"""Serve web applications in the loop of the gates.

Standards:  RFC 9112 section 6.3: where the length of a request is said in two ways, the connection ends behind its answer.
Answers:    ``serve_web(place)`` listens and gives ``ServedWeb``: ``place`` says where, ``end()`` finishes what is being answered.
Limits:     signals are the caller's. Headers of 64 KiB, which have ten seconds to arrive, however slowly; a connection that says
            nothing for five seconds after an answer is closed. A certificate that is renewed is taken within half a minute.
"""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import h11
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from comity.gates.renewing import LOOK_SECONDS, Renewing
from comity.model.listener import Listener
from comity.model.log_events import LogEvent
from comity.model.outcomes import ComityError, Outcome

HEAD_SECONDS: Final = 10.0
_FRAMING: Final = (b"content-length", b"transfer-encoding")


class _Hurried(H11Protocol):
    """A connection whose requests must begin in time: the server's own clock runs only between requests."""

    _ends: asyncio.TimerHandle | None = None
    head_seconds = HEAD_SECONDS

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as the server has it
        """Begin to wait for a head."""
        super().connection_made(transport)
        self._wait()

    def data_received(self, data: bytes) -> None:
        """A part of a head, or more."""
        super().data_received(data)
        if self.conn.their_state is h11.IDLE and self.conn.trailing_data[0]:
            self._wait()
        else:
            self._go_on()

    def connection_lost(self, exc: Exception | None) -> None:
        """It ended."""
        self._go_on()
        super().connection_lost(exc)

    def _wait(self) -> None:
        if self._ends is None:
            self._ends = self.loop.call_later(self.head_seconds, self.transport.abort)

    def _go_on(self) -> None:
        if self._ends is not None:
            self._ends.cancel()
            self._ends = None


def _no_log(event: str, /, **details: object) -> None:
    """Nobody wants to know."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WebPlace:
    """One application at one place; with a certificate it is served over TLS."""

    name: str
    app: Any  # ASGI
    listener: Listener
    certificate: Path | None = None
    key: Path | None = None
    head_seconds: float = HEAD_SECONDS  # how long the head of a request may take to arrive
    log: LogEvent = _no_log  # of what becomes of a certificate that was renewed
    look_seconds: float = LOOK_SECONDS  # how often it is looked at


@dataclass(frozen=True, slots=True, kw_only=True)
class ServedWeb:
    """An application that is being served."""

    place: str
    server: uvicorn.Server
    task: asyncio.Task[None]
    renewing: asyncio.Task[None] | None = None

    async def end(self) -> None:
        """Finish what is being answered, then stop."""
        if self.renewing is not None:
            self.renewing.cancel()
        self.server.should_exit = True
        await self.task


def _ending_where_framed_twice(app: Any) -> Any:
    """The application; behind a request that others may take for a longer or shorter one nothing more is heard."""

    async def served(scope: Any, receive: Any, send: Any) -> None:
        framing = [name for name, _ in scope.get("headers", ()) if name in _FRAMING]

        async def last(message: Any) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message.get("headers", ()), (b"connection", b"close")]}
            await send(message)

        await app(scope, receive, last if len(framing) > 1 else send)

    return served


async def serve_web(place: WebPlace) -> ServedWeb:
    """Listen, and serve until it is ended."""

    class _Server(uvicorn.Server):
        @contextmanager
        def capture_signals(self) -> Iterator[None]:
            """Signals are the caller's."""
            yield

    config = uvicorn.Config(
        _ending_where_framed_twice(place.app),
        host=place.listener.host,
        port=place.listener.port,
        uds=place.listener.path,
        ssl_certfile=place.certificate,
        ssl_keyfile=place.key,
        http=_hurried(place.head_seconds),
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        limit_concurrency=100,
        timeout_keep_alive=5,
        timeout_graceful_shutdown=10,
        h11_max_incomplete_event_size=1 << 16,
    )
    try:
        config.load()
    except OSError as error:
        raise _cannot(place, error) from None
    try:  # the library would end the process where it cannot listen
        sock = None if place.listener.path else _bound(place.listener)
    except OSError as error:
        raise _cannot(place, error) from None
    server = _Server(config)
    task = asyncio.create_task(server.serve(sockets=None if sock is None else [sock]))
    while not server.started:
        if task.done():
            try:
                task.result()
            except OSError as error:  # of a socket that has a path: the library itself makes it
                raise _cannot(place, error) from None
            raise _cannot(place, OSError("ended"))
        await asyncio.sleep(0.01)
    port = sock.getsockname()[1] if sock else 0
    shown = place.listener if sock is None else Listener(host=place.listener.host, port=port)
    return ServedWeb(place=f"{place.name}={shown}", server=server, task=task, renewing=_renewing(place, config))


def _renewing(place: WebPlace, config: uvicorn.Config) -> "asyncio.Task[None] | None":
    if config.ssl is None or place.certificate is None or place.key is None:
        return None
    taking = Renewing(config.ssl, (place.certificate, place.key), name=place.name, log=place.log)
    return asyncio.create_task(taking.run(place.look_seconds))


def _hurried(seconds: float) -> type[_Hurried]:
    return type("_Hurried", (_Hurried,), {"head_seconds": seconds})


def _bound(listener: Listener) -> Any:
    family = socket.AF_INET6 if ":" in listener.host else socket.AF_INET
    # Named, because the event loop sends at once (TCP_NODELAY) only where a socket says that it speaks TCP: without this each
    # answer waited for the other side's delayed acknowledgement, forty milliseconds.
    sock = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((listener.host, listener.port))
    except OSError:
        sock.close()
        raise
    return sock


def _cannot(place: WebPlace, error: OSError) -> ComityError:
    details = {"listener": str(place.listener), "reason": error.strerror or str(error)}
    message = f"cannot listen on {place.listener}: {details['reason']}"
    return ComityError("listen", message, outcome=Outcome.CONFIGURATION, details=details)
