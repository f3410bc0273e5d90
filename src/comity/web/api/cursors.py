"""Where a page of a list ends, as text that a caller gives back for the next one.

Trust:      what comes back may be anything: what is no cursor of ours is refused by name.
Answers:    ``written(*parts)`` and ``read(text, *kinds)``.
Limits:     a cursor is a place, not a permission: it opens nothing that the token does not.
"""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Annotated, Any, Final, TypeVar

from fastapi import Query

from comity.web.api.problems import Problem

_T = TypeVar("_T")
_LARGEST: Final = 1 << 62

Cursor = Annotated[
    str | None,
    Query(pattern="^[A-Za-z0-9_-]{1,500}$", description="`next` of the page before; left out for the first."),
]
Limit = Annotated[int, Query(ge=1, le=200, description="How many to give at most.")]


def written(*parts: str | int) -> str:
    """A place as text.

    >>> read(written(7, "a"), int, str)
    (7, 'a')
    """
    text = json.dumps(parts, separators=(",", ":")).encode()
    return urlsafe_b64encode(text).rstrip(b"=").decode("ascii")


def read(text: str | None, *kinds: type[Any]) -> tuple[Any, ...] | None:
    """The place; None for the beginning."""
    if text is None:
        return None
    try:
        parts = json.loads(urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (ValueError, RecursionError):
        raise Problem("cursor-unfit") from None
    if not isinstance(parts, list) or [type(each) for each in parts] != list(kinds):
        raise Problem("cursor-unfit")
    if any(isinstance(each, int) and abs(each) > _LARGEST for each in parts):
        raise Problem("cursor-unfit")
    return tuple(parts)


def page(rows: list[_T], limit: int) -> tuple[list[_T], _T | None]:
    """What is shown of one more than was asked for, and the last of it where there is more."""
    shown = rows[:limit]
    return shown, shown[-1] if len(rows) > limit else None
