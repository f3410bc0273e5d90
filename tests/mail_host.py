"""Ports on loopback: a mail host that a test says the answers of, and ports for programs that cannot take any."""

import itertools
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP

# Below those that the system gives to whoever asks for any (net.ipv4.ip_local_port_range): between looking and listening nobody
# is given it. Tests that run side by side begin at places of their own.
_PORTS = itertools.cycle(range(10_000, 30_000))
for _ in range(os.getpid() * 211 % 20_000):
    next(_PORTS)


class _Host(Controller):
    """Listens on whatever port there is: one that was looked for before may be somebody else's by now."""

    def __init__(self, handler: object, *, speaks: type[SMTP], port: int, **more: Any) -> None:
        self._speaks = speaks
        # With a name of its own it asks no name server for ours; a busy machine may take its time.
        super().__init__(
            handler, hostname="127.0.0.1", port=port, server_hostname="mx.example", ready_timeout=120, **more
        )

    def factory(self) -> SMTP:
        return self._speaks(self.handler, **self.SMTP_kwargs)

    def _trigger_server(self) -> None:
        assert self.server is not None
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


@contextmanager
def mail_host(handler: object, *, is_lmtp: bool = False, port: int = 0, **more: Any) -> Iterator[int]:
    """A mail host of aiosmtpd with this handler, listening as long as the block lasts; its port."""
    host = _Host(handler, speaks=LMTP if is_lmtp else SMTP, port=port, **more)
    host.start()
    try:
        yield host.port
    finally:
        host.stop()


def free_port() -> int:
    """A port on which nobody listens, for a program that is told beforehand where to, or for a place where nobody is."""
    for port in itertools.islice(_PORTS, 20_000):
        try:
            with socket.create_server(("127.0.0.1", port)):
                return port
        except OSError:
            continue
    raise AssertionError("no port is free")
