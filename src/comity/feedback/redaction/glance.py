"""Whether somebody may stand in a text, in whatever coding: a quick look that does not say where.

Trust:      input is a stranger's text; nothing is raised.
Standards:  RFC 4648 sections 4 to 8, RFC 2047 section 2; the codings of ``codings``.
Answers:    ``Glance(people).sees(text, afford)``: False means that ``Scrubber`` would find nobody, True that it has to look.
Limits:     it sees at least what ``Scrubber`` sees. Each field is looked at once, however many readings repeat it; what a word
            says in base64, base32 or hexadecimal is remembered, because the words of mail headers are the same in most mails.
"""

import binascii
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final, NamedTuple
from unicodedata import normalize

from comity.feedback.redaction.codings.islands import encoded_words
from comity.feedback.redaction.codings.layers import said_by, unfolded
from comity.feedback.redaction.identity import Identity, digests, is_ideograph, squeezed

DEPTH: Final = 4
# Pieces are put together on the surface and two codings below it, because all prose is pieces of something.
_PIECES_DEPTH: Final = DEPTH - 3
FIELDS: Final = "\x1e"  # between two fields that are looked at as one text; no field keeps this sign
_ISLANDS: Final = "\x01"
_SHORTEST: Final = 8  # signs of base64 for five letters or more
_KEPT_WORDS: Final = 8192
_KEPT_LENGTH: Final = 240
_ALNUM: Final = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"


def _blank_but(signs: bytes) -> bytes:
    return bytes(each if each in signs else 0x20 for each in range(256))


_WORDS: Final = _blank_but(_ALNUM + b"+/_-")
_JOINED: Final = _blank_but(_ALNUM)
_BETWEEN: Final = (
    b" \t\n\r\v\f\x1c\x1d\x1f.,:;|~/_+*'\"!-"  # what may stand between the pieces of a coding that was cut up
)
_SPACES: Final = re.compile(r"\s+")
_STANDARD: Final = bytes.maketrans(b"-_", b"+/")
# What makes whole groups of four signs of a word, with three NUL behind them, by how many signs it has too many.
_APART: Final = (b"AAAA", b"AAAAAAA", b"AAAAAA", b"AAAAA")
_HEX: Final = re.compile(rb"[0-9A-Fa-f]{10,}")
_HEX_ONLY: Final = bytes(0x61 if each in b"0123456789ABCDEFabcdef" else 0x20 for each in range(256))
_FEWEST_HEX: Final = b"a" * 10
_BASE32: Final = re.compile(rb"[A-Z2-7]{10,}|[a-z2-7]{10,}")
_DIGITS32: Final = bytes.maketrans(
    b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz234567", b"0123456789ABCDEFGHIJKLMNOP" * 2 + b"QRSTUV"
)
# Control characters become bytes that are no UTF-8, so that one sign parts everything legible.
_PARTED: Final = bytes(
    each if each in b"\t\r\n\x1b" or (each >= 0x20 and each != 0x7F) else 0xFF for each in range(256)
)
# Written as ranges, and the first sign by itself: the search for a sign out of ranges is quick.
_LEGIBLE: Final = re.compile("[\0-\ufffc\ufffe-\U0010ffff][\0-\ufffc\ufffe-\U0010ffff]{4,}")
_SURROGATE: Final = re.compile(rb"\xed[\xa0-\xbf][\x80-\xbf]")
_UTF16_HINT: Final = re.compile(rb"\0[ -~]\0")
_UTF16: Final = re.compile(rb"(?:[ -~]\0){5,}|(?:\0[ -~]){5,}")
_WIDE: Final = ("gb18030", "utf-16-le", "utf-16-be")
_FULL_WIDTH: Final = {sign: sign + 0xFEE0 for sign in range(0x21, 0x7F)}
_HASH: Final = re.compile(rb"[0-9a-f]{32,128}")
_SHORTEST_HASH: Final = 22
_SHORTEST_HEX: Final = 32
_LONGEST_HASH: Final = 86
_HEX_SIGNS: Final = frozenset({32, 40, 56, 64, 96, 128})
_BASE64_SIGNS: Final = frozenset({22, 27, 38, 43, 64, 86})
_SHORT: Final = 8  # legible islands below this length say something only if they hold a name or a mark
_ENOUGH: Final = 16  # what has more letters is looked at, whoever is sought
_NO_SIGNS: Final = bytes(each for each in range(256) if each not in _ALNUM + b"+/_-")
_SHIFTS: Final = ("~{", "\x1b$", "\x1b(")  # HZ, ISO 2022; "+" is that of UTF-7
_TAGS: Final = "\U000e0000"  # signs that repeat ASCII, unseen
_LONG: Final = 400


