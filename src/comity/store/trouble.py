"""What the database says went wrong, as an error that knows whose fault it is.

Answers:    ``told(place)``: a full disk, a busy or damaged store become ``ComityError`` (try again); what is a fault of ours, such
            as a row that breaks a rule of its table, passes as it is.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from sqlalchemy.exc import DatabaseError

from comity.model.outcomes import ComityError, Outcome

_CODES: Final = {
    sqlite3.SQLITE_BUSY: "store-busy",
    sqlite3.SQLITE_LOCKED: "store-busy",
    sqlite3.SQLITE_FULL: "store-full",
    sqlite3.SQLITE_IOERR: "store-disk",
    sqlite3.SQLITE_CANTOPEN: "store-disk",
    sqlite3.SQLITE_READONLY: "store-disk",
    sqlite3.SQLITE_CORRUPT: "store-damaged",
    sqlite3.SQLITE_NOTADB: "store-damaged",
}


@contextmanager
def told(place: str) -> Iterator[None]:
    """Turn trouble with the machine into words."""
    try:
        yield
    except (DatabaseError, sqlite3.DatabaseError) as error:
        cause = error.orig if isinstance(error, DatabaseError) else error
        code = _CODES.get(getattr(cause, "sqlite_errorcode", 0) & 0xFF)
        if code is None:
            raise
        reason = str(cause)
        outcome = Outcome.FULL if code == "store-full" else Outcome.TRY_AGAIN
        raise ComityError(code, reason, outcome=outcome, place=place, details={"reason": reason}) from error
