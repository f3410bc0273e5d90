"""Queries about whom networks name for abuse.

Answers:    ``NetworkContacts``, which fits ``comity.services.complain.contacts.rows.ContactRows``.
Limits:     one connection, no commits. A look-up asks for one row a length of prefix: 33 of IPv4, 129 of IPv6, each by its key.
"""

from collections.abc import Sequence
from datetime import date, datetime
from ipaddress import ip_address, ip_network
from typing import Any, Final

from sqlalchemy import Connection, Row, Select, func, insert, select, update

from comity.formats.registry.ranges import prefixes, shown
from comity.model.network_contact import (
    WEAK,
    Contact,
    ContactEvent,
    ContactLine,
    ContactState,
    ContactWay,
    FoundContact,
)
from comity.store.bulk import Bulk
from comity.store.chunks import chunks
from comity.store.dialects import insert as upsert
from comity.store.dialects import marked
from comity.store.tables.consumers.contacts import abuse_contact, contact_event, contact_import, contact_range

_DROP: Final = "DELETE FROM contact_range WHERE network = ? AND width = ? AND import_id = ?"
_VERSION: Final = {4: 4, 16: 6, 5: 0}
_RANGES: Final = Bulk(
    contact_range,
    "network",
    "width",
    "import_id",
    "contact_id",
    "way",
    finish=lambda adding: adding.on_conflict_do_update(  # of a range that is told twice the last counts
        index_elements=["network", "width", "import_id"],
        set_={"contact_id": adding.excluded.contact_id, "way": adding.excluded.way},
    ),
)
_FOUND: Final[Select[Any]] = (
    select(
        contact_range.c.network,
        contact_range.c.width,
        contact_range.c.way,
        contact_import.c.source,
        contact_import.c.day,
        abuse_contact.c.address,
        abuse_contact.c.state,
    )
    .join(contact_import, contact_import.c.id == contact_range.c.import_id)
    .join(abuse_contact, abuse_contact.c.id == contact_range.c.contact_id)
    .where(contact_import.c.counts)
)


