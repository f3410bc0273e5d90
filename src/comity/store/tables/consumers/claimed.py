"""Table of what was claimed at delivery, and proved: counters by day and organisation, never a row per mail."""

from typing import Final

from sqlalchemy import BigInteger, Column, PrimaryKeyConstraint, Table, Text

from comity.store.metadata import metadata
from comity.store.types import Words

claimed_count: Final = Table(
    "claimed_count",
    metadata,
    Column("day", Text, nullable=False),  # UTC, as 2026-03-01
    Column("domain", Words, nullable=False),  # of an organisation; "*" for those that found no room
    Column("mails", BigInteger, nullable=False),
    Column("aligned", BigInteger, nullable=False),
    Column("spam", BigInteger, nullable=False),
    PrimaryKeyConstraint("day", "domain"),
)
