"""Take an mbox apart, streaming: mboxrd, mboxo, mboxcl and what real programs write.

Trust:      the bytes are strangers'; a line of a body that looks like a separator can at worst split one mail in two, never
            hide the next one.
Standards:  RFC 4155 (the form of the "From " line), read tolerantly.
Answers:    ``letters(stream, ...)`` gives each mail without its "From " line; ``begins_mbox(head)`` tells an mbox by its content.
Limits:     a separator is a "From " line with a date, after an empty line or before a header line. One ">" is taken from
            ">From " lines (mboxo cannot be told from mboxrd, so a body that began a line with ">From " loses its sign).
            Content-Length counts only while every mail so far had one that ended exactly before the next separator: a
            single forged length could otherwise swallow the mails behind it. Memory: one mail up to the cap, whatever
            the length of lines.
"""

import io
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO, Final

from comity.outlets.mailboxes.opening import HEAD

_CHUNK: Final = 1 << 20
_LINE: Final = 1000  # longest "From " line
_AHEAD: Final = _LINE + 200  # what must lie in the buffer to judge a line: itself and the beginning of the next one
_BEHIND: Final = 3  # what must stay in the buffer to see the empty line before
_HEADER_BLOCK: Final = 64 * 1024

_WEEKDAY: Final = rb"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)"
_MONTH: Final = rb"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
_TIME: Final = rb"\d{1,2}:\d\d(?::\d\d)?"
_ZONE: Final = rb"(?: {1,2}(?:[A-Z]{1,5}|[+-]\d{4})){0,2}"
_DATE: Final = re.compile(
    rb"[ \t]"
    + _WEEKDAY
    + rb",? {1,2}(?:"
    + _MONTH
    + rb" {1,2}\d{1,2} {1,2}"
    + _TIME
    + _ZONE
    + rb" {1,2}\d{4}|\d{1,2} "
    + _MONTH
    + rb" \d{4} "
    + _TIME
    + rb")"
)
_HEADER: Final = re.compile(rb"[!-9;-~]{1,100}[ \t]?:|>?From ")
_LENGTH: Final = re.compile(rb"^content-length:[ \t]{0,9}(\d{1,12})[ \t]{0,9}\r?$", re.IGNORECASE | re.MULTILINE)
_QUOTED: Final = re.compile(rb"^>(>*From )", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """One mail of an mbox: where its "From " line begins, its size without that line, and its bytes.

    Over the cap ``data`` is the beginning and ``whole`` is False.
    """

    offset: int
    size: int
    data: bytes = field(repr=False)
    whole: bool = True


def begins_mbox(head: bytes) -> bool:
    """Tell whether content that begins like this is an mbox.

    >>> begins_mbox(b"From a@west.example Mon Jan  5 10:00:00 2026\\nSubject: x\\n"), begins_mbox(b"From me to you\\n")
    (True, False)
    """
    return head.startswith(b"From ") and _separator_end(head, 0, final=len(head) < _AHEAD) is not None


def letters(stream: BinaryIO, cap: int) -> Iterator[Letter]:
    """Give the mails of the mbox that ``stream`` is at the beginning of."""
    splitter = _Splitter(_descriptor(stream), cap)
    while chunk := stream.read(_CHUNK):
        yield from splitter.feed(chunk, final=False)
    yield from splitter.feed(b"", final=True)


def _descriptor(stream: BinaryIO) -> int | None:
    """The file's descriptor where one can look ahead in it without moving, else None."""
    try:
        return stream.fileno() if stream.seekable() and stream.tell() == 0 else None
    except (OSError, AttributeError, ValueError):
        return None


def _separator_end(buffer: bytes | bytearray, start: int, *, final: bool) -> int | None:
    """Where the line behind the "From " line at ``start`` begins; None where that is no separator by its own look."""
    end = buffer.find(b"\n", start, start + _LINE)
    if end < 0:
        if not final or len(buffer) - start > _LINE:
            return None
        end = len(buffer)
    if _DATE.search(buffer, start + 4, end) is None:
        return None
    return min(end + 1, len(buffer))


def _is_separator(buffer: bytes | bytearray, start: int, *, final: bool) -> bool:
    behind = _separator_end(buffer, start, final=final)
    if behind is None:
        return False
    line_before = bytes(buffer[max(start - 3, 0) : start])
    if line_before.endswith((b"\n\n", b"\n\r\n")) or line_before in (b"\n", b"\r\n"):
        return True
    return behind == len(buffer) or _HEADER.match(buffer, behind) is not None


class _Splitter:
    """Takes chunks, gives letters; keeps the mail it is in and a window of the bytes around the search."""

    def __init__(self, descriptor: int | None, cap: int) -> None:
        self._descriptor, self._cap = descriptor, cap
        self._exact = descriptor is not None  # every mail so far had an exact Content-Length
        self._buffer = bytearray()
        self._base = 0  # offset of the buffer's first byte in the stream
        self._done = 0  # bytes of the buffer that were handed on
        self._mail: _Mail | None = None
        self._deaf_until = 0  # no separator is looked for before this offset

    def feed(self, chunk: bytes, *, final: bool) -> Iterator[Letter]:
        self._buffer += chunk
        limit = len(self._buffer) if final else max(len(self._buffer) - _AHEAD, self._done)
        if self._mail is None and (limit or final):
            self._begin(0, final=final)
        while (start := self._next_separator(limit, final=final)) is not None:
            yield from self._hand_on(start)
            self._begin(start, final=final)
        if self._mail is not None and limit > self._done:
            self._mail.add(self._buffer[self._done : limit])
            self._done = limit
        if final:
            yield from self._hand_on(self._done)
        drop = max(self._done - _BEHIND, 0)
        del self._buffer[:drop]
        self._base += drop
        self._done -= drop

    def _next_separator(self, limit: int, *, final: bool) -> int | None:
        position = max(self._done - 1, self._deaf_until - self._base - 1, 0)
        while (found := self._buffer.find(b"\nFrom ", position, limit + 5)) >= 0:
            if found + 1 >= self._done and _is_separator(self._buffer, found + 1, final=final):
                return found + 1
            position = found + 1
        return None

    def _hand_on(self, end: int) -> Iterator[Letter]:
        """End the mail under way before ``end``."""
        if self._mail is not None:
            self._mail.add(self._buffer[self._done : end])
            yield self._mail.letter(self._cap)
            self._mail = None
        self._done = end

    def _begin(self, start: int, *, final: bool) -> None:
        end = _separator_end(self._buffer, start, final=final) or start  # only the beginning can be without a separator
        stated = self._stated_end(self._base + end) if self._exact else None
        self._exact = stated is not None
        self._deaf_until = stated or 0
        self._mail = _Mail(self._base + start, self._cap, quoted=stated is None)
        self._done = end

    def _stated_end(self, start: int) -> int | None:
        """Where the mail that begins at ``start`` ends by its Content-Length, if a separator or the end of the file is there."""
        if self._descriptor is None:
            return None
        head = os.pread(self._descriptor, _HEADER_BLOCK, start)
        ends = [found + len(mark) for mark in (b"\n\n", b"\n\r\n") if (found := head.find(mark)) >= 0]
        length = _LENGTH.search(head, 0, min(ends)) if ends else None
        if length is None:
            return None
        end = start + min(ends) + int(length[1])
        behind = os.pread(self._descriptor, _AHEAD, end)
        rest = behind.lstrip(b"\r\n")
        if not rest:
            # An empty rest is the end of the file only if nothing was cut off before it.
            return end if os.fstat(self._descriptor).st_size in range(end, end + 5) else None
        return end if len(behind) - len(rest) <= 4 and begins_mbox(rest) else None


class _Mail:
    """The mail that is being collected."""

    def __init__(self, offset: int, cap: int, *, quoted: bool) -> None:
        self._offset, self._cap, self._quoted = offset, cap, quoted
        self._bytes = io.BytesIO()
        self._size = 0

    def add(self, piece: bytearray) -> None:
        self._size += len(piece)
        if self._size <= self._cap + 2:  # the empty line before the next separator is not part of the mail
            self._bytes.write(piece)
        elif self._bytes.tell() > HEAD:
            self._bytes.seek(HEAD)
            self._bytes.truncate()
        elif self._bytes.tell() < HEAD:
            self._bytes.write(piece[: HEAD - self._bytes.tell()])

    def letter(self, cap: int) -> Letter:
        data = self._bytes.getvalue()
        self._bytes.close()
        if self._size > len(data):
            return Letter(offset=self._offset, size=self._size, data=data[:HEAD], whole=False)
        for ending in (b"\r\n\r\n", b"\n\n"):
            if data.endswith(ending):
                data = data[: -len(ending) // 2]
                break
        if len(data) > cap:
            return Letter(offset=self._offset, size=len(data), data=data[:HEAD], whole=False)
        if self._quoted and b">From " in data:
            data = _QUOTED.sub(rb"\1", data)
        return Letter(offset=self._offset, size=len(data), data=data)
