"""What a setting or its table says, in the language of whoever reads.

Answers:    ``in_language(sentence, language)`` gives a record's English sentence in the language that serves ``language`` best.
Limits:     the Chinese stands beside its English sentence in ``zh_Hans.toml``: who changes the one must say the other anew, or a
            test fails; a sentence without one comes back in English.

>>> in_language("Networks of our own.", "zh"), in_language("Networks of our own.", "en")
('我方自己的网段。', 'Networks of our own.')
"""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from comity.locale import FALLBACK, language_of


def in_language(sentence: str, language: str) -> str:
    """The sentence as people of that language read it."""
    plain = " ".join(sentence.split())
    return plain if language_of(language) == FALLBACK else chinese().get(plain, plain)


@cache
def chinese() -> Mapping[str, str]:
    """Every sentence in Simplified Chinese, by its English one."""
    return tomllib.loads(files(__name__).joinpath("zh_Hans.toml").read_text(encoding="utf-8"))
