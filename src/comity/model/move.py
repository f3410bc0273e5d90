"""One mail that an end user, or a program of theirs, moved into or out of Junk.

Answers:    ``Move``; ``MoveFate``: what is made of it.
"""

from dataclasses import dataclass
from enum import StrEnum


class MoveFate(StrEnum):
    """What is made of a move."""

    COMPLAIN = "complain"  # the party responsible may be told
    LEARN = "learn"  # the filter learns, nobody is told
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """What our mail store says about it."""

    keywords: frozenset[str] = frozenset()  # flags of the mail, lower case
    source: str | None = None  # from which folder
    target: str | None = None
