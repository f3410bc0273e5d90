"""Sentences in both languages at once, as documents of two networks have them.

Answers:    ``pair(message_id, ...)`` gives English and Chinese; ``named(...)`` two names as a sentence of each has them.
"""

from collections.abc import Sequence
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


def named(names: Sequence[str]) -> Pair:
    """Names in a row, each language with its own word between the last two.

    >>> named(["a.example", "b.example"])
    ('a.example and b.example', 'a.example 与 b.example')
    """
    if len(names) < 2:
        return "".join(names), "".join(names)
    return tuple(  # type: ignore[return-value]
        edition.say("statement.names", before=comma.join(names[:-1]), last=names[-1])
        for edition, comma in zip(EDITIONS, (", ", "、"), strict=True)
    )
