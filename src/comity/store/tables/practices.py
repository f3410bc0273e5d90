"""Tables of practices: what is claimed, and entries of official lists.

Limits:     the catalogue itself is a file of the program. Claims are kept one after the other: the newest counts.
"""

from typing import Final

from sqlalchemy import Column, Table, Text

from comity.store.metadata import metadata
from comity.store.types import Id, Moment, Words

practice_claim: Final = Table(
    "practice_claim",
    metadata,
    Column("id", Id, primary_key=True),
    Column("practice", Text, nullable=False, index=True),
    Column("network", Words, nullable=False),
    Column("standing", Text, nullable=False),
    Column("evidence", Words, nullable=False),
    Column("reviewer", Words),
    Column("at", Moment, nullable=False),
)

practice_listed: Final = Table(
    "practice_listed",
    metadata,
    Column("source", Words, primary_key=True),
    Column("number", Words, primary_key=True),
    Column("text", Words, nullable=False),
    Column("text_zh", Words),
    Column("practice", Text),
)
