"""Everything that some bytes may say when they are decoded: the checker's own way of opening codings.

Trust:      input is what our own redactor wrote, out of a stranger's message; nothing is raised.
Standards:  RFC 2045, RFC 2047, RFC 2152, RFC 3986, RFC 4648, HTML character references, Unicode NFKC.
Answers:    ``readings(data)``: (names of the codings, bytes) for each reading, the bytes themselves first; ``None`` at the end
            where a cap was hit.
Limits:     codings nested four deep, 200 readings, 40 times the input and 2 MB: then it says so. It shares no code with
            the redactor: it reads whole texts with the standard library's decoders, without a way back, so that one
            mistake does not hide another.

Each round reads a text twice: "all" undoes every coding that can stand in place; "some" leaves out quoted-printable, whose
mark "=" means something else in half of all mail. What stands in base64, base32 or hexadecimal makes a text
of its own, of which only what is legible is read on: most of it is words and signatures that open into noise.
"""

import binascii
import codecs
import html
import re
import unicodedata
from collections import deque
from collections.abc import Callable, Iterator
from typing import Final
from urllib.parse import unquote_to_bytes

DEPTH: Final = 4
READINGS: Final = 200
_PIECES_DEPTH: Final = 3  # on the surface and two codings below it: all prose is pieces of something
_GROWTH: Final = 40
_ALLOWANCE: Final = 2_000_000

_FOLD: Final = re.compile(rb"\r?\n[ \t]+|\r[ \t]+")
_LINE_END: Final = re.compile(rb"[\r\n]+[ \t]*")
_BASE64_RUN: Final = re.compile(rb"[A-Za-z0-9+/\-_]{8,}")
_BASE32_RUN: Final = re.compile(rb"[A-Z2-7]{10,}|[a-z2-7]{10,}")
_HEX_RUN: Final = re.compile(rb"[0-9A-Fa-f]{10,}")
_QUOTED: Final = re.compile(rb"=(?:([0-9A-Fa-f]{2})|[ \t]{0,8}\r?\n)")
_PARAMETER: Final = re.compile(
    rb"([?&;][A-Za-z0-9_]{1,30})=(?=[0-9A-Fa-f]{2})"
)  # "?e=68=40x": the first "=" is the URL's
_ESCAPE: Final = re.compile(rb"\\(?:u([0-9A-Fa-f]{4})|u\{([0-9A-Fa-f]{1,5})\}|x([0-9A-Fa-f]{2}))|%u([0-9A-Fa-f]{4})")
_SURROGATES: Final = re.compile(rb"\xed[\xa0-\xaf][\x80-\xbf]\xed[\xb0-\xbf][\x80-\xbf]")
_UTF7: Final = re.compile(
    rb"\+([A-Za-z0-9/]{2,400})(?![A-Za-z0-9/+])-?"
)  # a body in base64 is full of "+", one after the other
_MARKUP: Final = re.compile(rb"<[^<>]{0,2000}>|\([^()]{0,2000}\)")
_WORD: Final = re.compile(rb"=\?([^?\s]{1,100})\?([bBqQ])\?([^?]{0,4000})\?=(?:\s{1,20}(?==\?))?")
_LEGIBLE: Final = re.compile(
    rb"(?:[\t\r\n\x1b -~]|[\xc2-\xdf][\x80-\xbf]|[\xe1-\xef][\x80-\xbf]{2}|[\xf0-\xf3][\x90-\xbf][\x80-\xbf]{2}){5,}"
)
_UTF16: Final = re.compile(rb"(?:[ -~]\0){5,}|(?:\0[ -~]){5,}")
_URL_ALPHABET: Final = bytes.maketrans(b"-_", b"+/")
_DIGITS32: Final = bytes.maketrans(
    b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz234567", b"0123456789ABCDEFGHIJKLMNOP" * 2 + b"QRSTUV"
)
# Format signs and marks on other letters by their category, and the fillers that are letters to Unicode and nothing to the eye.
_UNSEEN: Final = frozenset({"Cf", "Me", "Mn"})
_FILLERS: Final = frozenset("\u115f\u1160\u3164\uffa0")
_TAG_SIGNS: Final = {0xE0000 + number: number for number in range(0x20, 0x7F)}
_CUTS: Final = b" \t\r\n.,:;|~/_+*-'\"!"  # what may stand between the pieces of a coding that was cut up

Reading = tuple[str, bytes]


