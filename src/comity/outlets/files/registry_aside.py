"""Objects of a registry lie aside on the disk until all of its files were read: a range may stand before what it refers to.

Trust:      the file is ours alone, in a folder that is removed at the end.
Standards:  the order in which RIPE and APNIC look for an abuse contact: abuse-c, the IRT object, the organisation's abuse-c, then
            what a range says of itself or of the people it names; remarks last.
Answers:    ``RegistryAside()`` is a context manager: ``put(said)``, then ``resolved()`` gives each range with its address.
Limits:     about 200 bytes a range. The folder for temporary files must have room.
"""

import sqlite3
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from comity.formats.registry.rpsl import RpslHolder, RpslRange
from comity.model.network_contact import AddressRange, ContactLine, ContactWay

_TABLES: Final = (
    "CREATE TABLE holder (handle TEXT PRIMARY KEY, mailbox TEXT, abuse TEXT, hint TEXT) WITHOUT ROWID",
    "CREATE TABLE place (n INTEGER PRIMARY KEY, version INTEGER, first TEXT, last TEXT, abuse TEXT, irt TEXT, org TEXT,"
    " mailbox TEXT, person TEXT, other TEXT, hint TEXT, way TEXT)",
)
# Of each range the first of these that is there; the operator's own lines name their address themselves.
_RESOLVED: Final = (
    "SELECT place.version, place.first, place.last, place.way, place.mailbox, a.mailbox, i.mailbox, oa.mailbox, o.mailbox,"
    " p.mailbox, q.mailbox, place.hint, o.hint FROM place"
    " LEFT JOIN holder a ON a.handle = place.abuse LEFT JOIN holder i ON i.handle = place.irt"
    " LEFT JOIN holder o ON o.handle = place.org LEFT JOIN holder oa ON oa.handle = o.abuse"
    " LEFT JOIN holder p ON p.handle = place.person LEFT JOIN holder q ON q.handle = place.other ORDER BY place.n"
)
_CACHE_KIB: Final = -16384


class RegistryAside:
    """What the files of one import say."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="comity-registry-")
        self._connection = sqlite3.connect(Path(self._folder.name) / "aside.db", isolation_level=None)
        for each in ("journal_mode=OFF", "synchronous=OFF", f"cache_size={_CACHE_KIB}", "temp_store=FILE"):
            self._connection.execute(f"PRAGMA {each}")
        for each in _TABLES:
            self._connection.execute(each)

    def __enter__(self) -> Self:
        """From here on."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """They are gone."""
        self._connection.close()
        self._folder.cleanup()

    def put(self, said: Sequence[RpslRange | RpslHolder | ContactLine]) -> None:
        """Lay these aside."""
        holders = [(each.handle, each.mailbox, each.abuse, each.hint) for each in said if isinstance(each, RpslHolder)]
        places = [_place(each) for each in said if not isinstance(each, RpslHolder)]
        self._connection.execute("BEGIN")
        self._connection.executemany("INSERT OR REPLACE INTO holder VALUES (?, ?, ?, ?)", holders)
        self._connection.executemany(f"INSERT INTO place VALUES (NULL{', ?' * 11})", places)  # noqa: S608 - our own words
        self._connection.execute("COMMIT")

    def resolved(self) -> Iterator[ContactLine]:
        """The ranges with the address that each is known to have; a range without one is left out."""
        for version, first, last, way, *found in self._connection.execute(_RESOLVED):
            chosen = _chosen(way, found)
            if chosen is not None:
                where = AddressRange(version=version, first=int(first), last=int(last))
                yield ContactLine(range=where, address=chosen[0], way=chosen[1])


def _place(each: RpslRange | ContactLine) -> tuple[object, ...]:
    """Numbers as text: those of IPv6 are longer than a number of SQLite."""
    where = (each.range.version, str(each.range.first), str(each.range.last))
    if isinstance(each, ContactLine):
        return (*where, None, None, None, each.address, None, None, None, each.way.value)
    person, other = (*each.people, None, None)[:2]
    return (*where, each.abuse, each.irt, each.organisation, each.mailbox, person, other, each.hint, None)


def _chosen(way: str | None, found: Sequence[str | None]) -> tuple[str, ContactWay] | None:
    own, role, irt, of_organisation, organisation, person, other, hint, their_hint = found
    if way is not None and own is not None:
        return own, ContactWay(way)
    for address, kind in (
        (role, ContactWay.ABUSE_C),
        (irt, ContactWay.IRT),
        (of_organisation, ContactWay.ABUSE_C),
        (own, ContactWay.ABUSE_MAILBOX),
        (organisation, ContactWay.ABUSE_MAILBOX),
        (person, ContactWay.ABUSE_MAILBOX),
        (other, ContactWay.ABUSE_MAILBOX),
        (hint, ContactWay.REMARK),
        (their_hint, ContactWay.REMARK),
    ):
        if address:
            return address, kind
    return None
