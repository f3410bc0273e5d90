"""Undo a Content-Transfer-Encoding, whatever state it is in.

Trust:      input is a stranger's bytes; nothing is raised.
Standards:  RFC 2045 section 6; uuencode as POSIX has it.
Answers:    ``decode(data, encoding)`` gives (bytes, finding code or None).
Limits:     linear time; damaged base64 gives what can be read of it.
"""

import binascii
import re
from typing import Final

_BASE64: Final = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="
_SPACE: Final = b" \t\r\n"
_NOT_BASE64: Final = bytes(set(range(256)) - set(_BASE64))
_NOT_BASE64_NOR_SPACE: Final = bytes(set(_NOT_BASE64) - set(_SPACE))
_BLOCK: Final = re.compile(rb"[^=]++")
_FOOTER_LINE: Final = re.compile(rb"^[A-Za-z0-9+/=\r]*+[^A-Za-z0-9+/=\r\n][^\n]*", re.MULTILINE)
_IDENTITY: Final = frozenset({"", "7bit", "8bit", "binary"})
_LINE: Final = re.compile(rb"([^\r\n]*+)(?:\r\n?|\n|\Z)")
_UU_BEGIN: Final = re.compile(rb"^begin [0-7]{3,4} [^\r\n]*\r?\n", re.MULTILINE)


def decode(data: bytes, encoding: str) -> tuple[bytes, str | None]:
    """Decode ``data``; the second value is a finding code where the encoding was damaged or unknown.

    >>> decode(b"aGVs bG8", "base64")
    (b'hello', None)
    """
    if encoding in _IDENTITY:
        return data, None
    if encoding == "base64":
        return base64(data)
    if encoding == "quoted-printable":
        return binascii.a2b_qp(data), None
    if encoding in {"x-uuencode", "uuencode", "x-uue", "uue"}:
        return _uudecode(data)
    return data, "encoding-unknown"


def base64(data: bytes) -> tuple[bytes, str | None]:
    """Decode base64 that may hold garbage, lack padding, or go on after it (several blocks, a list's footer)."""
    try:
        return binascii.a2b_base64(data.translate(None, _SPACE), strict_mode=True), None
    except binascii.Error:
        return _damaged_base64(data)


def _damaged_base64(data: bytes) -> tuple[bytes, str | None]:
    damaged = len(data.translate(None, _NOT_BASE64_NOR_SPACE)) != len(data)
    clean = (_without_footer(data) if damaged else data).translate(None, _NOT_BASE64)
    clean = clean.rstrip(b"=")
    decoded = bytearray()
    for match in _BLOCK.finditer(clean):
        block = match.group()
        whole = len(block) - 1 if len(block) % 4 == 1 else len(block)
        damaged |= whole != len(block)
        decoded += binascii.a2b_base64(block[:whole] + b"=" * (-whole % 4))
    return bytes(decoded), "encoding-damaged" if damaged else None


def _without_footer(data: bytes) -> bytes:
    """Lists append plain text to encoded bodies: after the padding only lines of nothing but base64 count."""
    tail = max(0, len(data) - 65536)  # a footer is short and last
    padding = data.find(b"=\n", tail)
    padding = data.find(b"=\r", tail) if padding < 0 else padding
    if padding < 0:
        return data
    return data[: padding + 1] + _FOOTER_LINE.sub(b"", data[padding + 1 :])


def _uudecode(data: bytes) -> tuple[bytes, str | None]:
    begin = _UU_BEGIN.search(data)
    if begin is None:
        return data, "encoding-damaged"
    decoded, damaged = bytearray(), None
    for match in _LINE.finditer(data, begin.end()):
        line = match.group(1)
        if line.strip() in {b"end", b"`", b""}:
            break
        if not 32 <= line[0] <= 96:  # no length stands there: a line of something else
            damaged = "encoding-damaged"
            continue
        try:
            decoded += binascii.a2b_uu(line)
        except binascii.Error:
            # Old encoders count the padding wrong: the length byte says how much to believe.
            wanted = (((line[0] - 32) & 63) * 4 + 5) // 3
            try:
                decoded += binascii.a2b_uu(line[:wanted])
            except binascii.Error:
                damaged = "encoding-damaged"
    return bytes(decoded), damaged
