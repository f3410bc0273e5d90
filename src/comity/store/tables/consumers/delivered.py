"""Tables of report cards: how many mails were delivered, as counters, never a row per mail; and which cards were mailed."""

from typing import Final

from sqlalchemy import BigInteger, Column, PrimaryKeyConstraint, Table, Text

from comity.store.metadata import metadata
from comity.store.types import Moment, Words

delivered_count: Final = Table(
    "delivered_count",
    metadata,
    Column("hour", Moment, nullable=False),
    Column("domain", Words, nullable=False),
    Column("source", Text, nullable=False),  # /24 or /48; "-" where nobody says
    Column("folder", Text, nullable=False),  # "inbox", "junk", "other"
    Column("mails", BigInteger, nullable=False),
    PrimaryKeyConstraint("hour", "domain", "source", "folder"),
)

# Which periods were mailed as report cards; a second behind its end: as the report of the week.
card_mailed: Final = Table("card_mailed", metadata, Column("until", Moment, primary_key=True, autoincrement=False))
