"""How easy a text is to read, in figures that can be computed again.

Standards:  English: Flesch-Kincaid grade (Kincaid and others 1975), 0.39 words a sentence + 11.8 syllables a word - 15.59;
            syllables are counted by groups of vowels, which is right for most words. Chinese: characters a sentence, characters
            between two signs of punctuation, and the share outside the first level of GB 2312-80, the 3,755 characters that the
            standard calls common; no list is needed for it, because the standard orders its codes by that.
Answers:    ``level_of(text)`` gives ``Level``; ``is_plain(level)`` whether it is within the bounds that our own texts keep.
Limits:     figures say nothing about whether a text is true or kind. Names in Latin letters count as one character in Chinese.
"""

import re
from dataclasses import dataclass
from typing import Final

GRADE: Final = 8.0  # the eighth year of school, what public health services write for
SENTENCE: Final = 30.0  # Chinese characters a sentence, on average
CLAUSE: Final = 14.0  # and between two signs of punctuation
RARE: Final = 0.01
_HOLE: Final = re.compile(r"\{[a-z_]+\}")
_SENTENCE_END: Final = re.compile(r"[.!?:]+(?=\s|$|[\"”])|\n+|[。！？；]")
_CLAUSE_END: Final = re.compile(r"[，、：。！？；,.:!?\n（）“”]+")
_WORD: Final = re.compile(r"[A-Za-z][A-Za-z'’-]*")
_HAN: Final = re.compile(r"[\u3400-\u9fff]")
_LATIN: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9./-]*")
_VOWELS: Final = re.compile(r"[aeiouy]+")
_FIRST_LEVEL: Final = range(0xB0, 0xD8)  # rows 16 to 55 of GB 2312, as EUC-CN writes them


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """What was measured; the figures of the other language are None."""

    grade: float | None = None
    sentence: float | None = None
    clause: float | None = None
    rare: float | None = None


def level_of(text: str) -> Level:
    """Measure a text, by the script that most of it is in.

    >>> level_of("We saw it. You did nothing wrong.").grade < 3
    True
    >>> level_of("我们发现了。这不是您的过错。").sentence
    6.0
    """
    plain = _HOLE.sub("x", text)
    if len(_HAN.findall(plain)) * 2 > len(_WORD.findall(plain)):
        return _chinese(plain)
    return Level(grade=_grade(plain))


def is_plain(level: Level) -> bool:
    """Whether a text is within our bounds."""
    if level.grade is not None:
        return level.grade <= GRADE
    return (level.sentence or 0) <= SENTENCE and (level.clause or 0) <= CLAUSE and (level.rare or 0) <= RARE


def _grade(text: str) -> float:
    sentences = [each for each in _SENTENCE_END.split(text) if _WORD.search(each)]
    words = _WORD.findall(text)
    if not words:
        return 0.0
    syllables = sum(_syllables(word) for word in words)
    return round(0.39 * len(words) / max(len(sentences), 1) + 11.8 * syllables / len(words) - 15.59, 1)


def _syllables(word: str) -> int:
    """How many groups of vowels, without a silent e at the end.

    >>> [_syllables(word) for word in ("device", "people", "infected", "cleaned", "the")]
    [2, 2, 3, 1, 1]
    """
    lower = word.lower()
    found = len(_VOWELS.findall(lower))
    if (lower.endswith("e") and not lower.endswith("le")) or (lower.endswith("ed") and lower[-3:-2] not in ("t", "d")):
        found -= 1
    return max(found, 1)


def _chinese(text: str) -> Level:
    counted = _LATIN.sub("一", text)
    sentences = [n for each in _SENTENCE_END.split(counted) if (n := len(_HAN.findall(each)))]
    clauses = [n for each in _CLAUSE_END.split(counted) if (n := len(_HAN.findall(each)))]
    signs = _HAN.findall(counted)
    rare = sum(not _is_common(sign) for sign in signs)
    return Level(
        sentence=round(sum(sentences) / max(len(sentences), 1), 1),
        clause=round(sum(clauses) / max(len(clauses), 1), 1),
        rare=round(rare / max(len(signs), 1), 4),
    )


def _is_common(sign: str) -> bool:
    try:
        return sign.encode("gb2312")[0] in _FIRST_LEVEL
    except UnicodeEncodeError:
        return False
