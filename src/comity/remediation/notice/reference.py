"""The number and the two words by which a notice is known to be ours.

Trust:      what is typed or read out is a stranger's. A number that was not given out by us fails its check digit nine times in
            ten, and is then not in the store; eleven digits of keyed chance make one that was given out hard to hit.
Standards:  the check digit is Damm's (2004): it finds every single wrong digit and every two neighbours that changed places,
            which is what happens when a number is read aloud.
Answers:    ``made(seed, key)`` gives a reference, ``read(text)`` the one that somebody typed or None, ``shown(reference)`` its form
            for people, ``word_pair(reference, key, words)`` the two words of one language.
Limits:     digits alone: letters are mistaken on the telephone, and more so by whoever speaks another language. A reference that
            was copied onto a false notice stays one of ours; how often it is asked for is counted for that reason.
"""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Final

DIGITS: Final = 12
_GROUP: Final = 4
_MOST_TYPED: Final = 60
_DAMM: Final = (
    "0317598642",
    "7092154863",
    "4206871359",
    "1750983426",
    "6123045978",
    "3674209581",
    "5869720134",
    "8945362017",
    "9438617205",
    "2581436790",
)
_SPOKEN: Final = str.maketrans("零〇一幺二三四五六七八九", "001123456789")


@dataclass(frozen=True, slots=True, kw_only=True)
class WordLists:
    """The words of one language: one out of each list makes a pair."""

    first: Sequence[str]
    second: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class WordPair:
    """Two words that stand on a notice and that only we can name."""

    first: str
    second: str

    def __str__(self) -> str:
        return f"{self.first} {self.second}"


def made(seed: str, key: bytes) -> str:
    """The reference for a seed: the same one each time, and nobody without the key can tell it.

    >>> made("case 1", b"k") == made("case 1", b"k"), len(made("case 1", b"k"))
    (True, 12)
    """
    number = int.from_bytes(_keyed(b"notice number", seed, key), "big")
    body = str(10 ** (DIGITS - 2) + number % (9 * 10 ** (DIGITS - 2)))
    return body + str(_checked(body))


def read(text: str) -> str | None:
    """The reference in what a person typed: blanks, dashes, full-width and Chinese digits are understood.

    >>> read("not a number"), read(shown(made("case 1", b"k"))) == made("case 1", b"k")
    (None, True)
    """
    spoken = text[:_MOST_TYPED].translate(_SPOKEN)
    digits = "".join(str(int(sign)) for sign in spoken if sign.isdecimal())
    others = "".join(sign for sign in spoken if not sign.isdecimal() and not sign.isspace())
    if len(text) > _MOST_TYPED or len(digits) != DIGITS or others.strip("-.·—–－") or _checked(digits):
        return None
    return digits


def shown(reference: str) -> str:
    """In groups of four.

    >>> shown("482719305562")
    '4827-1930-5562'
    """
    return "-".join(reference[at : at + _GROUP] for at in range(0, len(reference), _GROUP))


def word_pair(reference: str, key: bytes, words: WordLists) -> WordPair:
    """The words that go with a reference, in one language."""
    chance = _keyed(b"notice words", reference, key)
    first, second = int.from_bytes(chance[:8], "big"), int.from_bytes(chance[8:], "big")
    return WordPair(first=words.first[first % len(words.first)], second=words.second[second % len(words.second)])


def is_first_word(typed: str, reference: str, key: bytes, *, lists: Sequence[WordLists]) -> bool:
    """Whether somebody typed the first word of a pair, in any of our languages."""
    said = " ".join(typed[:_MOST_TYPED].lower().split()).encode()
    # every language is asked, so that the time says nothing
    return sum(hmac.compare_digest(said, word_pair(reference, key, each).first.lower().encode()) for each in lists) > 0


def _checked(digits: str) -> int:
    interim = 0
    for digit in digits:
        interim = int(_DAMM[interim][int(digit)])
    return interim


def _keyed(purpose: bytes, text: str, key: bytes) -> bytes:
    return blake2b(text.encode("utf-8", "surrogatepass"), key=key[:64], person=purpose, digest_size=16).digest()
