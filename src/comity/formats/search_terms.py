"""What a text is found by, and what somebody asks for who types a few words into one field.

Trust:      texts are strangers', and what is typed is a person's; both are cut, and every expression is linear.
Standards:  Unicode TR 15 (NFKC) and case folding; RFC 4632 (networks), RFC 5322 section 3.6.4 (Message-ID).
Answers:    ``terms_of(text)`` gives the terms under which a text is kept; ``asked(text)`` gives ``Asked``: each need is met by
            any term in its spans. ``Asked.fits`` says whether a text meets them: what an index gives can be held against the row.
Limits:     words of scripts that are written without spaces (Chinese, Japanese, Thai ...) are kept as pairs of signs, so that two
            signs are found without a dictionary; other words are found by their beginning, from the third sign on.
            Sixty-four words of a text where nobody says otherwise, eight needs of a question.
"""

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from itertools import islice
from typing import Final

from comity.formats.ip import canonical
from comity.formats.original import kept_id

WORD, ADDRESS, DOMAIN, NAME = "w", "a", "d", "n"  # the first sign of a term says what it is
LAST: Final = "\U0010ffff"
_DENSE: Final = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff"
    "\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff"
)
_RUN: Final = re.compile(rf"[{_DENSE}]+|[^\W_{_DENSE}]+")
_IS_DENSE: Final = re.compile(rf"[{_DENSE}]")
_HIDDEN: Final = re.compile(
    "[\u00ad\u034f\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufe00-\ufe0f\ufeff\ud800-\udfff]+"
)
_LABEL: Final = r"[^\W_](?:[\w-]{0,61}[^\W_])?"
_DOMAIN: Final = re.compile(rf"(?:{_LABEL}\.)+(?!\d+\Z){_LABEL}")
_SOME_OCTETS: Final = re.compile(r"(\d{1,3})\.(\d{1,3})(?:\.(\d{1,3}))?\.?\*?", re.ASCII)
_AROUND: Final = "<>()[]{}\"'“”‘’«»《》「」【】（）,;:!?，。；：！？、…"
_TEXT: Final = 4000
_WORDS: Final = 64
_NEEDS: Final = 8
_LONGEST: Final = 40  # of a word; more of it tells nothing more
_NAMED: Final = 120
_FEWEST: Final = 3  # signs by which the beginning of a word is told from other words

Span = tuple[str, str]  # the first and the last term that it holds


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """One thing that must be there: a term in any of these spans, or this Message-ID."""

    text: str
    spans: tuple[Span, ...]
    phrase: str = ""  # pairs alone do not say that they stand side by side
    message_id: str | None = None

    def might_stand_in(self, text: str) -> bool:
        """Whether a text that says this (folded), or a name in it, could meet the need: to take it apart would tell."""
        return any(_might_hold(text, span) for span in self.spans) or self.message_id is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """All that somebody asks for; everything must be there."""

    text: str
    needs: tuple[Need, ...]

    def fits(self, terms: Iterable[str], text: str, message_id: str | None = None) -> bool:
        """Whether what is kept under these terms, and says this (folded), meets every need."""
        known = sorted(terms)
        return all(
            (need.message_id is not None and need.message_id == message_id)
            or (any(_holds(known, span) for span in need.spans) and need.phrase in text)
            for need in self.needs
        )


def _holds(known: Sequence[str], span: Span) -> bool:
    place = bisect_left(known, span[0])
    return place < len(known) and known[place] <= span[1]


def _might_hold(text: str, span: Span) -> bool:
    """Whether a term in this span could be found in the text. A domain stands there the other way round, or encoded."""
    kind, rest = span[0][0], span[0][1:]
    if kind == ADDRESS:
        if ":" in text or span[0] != span[1] or rest[0] != "4":
            return ":" in text or text.count(".") > 2
        return str(ip_address(bytes.fromhex(rest[1:]))) in text
    if kind == DOMAIN:
        return "xn--" in text or all(label in text for label in rest.split("."))
    return rest in text


def folded(text: str) -> str:
    """The text as it is compared: one form of each sign, no capitals, nothing hidden in between.

    >>> folded("Ｆree\u200b Gift"), folded("STRASSE") == folded("Straße")
    ('free gift', True)
    """
    if text.isascii():
        return text[:_TEXT].lower()
    return unicodedata.normalize("NFKC", _HIDDEN.sub("", text[:_TEXT])).casefold()


def terms_of(text: str, most: int = _WORDS) -> set[str]:
    """Every term under which a text is kept: its words, and what in it is an address, a domain, a name with an at sign.

    >>> sorted(terms_of("Free 免费试用 at shop.example"))
    ['dexample.shop', 'wat', 'wexample', 'wfree', 'wshop', 'w免费', 'w用', 'w试用', 'w费试']
    """
    whole = folded(text)
    found = {WORD + word for word in islice(_words(whole), most)}
    for piece in whole.split(None, most)[:most]:
        found |= special_terms(piece)
    return found


