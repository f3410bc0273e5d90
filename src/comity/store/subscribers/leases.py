"""Queries about who held which address when.

Answers:    ``Leases(connection)``: ``any()``, ``put(leases)``, ``about(address, port, window)``, ``is_split(address)``,
            ``forget(before)``, ``counts()``.
Limits:     one connection, no commits. A lease that is known already is changed by what is newly said of it: it began at the
            earlier moment, it is known until the later one, and an end is not forgotten.
            A look-up costs a few index walks, however large the table is; the statement is compiled once a dialect.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import cached_property, lru_cache
from ipaddress import IPv4Network, IPv6Network
from operator import itemgetter
from socket import AF_INET, AF_INET6, inet_pton
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, Select, bindparam, delete, func, literal_column, select, union_all
from sqlalchemy.engine import Dialect

from comity.model.lease import LAST_PORT, Asked, Lease, Window
from comity.store.chunks import chunks
from comity.store.dialects import insert as upsert
from comity.store.dialects import marked
from comity.store.subscribers.stretches import joined, told_apart
from comity.store.tables.leases import lease, lease_width
from comity.store.types import microseconds

ALL_PORTS: Final = -1
TOGETHER: Final = 100  # addresses that are asked about in one statement
BAND: Final = 1024
# On each shelf the longest that a lease of it lasts; the first is for those whose end is not known, the last has no bound.
SHELVES: Final[tuple[timedelta | None, ...]] = (None, timedelta(hours=1), timedelta(days=1), timedelta(days=31), None)
_OPEN: Final = 0
_NEWEST: Final = 8  # of those whose end is not known: the next one ends the one before
_BEGINNING: Final = datetime(1970, 1, 1, tzinfo=UTC)
_COLUMNS: Final = tuple(column.name for column in lease.c)
# Every value is made fit by ``_rows``: asking each column how it is written would take longer than writing it.
_INSERT_TEXT: Final = f"INSERT INTO lease ({', '.join(_COLUMNS)}) VALUES ({', '.join('?' * len(_COLUMNS))})"  # noqa: S608 - our own words
_FORGET: Final = 20_000
_FOREVER: Final = 2**62
# How far back each shelf is walked, in microseconds.
_BACK: Final = ", ".join(
    f"({shelf}, {length // timedelta(microseconds=1) if length else _FOREVER})" for shelf, length in enumerate(SHELVES)
)
_SINCE: Final = tuple(
    (f"since{shelf}", length // timedelta(microseconds=1) if length else _FOREVER)
    for shelf, length in enumerate(SHELVES)
    if shelf != _OPEN
)
# For each walk the leases that touch it; of those whose end is not known only the newest, which the next one ends. The shelves are
# a table of the statement: what is the same for every walk is not handed over again and again.
_TOGETHER_TEXT: Final = (
    "WITH walk (number, network, band, first, last, from_port, to_port) AS (VALUES {rows}),"  # noqa: S608 - our own words
    f" shelf (number, back) AS (VALUES {_BACK})"
    f" SELECT walk.number, {', '.join(f'lease.{name}' for name in _COLUMNS)} FROM walk CROSS JOIN shelf CROSS JOIN lease"
    " WHERE lease.network = walk.network AND lease.band = walk.band AND lease.shelf = shelf.number"
    " AND lease.began >= walk.first - shelf.back AND lease.began <= walk.last"
    " AND lease.first_port <= walk.from_port AND lease.last_port >= walk.to_port"
    f" AND (lease.shelf <> {_OPEN} AND lease.ended >= walk.first OR lease.shelf = {_OPEN} AND lease.began IN"
    " (SELECT newer.began FROM lease AS newer WHERE newer.network = walk.network AND newer.band = walk.band"
    f" AND newer.shelf = {_OPEN} AND newer.began <= walk.last AND newer.first_port <= walk.from_port"
    f" AND newer.last_port >= walk.to_port ORDER BY newer.began DESC LIMIT {_NEWEST}))"
)
# For each walk, on each shelf and in each band of ports, what comes first after it. Most addresses are handed out whole: one band.
_FOLLOWERS_TEXT: Final = (
    "WITH walk (number, network, after, last, from_port, to_port) AS (VALUES {rows}),"  # noqa: S608 - our own words
    f" shelf (number) AS (VALUES {', '.join(f'({shelf})' for shelf in range(len(SHELVES)))}),"
    f" band (number) AS (VALUES {', '.join(f'({band})' for band in range(ALL_PORTS, LAST_PORT // BAND + 1))})"
    f" SELECT walk.number, {', '.join(f'lease.{name}' for name in _COLUMNS)} FROM walk CROSS JOIN band CROSS JOIN shelf"
    f" CROSS JOIN lease WHERE (band.number = {ALL_PORTS} OR band.number BETWEEN walk.from_port / {BAND} AND walk.to_port / {BAND}"
    " AND EXISTS (SELECT 1 FROM lease AS split WHERE split.network = walk.network AND split.band >= 0))"
    " AND lease.network = walk.network AND lease.band = band.number AND lease.shelf = shelf.number"
    " AND lease.first_port <= walk.to_port AND lease.last_port >= walk.from_port AND lease.began ="
    " (SELECT min(newer.began) FROM lease AS newer WHERE newer.network = walk.network AND newer.band = band.number"
    " AND newer.shelf = shelf.number AND newer.began > walk.after AND newer.began <= walk.last"
    " AND newer.first_port <= walk.to_port AND newer.last_port >= walk.from_port)"
)
_MAPPED: Final = bytes(10) + b"\xff\xff"


class Leases:
    """The leases in the store."""

    _known_texts: Final[dict[tuple[str, int], "_Text"]] = {}

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    @cached_property
    def any(self) -> bool:
        """Whether there are any: where nobody imports them, nothing is asked."""
        return self._connection.execute(select(lease.c.band).limit(1)).first() is not None

    @cached_property
    def _widths(self) -> Mapping[int, Sequence[int]]:
        found: dict[int, list[int]] = {4: [], 6: []}
        for version, width in self._connection.execute(select(lease_width.c.version, lease_width.c.width)):
            found[version].append(width)
        return found

    def put(self, leases: Sequence[Lease]) -> tuple[int, int]:
        """Add these, or change what is known already; how many were new, and how many were changed."""
        fresh, known = told_apart(leases, self._known)
        changed = {key: joined(known[key], new) for key, new in fresh.items() if key in known}
        same = {key for key, each in changed.items() if each == known[key]}
        for part in chunks([key for key in changed if key not in same]):
            self._connection.execute(delete(lease).where(lease.c.identity.in_(part)))
        written = [changed.get(key, each) for key, each in fresh.items() if key not in same]
        self.put_new(written)
        return len(fresh) - len(known), len(known) - len(same)

    def put_new(self, leases: Sequence[Lease]) -> None:
        """Add these, of which none is there."""
        rows = [row for each in leases for row in _rows(each)]
        if rows:
            self._connection.exec_driver_sql(marked(self._connection, _INSERT_TEXT), rows)
        self._widen({(each.network.version, each.network.prefixlen) for each in leases})

    def about(self, address: str, port: int | None, window: Window) -> list[Lease]:
        """Those that may have held the address (and the port) in this time, and whatever came after one without an end."""
        networks = self._networks(address)
        if not networks:
            return []
        first, last = microseconds(window.first), microseconds(window.last)
        values = {name: first - back for name, back in _SINCE}
        values["first"], values["last"] = first, last
        values["band"] = ALL_PORTS if port is None else port // BAND
        values["from_port"], values["to_port"] = (LAST_PORT, 0) if port is None else (port, port)
        found = [_lease(row) for row in self._run(networks, values)]
        found += (each for _, each in self._followers({0: found}, [window]))
        return list({(each.identity, each.began): each for each in found}.values())

    def about_many(self, asked: Sequence[Asked]) -> list[list[Lease]]:
        """The same for each of these, in one question for every ``TOGETHER`` of them."""
        return [
            found
            for start in range(0, len(asked), TOGETHER)
            for found in self._about_together(asked[start : start + TOGETHER])
        ]

    def _about_together(self, asked: Sequence[Asked]) -> list[list[Lease]]:
        if len(asked) == 1:
            return [self.about(each.address, each.port, each.window) for each in asked]
        walks = [walk for number, each in enumerate(asked) for walk in self._walks(number, each)]
        found: list[dict[tuple[bytes, datetime], Lease]] = [{} for _ in asked]
        for number, *row in self._asked(_TOGETHER_TEXT, walks) if walks else ():
            each = _lease(row)
            found[number][each.identity, each.began] = each
        known = {number: list(each.values()) for number, each in enumerate(found)}
        for number, each in self._followers(known, [question.window for question in asked]):
            found[number][each.identity, each.began] = each
        return [list(each.values()) for each in found]

    def _walks(self, number: int, asked: Asked) -> Iterator[tuple[Any, ...]]:
        """In which networks and bands the leases of one address lie."""
        bands = {ALL_PORTS, ALL_PORTS if asked.port is None else asked.port // BAND}
        first, last = microseconds(asked.window.first), microseconds(asked.window.last)
        ports = (LAST_PORT, 0) if asked.port is None else (asked.port, asked.port)
        for network in self._networks(asked.address):
            for band in bands:
                yield number, network, band, first, last, *ports

    def _asked(self, text: str, walks: Sequence[tuple[Any, ...]]) -> Iterable[Any]:
        """Every walk is a row of a table of its own, so that the store is asked once."""
        row = f"({', '.join('?' * len(walks[0]))})"
        cursor = self._connection.connection.cursor()
        try:
            statement = marked(self._connection, text.format(rows=", ".join([row] * len(walks))))
            cursor.execute(statement, [value for walk in walks for value in walk])
            return cursor.fetchall()
        finally:
            cursor.close()

    def is_split(self, address: str) -> bool:
        """Whether ports of this address are handed out one by one."""
        networks = self._networks(address)
        asked = select(lease.c.band).where(lease.c.network.in_(networks), lease.c.band >= 0).limit(1)
        return bool(networks) and self._connection.execute(asked).first() is not None

    def held_of(self, subscriber: str) -> tuple[int, datetime | None]:
        """How many rows name a subscriber, and the last moment that any of them knows of; all rows are looked at."""
        mine = lease.c.subscriber == subscriber
        row = self._connection.execute(select(func.count(), func.max(lease.c.known_until)).where(mine)).one()
        return int(row[0]), row[1]

    def counts(self) -> tuple[int, datetime | None]:
        """How many rows there are, and the last moment that any of them knows of."""
        row = self._connection.execute(select(func.count(), func.max(lease.c.known_until)).select_from(lease)).one()
        return int(row[0]), row[1]

    def _known(self, identities: Sequence[bytes]) -> dict[bytes, Lease]:
        columns = [lease.c[name] for name in _COLUMNS]
        found: dict[bytes, Lease] = {}
        for part in chunks(identities):
            rows = self._connection.execute(select(*columns).where(lease.c.identity.in_(part)))
            for row in rows:
                each = _lease(tuple(_plain(value) for value in row))
                found[each.identity] = each
        return found

    def _widen(self, widths: Iterable[tuple[int, int]]) -> None:
        missing = [each for each in widths if each[1] not in self._widths[each[0]]]
        if not missing:
            return
        adding = upsert(lease_width).on_conflict_do_nothing()
        self._connection.execute(adding, [{"version": version, "width": width} for version, width in missing])
        del self.__dict__["_widths"]

    def _networks(self, address: str) -> list[bytes]:
        number = _number(address)
        return (
            [] if number is None else [_around(number, width) for width in self._widths[4 if len(number) == 4 else 6]]
        )

    def _run(self, networks: Sequence[bytes], values: Mapping[str, int]) -> Iterable[Any]:
        """The rows as the driver gives them: wrapping each answer would take longer than finding it."""
        dialect = self._connection.dialect
        key = (dialect.name, len(networks))
        if key not in self._known_texts:
            self._known_texts[key] = _compiled(dialect, len(networks))
        text = self._known_texts[key]
        given = {**text.constants, **values, **dict(zip(text.networks, networks, strict=True))}
        cursor = self._connection.connection.cursor()
        try:
            cursor.execute(text.statement, given if text.in_order is None else text.in_order(given))
            return cursor.fetchall()
        finally:
            cursor.close()

    def _followers(
        self, found: Mapping[int, Sequence[Lease]], windows: Sequence[Window]
    ) -> Iterator[tuple[int, Lease]]:
        """What began after the last news of a lease without an end, by question: it has ended then at the latest."""
        walks = {
            (number, packed(one.network), microseconds(one.known_until), last, one.first_port, one.last_port)
            for number, last in enumerate(microseconds(each.last) for each in windows)
            for one in found[number]
            if one.ended is None
        }
        for part in chunks(list(walks)):
            for number, *row in self._asked(_FOLLOWERS_TEXT, part):
                yield number, _lease(row)


def packed(network: IPv4Network | IPv6Network) -> bytes:
    """A network as it is stored: its first address and its length."""
    return network.network_address.packed + bytes((network.prefixlen,))


def shelf_of(each: Lease) -> int:
    """The first shelf that is long enough."""
    if each.ended is None:
        return _OPEN
    length = each.ended - each.began
    return next(at for at, most in enumerate(SHELVES) if at != _OPEN and (most is None or length <= most))


def _bands(each: Lease) -> range:
    return range(each.first_port // BAND, each.last_port // BAND + 1)


def _rows(each: Lease) -> Iterator[tuple[object, ...]]:
    network, shelf = packed(each.network), shelf_of(each)
    began, known_until = microseconds(each.began), microseconds(each.known_until)
    ended = None if each.ended is None else microseconds(each.ended)
    subscriber = each.subscriber.encode("utf-8", "replace").decode("utf-8")
    for band in _bands(each) if each.is_split else (ALL_PORTS,):
        yield (
            network,
            band,
            shelf,
            began,
            each.identity,
            each.first_port,
            each.last_port,
            ended,
            known_until,
            subscriber,
            each.is_shared,
        )


def _lease(row: Sequence[Any]) -> Lease:
    network, _, _, began, identity, first_port, last_port, ended, known_until, subscriber, is_shared = row
    return Lease(
        network=_unpacked(bytes(network)),
        first_port=first_port,
        last_port=last_port,
        began=_moment(began),
        ended=None if ended is None else _moment(ended),
        known_until=_moment(known_until),
        subscriber=subscriber,
        is_shared=bool(is_shared),
        identity=bytes(identity),
    )


@lru_cache(maxsize=4096)
def _unpacked(network: bytes) -> IPv4Network | IPv6Network:
    kind = IPv4Network if len(network) == 5 else IPv6Network
    return kind((network[:-1], network[-1]))


@lru_cache(maxsize=4096)  # the leases of one night begin and end with their book
def _moment(value: int) -> datetime:
    return _BEGINNING + timedelta(microseconds=value)


def _plain(value: object) -> object:
    return microseconds(value) if isinstance(value, datetime) else value


def _around(address: bytes, width: int) -> bytes:
    """The network of this width that an address lies in, as it is stored."""
    bits = len(address) * 8
    if width == bits:
        return address + bytes((width,))
    masked = int.from_bytes(address) >> (bits - width) << (bits - width)
    return masked.to_bytes(len(address)) + bytes((width,))


def _number(address: str) -> bytes | None:
    """The octets of an address; of an IPv4 address that is written as one of IPv6 those of the former."""
    try:
        return inet_pton(AF_INET, address)
    except (OSError, ValueError):
        pass
    try:
        found = inet_pton(AF_INET6, address)
    except (OSError, ValueError):
        return None
    return found[12:] if found.startswith(_MAPPED) else found


class _Text(NamedTuple):
    """A look-up as the database reads it: its text, its parameters by place where it wants them so, and what is always the same."""

    statement: str
    in_order: Callable[[Mapping[str, Any]], Any] | None
    networks: tuple[str, ...]
    constants: Mapping[str, Any]


def _compiled(dialect: Dialect, networks: int) -> _Text:
    arms = [_arm(shelf, networks).subquery() for shelf in range(len(SHELVES))]
    statement = union_all(*(select(arm) for arm in arms)).compile(dialect=dialect)
    order = statement.positiontup
    names = tuple(f"network{at}" for at in range(networks))
    return _Text(str(statement), itemgetter(*order) if order else None, names, statement.params)


def _arm(shelf: int, networks: int) -> Select[Any]:
    table = lease.c
    asked = select(*(table[name] for name in _COLUMNS)).where(
        table.network.in_([bindparam(f"network{at}", unique=False) for at in range(networks)]),
        table.band.in_([literal_column(str(ALL_PORTS)), bindparam("band")]),
        table.shelf == shelf,
        table.began <= bindparam("last"),
        table.first_port <= bindparam("from_port"),
        table.last_port >= bindparam("to_port"),
    )
    if shelf == _OPEN:
        return asked.order_by(table.began.desc()).limit(_NEWEST * networks)
    return asked.where(table.began >= bindparam(f"since{shelf}"), table.ended >= bindparam("first"))
