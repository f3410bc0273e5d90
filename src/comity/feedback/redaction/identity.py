"""One person's mailbox, prepared to be found: how it may be written, what it hashes to, what stands in its place.

Trust:      the address may be a stranger's text (other recipients out of To and Cc).
Standards:  RFC 6590 section 2 (what must go beside the address itself).
Answers:    ``identify(address, instead)`` gives an ``Identity``; ``Identity.places(text)`` where it stands in a lower-case text.
Limits:     docs/decisions/0011-redaction-tiers.md lists the forms. A distinctive name counts wherever it stands as a word; a
            short or common one ("info", "a") only beside its domain, or behind a word such as ``email=``.
"""

import re
from collections.abc import Iterable, Iterator
from hashlib import md5, sha1, sha224, sha256, sha384, sha512
from itertools import pairwise
from typing import Final, NamedTuple

from comity.feedback.redaction.commonplace import FILE_ENDINGS, ROLES, distinctive
from comity.feedback.redaction.tokens import canonical
from comity.model.record import record

_LONGEST_LOCAL: Final = 128
_TAG: Final = re.compile(r"\+[a-z0-9._~%-]{0,64}")
_ALNUM: Final = re.compile(r"[a-z0-9]")
# Between name and domain: signs, perhaps a comment, perhaps "at" in words.
_GAP: Final = re.compile(r"(?:\s{0,4}\([^()]{0,60}\))?(?:[^a-z0-9]{1,6}at[^a-z0-9]{1,6}|[^a-z0-9]{1,8})")
_BINDING: Final = re.compile(r"[@=#%!|*:~/]|[^a-z0-9]at[^a-z0-9]")
_HOST: Final = re.compile(r"[a-z0-9._-]{1,255}")
_DOT: Final = re.compile(r"\s{0,3}\.\s{0,3}")
_SPOKEN_DOT: Final = re.compile(r"[\s\[\](){}<>_-]{1,4}dot[\s\[\](){}<>_-]{1,4}|\s{0,4}\.\s{1,4}|\s{1,4}\.")
_KEY: Final = re.compile(
    r"(?:^|[^a-z0-9])(?:e-?mail|mail|user(?:_?name)?|usr|login|rcpt|recipient|to|addr(?:ess)?|account|subscriber|member)\s?[=:]\s?[\"'<]?$"
)
_KEY_REACH: Final = 24
_BETWEEN: Final = b".\t\n\v\f\r\x1c\x1d\x1e\x1f "  # a dot, and what is white space of ASCII
_SECOND_LEVEL: Final = frozenset({"ac", "co", "com", "edu", "go", "gov", "ne", "net", "nom", "or", "org"})


class Place(NamedTuple):
    """A stretch of text and what must stand there instead."""

    start: int
    end: int
    instead: str


