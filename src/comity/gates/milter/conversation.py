"""One conversation with a mail host, without any I/O: bytes in, bytes out.

Trust:      the host is ours; the fields and addresses it passes on are strangers'. Whatever goes wrong on our side, mail goes on:
            the answer is then "accept", and the fault is counted.
Standards:  as ``packets``. We ask for connection, envelope and header only, and for as few questions as the host allows.
Answers:    ``Conversation.feed(data)`` gives what to send; ``is_over`` when to hang up. For each mail, ``decide`` is asked once.
Limits:     of a mail only the fields that we need are kept, ``FIELDS_LIMIT`` bytes at most; one with more is not marked. A hundred
            recipients count.
"""

import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from comity.formats import ip
from comity.gates.milter.packets import (
    ABORT,
    ACCEPT,
    CHANGE,
    CONNECT,
    CONTINUE,
    END,
    HEADER,
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
RECIPIENT_LIMIT: Final = 100
VERSION: Final = 6
_OLDEST: Final = 2
# What we may do to a mail: add fields, and take fields away.
_ADD, _CHANGE = 0x01, 0x10
# What need not be told: HELO, body, end of header, unknown commands, DATA.
_UNTOLD: Final = 0x02 | 0x10 | 0x40 | 0x100 | 0x200
# What needs no answer.
_SILENT: Final = {HEADER: 0x80, CONNECT: 0x1000, MAIL: 0x4000, RECIPIENT: 0x8000}
_NO_ANSWER: Final = frozenset({MACROS, ABORT, QUIT, QUIT_NEW})
_WANTED: Final = frozenset(
    {b"message-id", b"from", b"date", b"received", b"authentication-results", b"comity-delivery"}
)
_INET: Final = (b"4", b"6")


@dataclass(slots=True, kw_only=True)
class IncomingMail:
    """What is known of a mail when its content has come."""

    client_ip: str | None
    queue_id: str | None = None
    is_authenticated: bool = False
    recipients: list[str] = field(default_factory=list)
    fields: list[tuple[bytes, bytes]] = field(default_factory=list)  # name in lower case, value
    is_whole: bool = True  # nothing that we need had to be left out


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What is to be done to a mail: take away that many fields of ours, put one on top."""

    name: str
    removed: int = 0
    value: str | None = None


class Conversation:
    """From negotiation to quit."""

    def __init__(self, decide: Callable[[IncomingMail], Changes], fault: Callable[[], None]) -> None:
        """``fault`` is told of each fault of ours, while it is being handled."""
        self._decide, self._fault = decide, fault
        self._packets = PacketReader()
        self._silent: set[bytes] = set()
        self._may_change = False
        self._client: str | None = None
        self._size = 0
        self._mail = IncomingMail(client_ip=None)
        self._macros: dict[bytes, bytes] = {}
        self.is_over = False

    def feed(self, data: bytes) -> bytes:
        """Take what the host sent."""
        answers = [self._answer(each) for each in self._packets.feed(data)]
        return b"".join(answers)

    def _answer(self, one: Packet) -> bytes:
        if one.kind == NEGOTIATE:
            return self._negotiate(one.data)
        try:
            changes = self._take(one)
        except Exception:  # a fault of ours over one mail: it goes on as if we were not there
            self._fault()
            return b"" if one.kind in self._silent | _NO_ANSWER else packet(ACCEPT)
        if one.kind in self._silent | _NO_ANSWER:
            return b""
        return changes + packet(CONTINUE)

    def _negotiate(self, data: bytes) -> bytes:
        if len(data) < 12:
            raise MilterError("negotiation too short")
        version, actions, protocol = struct.unpack_from(">III", data)
        if version < _OLDEST:
            raise MilterError(f"version {version}")
        self._may_change = actions & (_ADD | _CHANGE) == _ADD | _CHANGE
        self._silent = {kind for kind, bit in _SILENT.items() if protocol & bit}
        wanted = protocol & (_UNTOLD | sum(_SILENT[kind] for kind in self._silent))
        return packet(NEGOTIATE, struct.pack(">III", min(version, VERSION), actions & (_ADD | _CHANGE), wanted))

    def _take(self, one: Packet) -> bytes:
        """Take one event; at the end of a mail, what is to be changed in it."""
        kind, data = one
        if kind == HEADER:
            self._field(data)
        elif kind == MACROS:
            self._define(data)
        elif kind == RECIPIENT:
            if len(self._mail.recipients) < RECIPIENT_LIMIT:
                self._mail.recipients.append(_text(data.partition(b"\0")[0]).strip("<>"))
        elif kind in (MAIL, ABORT):
            self._begin()
        elif kind == CONNECT:
            self._client = _client(data)
            self._begin()
        elif kind == END:
            return self._end()
        elif kind in (QUIT, QUIT_NEW):
            self.is_over = kind == QUIT
            self._client = None
            self._macros.clear()
            self._begin()
        return b""

    def _begin(self) -> None:
        self._mail, self._size = IncomingMail(client_ip=self._client), 0

    def _field(self, data: bytes) -> None:
        name, _, value = data.partition(b"\0")
        name = name.lower()
        if name in _WANTED:
            self._size += len(data)
            if self._size > FIELDS_LIMIT:
                self._mail.is_whole = False
                return
            self._mail.fields.append((name, value.removesuffix(b"\0")))

    def _define(self, data: bytes) -> None:
        """Macros of one stage; those of MAIL belong to one mail and come before it."""
        words = data[1:].split(b"\0")
        if data[:1] == MAIL:
            self._macros.clear()
        for name, value in zip(words[::2], words[1::2], strict=False):
            if name in (b"i", b"{i}", b"{auth_authen}"):
                self._macros[name.strip(b"{}")] = value

    def _end(self) -> bytes:
        mail = self._mail
        mail.queue_id = _text(self._macros.get(b"i", b"")) or None
        mail.is_authenticated = bool(self._macros.get(b"auth_authen"))
        self._begin()
        changes = self._decide(mail)
        if not self._may_change:
            return b""
        name = changes.name.encode("ascii")
        taken = [
            packet(CHANGE, struct.pack(">I", number) + name + b"\0\0") for number in range(changes.removed, 0, -1)
        ]  # from the last one on, so that the numbers of the others stay
        put = b""
        if changes.value is not None:
            value = changes.value.encode("ascii")
            put = packet(INSERT, struct.pack(">I", 1) + name + b"\0" + value + b"\0")
        return b"".join((*taken, put))


def _client(data: bytes) -> str | None:
    """The address of who connected: name, NUL, family, port, address, NUL."""
    rest = data.partition(b"\0")[2]
    return ip.canonical(_text(rest[3:].rstrip(b"\0"))) if rest[:1] in _INET else None


def _text(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")
