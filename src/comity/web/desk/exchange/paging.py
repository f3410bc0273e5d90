"""What pages about other networks ask of a request: which leaf of a long list, and why somebody does something.

Answers:    ``leaf_of(visit, found, shown)``, ``reason_of(visit)``.
"""

from dataclasses import dataclass

from comity.model.outcomes import ComityError, Outcome
from comity.web.desk.work import Visit


@dataclass(frozen=True, slots=True)
class Leaf:
    """Which part of a long list is shown."""

    page: int
    pages: int
    found: int
    start: int


def leaf_of(visit: Visit, found: int, shown: int) -> Leaf:
    """The leaf that was asked for, or the last one that there is."""
    pages = max(1, -(-found // shown))
    asked = visit.asked("page", 6)
    page = min(max(int(asked), 1), pages) if asked.isascii() and asked.isdecimal() else 1
    return Leaf(page, pages, found, (page - 1) * shown)


def reason_of(visit: Visit, name: str = "why") -> str:
    """Why somebody does this; whoever gives no reason is asked for one."""
    text = visit.said(name)
    if not text:
        raise ComityError("desk-needs-why", name, outcome=Outcome.USAGE)
    return text
