"""Read the content of one mail off a connection, up to the one end there is.

Trust:      the bytes are a stranger's. Only CR LF "." CR LF ends the mail: whatever else others may take for an end (a bare LF, a
            bare CR) is content, so that nobody can smuggle a second mail past us.
Standards:  RFC 5321 sections 4.1.1.4 and 4.5.2.
Answers:    ``read_content(reader, hold)`` gives the content, its transparent dots removed; or None where ``hold`` refused a piece:
            the rest was read and dropped, so that the connection can go on. ``pieces(reader)`` gives it as it comes, dots and all.
Limits:     linear in what arrives; lines may be of any length. ``IncompleteReadError`` when the connection ends before the mail,
            ``ConnectionResetError`` where what should be one begins with hundreds of ends that are none (a dot between bare CRs).
"""

from asyncio import LimitOverrunError, StreamReader
from collections.abc import AsyncIterator, Callable
from typing import Final

END: Final = b"\r\n.\r\n"
_AT_FIRST: Final = 1000  # steps, of a byte or more


async def read_content(reader: StreamReader, hold: Callable[[int], bool]) -> bytes | None:
    """Read up to the end; ``hold(n)`` is asked before n bytes more are kept."""
    kept = bytearray(b"\r\n")  # the line before it ended so
    is_held = True
    async for piece in pieces(reader):
        if is_held and not hold(len(piece)):
            is_held = False
            kept.clear()
        if is_held:
            kept += piece
    if not is_held:
        return None
    return bytes(kept.replace(b"\r\n.", b"\r\n")[2:-2])


async def pieces(reader: StreamReader) -> AsyncIterator[bytes]:
    """Everything up to the end and with it, as it stands on the wire."""
    # The command line before it ended so, and a dot right after it is the end of an empty mail.
    tail = b"\r\n"
    for _ in range(_AT_FIRST):
        missing = _missing(tail)
        if missing == len(END):
            break
        # No end is complete before the next dot, where there is none yet; behind it, each byte may end the mail.
        piece = await (_up_to(reader, b".") if missing > 2 else reader.readexactly(1))
        yield piece
        tail = (tail + piece[-len(END) :])[-len(END) :]
        if tail == END:
            return
    else:
        raise ConnectionResetError  # nothing behind it may be taken for a command: whoever reads ends the connection
    ended = False
    while not ended:
        piece = await _up_to(reader, END)
        ended = piece.endswith(END)
        yield piece


async def _up_to(reader: StreamReader, what: bytes) -> bytes:
    """All up to this and with it, or as much as is there without a part of it."""
    try:
        return await reader.readuntil(what)
    except LimitOverrunError as error:
        return await reader.readexactly(error.consumed)


def _missing(kept: bytes) -> int:
    """After how many bytes at the soonest the end can be complete.

    >>> [_missing(each) for each in (b"x", b"x\\r", b"x\\r\\n", b"x\\r\\n.", b"x\\r\\n.\\r")]
    [5, 4, 3, 2, 1]
    """
    return next((len(END) - length for length in range(len(END) - 1, 0, -1) if kept.endswith(END[:length])), len(END))
