"""Whether a text stands inside of another, sign by sign: each database has a function for it, under another name.

Answers:    ``inside(column, text)`` is a condition.
Limits:     upper and lower case are two things: keep and ask for what is folded. LIKE would fold once more, and look for signs of
            its own, at a third more for a hundred thousand rows.
"""

from typing import Any

from sqlalchemy import Boolean, ColumnElement
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement


class inside(FunctionElement[bool]):  # noqa: N801 - a function in a statement
    """The second stands in the first."""

    type = Boolean()
    inherit_cache = True

    def __init__(self, column: ColumnElement[Any], text: str) -> None:
        super().__init__(column, text)


@compiles(inside)
def _by_strpos(element: inside, compiler: Any, **more: Any) -> str:
    return f"strpos({compiler.process(element.clauses, **more)}) > 0"


@compiles(inside, "sqlite")
def _by_instr(element: inside, compiler: Any, **more: Any) -> str:
    return f"instr({compiler.process(element.clauses, **more)}) > 0"
