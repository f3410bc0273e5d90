"""Column types that mean the same on every database.

Standards:  times are UTC, kept as whole microseconds since 1970; JSON is text, written without spaces.
Answers:    ``Id`` for row numbers, ``Moment`` for times, ``Words`` for strangers' text, ``Json`` for small records;
            ``where(condition)`` for an index of some rows.
"""

import json
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sqlalchemy import BigInteger, Integer, Text, text
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

_BEGINNING: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)

# SQLite numbers rows by itself only in a column that is called INTEGER. Numbers grow with time, so that new rows lie together.
Id: Final = BigInteger().with_variant(Integer(), "sqlite")


def where(condition: str) -> dict[str, Any]:
    """For an index that holds some rows only, on every database that has such."""
    return {f"{dialect}_where": text(condition) for dialect in ("sqlite", "postgresql")}


def microseconds(moment: datetime) -> int:
    """A moment as it is stored.

    >>> microseconds(datetime(1970, 1, 1, 0, 0, 1, 5, tzinfo=UTC))
    1000005
    """
    return (moment - _BEGINNING) // _MICROSECOND


def moment_of(value: int) -> datetime:
    """The moment that is stored so; what is outside of all years is the nearest year's, and what a hand made of it no number's.

    >>> moment_of(microseconds(datetime(2026, 3, 1, tzinfo=UTC))).year, moment_of(1 << 62).year, moment_of(-1 << 62).year
    (2026, 9999, 1)
    """
    try:
        return _BEGINNING + timedelta(microseconds=value)
    except OverflowError:
        return datetime.max.replace(tzinfo=UTC) if value > 0 else datetime.min.replace(tzinfo=UTC)
    except TypeError:  # SQLite keeps text in a column of numbers
        return datetime.min.replace(tzinfo=UTC)


def octets(value: object) -> bytes:
    """What stands in a column of bytes, whatever a damaged disk has made of it.

    >>> octets(b"a"), octets("a"), octets(7)
    (b'a', b'a', b'')
    """
    if isinstance(value, str):
        return value.encode("utf-8", "surrogatepass")
    return bytes(value) if isinstance(value, bytes | bytearray | memoryview) else b""


def whole(value: object) -> int:
    """What stands in a column of whole numbers, whatever a damaged disk or a hand has made of it: -1 where that is none.

    >>> whole(7), whole("seven"), whole(None)
    (7, -1, -1)
    """
    return value if isinstance(value, int) else -1


class Moment(TypeDecorator[datetime]):
    """A moment in UTC; one without a zone is a fault of ours and is refused."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        """To microseconds."""
        return None if value is None else microseconds(value)

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        """From microseconds."""
        return None if value is None else moment_of(value)


class Words(TypeDecorator[str]):
    """Text that a stranger may have written: what no database takes (half characters, NUL) becomes a replacement sign."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """To text that can be stored.

        >>> Words().process_bind_param("a\\0b\\ud800", None)
        'a\ufffdb\ufffd'
        """
        if value is None or value.isprintable():
            return value
        return value.replace("\0", "\ufffd").encode("utf-16", "surrogatepass").decode("utf-16", "replace")


class Json(TypeDecorator[Any]):
    """A small record, as JSON text."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        """To text."""
        return None if value is None else json.dumps(value, separators=(",", ":"))

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        """From text."""
        return None if value is None else json.loads(value)
