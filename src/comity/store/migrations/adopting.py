"""A store from before the first tag is taken for one of it, where its tables are the same.

Answers:    ``adopt(connection, database, look)`` makes tables and indexes that it lacks, and writes down its version; gives what
            ``look`` saw before.
Limits:     a table of which a column was changed since is refused, with the difference: nobody has a script for it. What new
            tables are worked out of is seen to when the program starts.
"""

import re
from collections.abc import Callable
from typing import Final, TypeVar

from sqlalchemy import Connection, inspect

from comity.model.outcomes import ComityError, Outcome
from comity.store.dialects import Database
from comity.store.dialects.layouts import differences, layout, made_of
from comity.store.migrations import first_tag, version

_MADE: Final = re.compile(r'CREATE (?P<kind>TABLE|INDEX|UNIQUE INDEX) "?(?P<name>\w+)"?(?: ON "?(?P<table>\w+))?')
_T = TypeVar("_T")


def adopt(connection: Connection, database: Database, look: Callable[[Connection], _T]) -> _T:
    """In the transaction of the caller."""
    before = look(connection)
    statements = first_tag.statements(connection.dialect.name)
    tables, indexes = {*inspect(connection).get_table_names()}, database.indexes(connection)
    for statement in statements:
        made = _MADE.match(statement)
        assert made is not None  # noqa: S101 - our own file
        if made["name"] not in (indexes if made["table"] else tables):
            connection.exec_driver_sql(statement)

    def make(aside: Connection) -> None:
        for statement in statements:
            aside.exec_driver_sql(statement)

    if found := differences(layout(connection), made_of(connection, make)):
        raise ComityError(
            "upgrade-early",
            f"{len(found)} differences from the first tagged version, the first: {found[0]}",
            outcome=Outcome.CONFIGURATION,
            place=database.place,
            details={"n": len(found), "first": found[0]},
        )
    version.stamp(connection, first_tag.NUMBER)
    return before