class Glance:
    """Looks for a few people."""

    __slots__ = (
        "_digests",
        "_joined",
        "_least",
        "_needles",
        "_opened",
        "_parts",
        "_people",
        "_probes",
        "_rare",
        "_seen",
        "_slowly",
        "shortest",
    )

    def __init__(self, people: Sequence[Identity]) -> None:
        self._people = tuple(people)
        self._probes = tuple(each.probe for each in people)
        self._parts = tuple(each.encode("utf-8", "surrogatepass") for each in self._probes)
        self._digests: dict[int, dict[bytes, str]] = {}  # by size, made when something looks like a hash
        self._needles, self._slowly = _needles(people)
        self._least = min((*(each.least for each in people), _ENOUGH))
        self._rare = frozenset(filter(is_ideograph, _beyond(people)))
        self.shortest = max(_SHORTEST, self._least)  # a run that is shorter can name none of them
        self._opened: set[bytes] = set()
        self._joined: set[bytes] = set()
        self._seen: set[str] = set()

    def sees(self, text: str, afford: Callable[[str], bool]) -> bool:
        """Whether somebody may stand in it; ``afford`` is asked before each reading is looked at, and its no ends the look."""
        self._opened, self._joined, self._seen = set(), set(), set()
        flat = unfolded(text)
        level = FIELDS.join(self._fresh((text,) if flat is None else (text, flat.text)))
        for depth in range(DEPTH, -1, -1):
            if not level or not afford(level):
                return False
            data = level.encode("utf-8", "surrogatepass")
            words = [each for each in data.translate(_WORDS).split() if len(each) >= self.shortest]
            if self._names(level, words):
                return True
            if depth:
                readings = list(self._readings(level, data, words, depth=depth))
                if None in readings:
                    return True
                level = FIELDS.join(filter(self._can_say, self._fresh(readings)))
        return False

    def sees_plainly(self, text: str) -> bool:
        """Whether somebody stands in it as it is written."""
        flat = unfolded(text)
        return any(self._names(each, []) for each in ((text,) if flat is None else (text, flat.text)))

    def suspects(self, text: str) -> bool:
        """A guess, at little cost: a part of somebody's name stands in what a word of this text says in base64."""
        words = text.encode("utf-8", "surrogatepass").translate(_WORDS).split()
        coded = [each.translate(_STANDARD) for each in words if len(each) >= self.shortest]
        said = b"\xff".join(binascii.a2b_base64(_whole_groups(coded, shift)) for shift in range(4)) if coded else b""
        return any(each in said.lower() for each in self._parts)

    def _fresh(self, readings: Iterable[str | None]) -> list[str]:
        """The fields of these readings that were not looked at before."""
        fields: dict[str, None] = {}
        for reading in filter(None, readings):
            fields |= dict.fromkeys(reading.split(FIELDS))
        fresh = [each for each in fields if each not in self._seen]
        self._seen.update(fresh)
        return fresh

    def opened(self, runs: Sequence[str]) -> str | None:
        """What these runs of base64 say, their digits and base32 among it; None where a name stands in it in a wide charset."""
        return self._read_on(_islands([each.rstrip("=").encode("ascii") for each in runs], ()))

    def joined(self, text: str) -> str | None:
        """What the pieces of a text say when they are put together; None as above."""
        return self._read_on(
            _islands((), _cut_up(text, text.encode("utf-8", "surrogatepass"), least=self.shortest - 1))
        )

    def is_barren(self, run: str, *, is_last: bool) -> bool:
        """Whether nothing that this run may say can be read on; ``is_last``: whether it names nobody as it stands."""
        said = self.opened((run,))
        if said is None or not is_last:
            return said == ""
        bare = squeezed(said.lower())
        return len(said) < _SHORTEST_HASH and not any(probe in bare for probe in self._probes)

    def _read_on(self, said: bytes) -> str | None:
        if (self._needles or self._slowly) and self._is_wide(said):
            return None
        return _ISLANDS.join([each for each in _legible(said) if self._may_say(each)])

    # -- one reading

    def _names(self, text: str, words: list[bytes]) -> bool:
        lower = text.lower()
        if len(lower) != len(text):  # one capital of Turkish becomes two signs
            lower = text.replace("\u0130", "i").lower()
        bare = squeezed(lower)
        for person in self._people:
            if person.stands_in(lower, bare) and next(person.places(lower), None) is not None:
                return True
        return any(map(self._hashes, [each for each in words if len(each) >= _SHORTEST_HASH]))

    def _hashes(self, word: bytes) -> bool:
        """Whether a hash of an address stands in this word."""
        for found in _HASH.findall(word.lower()) if len(word) >= _SHORTEST_HEX else ():
            if len(found) in _HEX_SIGNS and self._is_digest(bytes.fromhex(found.decode("ascii"))):
                return True
        coded = word[:_LONGEST_HASH]  # a word has no other signs than base64 has
        if len(coded) not in _BASE64_SIGNS:
            return False
        return self._is_digest(binascii.a2b_base64(coded.translate(_STANDARD) + b"=" * (-len(coded) % 4)))

    def _is_digest(self, digest: bytes) -> bool:
        size = len(digest)
        if size not in self._digests:
            self._digests[size] = digests(self._people, size)
        return digest in self._digests[size]

    def _readings(self, text: str, data: bytes, words: list[bytes], *, depth: int) -> Iterator[str | None]:
        """What the text says one coding deeper; None where a name stands in a charset that is not read on."""
        news = [each for each in dict.fromkeys(words) if each not in self._opened]
        self._opened.update(news)
        joined: list[bytes] = []
        if depth > _PIECES_DEPTH:
            joined = [
                each
                for each in _cut_up(text, data, least=self.shortest - 1)
                if each not in self._opened and each not in self._joined
            ]
            self._joined.update(joined)
        known, unknown = _WORDS_MET.recalled(news)
        more, unknown_joined = _JOINED_MET.recalled(joined)
        known += more
        said = _islands(unknown, unknown_joined)
        if (self._needles or self._slowly) and self._is_wide(b"\xff".join([said, *[each.data for each in known]])):
            yield None
        pieces = [piece for each in known for piece in each.legible]
        pieces += _legible(said)
        yield _ISLANDS.join([each for each in pieces if self._may_say(each)])
        if "=?" in text:
            yield _ISLANDS.join(island.text for island in encoded_words(text))
        yield from said_by(text)

    def _can_say(self, text: str) -> bool:
        """Whether there are as many letters in it as a name takes. No coding has fewer of them than it says, but for signs that
        are several letters ("Ⅷ" are four) in charsets that spend two or three signs of ASCII on each.
        """
        plain = text
        if not text.isascii():
            if len(text) > _LONG or not self._rare.isdisjoint(text) or max(text) >= _TAGS:
                return True
            plain = normalize("NFKD", text)
        signs = len(plain.encode("ascii", "ignore").translate(None, _NO_SIGNS))
        if signs >= self._least:
            return True
        if any(mark in plain for mark in _SHIFTS):
            return 2 * len(plain) >= self._least  # every sign may be half of a letter, or of four
        return "+" in plain and 2 * signs >= self._least

    def _may_say(self, piece: str) -> bool:
        if (
            len(piece) < self._least
            and piece.isascii()
            and "+" not in piece
            and "~" not in piece
            and "\x1b" not in piece
        ):
            return False  # what most pieces are: too short, and no sign in it is several letters
        if not self._can_say(piece):
            return False
        if len(piece) >= _SHORT or "%" in piece or "=" in piece or not piece.isascii():
            return True
        bare = squeezed(piece.lower())
        return any(probe in bare for probe in self._probes)

    def _is_wide(self, said: bytes) -> bool:
        """Whether a name that is not written in ASCII stands in it, in a Chinese charset or UTF-16."""
        if any(needle in said for needle in self._needles):
            return True
        if not self._slowly:
            return False
        texts = (said[shift:].decode(codec, "replace") for codec in _WIDE for shift in (0, 1))
        return any(self._names(text, []) for text in texts)


