"""The language a text is written in, as far as its letters tell.

Answers:    ``language_of(text)``: "zh", "ja", "ko", "latin", "other", or "none" where there are no letters.
Limits:     letters only; which Latin language it is, is not asked. Ten Han characters beside Latin text are Chinese: an English
            reader seldom gets any.
"""

import re
from typing import Final

_HAN: Final = re.compile("[\u4e00-\u9fff\u3400-\u4dbf\uf900-\ufaff]+")
_KANA: Final = re.compile("[\u3041-\u30ff\uff66-\uff9f]+")
_HANGUL: Final = re.compile("[\uac00-\ud7a3\u1100-\u11ff]+")
_LATIN: Final = re.compile("[A-Za-z\u00c0-\u024f]+")
_LETTERS: Final = re.compile(r"[^\W\d_]+")
_LOOKED_AT: Final = 4000
_ENOUGH: Final = 10

LANGUAGES: Final = ("none", "latin", "zh", "ja", "ko", "other")


def language_of(text: str) -> str:
    """The language by counts of letters.

    >>> language_of("您好，这是一封正常的工作邮件"), language_of("good day"), language_of("12 34"), language_of("добрый день")
    ('zh', 'latin', 'none', 'other')
    """
    text = text[:_LOOKED_AT]
    if text.isascii():
        return "latin" if _LATIN.search(text) else "none"
    han, kana, hangul = (_count(each, text) for each in (_HAN, _KANA, _HANGUL))
    if kana * 10 > han and kana >= 3:
        return "ja"
    if hangul > han:
        return "ko"
    latin = _count(_LATIN, text)
    if han and (han >= _ENOUGH or han * 2 >= latin):
        return "zh"
    letters = _count(_LETTERS, text)
    if not letters:
        return "none"
    return "latin" if latin * 2 >= letters else "other"


def _count(pattern: re.Pattern[str], text: str) -> int:
    return sum(map(len, pattern.findall(text)))