class NetworkContacts:
    """Whom networks name for abuse."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    # -- imports

    def begin_import(self, source: str, *, day: date, at: datetime) -> int:
        """A new import that counts for nothing yet; its number."""
        values = {"source": source, "day": day.isoformat(), "at": at, "ranges": 0, "counts": False}
        adding = insert(contact_import).values(values).returning(contact_import.c.id)
        return int(self._connection.execute(adding).scalar_one())

    def put_lines(self, import_id: int, lines: Sequence[ContactLine], *, at: datetime) -> int:
        """Add what files say; how many addresses were new."""
        wanted = list(dict.fromkeys(each.address for each in lines))
        known = self._numbers(wanted)
        fresh = [each for each in wanted if each not in known]
        if fresh:
            values = {"state": ContactState.KNOWN.value, "since": at, "bounces": 0}
            self._connection.execute(insert(abuse_contact), [{"address": each, **values} for each in fresh])
            known |= self._numbers(fresh)
        rows = (
            (_packed(each.range.version, first), width, import_id, known[each.address], each.way.value)
            for each in lines
            for first, width in prefixes(each.range)
        )
        _RANGES.put(self._connection, rows)
        return len(fresh)

    def finish_import(self, import_id: int, *, ranges: int) -> None:
        """From now on this import counts, in place of the one before it of the same source."""
        source = self._connection.scalar(select(contact_import.c.source).where(contact_import.c.id == import_id))
        before = contact_import.c.source == source
        self._connection.execute(update(contact_import).where(before).values(counts=False))
        this = contact_import.c.id == import_id
        self._connection.execute(update(contact_import).where(this).values(counts=True, ranges=ranges))

    def forget_imports(self, *, most: int) -> int:
        """Drop ranges that no longer count, at most so many; how many there were."""
        newest = select(func.max(contact_import.c.id)).where(contact_import.c.counts).scalar_subquery()
        over = select(contact_import.c.id).where(~contact_import.c.counts, contact_import.c.id < newest)
        query = select(contact_range.c.network, contact_range.c.width, contact_range.c.import_id)
        rows = self._connection.execute(query.where(contact_range.c.import_id.in_(over)).limit(most)).all()
        if rows:
            self._connection.exec_driver_sql(marked(self._connection, _DROP), [tuple(row) for row in rows])
        return len(rows)

    def imports(self) -> list[Row[Any]]:
        """The imports that count."""
        query = select(contact_import).where(contact_import.c.counts).order_by(contact_import.c.source)
        return list(self._connection.execute(query))

    def _numbers(self, addresses: Sequence[str]) -> dict[str, int]:
        query = select(abuse_contact.c.address, abuse_contact.c.id)
        return {
            row.address: row.id
            for part in chunks(addresses)
            for row in self._connection.execute(query.where(abuse_contact.c.address.in_(part)))
        }

    # -- look-ups

    def about(self, address: str, asn: int | None = None) -> FoundContact | None:
        """Who is told about an address: our operator's word before a registry's, the narrowest range, hints last."""
        try:
            parsed = ip_address(address)
        except ValueError:
            return None
        wanted = _around(parsed.version, int(parsed), parsed.max_prefixlen)
        if asn is not None:
            wanted.add((_packed(0, asn), 0))
        best = max(self._ranges(wanted), key=_rank, default=None)
        return None if best is None else _found(best)

    def named_for(self, network: str) -> FoundContact | None:
        """Who answers for the whole of a network: the narrowest range around all of it that names somebody; a hint names nobody."""
        return next((each for each in self.around(network) if each.way not in WEAK), None)

    def around(self, network: str) -> Sequence[FoundContact]:
        """Whom ranges name that hold all of a network: our operator's word before a registry's, the narrowest range, hints last."""
        parsed = ip_network(network)
        wanted = _around(parsed.version, int(parsed.network_address), parsed.prefixlen)
        return [_found(row) for row in sorted(self._ranges(wanted), key=_rank, reverse=True)]

    def _ranges(self, wanted: set[tuple[bytes, int]]) -> list[Row[Any]]:
        query = _FOUND.where(contact_range.c.network.in_({network for network, _ in wanted}))
        return [row for row in self._connection.execute(query) if (row.network, row.width) in wanted]

    def ranges_of(self, address: str, most: int = 20) -> Sequence[FoundContact]:
        """The ranges that name it."""
        query = _FOUND.where(abuse_contact.c.address == address).limit(most)
        return [_found(row) for row in self._connection.execute(query)]

    # -- addresses

    def find(self, address: str) -> Contact | None:
        """One address."""
        row = self._connection.execute(select(abuse_contact).where(abuse_contact.c.address == address)).first()
        return None if row is None else _contact(row)

    def by_code(self, code: str) -> Contact | None:
        """The address that a mail with this code went to."""
        row = self._connection.execute(select(abuse_contact).where(abuse_contact.c.code == code)).first()
        return None if row is None else _contact(row)

    def all(self, states: Sequence[ContactState] = (), *, most: int = 1000, after: str = "") -> Sequence[Contact]:
        """Addresses in these states, by name."""
        query = select(abuse_contact).where(abuse_contact.c.address > after).order_by(abuse_contact.c.address)
        if states:
            query = query.where(abuse_contact.c.state.in_([each.value for each in states]))
        return [_contact(row) for row in self._connection.execute(query.limit(most))]

    def counts(self) -> dict[str, int]:
        """How many addresses there are in each state."""
        query = select(abuse_contact.c.state, func.count()).group_by(abuse_contact.c.state)
        return {row[0]: row[1] for row in self._connection.execute(query)}

    def put(self, contact: Contact) -> None:
        """An address as it is now."""
        values = {
            "address": contact.address,
            "state": contact.state.value,
            "since": contact.since,
            "code": contact.code,
            "confirmed_by": contact.confirmed_by,
            "probed": contact.probed,
            "answered": contact.answered,
            "bounced": contact.bounced,
            "bounces": contact.bounces,
        }
        adding = upsert(abuse_contact).values(values)
        self._connection.execute(adding.on_conflict_do_update(index_elements=[abuse_contact.c.address], set_=values))

    def note(self, address: str, event: ContactEvent) -> None:
        """One more line of its history."""
        values = {
            "contact_id": self._numbers([address])[address],
            "at": event.at,
            "actor": event.actor,
            "act": event.act,
            "note": event.note,
            "to_state": event.to_state.value,
        }
        self._connection.execute(insert(contact_event).values(values))

    def history(self, address: str) -> Sequence[ContactEvent]:
        """Its history, oldest first."""
        joined = select(contact_event).join(abuse_contact, abuse_contact.c.id == contact_event.c.contact_id)
        query = joined.where(abuse_contact.c.address == address).order_by(contact_event.c.id)
        return [
            ContactEvent(at=row.at, actor=row.actor, act=row.act, note=row.note, to_state=ContactState(row.to_state))
            for row in self._connection.execute(query)
        ]

    def due(self, before: datetime, most: int) -> Sequence[Contact]:
        """Confirmed addresses that were not asked since then, the one that waits longest first."""
        query = (
            select(abuse_contact)
            .where(abuse_contact.c.state == ContactState.CONFIRMED.value)
            .where(abuse_contact.c.probed.is_(None) | (abuse_contact.c.probed < before))
            .order_by(abuse_contact.c.probed.nulls_first(), abuse_contact.c.address)
            .limit(most)
        )
        return [_contact(row) for row in self._connection.execute(query)]


def _around(version: int, first: int, width: int) -> set[tuple[bytes, int]]:
    """The prefix of this width that begins here, and every wider one around it, as they are kept."""
    bits = 32 if version == 4 else 128
    return {(_packed(version, first >> (bits - w) << (bits - w)), w) for w in range(width + 1)}


def _packed(version: int, first: int) -> bytes:
    """The beginning of a prefix, or the number of a network, as it is kept."""
    if version == 0:
        return b"A" + first.to_bytes(4, "big")
    return first.to_bytes(4 if version == 4 else 16, "big")


def _rank(row: Row[Any]) -> tuple[bool, bool, int]:
    """Our operator's word, then what is meant for programs, then the narrowest; the number of a network is the widest of all."""
    way = ContactWay(row.way)
    width = -1 if _VERSION[len(row.network)] == 0 else row.width
    return way is ContactWay.OPERATOR, way not in WEAK, width


def _found(row: Row[Any]) -> FoundContact:
    version = _VERSION[len(row.network)]
    octets = row.network[1:] if version == 0 else row.network
    return FoundContact(
        network=shown(version, int.from_bytes(octets, "big"), row.width),
        address=row.address,
        way=ContactWay(row.way),
        source=row.source,
        day=date.fromisoformat(row.day),
        state=ContactState(row.state),
    )


def _contact(row: Row[Any]) -> Contact:
    return Contact(
        address=row.address,
        state=ContactState(row.state),
        since=row.since,
        code=row.code,
        confirmed_by=row.confirmed_by,
        probed=row.probed,
        answered=row.answered,
        bounced=row.bounced,
        bounces=row.bounces,
    )
