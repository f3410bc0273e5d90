"""In which language the command line speaks, and how it shows a stranger's text.

Trust:      ``plain`` takes any text and gives one that a terminal cannot be harmed by.
Answers:    ``speaker()`` gives the catalogue of this run; ``plain(text)`` gives one visible line.
Limits:     one language a process, chosen by ``--language``, else LC_ALL, LC_MESSAGES, LANG.
"""

import os
import unicodedata
from collections.abc import Iterable, Mapping

from comity.locale import Catalogue, catalogue

_chosen: list[Catalogue] = []


def choose(language: str | None, environment: Mapping[str, str] = os.environ) -> Catalogue:
    """Settle the language of this run: what was asked for, else what the environment says."""
    if language is None:
        language = next((value for name in ("LC_ALL", "LC_MESSAGES", "LANG") if (value := environment.get(name))), None)
    _chosen[:] = [catalogue(language)]
    return _chosen[0]


def speaker() -> Catalogue:
    """The sentences in the language of this run."""
    return _chosen[0] if _chosen else choose(None)


def plain(text: str, limit: int | None = None) -> str:
    """One visible line: control, format and bidirectional characters become a replacement sign, long text is cut.

    >>> plain("a" + chr(27) + "[31mred")
    'a\ufffd[31mred'
    >>> plain("one two three", 8)
    'one two…'
    """
    if not (text.isascii() and text.isprintable()):
        text = "".join(sign if _shows(sign) else "\ufffd" for sign in text[: None if limit is None else limit + 1])
    if limit is not None and len(text) > limit:
        text = text[: limit - 1] + "…"
    return text


def listed(several: Iterable[str]) -> str:
    """Names or words in a row, as the language of this run parts them."""
    return ("、" if speaker().language.startswith("zh") else ", ").join(several)


def refusal(code: str) -> str:
    """Why something was refused, by us or by another network: its code in words, made plain where there are none."""
    return speaker().called(f"refused.{code}", plain(code))


def _shows(sign: str) -> bool:
    return unicodedata.category(sign) not in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
