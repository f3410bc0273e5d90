"""A mail host that takes everything and keeps a little, in a process of its own: what benches hand their mail to.

Trust:      it listens on loopback.
Standards:  RFC 5321, RFC 2920 (PIPELINING), RFC 6152 (8BITMIME), as far as a client needs that sends well-formed mail.
Answers:    ``MailSink(keep_every)`` is a context manager; ``port`` is where it listens, ``told()`` what has come so far.
Limits:     it never says no. It keeps every so many mails whole, of the others their ids.
"""

import asyncio
import multiprocessing
import re
import signal
import time
from collections import Counter
from multiprocessing.connection import Connection
from typing import Any, Final, Self

from comity.services.operate.bench_complain import Arrived

_SPAWN: Final = multiprocessing.get_context("spawn")
_REPORT_ID: Final = re.compile(rb"\r\nComity-Report-ID: ([^\r\n]+)", re.IGNORECASE)
_PATH: Final = re.compile(rb"<([^<>]*)>")


class MailSink:
    """The process, from here."""

    def __init__(self, keep_every: int) -> None:
        self._ours, theirs = _SPAWN.Pipe()
        self._process = _SPAWN.Process(target=_run, args=(theirs, keep_every), daemon=True)
        self._process.start()
        theirs.close()
        self.port = int(self._ours.recv())

    @property
    def pid(self) -> int | None:
        """Its process."""
        return self._process.pid

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.join()

    def told(self) -> Arrived:
        """What has come since this was asked the last time."""
        self._ours.send("told")
        arrived: Arrived = self._ours.recv()
        return arrived


class _Taken:
    """What came."""

    def __init__(self, keep_every: int) -> None:
        self.keep_every = keep_every
        self.clear()

    def clear(self) -> None:
        self.count = 0
        self.reports: set[bytes] = set()
        self.envelopes: set[bytes] = set()
        self.addresses: Counter[str] = Counter()
        self.kept: list[tuple[str, bytes]] = []
        self.began = time.process_time()

    def add(self, envelope_from: bytes, to: str, data: bytes) -> None:
        found = _REPORT_ID.search(data)
        if found:
            self.reports.add(found[1])
        self.envelopes.add(envelope_from)
        self.addresses[to] += 1
        if self.count % self.keep_every == 0:
            self.kept.append((to, data))
        self.count += 1

    def told(self) -> Arrived:
        return Arrived(
            count=self.count,
            reports=len(self.reports),
            envelopes=len(self.envelopes),
            by_address=dict(self.addresses),
            kept=tuple(self.kept),
            cpu=time.process_time() - self.began,
        )


class _Conversation(asyncio.Protocol):
    """One client: commands up to DATA, content up to its dot."""

    def __init__(self, taken: _Taken) -> None:
        self._taken = taken
        self._waiting = bytearray()
        self._is_content = False
        self._from, self._to = b"", ""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport: Any = transport
        transport.write(b"220 sink.example ESMTP\r\n")  # type: ignore[attr-defined]

    def data_received(self, data: bytes) -> None:
        self._waiting += data
        answers: list[bytes] = []
        while (answer := self._content() if self._is_content else self._command()) is not None:
            answers.append(answer)
        if answers:
            self._transport.write(b"".join(answers))

    def _content(self) -> bytes | None:
        end = 0 if self._waiting.startswith(b".\r\n") else self._waiting.find(b"\r\n.\r\n")
        if end < 0:
            return None
        content = bytes(self._waiting[: end + 2]).replace(b"\r\n..", b"\r\n.")
        del self._waiting[: end + (5 if end else 3)]
        self._is_content = False
        self._taken.add(self._from, self._to, content)
        return b"250 2.0.0 taken\r\n"

    def _command(self) -> bytes | None:
        end = self._waiting.find(b"\r\n")
        if end < 0:
            return None
        line = bytes(self._waiting[:end])
        del self._waiting[: end + 2]
        word = line[:4].upper()
        if word == b"EHLO":
            return b"250-sink.example\r\n250-PIPELINING\r\n250 8BITMIME\r\n"
        if word == b"DATA":
            self._is_content = True
            return b"354 go on\r\n"
        path = _PATH.search(line)
        if word == b"MAIL" and path:
            self._from = path[1]
        elif word == b"RCPT" and path:
            self._to = path[1].decode("ascii", "replace")
        elif word == b"QUIT":
            self._transport.write(b"221 bye\r\n")
            self._transport.close()
            return None
        return b"250 ok\r\n"


def _run(pipe: "Connection[Any, Any]", keep_every: int) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    asyncio.run(_serve(pipe, _Taken(keep_every)))


async def _serve(pipe: "Connection[Any, Any]", taken: _Taken) -> None:
    loop, ended = asyncio.get_running_loop(), asyncio.Event()
    server = await loop.create_server(lambda: _Conversation(taken), "127.0.0.1", 0)

    def asked() -> None:
        try:
            pipe.recv()
            pipe.send(taken.told())
            taken.clear()
        except (EOFError, OSError):
            ended.set()

    loop.add_reader(pipe.fileno(), asked)
    pipe.send(server.sockets[0].getsockname()[1])
    await ended.wait()
    loop.remove_reader(pipe.fileno())
