"""Many values of one column as one value: an array of PostgreSQL in its binary format, put together here.

Standards:  PostgreSQL: ``array_recv``: dimensions, whether something is absent, the type, how many; then each with its length.
Answers:    ``Packed.of(kind, values)``; ``register(adapters)`` has the driver take such a thing as it is.
Limits:     what the columns of a store are made of: whole numbers of 64 bits, text (UTF-8), bytes, yes and no. The driver's own way
            asks for each value how it is written, which cost as much as deciding on what the values say.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from struct import pack
from typing import Any, Final

from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeEngine, UserDefinedType

# How PostgreSQL calls what the columns of a store are made of.
TYPES: Final = {"BIGINT": "int8", "TEXT": "text", "BYTEA": "bytea", "BOOLEAN": "bool"}
_NUMBERS: Final = {"int8": 20, "text": 25, "bytea": 17, "bool": 16}
_ABSENT: Final = b"\xff\xff\xff\xff"
_YES: Final = b"\0\0\0\x01\x01"
_NO: Final = b"\0\0\0\x01\0"
_EIGHT: Final = b"\0\0\0\x08"
_SHORT: Final = tuple(pack("!i", length) for length in range(4096))


@dataclass(frozen=True, slots=True)
class Packed:
    """An array, as it goes over the line."""

    data: bytes

    @classmethod
    def of(cls, kind: str, values: Sequence[Any]) -> "Packed":
        """These values; None for what is absent.

        >>> Packed.of("int8", [7]).data.hex()
        '0000000100000000000000140000000100000001000000080000000000000007'
        """
        if not values:
            return cls(pack("!iiI", 0, 0, _NUMBERS[kind]))
        head = pack("!iiIii", 1, int(None in values), _NUMBERS[kind], len(values), 1)
        return cls(head + b"".join(_PARTS[kind](values)))


def _whole(values: Sequence[Any]) -> list[bytes]:
    return [_ABSENT if each is None else _EIGHT + each.to_bytes(8, "big", signed=True) for each in values]


def _texts(values: Sequence[Any]) -> list[bytes]:
    return _octets([None if each is None else each.encode() for each in values])


def _octets(values: Sequence[Any]) -> list[bytes]:
    parts: list[bytes] = []
    for each in values:
        if each is None:
            parts.append(_ABSENT)
            continue
        length = len(each)
        parts += (_SHORT[length] if length < len(_SHORT) else pack("!i", length), each)
    return parts


def _flags(values: Sequence[Any]) -> list[bytes]:
    return [_ABSENT if each is None else _YES if each else _NO for each in values]


_PARTS: Final[dict[str, Callable[[Sequence[Any]], list[bytes]]]] = {
    "int8": _whole,
    "text": _texts,
    "bytea": _octets,
    "bool": _flags,
}


def register(adapters: Any) -> None:
    """Have a driver's connection take arrays as they are; whose they are, the statement says."""
    from psycopg.adapt import Dumper  # noqa: PLC0415 - an extra
    from psycopg.pq import Format  # noqa: PLC0415 - an extra

    class AsItIs(Dumper):
        format = Format.BINARY

        def dump(self, obj: Any) -> bytes:
            data: bytes = obj.data
            return data

    adapters.register_dumper(Packed, AsItIs)


class Among(UserDefinedType[Sequence[Any]]):
    """Values of a column, of which there may be hundreds, as one array."""

    cache_ok = True
    render_bind_cast = True

    def __init__(self, kind: str, item: TypeEngine[Any]) -> None:
        """``item`` is the type of the column, ``kind`` what PostgreSQL makes of it."""
        self.kind, self.item = kind, item

    def get_col_spec(self, **_: Any) -> str:
        """Its name in a statement."""
        return f"{self.kind}[]"

    def bind_processor(self, dialect: Dialect) -> Callable[[Sequence[Any] | None], Packed]:
        """How its values are made fit for the line."""
        each = self.item.dialect_impl(dialect).bind_processor(dialect) if self.kind != "bytea" else None
        kind = self.kind
        if each is None:
            return lambda values: Packed.of(kind, values or ())
        return lambda values: Packed.of(kind, [each(value) for value in values or ()])


def kind_of(dialect: Dialect, item: TypeEngine[Any]) -> str | None:
    """What PostgreSQL makes of a type; None where it is none that goes in arrays."""
    return TYPES.get(dialect.type_compiler_instance.process(item).partition(" ")[0])
