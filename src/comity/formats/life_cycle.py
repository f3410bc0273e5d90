"""Write a life cycle as the tables of a page, out of the table that the code goes by.

Answers:    ``states_and_acts(life, by_itself=...)``: what leads where; ``meanings(heads, meaning, of)``: what each says. Both give
            lines of Markdown.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from enum import StrEnum
from typing import Any


def states_and_acts(life: Mapping[Any, Mapping[Any, Any]], by_itself: Collection[StrEnum]) -> Iterator[str]:
    """A line for each act in each state; acts in italics happen by themselves."""
    yield "| in state | act | leads to |"
    yield "|---|---|---|"
    for state, acts in life.items():
        for act, target in acts.items():
            name = f"*{act.value}*" if act in by_itself else f"`{act.value}`"
            yield f"| `{state.value}` | {name} | `{target.value}` |"


def meanings(heads: tuple[str, str], meaning: Mapping[Any, str], of: Iterable[StrEnum]) -> Iterator[str]:
    """A line for each of these, with its sentence; one without a sentence is a fault.

    >>> from comity.model.account import Role
    >>> list(meanings(("role", "who"), {Role.DESK: "works"}, [Role.DESK]))[2]
    '| `desk` | works |'
    """
    yield f"| {heads[0]} | {heads[1]} |"
    yield "|---|---|"
    for each in of:
        yield f"| `{each.value}` | {meaning[each]} |"
