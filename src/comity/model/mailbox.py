"""One item of a mailbox, as an outlet hands it over.

Trust:      name and data are a stranger's: safe to store, escape them before showing them.
Answers:    ``Item``: whole, or with the condition that says why it is not. No item is left out without one.
"""

from dataclasses import field
from enum import StrEnum

from comity.model.record import record


class Condition(StrEnum):
    """In which condition an item is handed over."""

    WHOLE = "whole"
    TOO_LARGE = "too-large"  # over the cap: ``data`` is its beginning only
    CLOSED = "cannot-open"  # it is there and could not be read; ``detail`` says why
    NOT_GIVEN = "not-given"  # the server listed it and did not give it: ``data`` says which one it is
    KNOWN = "known"  # the caller has read it before, so it was not fetched again
    OLDER = "older"  # arrived before the day asked for, so it was not fetched


@record
class Item:
    """One mail or file of a source.

    ``position`` names the place in the source and stays the same from run to run; ``name`` is what people call it.
    ``share`` is how much of the source lies behind it, from 0 to 1, where that is known.
    """

    name: str
    position: str
    size: int
    data: bytes = field(default=b"", repr=False)
    condition: Condition = Condition.WHOLE
    detail: str | None = None
    share: float | None = None
