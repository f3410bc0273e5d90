"""Codings undone in one piece: base64, base32, hexadecimal and encoded words, found, opened, and closed again.

Trust:      input is a stranger's text; nothing is raised.
Standards:  RFC 4648 sections 4 to 8, RFC 2047 section 2.
Answers:    ``runs(text)`` what may be one; ``islands(text)`` each opened island with the way to close it over another content.
Limits:     base64 and base32 are opened at every alignment, because an island may begin behind letters that only look
            like it. Ascii85, base58 and home-made codings are not known.
"""

import binascii
import re
from base64 import b32encode
from collections.abc import Callable, Iterator
from functools import partial
from typing import Final, NamedTuple

from comity.formats.mime import decode_words

_BASE64: Final = re.compile(r"[A-Za-z0-9+/_-]{8,}={0,2}")
BASE32_RUN: Final = re.compile(r"(?:[A-Z2-7]{10,}|[a-z2-7]{10,})={0,6}")
HEX_RUN: Final = re.compile(r"[0-9A-Fa-f]{10,}")
_WORD: Final = re.compile(r"=\?[^?\s]{1,100}\?[bBqQ]\?[^?\r\n]{0,2000}\?=")
_STANDARD: Final = bytes.maketrans(b"-_", b"+/")
_URL_SAFE: Final = str.maketrans("+/", "-_")
_LEGIBLE: Final = re.compile(
    rb"(?:[\t\r\n\x1b -~]|[\xc2-\xdf][\x80-\xbf]|[\xe1-\xef][\x80-\xbf]{2}|[\xf0-\xf3][\x90-\xbf][\x80-\xbf]{2}){5,}"
)
_DIGITS32: Final = bytes.maketrans(
    b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz234567", b"0123456789ABCDEFGHIJKLMNOP" * 2 + b"QRSTUV"
)
_WIDE: Final = ("gb18030", "utf-16-le", "utf-16-be")
_PADDING: Final = ("", "AAA", "AA", "A")
_LONGEST: Final = 200_000


class Island(NamedTuple):
    """One coded stretch of the text, what it says, and how to write something else in the same coding."""

    start: int
    end: int
    text: str
    close: Callable[[str], str]


def runs(text: str) -> list[str]:
    """The stretches of a text that may be base64, each once; every run of hexadecimal or base32 lies in one of them."""
    return list(dict.fromkeys(_BASE64.findall(text)))


class _Opened(NamedTuple):
    """A stretch and the bytes that it codes, with the way to code others."""

    start: int
    end: int
    data: bytes
    close: Callable[[bytes], str]


def islands(text: str, barren: Callable[[str], bool], *, wide: bool) -> Iterator[Island]:
    """Open every base64, base32 and hexadecimal island of the text that is not known to hold nothing, at every alignment."""
    for match in _BASE64.finditer(text):
        if barren(match.group()):
            continue
        yield from _texts(_base64_at(match.group(), match.start()), wide)
        for pattern, opener in ((HEX_RUN, _hex_at), (BASE32_RUN, _base32_at)):
            for part in pattern.finditer(text, match.start(), match.end()):
                yield from _texts(opener(part.group(), part.start()), wide)


def _texts(opened: Iterator[_Opened], wide: bool) -> Iterator[Island]:
    for each in opened:
        if _says_something(each.data):
            yield from _as_text(each, wide)


def _base64_at(run: str, start: int) -> Iterator[_Opened]:
    written = run[:_LONGEST].rstrip("=")
    close = partial(_base64, padded=run.endswith("="), safe="-" in written or "_" in written)
    for shift in range(4):
        signs = written[shift:]
        yield _Opened(start + shift, start + len(run), unbase64(signs), close)


def _hex_at(run: str, start: int) -> Iterator[_Opened]:
    for shift in (0, 1):
        data = unhex(run[shift:])
        yield _Opened(start + shift, start + shift + 2 * len(data), data, partial(_hex, upper=run.isupper()))


def _base32_at(run: str, start: int) -> Iterator[_Opened]:
    close = partial(_base32, upper=run.isupper(), padded=run.endswith("="))
    for shift in range(8):
        yield _Opened(start + shift, start + len(run), unbase32(run, shift), close)


def _says_something(data: bytes) -> bool:
    return not data.isascii() or _LEGIBLE.search(data.replace(b"\0", b"")) is not None


def _as_text(opened: _Opened, wide: bool) -> Iterator[Island]:
    start, end, data, close = opened
    yield Island(start, end, data.decode("utf-8", "surrogateescape"), partial(_closed, close=close, codec="utf-8"))
    for codec in _WIDE if wide and (b"\0" in data or not data.isascii()) else ():
        yield Island(start, end, data.decode(codec, "replace"), partial(_closed, close=close, codec=codec))


def _closed(text: str, *, close: Callable[[bytes], str], codec: str) -> str:
    """Bytes that are no text went through as they were: they come back as they were."""
    try:
        return close(text.encode(codec, "surrogateescape"))
    except UnicodeEncodeError:
        return close(text.encode(codec, "replace"))


def encoded_words(text: str) -> Iterator[Island]:
    """Open each run of adjacent encoded words; a run may split an address over two words and a sign over two bytes."""
    run: list[re.Match[str]] = []
    for match in _WORD.finditer(text):
        if run and text[run[-1].end() : match.start()].strip():
            yield _run(text, run[0].start(), run[-1].end())
            run = []
        run.append(match)
    if run:
        yield _run(text, run[0].start(), run[-1].end())


def _run(text: str, start: int, end: int) -> Island:
    return Island(start, end, decode_words(text[start:end]), as_words)


def as_words(text: str) -> str:
    """Encoded words: none is longer than 75 characters (RFC 2047 section 2), so 42 bytes of UTF-8 in each."""
    words: list[str] = []
    data = b""
    for sign in text:
        coded = sign.encode("utf-8", "replace")
        if len(data) + len(coded) > 42:
            words.append(_word(data))
            data = b""
        data += coded
    words.append(_word(data))
    return "\r\n ".join(words)


def _word(data: bytes) -> str:
    return f"=?utf-8?b?{binascii.b2a_base64(data, newline=False).decode('ascii')}?="


def _base64(data: bytes, *, padded: bool, safe: bool) -> str:
    written = binascii.b2a_base64(data, newline=False).decode("ascii")
    written = written if padded else written.rstrip("=")
    return written.translate(_URL_SAFE) if safe else written


def _base32(data: bytes, *, upper: bool, padded: bool) -> str:
    written = b32encode(data).decode("ascii")
    written = written if padded else written.rstrip("=")
    return written if upper else written.lower()


def _hex(data: bytes, *, upper: bool) -> str:
    return data.hex().upper() if upper else data.hex()


def unbase64(signs: str) -> bytes:
    """Only signs of the two alphabets come here; what is too short at the end is filled up and cut off again."""
    return _whole_groups(signs + _PADDING[len(signs) & 3])[: len(signs) * 3 // 4]


def _whole_groups(signs: str) -> bytes:
    return binascii.a2b_base64(signs.encode("ascii").translate(_STANDARD))


def unhex(signs: str) -> bytes:
    """Two digits a byte; an odd one at the end says nothing."""
    return bytes.fromhex(signs[: len(signs) & ~1])


def unbase32(island: str, shift: int) -> bytes:
    """Read as one number with 32 digits: twenty times as fast as the library's reader."""
    digits = island[:_LONGEST].rstrip("=")[shift:].encode("ascii").translate(_DIGITS32)
    bits = 5 * len(digits)
    return (int(digits, 32) >> bits % 8).to_bytes(bits // 8, "big") if digits else b""
