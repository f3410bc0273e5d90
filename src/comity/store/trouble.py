"""What the database says went wrong, as an error that knows whose fault it is.

Standards:  PostgreSQL, appendix A: the first two characters of an SQLSTATE are its class.
Answers:    ``told(place)``: a full disk, a busy, absent or damaged store, and one that lacks a table or column, become
            ``ComityError`` (try again); what is a fault of ours, such as a row that breaks a rule of its table, passes as it is.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from sqlalchemy.exc import DatabaseError, PendingRollbackError
from sqlalchemy.exc import TimeoutError as NoConnectionError

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
_STATES: Final = {
    "55P03": "store-busy",  # lock not available
    "53100": "store-full",
    "25P03": "store-away",  # the server ended a transaction that said nothing for too long
    "25P04": "store-away",  # or that took too long
    "25006": "store-disk",  # read-only transaction: a standby, or a reader that writes
    "42501": "store-rights",
    "3D000": "store-away",  # no such database
    "42P01": "store-tables",
    "42703": "store-tables",
}
_LACKING: Final = ("no such table", "no such column")  # for these SQLite has no number of its own
_CLASSES: Final = {
    "08": "store-away",
    "28": "store-away",
    "40": "store-busy",  # a transaction that was rolled back: deadlock, serialization, nobody knows how it ended
    "53": "store-busy",  # memory, connections: what the machine lacks is no fault of what is written
    "57": "store-away",  # somebody intervened, or a statement took longer than the server allows
    "58": "store-disk",
    "XX": "store-damaged",
}
_OUTCOMES: Final = {"store-full": Outcome.FULL, "store-rights": Outcome.CONFIGURATION}


@contextmanager
def told(place: str) -> Iterator[None]:
    """Turn trouble with the machine into words."""
    try:
        yield
    except PendingRollbackError as error:  # the line broke before, and somebody went on
        raise _trouble("store-away", "the line to the server broke", place) from error
    except NoConnectionError as error:
        raise _trouble("store-busy", "every connection is in use", place) from error
    except (DatabaseError, sqlite3.DatabaseError) as error:
        cause = error.orig if isinstance(error, DatabaseError) else error
        code = _code(cause)
        if code is None:
            raise
        raise _trouble(code, str(cause), place) from error


def _code(cause: BaseException | None) -> str | None:
    if isinstance(cause, sqlite3.Error):
        if str(cause).startswith(_LACKING):
            return "store-tables"
        return _CODES.get(getattr(cause, "sqlite_errorcode", 0) & 0xFF)
    state = getattr(cause, "sqlstate", "")
    if state is None:  # the server could not be asked, or in time, or the line broke
        return "store-away" if any(each.__name__ == "OperationalError" for each in type(cause).__mro__) else None
    return _STATES.get(state) or _CLASSES.get(state[:2])


def _trouble(code: str, reason: str, place: str) -> ComityError:
    outcome = _OUTCOMES.get(code, Outcome.TRY_AGAIN)
    return ComityError(code, reason, outcome=outcome, place=place, details={"reason": reason})