def _needles(people: Sequence[Identity]) -> tuple[tuple[bytes, ...], bool]:
    """What names beyond ASCII are in the wide charsets; and whether some of them have capital letters, so that it is not enough.

    A name in ASCII may be written there in full-width letters.
    """
    sought: set[str] = set()
    slowly = False
    if not _beyond(people):
        return (), False
    for person in people:
        if person.probe.isascii():
            wide = person.probe.translate(_FULL_WIDTH)
            sought |= {wide, person.probe.upper().translate(_FULL_WIDTH)} if len(wide) > 1 else set()
        elif person.probe.upper() == person.probe:
            sought.add(person.probe)
        else:
            slowly = True
    return tuple({each.encode(codec, "replace") for each in sought for codec in _WIDE}), slowly


def _beyond(people: Sequence[Identity]) -> set[str]:
    """The signs of their names that are not ASCII."""
    names = "".join([name for each in people for name in each.spellings])
    return set() if names.isascii() else {sign for sign in names if not sign.isascii()}


# -- words


def _cut_up(text: str, data: bytes, *, least: int) -> list[bytes]:
    """The text without everything that may stand between the pieces of a coding that was cut up."""
    if not text.isascii():
        data = _SPACES.sub("", text).encode("utf-8", "surrogatepass")
    joined = data.translate(_JOINED, _BETWEEN)
    return [each for each in dict.fromkeys(joined.split()) if len(each) >= least]


