"""One conversation with a mail host within a bound that holds for the whole of it, whatever the host does.

Trust:      the host may be ill, or stand for one that is: one that says an octet a second is late like one that says nothing, and
            so is one that reads as slowly.
Standards:  RFC 5321 section 4.5.3.2 (how long a client waits); section 6.1: a client that has heard no answer to its content does
            not know whether the mail was taken.
Answers:    ``Bound(silence, whole)``: ``begin()`` starts its clock, ``left()`` says how long may be waited now.
            ``opened(bound, ...)`` gives a session of ``smtplib`` that keeps to it; ``TimeoutError`` is behind what is raised
            when it is over.
Limits:     the look-up of the host's name is bounded by the resolver of the system alone.
"""

import io
import smtplib
import socket
import ssl
import time
from typing import Any, Final

_PIECE: Final = 64 << 10
_MOST: Final = 1 << 20  # octets of answers about one mail


class Bound:
    """How long one mail may take."""

    def __init__(self, silence: float, whole: float) -> None:
        """``silence`` is the longest wait for anything at all, ``whole`` that for everything together, in seconds."""
        self._silence, self._whole = silence, whole
        self.begin()

    def begin(self, whole: float | None = None) -> None:
        """The next mail, or something else that may take so long."""
        self._end = time.monotonic() + (self._whole if whole is None else whole)
        self._heard = 0

    def hear(self, octets: int) -> int:
        """So many were heard; raises OSError where that is too much."""
        self._heard += octets
        if self._heard > _MOST:
            raise OSError("it says too much")
        return octets

    def left(self) -> float:
        """How long may be waited now; raises TimeoutError where all of it is over."""
        left = self._end - time.monotonic()
        if left <= 0:
            raise TimeoutError("it takes too long")
        return min(self._silence, left)


class _Heard(io.RawIOBase):
    """What comes over a socket, each octet within what is left."""

    def __init__(self, sock: socket.socket, bound: Bound) -> None:
        self._sock, self._bound = sock, bound

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self._sock.settimeout(self._bound.left())
        return self._bound.hear(self._sock.recv_into(buffer))


class _Session(smtplib.SMTP):
    """A session that keeps to a bound."""

    def __init__(self, bound: Bound, host: str, port: int, *, name: str | None, context: ssl.SSLContext | None) -> None:
        self._bound, self._context, self._server = bound, context, host
        super().__init__(host, port, name, timeout=bound.left())

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        found = _connected(host, port, self._bound)
        if self._context is None:
            return found
        found.settimeout(self._bound.left())  # of the whole handshake
        return self._context.wrap_socket(found, server_hostname=self._server)

    def getreply(self) -> tuple[int, bytes]:
        """As ever; how long it may take is settled here."""
        if self.file is None and self.sock is not None:
            self.file = io.BufferedReader(_Heard(self.sock, self._bound))
        return super().getreply()

    def send(self, s: Any) -> None:
        """Say something, in pieces: each of them is within what is left."""
        if self.sock is None:
            raise smtplib.SMTPServerDisconnected("please run connect() first")
        rest = memoryview(s.encode(self.command_encoding) if isinstance(s, str) else s)
        try:
            while rest:
                self.sock.settimeout(self._bound.left())
                rest = rest[self.sock.send(rest[:_PIECE]) :]
        except OSError:
            self.close()
            raise smtplib.SMTPServerDisconnected("the connection was ended") from None


def _connected(host: str, port: int, bound: Bound) -> socket.socket:
    """A connection to the first of its addresses that takes one; all of them together are within what is left."""
    failed = OSError("its name has no address")
    for _, _, _, _, address in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
        left = bound.left()
        try:
            return socket.create_connection((str(address[0]), port), left)
        except OSError as error:
            failed = error
    raise failed


def opened(
    bound: Bound, host: str, port: int, *, name: str | None, context: ssl.SSLContext | None = None
) -> smtplib.SMTP:
    """Connect, within the bound; with a context over TLS from the first octet."""
    return _Session(bound, host, port, name=name, context=context)
