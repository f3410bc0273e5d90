"""How a text calls its reader: "Ann, 80% off", "a gift for Ann", 张先生.

Trust:      names and text are a stranger's.
Answers:    ``calling(names, locals, own)`` gives ``Calling``; its ``removed(subject)`` is a subject without them,
            ``removed_at_openings(body)`` a body without them where a line begins so.
Limits:     one word of a name is often a common word ("May", "Field"): it goes where somebody is called by it (before a comma at
            the beginning, behind a greeting, behind a comma at the end), and in the middle of a sentence where it is written
            like a name. Nowhere else: whole names are looked for by ``identity``, and what the originator calls itself stays.
"""

import re
from collections.abc import Sequence
from functools import cached_property
from typing import Final

from comity.feedback.redaction.commonplace import ROLES

_INSTEAD: Final = "[redacted]"
_NAMES: Final = 50
_NAME_LIMIT: Final = 80
_TEXT_LIMIT: Final = 2000
_WORD: Final = re.compile(r"[^\W\d_]+(?:['\u2019-][^\W\d_]+){0,3}")
_TITLE_WORDS: Final = """
 mr mrs ms miss dr prof sir madam herr frau van von der den del and the for inc ltd llc
"""
# Months and days, and what a sentence writes with a capital letter for other reasons.
_CAPITAL_WORDS: Final = """
 january february march april may june july august september october november december monday tuesday wednesday thursday
 friday saturday sunday christmas easter china i
"""
_TITLES: Final = frozenset(_TITLE_WORDS.split())
_CAPITALISED: Final = frozenset(_CAPITAL_WORDS.split())
_GREETINGS: Final = (
    "dear|hi|hello|hey|greetings|thanks|thank you|congratulations|congrats|welcome|sorry|for you|happy birthday"
)
_PREFIXES: Final = r"(?:(?:re|fwd?|aw|wg|回复|转发)\s?[:：]\s{0,3}|\[[^\[\]]{0,40}\]\s{0,3}){0,3}"
_HONOURED: Final = "先生|女士|小姐|老师|经理|同学"
# All that is a letter of ASCII to an expression that ignores case.
_FOLDED: Final = str.maketrans({"\u0130": "i", "\u0131": "i", "\u017f": "s", "\u212a": "k"})
_STOPS: Final = ",:;!?.\u2026\u2013\u2014，：！？。"


class Calling:
    """The single words by which the people of one message may be called; see ``calling``."""

    def __init__(self, words: set[str], families: set[str], shown: set[str]) -> None:
        """``words`` in lower case, ``families`` one ideograph each, ``shown`` as a name is written."""
        self._words, self._families, self._shown = words, families, shown
        self._parts = tuple(words | families)
        self._is_plain = all(part.isascii() or part.lower() == part.upper() for part in self._parts)

    def removed(self, subject: str) -> str:
        """Take the names out of one subject.

        >>> calling(["Ann Field"], [], "").removed("Ann, a field day")
        '[redacted], a field day'
        """
        head, tail = subject[:_TEXT_LIMIT], subject[_TEXT_LIMIT:]
        if not self._may_call(head):
            return subject
        head = self._called.sub(_instead, head)
        if self._shown and _is_sentence(head):
            head = self._written.sub(
                lambda match: _INSTEAD if match.start() or " " in match.group() else match.group(), head
            )
        return head + tail

    def removed_at_openings(self, body: str) -> str:
        """Take the name out wherever a line begins with it and a comma."""
        return self._openings.sub(_instead, body) if self._may_call(body) else body

    def _may_call(self, text: str) -> bool:
        """A quick no, before any expression is made."""
        lower = text.lower() if text.isascii() else text.translate(_FOLDED).lower()
        return not self._is_plain or any(part in lower for part in self._parts)

    @cached_property
    def _called(self) -> re.Pattern[str]:
        one, family = _several(self._words), self._family
        ends = rf"(?=\s{{0,3}}(?:[{_STOPS}]|-\s|$)|['\u2019]s\b)"
        return re.compile(
            rf"^({_PREFIXES}[^\w\s]{{0,3}}\s{{0,2}}){one}{ends}|(\b(?:{_GREETINGS})\s{{1,3}}){one}(?!\w)"
            rf"|([,，]\s{{0,3}}){one}(?=[\s{_STOPS}]{{0,6}}$){family}",
            re.IGNORECASE,
        )

    @cached_property
    def _openings(self) -> re.Pattern[str]:
        one, family = _several(self._words), self._family
        return re.compile(
            rf"^([ \t>*\u3000]{{0,8}}){one}(?=[ \t]{{0,3}}[,:!，：！]){family}", re.IGNORECASE | re.MULTILINE
        )

    @cached_property
    def _written(self) -> re.Pattern[str]:
        return re.compile(rf"(?<!\w){_several(self._shown)}(?!\w)")

    @property
    def _family(self) -> str:
        return f"|(){_one_of(self._families)}(?={_HONOURED})" if self._families else ""


def calling(names: Sequence[str], locals_: Sequence[str], own: str) -> Calling | None:
    """Out of display names, local-parts, and what the originator calls itself; None where nobody can be called."""
    kept = {word.lower() for word in _WORD.findall(own[:_TEXT_LIMIT])}
    shown = [word for name in names[:_NAMES] for word in _WORD.findall(name[:_NAME_LIMIT])]
    parts = [word for local in locals_[:_NAMES] for word in _WORD.findall(local[:_NAME_LIMIT])]
    words = {word.lower() for word in (*shown, *parts) if len(word) > 1} - kept - ROLES - _TITLES
    families = {word[0] for word in shown if 2 <= len(word) <= 4 and "\u4e00" <= word[0] <= "\u9fff"}
    written = {word.capitalize() for word in shown if word[0].isupper() and word.lower() in words - _CAPITALISED}
    return Calling(words, families, written) if words or families else None


def _instead(match: re.Match[str]) -> str:
    return f"{match.group(match.lastindex or 0)}{_INSTEAD}"


def _one_of(words: set[str]) -> str:
    return f"(?:{'|'.join(map(re.escape, sorted(words, key=lambda each: (-len(each), each))))})" if words else "(?!)"


def _several(words: set[str]) -> str:
    """One of the words, or up to four: the whole name."""
    one = _one_of(words)
    return rf"{one}(?:[ .]{{1,2}}{one}){{0,3}}(?!['\u2019-]?\w{{2}})"


def _is_sentence(text: str) -> bool:
    """Where every word has a capital letter, that of a name says nothing."""
    words: list[str] = _WORD.findall(text)[1:]
    return sum(word[:1].islower() for word in words) * 2 >= len(words)
