"""Everything that some bytes may say when they are decoded: the checker's own way of opening codings.

Trust:      input is what our own redactor wrote, out of a stranger's message; nothing is raised.
Standards:  RFC 2045, RFC 2047, RFC 2152, RFC 3986, RFC 4648, HTML character references, Unicode NFKC.
Answers:    ``readings(data)``: lists of (name of the coding, bytes), the bytes themselves first, then what they say one coding
            deeper, and so on; ``None`` at the end where a cap was hit.
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
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from typing import Final
from urllib.parse import unquote_to_bytes

from comity.feedback.redaction.runs import IN_PIECES, IN_RUNS, Reading, unlocked

DEPTH: Final = 4
READINGS: Final = 200
_PIECES_DEPTH: Final = 3  # on the surface and two codings below it: all prose is pieces of something
_GROWTH: Final = 40
_ALLOWANCE: Final = 2_000_000

_BREAK: Final = b"\x1e"  # between two fields; none has this sign of itself
# Every branch begins with a sign of its own: an expression that may begin with nothing is tried at every sign of the text.
_FIELD_END: Final = re.compile(rb"\r\n(?![ \t])|\n(?![ \t])")
_LAST: Final = "last:"  # before the name of a reading that is looked at, and not opened further
_FOLD: Final = re.compile(rb"\r\n[ \t]+|\n[ \t]+|\r[ \t]+")
_SIGNS: Final = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
# Tables that make a blank of everything else, and how long a run must be: five bytes and more.
_BASE64_RUN: Final = bytes(each if each in _SIGNS + b"+/-_" else 0x20 for each in range(256)), 8
_PIECE_RUN: Final = bytes(each if each in _SIGNS else 0x20 for each in range(256)), 7
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
_ANY_BREAK: Final = re.compile(rb"[\x01\x1e]")
# Format signs and marks on other letters by their category, and the fillers that are letters to Unicode and nothing to the eye.
_UNSEEN: Final = frozenset({"Cf", "Me", "Mn"})
_MARKS: Final = 30
_MANY_MARKS: Final = b"?" * (_MARKS + 1)  # so they look in ASCII, and whatever else is none
_FILLERS: Final = frozenset("\u115f\u1160\u3164\uffa0")
# The signs that were met and are there to the eye, ASCII among them. Whoever sends every number that Unicode has would make them a
# million, of a hundred bytes each.
_ASCII: Final = frozenset(map(chr, range(0x80)))
_SEEN: Final = set(_ASCII)
_MOST_SEEN: Final = 20_000
_MANY: Final = 5000  # more than any language writes with in one mail
_FEW: Final = 8  # so many are quicker taken out one after the other
_TAG_SIGNS: Final = {0xE0000 + number: number for number in range(0x20, 0x7F)}
_CUTS: Final = b" \t\r\n.,:;|~/_+*-'\"!"  # what may stand between the pieces of a coding that was cut up


class _Opener:
    """Reads one output; remembers what it has opened, so that no run is opened twice and no field is read twice."""

    def __init__(self, wide: bool) -> None:
        self.wide = wide
        self._seen: set[bytes] = set()
        self._last: set[bytes] = set()
        self._runs: set[bytes] = set()

    def fresh(self, said: Iterable[Reading], *, is_last: bool = False) -> list[Reading]:
        """What of these readings is new: the fields of a header one by one, a body whole. What is not opened further does
        not count as seen for what is.
        """
        news = []
        for name, text in said:
            fields = [each for each in dict.fromkeys(text.split(_BREAK)) if each not in self._seen]
            fields = [each for each in fields if each not in self._last] if is_last else fields
            (self._last if is_last else self._seen).update(fields)
            if any(fields):
                news.append((name, _BREAK.join(fields)))
        return news

    def open(self, text: bytes, depth: int) -> Iterator[Reading]:
        """What it says one coding deeper."""
        has_lines = b"\n" in text or b"\r" in text
        yield "some", _some(_words(text) if b"=?" in text else text)
        flat = text
        if has_lines:
            # What goes on behind a fold is read as one line, too.
            flat = _FOLD.sub(b"", text)
            folded = zip(text.split(_BREAK), flat.split(_BREAK), strict=True)
            unfolded = _BREAK.join([each for written, each in folded if each is not written and each != written])
            if unfolded:
                yield "some", _some(_words(unfolded) if b"=?" in unfolded else unfolded)
        if b"=" in text:
            whole = _QUOTED.sub(_unquoted, text)
            if whole != text:
                yield "all", _some(_words(whole) if b"=?" in whole else whole)
            if _PARAMETER.search(flat):
                yield "query", _QUOTED.sub(_unquoted, _PARAMETER.sub(rb"\1 ", flat))
        runs = self._new_runs(flat.translate(None, b"\r\n") if has_lines else text, _BASE64_RUN)
        said = IN_RUNS.all(runs)
        if depth < _PIECES_DEPTH:
            said += IN_PIECES.all(self._new_runs(text.translate(None, _CUTS), _PIECE_RUN))
        for coding in dict.fromkeys(name for name, _ in said):
            yield coding, b"\x01".join([each for name, each in said if name == coding])
        if self.wide and runs:
            opened = b"\x01".join(data for run in runs for _, data in unlocked([run]))
            for codec in ("gb18030", "utf-16-le", "utf-16-be"):
                yield _LAST + codec, b"\x01".join(_as(opened[shift:], codec) for shift in (0, 1))
        if b"<" in flat or b"(" in flat:
            yield f"{_LAST}markup", _MARKUP.sub(b"", flat)
        beyond = [each for each in _ANY_BREAK.split(text) if _is_beyond(each)] if _is_beyond(text) else []
        for coding, data in _charsets(_BREAK.join(beyond), depth) if beyond else ():
            yield _LAST + coding, data

    def _new_runs(self, data: bytes, kind: tuple[bytes, int]) -> list[bytes]:
        blanks, least = kind
        found = dict.fromkeys([run for run in data.translate(blanks).split() if len(run) >= least])
        runs = [run for run in found if run not in self._runs]
        self._runs.update(runs)
        return runs


def readings(data: bytes, *, wide: bool = False) -> Iterator[list[Reading] | None]:
    """Give what the bytes say, coding under coding: first themselves, then in each list what is one coding deeper and was in
    no list before; ``wide``: what is looked for is not written in ASCII alone."""
    opener = _Opener(wide)
    head, between, body = data.partition(b"\r\n\r\n")
    fields = [*_FIELD_END.split(head), *((body,) if between else ())]
    news = opener.fresh([("plain", _BREAK.join(each.replace(_BREAK, b" ") for each in fields))])
    last: list[Reading] = []
    budget, count = _GROWTH * len(data) + _ALLOWANCE, 0
    for depth in range(DEPTH + 1):
        budget -= sum(len(text) for _, text in (*news, *last))
        count += len(news) + len(last)
        if budget < 0 or count > READINGS:
            yield None
            return
        if news or last:
            yield [*news, *last]
        if depth == DEPTH or not news:
            return
        said = list(opener.open(_BREAK.join(text for _, text in news), depth))
        news = opener.fresh(each for each in said if not each[0].startswith(_LAST))
        last = opener.fresh(
            ((name.removeprefix(_LAST), text) for name, text in said if name.startswith(_LAST)), is_last=True
        )


def _is_beyond(text: bytes) -> bool:
    """Whether charsets other than ASCII may say something in it."""
    return not text.isascii() or b"\x1b" in text or b"~}" in text


def _unbase64(signs: bytes) -> bytes:
    """Only signs of the alphabet come here; what is too short at the end is filled up."""
    return binascii.a2b_base64(signs + (b"", b"A==", b"==", b"=")[len(signs) % 4])


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
    if coded.isdigit():  # the eight zero bits before a sign of ASCII make a letter
        return match.group()
    said = _unbase64(coded)
    if 0 not in said[::2]:  # the first half of any sign of ASCII in UTF-16
        return match.group()
    text, _ = codecs.utf_16_be_decode(said[: len(said) // 2 * 2], "ignore", True)
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
    yield "accents", _seen(unicodedata.normalize("NFKD", _stream_safe(text))).encode("utf-8", "replace")
    if b"\xf3\xa0\x81" in data:
        yield "tags", text.translate(_TAG_SIGNS).encode("utf-8", "replace")


def _as(data: bytes, charset: str) -> bytes:
    plain = unicodedata.normalize("NFKC", _stream_safe(_decoded(data, charset)))
    return _seen(plain).encode("utf-8", "replace")


def _stream_safe(text: str) -> str:
    """At most thirty marks on one letter (Unicode, UAX #15, section 13): to put more in order takes time that grows with the
    square of their number, and they are left out afterwards anyway. No mark is ASCII.
    """
    if text.isascii() or _MANY_MARKS not in text.encode("ascii", "replace"):
        return text
    return _too_many_marks().sub(r"\1", text)


@cache
def _too_many_marks() -> re.Pattern[str]:
    marks = "".join(chr(number) for number in range(0x300, 0x20000) if unicodedata.combining(chr(number)))
    return re.compile(f"([{marks}]{{{_MARKS}}})[{marks}]++")


def _seen(text: str) -> str:
    if text.isascii():
        return text
    signs = set(text) - _SEEN
    if not signs:
        return text
    unseen = {sign for sign in signs if unicodedata.category(sign) in _UNSEEN or sign in _FILLERS}
    if len(_SEEN) > _MOST_SEEN:
        _SEEN.intersection_update(_ASCII)
    if len(signs) <= _MANY:
        _SEEN.update(signs - unseen)
    for sign in unseen if len(unseen) <= _FEW else ():
        text = text.replace(sign, "")
    return text.translate(dict.fromkeys(map(ord, unseen))) if len(unseen) > _FEW else text


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
