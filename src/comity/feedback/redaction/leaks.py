"""The last gate: is somebody still to be found in what is about to be written?

Trust:      input is what our own redactor wrote; it is not believed.
Standards:  RFC 6590 section 2; the forms are those of docs/decisions/0011-redaction-tiers.md.
Answers:    ``find(output, recipients)`` gives every ``Leak``; empty means: in none of the readings of ``openings``.
Limits:     above 4 MB, or where a cap of ``openings`` is hit, one ``Leak`` of kind NOT_CHECKABLE says that nobody knows.

It shares no code with the redactor: all punctuation is taken out of a reading, and only where a name is left in it an
expression says whether it is this person's. A distinctive name is looked for alone, too, as a word; a short or common one
("info", "a") only beside its domain or behind a word such as ``email=``. The domain label of a host is no name.
"""

import binascii
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property, lru_cache
from hashlib import new as new_hash
from typing import Final

from comity.feedback.redaction.commonplace import FILE_ENDINGS, distinctive
from comity.feedback.redaction.openings import readings
from comity.formats.remembered import Remembered

SIZE_LIMIT: Final = 4_000_000
_ALL: Final = bytes(range(256))
_LOWER: Final = _ALL.lower()
_PUNCTUATION: Final = bytes(each for each in range(128) if not chr(each).isalnum())
_HEX_WORD: Final = re.compile(rb"[0-9a-f]{32,128}")
_BASE64_LENGTHS: Final = {22, 27, 38, 43, 64, 86}
_LONGEST_HASH: Final = 86
_HEX_SIGNS: Final = bytes(0x61 if each in b"0123456789abcdefABCDEF" else 0x20 for each in range(256))
_SHORTEST_HEX: Final = b"a" * 32
_HOST_NAME: Final = re.compile(r"[\w.-]+")
_HASHES: Final = {16: "md5", 20: "sha1", 28: "sha224", 32: "sha256", 48: "sha384", 64: "sha512"}
_SHORTEST_HASH: Final = 22
_HASH_SIGNS: Final = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/_-"
_HASH_WORDS: Final = bytes(each if each in _HASH_SIGNS else 0x20 for each in range(256))
# A provider may ignore the dots of a name, and old syntax allows blanks around them.
_DOT_OR_NOT: Final = r"(?:\s{0,3}\.\s{0,3})?"
_SUFFIX: Final = (
    r"\.(?:(?:ac|com?|edu|gov?|net?|nom|org?)\.)?(?P<top>[a-z]{2,24})(?![a-z0-9.-]{0,200}@)(?![a-z0-9_-])(?!\.[a-z0-9])"
)


class Kind(StrEnum):
    """What was found."""

    ADDRESS = "address"
    NAME = "name"
    HASH = "hash"
    NOT_CHECKABLE = "not-checkable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Leak:
    """One person found once: which of the recipients (by number: this record may be logged), and through which coding."""

    kind: Kind
    recipient: int | None
    coding: str


class _Target:
    """One recipient, as the checker looks for it."""

    def __init__(self, number: int, address: str) -> None:
        address = address.strip().strip("<>").lower()
        local, at, domain = address.rpartition("@")
        self.number = number
        self.local = (local if at else domain).strip('"')[:128]
        base = self.local.partition("+")[0]
        self.local = base or self.local
        self.domains = _spelled(domain) if at else ()
        self.stands_alone = distinctive(self.local)
        spoken = self.local.replace(".", "dot")
        self.squashed = tuple({_squash(each.encode("utf-8", "surrogatepass")) for each in (self.local, spoken)})
        names = (local, local.partition("+")[0]) if "+" in local else (local,)
        whole = {address, *(name + at + each for name in names for each in (domain, *self.domains))}
        # Whoever hashes on a command line hashes the line end, too.
        self.hashed = {form + end for each in whole for form in (each, each.upper()) for end in ("", "\n", "\r\n")}

    @property
    def _name(self) -> str:
        """The name, its own punctuation written in any way."""
        words = filter(None, re.split(r"[._\s-]+", self.local)) if self.stands_alone else (self.local,)
        written = r"(?:[^a-z0-9]{0,2}|[^a-z0-9]{1,3}dot[^a-z0-9]{1,3})".join(map(re.escape, words))
        return rf"(?:{written}|{_DOT_OR_NOT.join(map(re.escape, self.local.replace('.', '')))})"

    @cached_property
    def word(self) -> re.Pattern[str]:
        """The name alone, or what follows makes it a host."""
        return re.compile(rf"(?<![a-z0-9]){self._name}(?![a-z0-9])(?P<host>{_SUFFIX})?")

    @cached_property
    def beside(self) -> re.Pattern[str]:
        """The name beside its domain. A common name needs a sign between them that binds, or a word before it that says
        what it is.
        """
        if not self.domains:
            return re.compile(r"(?!)")
        name = self._name + r"(?:\+[^\s@=]{0,64})?"
        dot = r"(?:[^a-z0-9]{1,3}|[^a-z0-9]{1,4}dot[^a-z0-9]{1,4})"
        ends = "(?:" + "|".join(dot.join(map(re.escape, each.split("."))) for each in self.domains) + ")"
        below = r"(?:[a-z0-9-]{1,63}\.){0,3}"
        if self.stands_alone:
            return re.compile(rf"{name}[^a-z0-9]{{1,10}}(?:at[^a-z0-9]{{1,6}})?{below}{ends}")
        is_short = len(self.local) < 3
        binding = (
            rf"[^a-z0-9]{{0,5}}(?:{'[@#%!]' if is_short else '[@=#%!|*]'}|[^a-z0-9]at(?=[^a-z0-9]))[^a-z0-9]{{0,5}}"
        )
        patterns = [rf"(?<![a-z0-9]){name}(?:{binding}{below}{ends}|={ends}@)", rf"{name}@{ends}"]
        if not is_short:
            said = r"(?:e-?mail|rcpt|recipient|user(?:_?name)?|login|subscriber)[=:]"
            patterns.append(rf"(?<![a-z0-9]){said}{re.escape(self.local)}(?![a-z0-9])")
        return re.compile("|".join(patterns))


