"""Carry a whole store into another database, and compare every row that arrived.

Trust:      both stores are our own; what a damaged disk has made of a row is said, never guessed.
Answers:    ``carry(source, target, told)`` gives ``Carried``. All of it arrives, or nothing does; the source stays as it is.
            ``copy_view(source, target)`` does so with one view of a source that others write to meanwhile.
Limits:     nobody writes to the target meanwhile, and with ``carry`` nobody to the source. Each table is read twice: once here and
            once there, in the order of its key. A NUL in a text, which PostgreSQL does not take, becomes a replacement sign.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

from sqlalchemy import (
    Boolean,
    Connection,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    column,
    delete,
    func,
    inspect,
    select,
    table,
)
from sqlalchemy.types import TypeDecorator

from comity.model.outcomes import ComityError, Outcome
from comity.store.engine import Records, Store
from comity.store.metadata import SCHEMA_VERSION, meta, metadata
from comity.store.metadata import version as numbers
from comity.store.migrations import upgrading, version
from comity.store.migrations.steps import Steps
from comity.store.trouble import told as told_of

_AT_ONCE: Final = 2000
_Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CarriedChannel:
    """One ledger, whose root is the same on both sides."""

    origin: str
    size: int
    root: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Carried:
    """How many rows each table has now, and the ledgers."""

    rows: Mapping[str, int]
    channels: tuple[CarriedChannel, ...]


def carry(source: Store, target: Store, told: Callable[[int], None]) -> Carried:
    """Every row of every table; ``told`` hears how many rows more have arrived."""
    with source.write() as old:
        return _all(old, metadata.sorted_tables, target, told=told)


def copy_view(source: Store, target: Store, steps: Steps | None = None) -> Carried:
    """Every row as it stood at one moment, in tables of the version that they have there.

    A table that nobody has written to yet may be missing, and is empty then.
    """
    with source.view() as old:
        number = version.found(old) or version.EARLY
        if number in (version.EARLY, SCHEMA_VERSION) or number > (steps or Steps()).last:
            version.refuse(old, source.place)
            there = {*inspect(old).get_table_names()}
            known = [each for each in metadata.sorted_tables if each.name in there]
            return _all(Records(old, source.place), known, target, told=lambda _: None)
        upgrading.make(target.database, number, steps)
        engine = target.database.changing()
        try:
            with told_of(target.place), engine.begin() as new:
                return _older(old, new, target)
        finally:
            engine.dispose()


def _older(old: Connection, new: Connection, target: Store) -> Carried:
    """By what the target's own tables are like."""
    lying = MetaData()
    lying.reflect(new)
    tables = [each for each in lying.sorted_tables if each.name != numbers.name]
    target.database.begin_filling(new)
    rows = {each.name: _carried(old, new, each, target=target, told=lambda _: None) for each in tables}
    target.database.filled(new)
    target.database.changed(new)
    before, after = upgrading.heads(old), upgrading.heads(new)
    if before != after:
        raise _wrong(next(iter(before.items() ^ after.items()))[0], target.place)
    channels = (CarriedChannel(origin=name, size=size, root=root) for name, (size, root) in after.items())
    return Carried(rows=rows, channels=tuple(channels))


def _all(old: Records, tables: Sequence[Table], target: Store, *, told: Callable[[int], None]) -> Carried:
    target.create()
    with target.write() as new:
        _refuse_filled(new.connection, target.place)
        new.connection.execute(delete(meta))
        target.database.begin_filling(new.connection)
        rows = {each.name: _carried(old.connection, new.connection, each, target=target, told=told) for each in tables}
        target.database.filled(new.connection)
        return Carried(rows=rows, channels=tuple(_channels(old, new, target.place)))


def counted(source: Store) -> int:
    """How many rows there are to carry."""
    with source.write() as old:  # a table that joined later is made
        return sum(
            old.connection.scalar(select(func.count()).select_from(each)) or 0 for each in metadata.sorted_tables
        )


def _refuse_filled(connection: Connection, place: str) -> None:
    for each in metadata.sorted_tables:
        if each is not meta and connection.execute(select(func.count()).select_from(each)).scalar_one():
            raise ComityError(
                "move-filled",
                "there are rows already",
                outcome=Outcome.USAGE,
                place=place,
                details={"table": each.name},
            )


def _carried(old: Connection, new: Connection, each: Table, *, target: Store, told: Callable[[int], None]) -> int:
    sent, arrived = _Sum(), _Sum()

    def read() -> Iterator[_Row]:
        for row in _rows(old, each):
            sent.add(row)
            yield row

    rows = read()
    while part := list(islice(rows, _AT_ONCE)):
        target.database.fill(new, each, part)
        told(len(part))
    for row in _rows(new, each):
        arrived.add(row)
    if (sent.number, sent.digest()) != (arrived.number, arrived.digest()):
        raise _wrong(each.name, target.place)
    return arrived.number


class _Sum:
    """How many rows, and their hash in this order."""

    def __init__(self) -> None:
        self.number = 0
        self._hash = hashlib.sha256()

    def add(self, row: _Row) -> None:
        self.number += 1
        self._hash.update(repr(row).encode())

    def digest(self) -> bytes:
        return self._hash.digest()


def _rows(connection: Connection, each: Table) -> Iterator[_Row]:
    """As they are stored, each value in the type of its column."""
    plain = table(each.name, *(column(one.name) for one in each.columns))
    query = select(plain).order_by(*(plain.c[one.name] for one in each.primary_key.columns))
    makers = [_maker(one.type) for one in each.columns]
    for row in connection.execute(query, execution_options={"yield_per": _AT_ONCE}):
        try:
            yield tuple(None if value is None else make(value) for value, make in zip(row, makers, strict=True))
        except (TypeError, ValueError) as error:
            raise ComityError(
                "move-row",
                "a value does not fit its column",
                outcome=Outcome.BAD_INPUT,
                place=each.name,
                details={"table": each.name, "row": str(row[0])[:80]},
            ) from error


def _maker(kind: Any) -> Callable[[Any], Any]:
    inner = kind.impl if isinstance(kind, TypeDecorator) else kind
    if isinstance(inner, Boolean):
        return bool
    if isinstance(inner, Integer):
        return int
    return bytes if isinstance(inner, LargeBinary) else _text


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value.replace("\0", "\ufffd")


def _channels(old: Records, new: Records, place: str) -> Iterator[CarriedChannel]:
    """Roots are worked out on both sides, from the nodes that lie there."""
    there = {each.origin: each for each in new.ledger.channels()}
    for each in old.ledger.channels():
        root = old.ledger.root(each.channel_id, each.size)
        found = there.get(each.origin)
        if found is None or found.size != each.size or new.ledger.root(found.channel_id, found.size) != root:
            raise _wrong(each.origin, place)
        yield CarriedChannel(origin=each.origin, size=each.size, root=root)


def _wrong(what: str, place: str) -> ComityError:
    return ComityError(
        "move-differs", "what arrived is something else", outcome=Outcome.FAULT, place=place, details={"table": what}
    )
