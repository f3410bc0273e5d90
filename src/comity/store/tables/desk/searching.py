"""Tables of the search: which rows hold which term, in blocks of neighbouring numbers, and how far that is written.

Trust:      terms are strangers' words; a capital first sign says that they are for whoever may see personal data.
Limits:     a posting holds the places of rows in their block, two bytes each, the smallest first.
"""

from typing import Final

from sqlalchemy import BigInteger, Column, LargeBinary, Table

from comity.store.metadata import metadata
from comity.store.types import Id, Moment, Words

search_posting: Final = Table(
    "search_posting",
    metadata,
    Column("kind", BigInteger, primary_key=True, autoincrement=False),
    Column("block", BigInteger, primary_key=True, autoincrement=False),
    Column("term", Words, primary_key=True),
    Column("places", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)

search_mark: Final = Table(
    "search_mark",
    metadata,
    Column("kind", BigInteger, primary_key=True, autoincrement=False),
    Column("upto", Id, nullable=False),  # the last number that was looked at
    Column("at", Moment, nullable=False),
)
