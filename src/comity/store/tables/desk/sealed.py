"""The tables of what was sealed, and of who did what with it.

Trust:      the box is closed with a public key; nothing in this file opens it.
"""

from typing import Final

from sqlalchemy import Column, ForeignKey, Integer, LargeBinary, Table, Text

from comity.store.metadata import metadata
from comity.store.types import Id, Json, Moment, Words

sealed: Final = Table(
    "sealed",
    metadata,
    Column("id", Id, primary_key=True),
    Column("digest", Text, nullable=False, unique=True),
    Column("size", Integer, nullable=False),
    Column("gate", Text, nullable=False),
    Column("name", Words, nullable=False),
    Column("envelope_from", Words),
    Column("arrived", Moment, nullable=False),
    Column("box", LargeBinary),  # null: destroyed, or released
    Column("key_id", Text, nullable=False),
    Column("sort", Text, nullable=False),
    Column("matched", Json, nullable=False),
    Column("state", Text, nullable=False, index=True),
    Column("entered", Moment, nullable=False),
    Column("hold_until", Moment),
    Column("kept_until", Moment),
    Column("raw_id", Id),
)

sealed_access: Final = Table(
    "sealed_access",
    metadata,
    Column("id", Id, primary_key=True),
    Column("sealed_id", Id, ForeignKey("sealed.id"), nullable=False, index=True),
    Column("at", Moment, nullable=False),
    Column("by", Words, nullable=False),
    Column("act", Text, nullable=False),
    Column("why", Words),
    Column("to", Words),
    Column("reference", Words),
)
