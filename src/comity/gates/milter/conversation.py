"""One conversation with a mail host, without any I/O: bytes in, bytes out.

Trust:      the host is ours; the fields and addresses it passes on are strangers'. Whatever goes wrong on our side, mail goes on:
            the answer is then "accept", and the fault is counted.
Standards:  as ``packets``. We ask for connection, envelope and header, for the text where it is judged, and for as few questions
            as the host allows.
Answers:    ``Conversation.feed(data)`` gives what to send. When a mail is whole, ``asked`` is that mail, and nothing goes on until
            ``decided()``, before which what ``said(changes)`` gives is sent; ``is_over`` says when to hang up.
Limits:     the fields that we need are kept up to ``FIELDS_LIMIT`` bytes; a mail with more is not marked. Of what bears our names
            behind that, ``BEYOND_LIMIT`` fields are counted, without their values, so that they go. Of the content
            ``CONTENT_LIMIT`` bytes are kept; a larger one is not judged. A hundred recipients count.
"""

import struct
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from comity.formats import ip
from comity.formats.spam_headers import is_mark
from comity.gates.milter.packets import (
    ABORT,
    ACCEPT,
    BODY,
    CHANGE,
    CONNECT,
    CONTINUE,
    END,
    HEADER,
    HELO,
    INSERT,
    MACROS,
    MAIL,
    NEGOTIATE,
    QUIT,
    QUIT_NEW,
    RECIPIENT,
    MilterError,
    Packet,
    PacketReader,
    packet,
)

FIELDS_LIMIT: Final = 256 << 10
BEYOND_LIMIT: Final = 10_000
CONTENT_LIMIT: Final = 10 << 20
RECIPIENT_LIMIT: Final = 100
VERSION: Final = 6
_HELO_LIMIT: Final = 255
_OLDEST: Final = 2
# What we may do to a mail: add fields, and take fields away.
_ADD, _CHANGE = 0x01, 0x10
# What need not be told: HELO and text (they are where mail is judged), end of header, unknown commands, DATA.
_NO_HELO, _NO_BODY, _UNTOLD = 0x02, 0x10, 0x40 | 0x100 | 0x200
_LEADING_SPACE: Final = 0x100000  # fields come, and go, with the blank behind the colon
# What needs no answer.
_SILENT: Final = {HEADER: 0x80, CONNECT: 0x1000, HELO: 0x2000, MAIL: 0x4000, RECIPIENT: 0x8000, BODY: 0x80000}
_NO_ANSWER: Final = frozenset({MACROS, ABORT, QUIT, QUIT_NEW})
WANTED: Final = frozenset(
    {b"message-id", b"from", b"date", b"received", b"authentication-results", b"comity-delivery", b"x-comity-trace"}
)
_RESULTS: Final = b"authentication-results"
_INET: Final = (b"4", b"6")


