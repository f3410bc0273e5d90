"""The language a text is written in, as far as its letters tell.

Answers:    ``language_of(text)``: "zh", "ja", "ko", "latin", "other", or "none" where there are no letters.
Limits:     letters only, those of the basic plane; which Latin language it is, is not asked. Ten Han characters beside Latin text
            are Chinese: an English reader seldom gets any.
"""

import re
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

# Kinds of letters, and where in the basic plane they stand: the first and the last.
_OTHER, _HAN, _KANA, _HANGUL, _LATIN = range(1, 6)
_RANGES: Final = (
    (_HAN, "\u3400", "\u4dbf"),
    (_HAN, "\u4e00", "\u9fff"),
    (_HAN, "\uf900", "\ufaff"),
    (_KANA, "\u3041", "\u30ff"),
    (_KANA, "\uff66", "\uff9f"),
    (_HANGUL, "\u1100", "\u11ff"),
    (_HANGUL, "\uac00", "\ud7a3"),
    (_LATIN, "A", "Z"),
    (_LATIN, "a", "z"),
    (_LATIN, "\u00c0", "\u024f"),
)
_LETTERS: Final = re.compile(r"[^\W\d_]+")
_ASCII_LETTER: Final = re.compile("[A-Za-z]")
_LOOKED_AT: Final = 4000
_ENOUGH: Final = 10
_PLANE: Final = 1 << 16

LANGUAGES: Final = ("none", "latin", "zh", "ja", "ko", "other")


def language_of(text: str) -> str:
    """The language by counts of letters.

    >>> language_of("您好，这是一封正常的工作邮件"), language_of("good day"), language_of("12 34"), language_of("добрый день")
    ('zh', 'latin', 'none', 'other')
    """
    text = text[:_LOOKED_AT]
    if text.isascii():
        return "latin" if _ASCII_LETTER.search(text) else "none"
    codes = np.frombuffer(text.encode("utf-32-le", "replace"), dtype="<u4")
    counts = np.bincount(_kinds().take(codes, mode="clip"), minlength=6).tolist()
    han, kana, hangul, latin = counts[_HAN], counts[_KANA], counts[_HANGUL], counts[_LATIN]
    if kana * 10 > han and kana >= 3:
        return "ja"
    if hangul > han:
        return "ko"
    if han and (han >= _ENOUGH or han * 2 >= latin):
        return "zh"
    letters = sum(counts[_OTHER:])
    if not letters:
        return "none"
    return "latin" if latin * 2 >= letters else "other"


@cache
def _kinds() -> NDArray[np.uint8]:
    """The kind of every sign of the basic plane; what is clipped to its last place is no letter."""
    kinds = np.zeros(_PLANE, dtype=np.uint8)
    plane = np.arange(_PLANE, dtype="<u4").tobytes().decode("utf-32-le", "surrogatepass")
    for run in _LETTERS.finditer(plane):
        kinds[run.start() : run.end()] = _OTHER
    for kind, first, last in _RANGES:
        kinds[ord(first) : ord(last) + 1] = kind
    return kinds
