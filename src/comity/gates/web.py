"""Serve web applications in the loop of the gates.

Answers:    ``serve_web(place)`` listens and gives ``ServedWeb``: ``place`` says where, ``end()`` finishes what is being answered.
Limits:     signals are the caller's. Headers of 64 KiB; a connection that says nothing for five seconds is closed.
"""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvicorn

from comity.model.listener import Listener
from comity.model.outcomes import ComityError, Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class WebPlace:
    """One application at one place; with a certificate it is served over TLS."""

    name: str
    app: Any  # ASGI
    listener: Listener
    certificate: Path | None = None
    key: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ServedWeb:
    """An application that is being served."""

    place: str
    server: uvicorn.Server
    task: asyncio.Task[None]

    async def end(self) -> None:
        """Finish what is being answered, then stop."""
        self.server.should_exit = True
        await self.task


async def serve_web(place: WebPlace) -> ServedWeb:
    """Listen, and serve until it is ended."""

    class _Server(uvicorn.Server):
        @contextmanager
        def capture_signals(self) -> Iterator[None]:
            """Signals are the caller's."""
            yield

    config = uvicorn.Config(
        place.app,
        host=place.listener.host,
        port=place.listener.port,
        uds=place.listener.path,
        ssl_certfile=place.certificate,
        ssl_keyfile=place.key,
        http="h11",
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
            task.result()
            raise _cannot(place, OSError("ended"))
        await asyncio.sleep(0.01)
    port = sock.getsockname()[1] if sock else 0
    shown = place.listener if sock is None else Listener(host=place.listener.host, port=port)
    return ServedWeb(place=f"{place.name}={shown}", server=server, task=task)


def _bound(listener: Listener) -> Any:
    family = socket.AF_INET6 if ":" in listener.host else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM)
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