@dataclass(slots=True, kw_only=True)
class IncomingMail:
    """What is known of a mail when its content has come."""

    client_ip: str | None
    client_port: int | None = None
    helo: str = ""
    envelope_from: str = ""
    queue_id: str | None = None
    is_authenticated: bool = False
    login: str | None = None  # of whoever handed it in
    recipients: list[str] = field(default_factory=list)
    fields: list[tuple[bytes, bytes]] = field(default_factory=list)  # name in lower case, value; those that we need
    is_whole: bool = True  # nothing that we need had to be left out; else values may be missing, and stand empty
    content: bytearray | None = None  # header and text with CRLF, where they are wanted; None where they are too large


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What is to be done to a mail: take fields away, each by its name and its number among those of it, put others on top."""

    removed: tuple[tuple[str, int], ...] = ()
    added: tuple[tuple[str, str], ...] = ()  # the first one topmost; a value is folded with LF


class Conversation:
    """From negotiation to quit."""

    def __init__(self, fault: Callable[[], None], *, wants_content: bool = False) -> None:
        """``fault`` is told of each fault of ours, while it is being handled."""
        self._fault, self._wants_content = fault, wants_content
        self._packets = PacketReader()
        self._queue: deque[Packet] = deque()
        self._silent: set[bytes] = set()
        self._may_change = False
        self._blank = ""
        self._client: str | None = None
        self._port: int | None = None
        self._helo = ""
        self._size, self._beyond, self._in_text = 0, 0, False
        self._mail = self._fresh()
        self._macros: dict[bytes, bytes] = {}
        self.asked: IncomingMail | None = None
        self.is_over = False

    def feed(self, data: bytes) -> bytes:
        """Take what the host sent."""
        self._queue.extend(self._packets.feed(data))
        return self._go_on()

    def said(self, changes: Changes | None) -> bytes:
        """What is to be done to the mail that was asked about; None where a fault of ours lets it go on as it is."""
        return packet(ACCEPT) if changes is None else self._changed(changes) + packet(CONTINUE)

    def decided(self) -> bytes:
        """It is decided on; what to send to what came meanwhile."""
        self.asked = None
        return self._go_on()

    def _go_on(self) -> bytes:
        answers = []
        while self._queue and self.asked is None:
            answers.append(self._answer(self._queue.popleft()))
        return b"".join(answers)

    def _answer(self, one: Packet) -> bytes:
        if one.kind == NEGOTIATE:
            return self._negotiate(one.data)
        try:
            self._take(one)
        except Exception:  # a fault of ours over one mail: it goes on as if we were not there
            self._fault()
            return b"" if one.kind in self._silent | _NO_ANSWER else packet(ACCEPT)
        if one.kind in self._silent | _NO_ANSWER or self.asked is not None:
            return b""
        return packet(CONTINUE)

    def _negotiate(self, data: bytes) -> bytes:
        if len(data) < 12:
            raise MilterError("negotiation too short")
        version, actions, protocol = struct.unpack_from(">III", data)
        if version < _OLDEST:
            raise MilterError(f"version {version}")
        self._may_change = actions & (_ADD | _CHANGE) == _ADD | _CHANGE
        self._silent = {kind for kind, bit in _SILENT.items() if protocol & bit}
        wanted = _UNTOLD | sum(_SILENT[kind] for kind in self._silent)
        wanted |= _LEADING_SPACE if self._wants_content else _NO_HELO | _NO_BODY
        wanted &= protocol
        self._blank = " " if wanted & _LEADING_SPACE else ""
        return packet(NEGOTIATE, struct.pack(">III", min(version, VERSION), actions & (_ADD | _CHANGE), wanted))

    def _take(self, one: Packet) -> None:
        """Take one event."""
        kind, data = one
        if kind == HEADER:
            self._field(data)
        elif kind == BODY:
            self._keep(data)
        elif kind == MACROS:
            self._define(data)
        elif kind == RECIPIENT:
            if len(self._mail.recipients) < RECIPIENT_LIMIT:
                self._mail.recipients.append(_address(data))
        elif kind == HELO:
            self._helo = _text(data.rstrip(b"\0"))[:_HELO_LIMIT]
            self._begin()
        elif kind in (MAIL, ABORT):
            self._begin()
            self._mail.envelope_from = _address(data) if kind == MAIL else ""
        elif kind == CONNECT:
            (self._client, self._port), self._helo = _client(data), ""
            self._begin()
        elif kind == END:
            self._end()
        elif kind in (QUIT, QUIT_NEW):
            self.is_over = kind == QUIT
            self._client = self._port = None
            self._macros.clear()
            self._begin()

    def _fresh(self) -> IncomingMail:
        content = bytearray() if self._wants_content else None
        return IncomingMail(client_ip=self._client, client_port=self._port, helo=self._helo, content=content)

    def _begin(self) -> None:
        self._mail, self._size, self._beyond, self._in_text = self._fresh(), 0, 0, False

    def _field(self, data: bytes) -> None:
        name, _, value = data.partition(b"\0")
        value = value.removesuffix(b"\0")
        if self._wants_content:
            whole = name + b":" + (b"" if self._blank else b" ") + value + b"\n"
            self._keep(whole.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"), text=False)
        name = name.lower()
        if name in WANTED or is_mark(name):
            self._size += len(data)
            if self._size <= FIELDS_LIMIT:
                self._mail.fields.append((name, value))
                return
            self._mail.is_whole = False
            if is_numbered(name) and self._beyond < BEYOND_LIMIT:
                self._mail.fields.append((name, b""))
                self._beyond += 1

    def _keep(self, data: bytes, *, text: bool = True) -> None:
        """Keep a piece of the content, if it is wanted and not too much."""
        content = self._mail.content
        if content is None:
            return
        if text and not self._in_text:
            content += b"\r\n"
            self._in_text = True
        content += data
        if len(content) > CONTENT_LIMIT:
            self._mail.content = None

    def _define(self, data: bytes) -> None:
        """Macros of one stage; those of MAIL belong to one mail and come before it."""
        words = data[1:].split(b"\0")
        if data[:1] == MAIL:
            self._macros.clear()
        for name, value in zip(words[::2], words[1::2], strict=False):
            if name in (b"i", b"{i}", b"{auth_authen}"):
                self._macros[name.strip(b"{}")] = value

    def _end(self) -> None:
        mail = self._mail
        if not self._in_text:
            self._keep(b"")
        mail.queue_id = _text(self._macros.get(b"i", b"")) or None
        mail.login = _text(self._macros.get(b"auth_authen", b"")) or None
        mail.is_authenticated = mail.login is not None
        self._begin()
        self.asked = mail

    def _changed(self, changes: Changes) -> bytes:
        if not self._may_change:
            return b""
        # From the last one on, so that the numbers of the others stay.
        taken = [
            packet(CHANGE, struct.pack(">I", number) + name.encode("latin-1") + b"\0\0")  # as it came
            for name, number in sorted(changes.removed, key=lambda each: -each[1])
        ]
        put = [
            packet(INSERT, struct.pack(">I", 1) + f"{name}\0{self._blank}{value}\0".encode("ascii", "replace"))
            for name, value in reversed(changes.added)
        ]
        return b"".join((*taken, *put))


def is_numbered(name: bytes) -> bool:
    """Whether fields of this name, in lower case, may have to go, each by its number."""
    return name == _RESULTS or is_mark(name)


def _address(data: bytes) -> str:
    """The address of MAIL or RCPT: in angle brackets, before its parameters."""
    return _text(data.partition(b"\0")[0]).strip("<>")


def _client(data: bytes) -> tuple[str | None, int | None]:
    """Address and port of who connected: name, NUL, family, port, address, NUL."""
    rest = data.partition(b"\0")[2]
    if rest[:1] not in _INET:
        return None, None
    return ip.canonical(_text(rest[3:].rstrip(b"\0"))), int.from_bytes(rest[1:3], "big") or None


def _text(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")
