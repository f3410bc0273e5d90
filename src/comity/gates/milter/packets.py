"""The packets of the milter protocol: taken off a stream of bytes, and written.

Trust:      the other side is our own mail host; what it passes on is a stranger's.
Standards:  the Sendmail mail filter protocol, version 6 and what came before it from version 2 on; Postfix speaks it.
Answers:    ``PacketReader.feed(data)`` gives the packets that are whole; ``packet(kind, data)`` writes one.
Limits:     a packet of ``PACKET_LIMIT`` bytes; a larger one is ``MilterError``, and nothing after it can be understood.
"""

from collections.abc import Iterator
from typing import Final, NamedTuple

PACKET_LIMIT: Final = 1 << 20
_SIZE: Final = 4

# What the mail host says.
ABORT: Final = b"A"
BODY: Final = b"B"
CONNECT: Final = b"C"
MACROS: Final = b"D"
END: Final = b"E"
HEADER: Final = b"L"
HELO: Final = b"H"
MAIL: Final = b"M"
NEGOTIATE: Final = b"O"
QUIT: Final = b"Q"
QUIT_NEW: Final = b"K"  # this connection is over, another begins on the same stream
RECIPIENT: Final = b"R"

# What we say.
ACCEPT: Final = b"a"
CONTINUE: Final = b"c"
INSERT: Final = b"i"
CHANGE: Final = b"m"


class MilterError(Exception):
    """What came is not the milter protocol."""


class Packet(NamedTuple):
    """One packet."""

    kind: bytes
    data: bytes


class PacketReader:
    """Collects bytes until packets are whole."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> Iterator[Packet]:
        """Take bytes, give what is whole."""
        self._buffer += data
        at = 0
        try:
            while len(self._buffer) - at >= _SIZE:
                size = int.from_bytes(self._buffer[at : at + _SIZE], "big")
                if not 0 < size <= PACKET_LIMIT:
                    raise MilterError(f"packet of {size} bytes")
                end = at + _SIZE + size
                if end > len(self._buffer):
                    return
                content = bytes(self._buffer[at + _SIZE : end])
                at = end
                yield Packet(content[:1], content[1:])
        finally:
            del self._buffer[:at]


def packet(kind: bytes, data: bytes = b"") -> bytes:
    """One packet as it goes out.

    >>> packet(CONTINUE)
    b'\\x00\\x00\\x00\\x01c'
    """
    return (1 + len(data)).to_bytes(_SIZE, "big") + kind + data
