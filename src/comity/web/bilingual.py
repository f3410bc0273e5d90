"""Every sentence of a page in both languages at once, so that one file serves both sides without a script.

Trust:      the sentences are ours and escaped all the same; what fills their holes is escaped, or was made as markup by us.
Answers:    ``both(id, **arguments)`` gives one ``span`` a language; a style sheet shows the one that is chosen.
"""

import re
from collections.abc import Mapping
from functools import lru_cache

from markupsafe import Markup, escape

from comity.locale import LANGUAGES, catalogue

_OPEN, _CLOSE = "\ue000", "\ue001"  # private signs that stand for the holes while the sentence is escaped


def both(message_id: str, /, **arguments: object) -> Markup:
    """The sentence in every language.

    >>> print(both("triage.more", n=2))
    <span class="t-en" lang="en">and 2 more</span><span class="t-zh" lang="zh-Hans">另有 2 项</span>
    """
    return Markup("").join(
        Markup('<span class="{}" lang="{}">{}</span>').format(
            class_of(language), catalogue(language).html_language, say(language, message_id, **arguments)
        )
        for language in LANGUAGES
    )


def say(language: str, message_id: str, /, **arguments: object) -> Markup:
    """The sentence in one language, escaped, its holes filled with escaped text."""
    if all(type(each) is int for each in arguments.values()):
        return _known(language, message_id, *arguments.items())
    return _said(language, message_id, arguments)


@lru_cache(maxsize=8192)
def _known(language: str, message_id: str, /, *arguments: tuple[str, object]) -> Markup:
    """A sentence of ours alone, or with numbers: a page of fifty cases says the same ones five hundred times."""
    return _said(language, message_id, dict(arguments))


def _said(language: str, message_id: str, arguments: Mapping[str, object]) -> Markup:
    fillings: list[Markup] = []

    def hole(value: object) -> object:
        if isinstance(value, int | float):
            return value
        fillings.append(escape(value))
        return f"{_OPEN}{len(fillings) - 1}{_CLOSE}"

    sentence = catalogue(language).say(message_id, **{name: hole(value) for name, value in arguments.items()})
    pieces = re.split(f"{_OPEN}([0-9]+){_CLOSE}", sentence)
    return Markup("").join(fillings[int(piece)] if index % 2 else escape(piece) for index, piece in enumerate(pieces))


def class_of(language: str) -> str:
    """The class by which the style sheet shows or hides a language."""
    return "t-" + language.partition("_")[0]
