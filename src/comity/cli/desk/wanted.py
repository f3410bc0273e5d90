"""What a field of an XARF report wants, in the reader's language.

Trust:      the value that a finding quotes is a stranger's; the words beside it are those of our rules.
Answers:    ``wanted(detail)``: the detail of a finding about an XARF field as people read it.
Limits:     what is no word of the catalogue (names of fields, of hash functions) stays as it is.
"""

import re
from typing import Final

from comity.cli.speech import speaker

_NO_WORD: Final = re.compile(r"[^a-z0-9]+")
_BOUNDS: Final = re.compile(r"(?:at least (?P<least>\S+)|at most (?P<most>\S+)|(?P<low>\S+) to (?P<high>\S+))")


def wanted(detail: str) -> str:
    """Say it: a value and what was wanted instead of it, or what is missing.

    >>> from comity.cli import speech
    >>> english = speech.choose("en")
    >>> wanted('"Rare" (one of low, medium, high)'), wanted("text, at least 1"), wanted("SourceIp or SourceUrl")
    ('"Rare" (wanted: one of low, medium, high)', '(wanted: text, at least 1)', '(wanted: SourceIp or SourceUrl)')
    """
    say = speaker().say
    value, opened, rest = detail.rpartition(" (")
    if opened and rest.endswith(")"):
        return say("xarf.wanted.not", value=value, wanted=_words(rest[:-1]))
    # A value that was cut has lost what was wanted instead of it.
    return detail if detail.endswith("\u2026") else say("xarf.wanted.nothing", wanted=_words(detail))


def _words(rule: str) -> str:
    say = speaker().say
    if rule.startswith("one of "):
        return say("xarf.wanted.one-of", words=rule.removeprefix("one of "))
    what, comma, bounds = rule.partition(", ")
    found = _BOUNDS.fullmatch(bounds) if comma else None
    if found is None:
        one, joined, other = rule.partition(" or ")
        named = _named(rule)
        return say("xarf.wanted.or", one=one, other=other) if joined and named == rule else named
    what = _named(what)
    if found["least"]:
        return say("xarf.wanted.least", what=what, low=found["least"])
    if found["most"]:
        return say("xarf.wanted.most", what=what, high=found["most"])
    return say("xarf.wanted.between", what=what, low=found["low"], high=found["high"])


def _named(word: str) -> str:
    known = f"xarf.wants.{_NO_WORD.sub('-', word.lower()).strip('-')}"
    return speaker().say(known) if known in speaker() else word