@record
class Identity:
    """One mailbox, or one name of its owner (then without domains)."""

    instead: str
    spellings: tuple[str, ...]  # lower case, the longest first
    domains: tuple[str, ...]  # A-labels, and U-labels where they differ
    is_distinctive: bool
    hashed: tuple[str, ...]  # what others make hashes of
    letters: str = ""  # the name without dots: providers deliver "a.n.n.lee" to "annlee"
    probe: str = ""  # a part of every spelling, without dots and white space
    least: int = (
        0  # how many letters and digits of ASCII name it at least, in whatever coding; 0 where that is not known
    )

    def stands_in(self, lower: str, squeezed: str) -> bool:
        """A quick no: without the name there is nothing to find but hashes. ``squeezed``: without dots and white space."""
        if self.probe not in squeezed:
            return False
        return bool(self.letters and self.letters in squeezed) or any(spelling in lower for spelling in self.spellings)

    def places(self, lower: str) -> Iterator[Place]:
        """Where the mailbox is named in this lower-case text."""
        for spelling in self.spellings:
            at = lower.find(spelling)
            while at >= 0:
                end = self._named(lower, at, at + len(spelling))
                if end:
                    yield Place(at, end, self.instead)
                at = lower.find(spelling, max(end, at + 1))
        for start, last in _dotted(lower, self.letters) if "." in lower and self.letters else ():
            end = self._named(lower, start, last)
            if end:
                yield Place(start, end, self.instead)

    def _named(self, lower: str, at: int, end: int) -> int:
        """Where the name that begins here ends, 0 where it is not this mailbox."""
        tag = _TAG.match(lower, end) if self.domains else None
        stop = tag.end() if tag else end
        left = at == 0 or not _ALNUM.match(lower, at - 1)
        right = end == len(lower) or not _ALNUM.match(lower, end)
        if self.is_distinctive:
            if right and left and not _is_registered_label(lower, at, end):
                return stop
            return stop if right and self._domain_follows(lower, stop, short=0) else 0
        if not left:
            # "joann@west.example" is cut, too: better than a name that only looks like the end of another.
            return stop if lower[stop : stop + 1] == "@" and self._domain_follows(lower, stop, short=0) else 0
        if not right:
            return 0
        if self._domain_follows(lower, stop, short=end - at):
            return stop
        if end - at >= 3 and _KEY.search(lower, max(0, at - _KEY_REACH), at):
            return end
        return stop if self._domain_before(lower, at) else 0

    def _domain_follows(self, lower: str, at: int, short: int) -> bool:
        """``short`` is the length of a name that needs more than punctuation between itself and the domain."""
        gap = _GAP.match(lower, at)
        if gap is None:
            return False
        if short and not _BINDING.search(gap.group()):
            return False
        host = _HOST.match(lower, gap.end())
        name = host.group() if host else ""
        for domain in self.domains:
            found = name.find(domain)
            if found >= 0 and (found == 0 or name[found - 1] == "."):
                # "a=west.example" may be a tag of a signature or a parameter: one sign needs the whole VERP form.
                after = lower[gap.end() + found + len(domain) :][:1]
                return not (0 < short <= 2 and gap.group() == "=" and after != "@")
            reach = lower[gap.end() : gap.end() + len(domain) + 40]
            if ("dot" in reach or " ." in reach or ". " in reach) and _SPOKEN_DOT.sub(".", reach).startswith(domain):
                return True
            if not domain.isascii():  # its letters look like punctuation to the expression
                found = lower.find(domain, at, at + len(domain) + 9)
                if found > at and not _ALNUM.search(lower, at, found):
                    return True
        return False

    def _domain_before(self, lower: str, at: int) -> bool:
        """The order of old paths: ``west.example!ann``."""
        return at > 1 and lower[at - 1] in "!/" and any(lower.endswith(domain, 0, at - 1) for domain in self.domains)


def is_ideograph(sign: str) -> bool:
    """One that has no other form: neither capital nor plainer."""
    return "\u4e00" <= sign <= "\u9fff"


def squeezed(text: str) -> str:
    """Without dots and white space, for the quick look of ``Identity.stands_in``."""
    if text.isascii():
        return text.encode("ascii").translate(None, _BETWEEN).decode("ascii")
    return "".join(text.split()).replace(".", "")


def _dotted(lower: str, letters: str) -> Iterator[tuple[int, int]]:
    """A name with dots anywhere, perhaps with blanks around them (RFC 5322 section 4.4, obs-local-part)."""
    bare = squeezed(lower)
    found = bare.find(letters)
    if found < 0:
        return
    places = [at for at, sign in enumerate(lower) if sign != "." and not sign.isspace()]
    while found >= 0:
        here = places[found : found + len(letters)]
        gaps = (lower[one + 1 : two] for one, two in pairwise(here) if two > one + 1)
        fits = all(map(_DOT.fullmatch, gaps))
        if fits:
            yield here[0], here[-1] + 1
        found = bare.find(letters, found + (len(letters) if fits else 1))


def _is_registered_label(lower: str, at: int, end: int) -> bool:
    """True for "smith" in "www.smith.example": the domain of somebody who sends mail, no mailbox.

    A label further left ("smith.news.example") can be made for one recipient, so it counts as the name.
    """
    if lower[end : end + 1] != ".":
        return False
    rest = _HOST.match(lower, end + 1)
    if rest is None or lower[rest.end() : rest.end() + 1] == "@":
        return False
    labels = rest.group().rstrip(".-").split(".")
    suffix = labels[1:] if len(labels) == 2 and labels[0] in _SECOND_LEVEL else labels
    if len(suffix) != 1 or not suffix[0].isalpha() or len(suffix[0]) < 2 or suffix[0] in FILE_ENDINGS:
        return False
    return not (at and lower[at - 1] == "/" and lower[at - 2 : at] != "//")


