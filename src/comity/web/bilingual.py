"""Every sentence of a page in both languages at once, so that one file serves both sides without a script.

Trust:      the sentences are ours and escaped all the same; what fills their holes is escaped, or was made as markup by us.
Answers:    ``both(id, **arguments)`` gives one ``span`` a language; a style sheet shows the one that is chosen.
"""

import re
from functools import lru_cache

from markupsafe import Markup, escape

from comity.locale import LANGUAGES, catalogue
from comity.model.message import Message

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
    if not arguments:
        return _whole(language, message_id)
    numbers, fillings = list[tuple[str, type, object]](), dict[str, object]()
    for name, value in arguments.items():
        if isinstance(value, int | float):
            numbers.append((name, type(value), value))
        else:
            fillings[name] = value
    pieces = _pieces(language, message_id, numbers=tuple(numbers), holes=tuple(fillings))
    if not fillings:
        return pieces[0]
    spoken = catalogue(language).tell
    values = [escape(spoken(each) if isinstance(each, Message) else each) for each in fillings.values()]
    return Markup("").join(values[int(each)] if index % 2 else each for index, each in enumerate(pieces))


@lru_cache(maxsize=8192)
def _whole(language: str, message_id: str) -> Markup:
    return escape(catalogue(language).say(message_id))


@lru_cache(maxsize=8192)
def _pieces(
    language: str, message_id: str, *, numbers: tuple[tuple[str, type, object], ...], holes: tuple[str, ...]
) -> tuple[Markup, ...]:
    """The sentence with its numbers, taken apart at its holes, whose places stand between the pieces.

    A page of fifty cases says the same ones five hundred times.
    """
    marks = {name: f"{_OPEN}{place}{_CLOSE}" for place, name in enumerate(holes)}
    sentence = catalogue(language).say(message_id, **{name: value for name, _, value in numbers}, **marks)
    return tuple(escape(each) for each in re.split(f"{_OPEN}([0-9]+){_CLOSE}", sentence))


def class_of(language: str) -> str:
    """The class by which the style sheet shows or hides a language."""
    return "t-" + language.partition("_")[0]