class _Opener:
    """Reads one output; remembers what it has opened, so that no run is opened twice."""

    def __init__(self, data: bytes, wide: bool) -> None:
        self.wide = wide
        self.budget = _GROWTH * len(data) + _ALLOWANCE
        self.waiting: deque[tuple[str, bytes, int]] = deque([("plain", data, 0)])
        self.texts = {data}
        self.runs: set[bytes] = set()

    def add(self, name: str, text: bytes, *, depth: int) -> None:
        if text and text not in self.texts:
            self.texts.add(text)
            self.waiting.append((name.removeprefix("plain>"), text, depth))

    def open(self, name: str, text: bytes, depth: int) -> None:
        has_lines = b"\n" in text or b"\r" in text
        flat = _FOLD.sub(b"", text) if has_lines else text
        for each in dict.fromkeys((text, flat)):
            self.add(f"{name}>some", _some(_words(each) if b"=?" in each else each), depth=depth + 1)
        if b"=" in text:
            whole = _QUOTED.sub(_unquoted, text)
            self.add(f"{name}>all", _some(_words(whole) if b"=?" in whole else whole), depth=depth + 1)
            if _PARAMETER.search(flat):
                self.add(f"{name}>query", _QUOTED.sub(_unquoted, _PARAMETER.sub(rb"\1 ", flat)), depth=depth + 1)
        for coding, opened in self._islands(_LINE_END.sub(b"", text) if has_lines else text):
            for legible in _legible(opened):
                self.add(f"{name}>{coding}", legible, depth=depth + 1)
            if self.wide and opened:
                for codec in ("gb18030", "utf-16-le", "utf-16-be"):
                    said = b"\x01".join(_as(opened[shift:], codec) for shift in (0, 1))
                    self.add(f"{name}>{coding}", said, depth=DEPTH)
        if depth < _PIECES_DEPTH:
            self.add(f"{name}>pieces", self._pieces(text), depth=depth + 1)
        if b"<" in text or b"(" in text:
            self.add(f"{name}>markup", _MARKUP.sub(b"", text), depth=DEPTH)
        if not text.isascii() or b"\x1b" in text or b"~}" in text:
            for coding, opened in _charsets(text, depth):
                self.add(f"{name}>{coding}", opened, depth=DEPTH)

    def _islands(self, data: bytes) -> Iterator[Reading]:
        """What the runs of ``data`` say that were not opened before; hexadecimal and base32 lie in runs of base64."""
        runs = [run for run in dict.fromkeys(_BASE64_RUN.findall(data)) if run not in self.runs]
        self.runs.update(runs)
        inside = b" ".join(runs)
        yield (
            "base64",
            b"\x01".join(_unbase64(run.translate(_URL_ALPHABET)[begin:]) for run in runs for begin in range(4)),
        )
        hexadecimal = _HEX_RUN.findall(inside)
        yield (
            "hex",
            b"\x01".join(_unhex(run, begin) for run in hexadecimal for begin in (0, 1)),
        )
        yield "base32", b"\x01".join(_unbase32(run, begin) for run in _BASE32_RUN.findall(inside) for begin in range(8))

    def _pieces(self, data: bytes) -> bytes:
        """What the text says as one coding that was cut up: read without everything that may stand between the pieces."""
        runs = [run for run in dict.fromkeys(_BASE64_RUN.findall(data.translate(None, _CUTS))) if run not in self.runs]
        self.runs.update(runs)
        said = [_unbase64(run[begin:]) for run in runs for begin in range(4)]
        said += [_unhex(run, begin) for run in _HEX_RUN.findall(b" ".join(runs)) for begin in (0, 1)]
        return b"\x01".join(_legible(b"\x01".join(said)))


def readings(data: bytes, *, wide: bool = False) -> Iterator[Reading | None]:
    """Give each different reading once, breadth first; ``wide``: what is looked for is not written in ASCII alone."""
    opener = _Opener(data, wide)
    count = 0
    while opener.waiting:
        name, text, depth = opener.waiting.popleft()
        opener.budget -= len(text)
        count += 1
        if opener.budget < 0 or count > READINGS:
            yield None
            return
        yield name, text
        if depth < DEPTH:
            opener.open(name, text, depth)