@lru_cache(maxsize=4)
def _targets(recipients: tuple[str, ...]) -> tuple[_Target, ...]:
    """The same people are looked for in each value of a report."""
    return tuple(_Target(number, each) for number, each in enumerate(recipients))


def find(output: bytes, recipients: Sequence[str]) -> tuple[Leak, ...]:
    """Give each person that can still be found, once for each kind; an empty tuple lets the output pass.

    >>> find(b"List-Unsubscribe: <https://east.example/u?YW5uLmxlZUB3ZXN0LmV4YW1wbGU>", ["ann.lee@west.example"])[0].coding
    'base64'
    """
    if len(output) > SIZE_LIMIT:
        return (Leak(kind=Kind.NOT_CHECKABLE, recipient=None, coding="size"),)
    targets = [each for each in _targets(tuple(recipients)) if all(each.squashed)]
    if not targets:
        return ()
    digests = _Digests(targets)
    found: dict[tuple[Kind, int | None], Leak] = {}
    is_wide = not all(each.local.isascii() for each in targets)
    for level in readings(output, wide=is_wide):
        if level is None:
            found[Kind.NOT_CHECKABLE, None] = Leak(kind=Kind.NOT_CHECKABLE, recipient=None, coding="caps")
            break
        if next(_in_reading(b"\x1e".join([text for _, text in level]), targets, digests), None) is None:
            continue
        for coding, text in level:
            for kind, number in _in_reading(text, targets, digests):
                found.setdefault((kind, number), Leak(kind=kind, recipient=number, coding=coding))
    return tuple(found.values())


def _in_reading(data: bytes, targets: Sequence[_Target], digests: "_Digests") -> Iterator[tuple[Kind, int]]:
    squashed = _squash(data)
    near = [target for target in targets if any(each in squashed for each in target.squashed)]
    if near:
        text = data.replace(b"\0", b"").decode("utf-8", "replace").lower()
        for target in near:
            if target.beside.search(text):
                yield Kind.ADDRESS, target.number
            elif target.stands_alone and any(map(_is_name, target.word.finditer(text))):
                yield Kind.NAME, target.number
    yield from ((Kind.HASH, number) for number in _hashes(data, digests))


def _is_name(match: re.Match[str]) -> bool:
    """A name before a public suffix is somebody's domain, unless it is a file's, or stands in the path of a URL."""
    if match.group("host") is None or match.group("top") in FILE_ENDINGS:
        return True
    before = match.string[max(0, match.start() - 2) : match.start()]
    return before.endswith("/") and before != "//"


class _Digests:
    """What the targets hash to, made for those hashes only that are as long as something in the output."""

    def __init__(self, targets: Sequence[_Target]) -> None:
        self._targets = targets
        self._made: dict[int, dict[bytes, int]] = {}

    def get(self, digest: bytes) -> int | None:
        """Whose it is."""
        name = _HASHES.get(len(digest))
        if name is None:
            return None
        if len(digest) not in self._made:
            self._made[len(digest)] = {
                new_hash(name, text.encode("utf-8", "surrogatepass"), usedforsecurity=False).digest(): each.number
                for each in self._targets
                for text in each.hashed
            }
        return self._made[len(digest)].get(digest)


def _hashes(data: bytes, digests: _Digests) -> Iterator[int]:
    if len(data) < _SHORTEST_HASH:
        return
    if _SHORTEST_HEX in data.translate(_HEX_SIGNS):
        for word in _HEX_WORD.findall(data.lower()):
            number = digests.get(bytes.fromhex(word.decode("ascii"))) if len(word) % 2 == 0 else None
            if number is not None:
                yield number
    for word in [each for each in data.translate(_HASH_WORDS).split() if len(each) >= _SHORTEST_HASH]:
        coded = word[:_LONGEST_HASH]
        if len(coded) in _BASE64_LENGTHS:
            number = digests.get(
                binascii.a2b_base64(coded.replace(b"-", b"+").replace(b"_", b"/") + b"=" * (-len(coded) % 4))
            )
            if number is not None:
                yield number


def _squash(data: bytes) -> bytes:
    """Letters, digits and whatever lies above ASCII, in lower case."""
    return data.translate(_LOWER, _PUNCTUATION)


def _spellings(written: str) -> tuple[str, ...]:
    """The domain as it stands, as A-labels and as U-labels."""
    host = _HOST_NAME.match(written)
    domain = host.group().strip(".") if host else ""
    forms = {domain}
    for codec in ("ascii", "idna"):
        try:
            forms |= {domain.encode(codec).decode("idna"), domain.encode(codec).decode("ascii")}
        except UnicodeError:
            continue
    return tuple(sorted(filter(None, forms)))


_spelled: Final = Remembered(_spellings, most=1000, longest=255).__getitem__