def special_terms(piece: str) -> set[str]:
    """What one word is beside a word; it is folded already.

    >>> sorted(special_terms("<sales@mail.shop.example>")), special_terms("192.0.2.7"), special_terms("3.5")
    (['dexample.shop.mail', 'nsales@mail.shop.example'], {'a4c0000207'}, set())
    """
    bare = piece.partition("://")[2].partition("/")[0] if "://" in piece else piece
    bare = bare.strip(_AROUND).rstrip(".")
    if "@" in bare:
        host = bare.rpartition("@")[2]
        return {NAME + bare[:_NAMED], *_domain(host)}
    if (address := canonical(bare)) is not None:
        return {ADDRESS + _number(address)}
    return set(_domain(bare.partition(":")[0]))


def address_term(address: str) -> str | None:
    """The term of an address; None where it is none."""
    found = canonical(address)
    return None if found is None else ADDRESS + _number(found)


def name_term(name: str) -> str:
    """The term of a name that somebody else gave, compared as a whole: the identity of a report, of a campaign."""
    return NAME + folded(name).strip()[:_NAMED]


def domain_terms(name: str) -> list[str]:
    """The terms of a domain: its labels from the last one on, so that what is below it stands beside it.

    >>> domain_terms("Mail.Shop.Example."), domain_terms("xn--fiqs8s.example")
    (['dexample.shop.mail'], ['dexample.xn--fiqs8s', 'dexample.中国'])
    """
    return list(_domain(folded(name).rstrip(".")))


def asked(text: str) -> Asked:
    """What somebody asks for who types this.

    >>> [need.spans for need in asked("198.51.100.0/24 优惠").needs]
    [(('a4c6336400', 'a4c63364ff'),), (('w优惠', 'w优惠'),)]
    """
    needs: list[Need] = []
    for written in text[:_TEXT].split():
        needs += _needs(folded(written), written)
    return Asked(text=text, needs=tuple(needs[:_NEEDS]))


def _needs(piece: str, written: str) -> Iterator[Need]:
    bare = piece.strip(_AROUND)
    network = _network(bare)
    if network is not None:
        yield Need(text=piece, spans=(network,))
        return
    if "@" in bare.lstrip("@"):
        yield Need(text=piece, spans=((NAME + bare[:_NAMED],) * 2,), message_id=kept_id(written.strip("<>")))
        return
    special = sorted(special_terms(piece))
    if special and special[0][0] == ADDRESS:
        yield Need(text=piece, spans=((special[0], special[0]),))
    elif special:
        spans = [span for term in special for span in ((term, term), (f"{term}.", f"{term}.{LAST}"))]
        yield Need(text=piece, spans=tuple(spans))
    else:
        yield from _word_needs(piece, bare)


def _word_needs(piece: str, bare: str) -> Iterator[Need]:
    whole = (NAME + bare[:_NAMED],) * 2  # it may be a name as a whole: "a:b:c:west", "2026-0042"
    runs = _RUN.findall(bare)
    if len(runs) > 1 and not _IS_DENSE.search(bare):
        # Its parts stand in the text one by one; as a name it stands there once. Either is enough, each part must be there.
        for run in runs:
            yield Need(text=piece, spans=(_word_span(run), whole))
        return
    for run in runs:
        if _IS_DENSE.match(run):
            pairs = [run[at : at + 2] for at in range(len(run) - 1)] or [run]
            for pair in pairs[:_NEEDS]:
                span = (WORD + pair, WORD + pair) if len(pair) > 1 else (WORD + pair, WORD + pair + LAST)
                yield Need(text=piece, spans=(span,), phrase=run)
        else:
            yield Need(text=piece, spans=(_word_span(run), whole))


def _word_span(run: str) -> Span:
    term = WORD + run[:_LONGEST]
    return (term, term + LAST) if len(run) >= _FEWEST else (term, term)


def _words(whole: str) -> Iterator[str]:
    for found in _RUN.finditer(whole):
        run = found.group()
        if _IS_DENSE.match(run):
            for at in range(len(run)):
                yield run[at : at + 2]
        else:
            yield run[:_LONGEST]


def _domain(name: str) -> Iterator[str]:
    if not 3 < len(name) <= 253 or not _DOMAIN.fullmatch(name):
        return
    yield DOMAIN + ".".join(reversed(name.split(".")))
    if "xn--" in name:
        plain = ".".join(_plain(label) for label in name.split("."))
        if plain != name:
            yield DOMAIN + ".".join(reversed(folded(plain).split(".")))


def _plain(label: str) -> str:
    try:
        return label[4:].encode("ascii").decode("punycode") if label.startswith("xn--") else label
    except (UnicodeError, ValueError, OverflowError):
        return label


def _number(address: str) -> str:
    """A number that sorts as addresses do, those of one network together."""
    found = ip_address(address)
    return f"{found.version}{found.packed.hex()}"


def _network(bare: str) -> Span | None:
    if "/" in bare and len(bare) < 60:
        try:
            net = ip_network(bare, strict=False)
        except ValueError:
            return None
        return ADDRESS + _number(str(net[0])), ADDRESS + _number(str(net[-1]))
    found = _SOME_OCTETS.fullmatch(bare)
    if found is None or (found.group(3) is None and bare[-1] not in ".*"):
        return None
    octets = [int(each) for each in found.groups() if each is not None]
    if any(each > 255 for each in octets):
        return None
    start = ADDRESS + "4" + bytes(octets).hex()
    return start, start + LAST