class _Said(NamedTuple):
    """What one word says: all bytes that it may code, and what of it can be text."""

    data: bytes
    legible: tuple[str, ...]


class _Memory:
    """What words say that were met twice."""

    def __init__(self, opened: Callable[[bytes], bytes]) -> None:
        self._opened = opened
        self._met: set[bytes] = set()
        self._known: dict[bytes, _Said] = {}

    def recalled(self, words: Sequence[bytes]) -> tuple[list[_Said], list[bytes]]:
        """What those say that are known, and the others, which are opened together."""
        said: list[_Said] = []
        unknown: list[bytes] = []
        for word in words:
            known = self._known.get(word)
            if known is None and word in self._met:
                data = self._opened(word)
                known = self._known[word] = _Said(data, tuple(_legible(data)))
            if known is None:
                unknown.append(word)
            else:
                said.append(known)
        self._met.update([word for word in unknown if len(word) <= _KEPT_LENGTH])
        for kept in (self._known, self._met):
            if len(kept) > _KEPT_WORDS:
                kept.clear()
        return said, unknown


def _islands(words: Sequence[bytes], joined: Sequence[bytes]) -> bytes:
    """All bytes that these words may code, at every alignment; what was joined out of pieces is not read as base32."""
    opened: list[bytes] = []
    if words or joined:
        signs = [each.translate(_STANDARD) for each in words]
        signs += joined
        opened += [binascii.a2b_base64(_whole_groups(signs, shift)) for shift in range(4)]
        digits = b" ".join([*words, *joined])
        for run in _HEX.findall(digits) if _FEWEST_HEX in digits.translate(_HEX_ONLY) else ():
            even = len(run) & ~1
            opened += (binascii.unhexlify(run[:even]), binascii.unhexlify(run[1 : 1 + ((len(run) - 1) & ~1)]))
    for run in _BASE32.findall(b" ".join(words)):
        number = int(run.translate(_DIGITS32), 32)
        size = 5 * len(run) // 8 + 1
        # The number moved by a few bits is the run at every alignment; what is too much stands at its beginning.
        opened += [(number >> bits).to_bytes(size, "big") for bits in range(8)]
    return b"\xff".join(opened)


def _whole_groups(words: Sequence[bytes], shift: int) -> bytes:
    """These words from one of their first signs on, three NUL behind each."""
    return b"".join([each[shift:] + _APART[(len(each) - shift) & 3] for each in words])


def _legible(said: bytes) -> list[str]:
    """What of it can be text: in UTF-8, or in UTF-16, which is bytes with NUL between."""
    shown = _SURROGATE.sub(b"\xee\x80\x80", said) if b"\xed" in said else said
    legible: list[str] = _LEGIBLE.findall(shown.translate(_PARTED).decode("utf-8", "replace"))
    if _UTF16_HINT.search(said):
        legible += (run.replace(b"\0", b"").decode("ascii") for run in _UTF16.findall(said))
    return legible


_WORDS_MET: Final = _Memory(lambda word: _islands((word,), ()))
_JOINED_MET: Final = _Memory(lambda word: _islands((), (word,)))