def _unhex(run: bytes, begin: int) -> bytes:
    return binascii.unhexlify(run[begin:][: (len(run) - begin) // 2 * 2])


def _unbase32(run: bytes, begin: int) -> bytes:
    digits = run[begin:100_000].translate(_DIGITS32)
    bits = 5 * len(digits)
    return (int(digits, 32) >> bits % 8).to_bytes(bits // 8, "big")


def _unbase64(signs: bytes) -> bytes:
    """Only signs of the alphabet come here; what is too short at the end is filled up."""
    return binascii.a2b_base64(signs + (b"", b"A==", b"==", b"=")[len(signs) % 4])


def _legible(data: bytes) -> Iterator[bytes]:
    """What of it can be text: in UTF-8, in UTF-16 (which is bytes with NUL between), in a Chinese charset."""
    yield b"\x01".join(_LEGIBLE.findall(data))
    if b"\0" in data:
        yield b"\x01".join(_UTF16.findall(data)).replace(b"\0", b"")


def _some(data: bytes) -> bytes:
    """Undo escapes, UTF-7, percent-encoding and character references, one after the other.

    References are last, because the library reads "&#10" as one where "&#10\\\\u0035;" was meant.
    """
    for mark, undo in _UNDO.items():
        if mark in data:
            data = undo(data)
    return data


def _references(data: bytes) -> bytes:
    return html.unescape(data.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape")


def _escapes(data: bytes) -> bytes:
    return _SURROGATES.sub(_joined, _ESCAPE.sub(_escaped, data))


def _joined(pair: re.Match[bytes]) -> bytes:
    """Two escapes for one sign: what UTF-16 does."""
    return pair.group().decode("utf-8", "surrogatepass").encode("utf-16", "surrogatepass").decode("utf-16").encode()


def _unquoted(match: re.Match[bytes]) -> bytes:
    """The library's reader takes "==41" for "=41"."""
    return bytes.fromhex(match.group(1).decode("ascii")) if match.group(1) else b""


def _escaped(match: re.Match[bytes]) -> bytes:
    return chr(int(match.group(match.lastindex or 0), 16)).encode("utf-8", "surrogatepass")


def _utf7(data: bytes) -> bytes:
    """Each stretch on its own: in a text that is not UTF-7 most of them are part of a URL and say nothing."""
    return _UTF7.sub(_stretch, data)


def _stretch(match: re.Match[bytes]) -> bytes:
    coded = match.group(1)
    said = _unbase64(coded)
    text = said[: len(said) // 2 * 2].decode("utf-16-be", "ignore")
    return text.encode("utf-8") if any("!" <= sign <= "~" for sign in text) else match.group()


def _words(data: bytes) -> bytes:
    """All words in place, each by its own charset; then once more with the bytes of all words joined first."""
    joined: list[bytes] = []
    charset = "utf-8"

    def one(match: re.Match[bytes]) -> bytes:
        nonlocal charset
        coded, charset = match.group(3), match.group(1).decode("latin-1").partition("*")[0]
        said = (
            binascii.a2b_qp(coded, header=True)
            if match.group(2) in b"qQ"
            else _unbase64(coded.translate(None, _NOT_BASE64))
        )
        joined.append(said)
        return _as(said, charset)

    return _WORD.sub(one, data) + b"\n" + _as(b"".join(joined), charset)


_NOT_BASE64: Final = bytes(
    each for each in range(256) if not (chr(each).isascii() and (chr(each).isalnum() or chr(each) in "+/"))
)


def _charsets(data: bytes, depth: int) -> Iterator[Reading]:
    """Bytes above ASCII, by each charset that ordinary letters could hide in, in their plainest form."""
    codings = ["utf-8"]
    if depth == 0 and "\ufffd" in data.decode("utf-8", "replace"):
        codings += ["gb18030", "big5", "cp932"]
    if b"~{" in data and b"~}" in data:
        codings.append("hz")
    if b"\x1b$" in data or b"\x1b(" in data:
        codings += ["iso2022_jp_2", "iso2022_kr"]
    for codec in codings:
        yield codec, _as(data, codec)
    text = data.decode("utf-8", "ignore")
    yield "accents", _seen(unicodedata.normalize("NFKD", text)).encode("utf-8", "replace")
    if b"\xf3\xa0\x81" in data:
        yield "tags", text.translate(_TAG_SIGNS).encode("utf-8", "replace")


def _as(data: bytes, charset: str) -> bytes:
    plain = unicodedata.normalize("NFKC", _decoded(data, charset))
    return _seen(plain).encode("utf-8", "replace")


def _seen(text: str) -> str:
    unseen = {
        ord(sign): None
        for sign in set(text)
        if not sign.isascii() and (unicodedata.category(sign) in _UNSEEN or sign in _FILLERS)
    }
    return text.translate(unseen) if unseen else text


def _decoded(data: bytes, charset: str) -> str:
    """``bytes.decode`` refuses codecs that are no charsets (zip, hex); two that are slow are left out by name."""
    try:
        if codecs.lookup(charset).name not in {"idna", "punycode"}:
            return data.decode(charset, "ignore")
    except (LookupError, UnicodeError, ValueError):
        pass
    return data.decode("latin-1")


_UNDO: Final[dict[bytes, Callable[[bytes], bytes]]] = {
    b"\\": _escapes,
    b"%u": _escapes,
    b"+": _utf7,
    b"%": unquote_to_bytes,
    b"&": _references,
}