def identify(address: str, instead: str) -> Identity | None:
    """Prepare an address; None for what has no name to look for.

    >>> ann = identify("ann.lee+news@west.example", "X")
    >>> sorted(map(tuple, ann.places("bounce-ann.lee=west.example@east.example")))[0]
    (7, 14, 'X')
    """
    whole = canonical(address)[:400]
    local, at, domain = whole.rpartition("@")
    if not at:
        local, domain = whole, ""
    local = local[:_LONGEST_LOCAL]
    bases = {local, local.partition("+")[0] or local}
    if not any(map(_names_somebody, bases)):
        return None
    spellings = set(bases)
    for base in bases:
        words = re.split(r"[._-]+", base)
        if len(words) > 1 and distinctive(base) and all(words):
            spellings |= {sign.join(words) for sign in ("", " ", ".", "_", "-", " dot ")}
    domains = _domains(domain)
    return Identity(
        instead=instead,
        spellings=tuple(sorted((each for each in spellings if _names_somebody(each)), key=len, reverse=True)),
        domains=domains,
        is_distinctive=distinctive(local.partition("+")[0] or local),
        hashed=tuple(
            {
                address.strip().strip("<>"),
                whole,
                local if distinctive(local) else whole,
                *(f"{local}@{each}" for each in domains),  # whoever hashes has the domain in one of its two forms
            }
        ),
        letters=_letters(local.partition("+")[0] or local),
        probe=_probe(re.split(r"[._-]+", local.partition("+")[0] or local)),
        least=_least(local.partition("+")[0] or local, domains),
    )


def named(name: str, instead: str) -> Identity | None:
    """Prepare a display name of two words or more, or of two to four ideographs; None for any other, and
    for "Customer Service".

    >>> named("Ann Lee", "X").spellings[:4], named("Customer", "X")
    (('ann, lee', 'lee, ann', 'ann lee', 'ann,lee'), None)
    """
    words = [word for word in re.split(r"[\s,.\"'<>()_]+", name.lower()) if word]
    ideographs = len(words) == 1 and not name.isascii() and 2 <= len(words[0]) <= 4
    if not ideographs and not (2 <= len(words) <= 4 and len("".join(words)) >= 6 and len(name) <= 80):
        return None
    if ROLES.issuperset(words):
        return None
    # "Lee, Ann Maria" is "Ann Maria Lee", and either may be what stands in To.
    orders = (words, words[-1:] + words[:-1], words[1:] + words[:1])
    spellings = {sign.join(order) for order in orders for sign in (" ", "", "_", "-", ".", ",", ", ")}
    ordered = tuple(sorted(spellings, key=lambda each: (-len(each), each)))
    return Identity(
        instead=instead,
        spellings=ordered,
        domains=(),
        is_distinctive=True,
        hashed=(),
        probe=_probe(words),
        least=_least("".join(words), ()),
    )


def _least(name: str, domains: Iterable[str]) -> int:
    """Every spelling has all words of the name; its domain may stand in another stretch, which must be kept, too. Ideographs
    count as what they are coded in: no charset takes less than 16 bits for one, and base64 carries six of them a sign.
    """
    least = min((sum(each.isascii() and each.isalnum() for each in domain) for domain in domains), default=len(name))
    if name.isascii():
        return min(sum(map(str.isalnum, name)), least)
    ideographs = sum(map(is_ideograph, name))
    others = [sign for sign in name if not is_ideograph(sign)]
    plain = sum(map(str.isalnum, others))
    return min(plain - (-8 * ideographs // 3), least) if all(map(str.isascii, others)) else 0


def _probe(words: Iterable[str]) -> str:
    """The longest word: each spelling has it whole."""
    return max(map(squeezed, words), key=len, default="")


def _letters(local: str) -> str:
    letters = squeezed(local)
    return letters if len(letters) > 1 else ""


def _names_somebody(local: str) -> bool:
    return any(sign.isalnum() for sign in local)


def _domains(domain: str) -> tuple[str, ...]:
    if not domain:
        return ()
    shown = domain
    if "xn--" in domain:
        try:
            shown = domain.encode("ascii").decode("idna").lower()
        except UnicodeError:
            shown = domain
    return tuple(dict.fromkeys((domain, shown)))


_MADE_BY: Final = {16: md5, 20: sha1, 28: sha224, 32: sha256, 48: sha384, 64: sha512}


def digests(people: Iterable[Identity], size: int) -> dict[bytes, str]:
    """What the addresses hash to where the hash has so many bytes, and what stands instead."""
    made = _MADE_BY[size]
    return {
        made((text + end).encode("utf-8", "surrogatepass"), usedforsecurity=False).digest(): each.instead
        for each in people
        for text in {*each.hashed, *map(str.upper, each.hashed)}
        for end in ("", "\n", "\r\n")
    }
