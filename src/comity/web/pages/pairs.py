"""Sentences in both languages at once, as documents of two networks have them.

Answers:    ``pair(message_id, ...)`` gives English and Chinese.
"""

from typing import Final

from comity.locale import catalogue

EDITIONS: Final = (catalogue("en"), catalogue("zh"))

Pair = tuple[str, str]  # English, Chinese


def pair(message_id: str, /, **arguments: object) -> Pair:
    """A sentence in both languages; an argument that is itself a pair is said in each."""

    def of(at: int) -> str:
        said = {name: value[at] if isinstance(value, tuple) else value for name, value in arguments.items()}
        return EDITIONS[at].say(message_id, **said)

    return of(0), of(1)
