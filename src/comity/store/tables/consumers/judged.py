"""Tables of how much mail came from peers, how it was judged, and how much left for whom: counters by day, never a row per mail."""

from typing import Final

from sqlalchemy import BigInteger, Column, PrimaryKeyConstraint, Table, Text

from comity.store.metadata import metadata
from comity.store.types import Words

judged_count: Final = Table(
    "judged_count",
    metadata,
    Column("day", Text, nullable=False),  # UTC, as 2026-03-01
    Column("peer", Words, nullable=False),  # its domain
    Column("mails", BigInteger, nullable=False),
    Column("judged", BigInteger, nullable=False),
    Column("spam", BigInteger, nullable=False),
    Column("traps", BigInteger, nullable=False),
    PrimaryKeyConstraint("day", "peer"),
)

# By our own delivery log. A day of which the log is here has the row of the domain "*": all mails of that day.
left_count: Final = Table(
    "left_count",
    metadata,
    Column("day", Text, nullable=False),
    Column("domain", Words, nullable=False),  # of an organisation
    Column("mails", BigInteger, nullable=False),
    PrimaryKeyConstraint("day", "domain"),
)
