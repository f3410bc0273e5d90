"""The table of what a person must see within the hour.

Trust:      ``about`` holds strangers' words; no address of a complainer stands here.
"""

from typing import Final

from sqlalchemy import Column, Index, Integer, Table, Text, text

from comity.store.metadata import metadata
from comity.store.types import Id, Moment, Words, where

urgent: Final = Table(
    "urgent",
    metadata,
    Column("id", Id, primary_key=True),
    Column("key", Text, nullable=False, index=True),  # what else goes into the same one while it stands
    Column("kind", Text, nullable=False),
    Column("about", Words, nullable=False),
    Column("case_id", Text),
    Column("entered", Moment, nullable=False),
    Column("more", Integer, nullable=False, server_default=text("0")),
    Column("told", Moment),
    Column("tellings", Integer, nullable=False, server_default=text("0")),
    Column("seen", Moment),
    Column("seen_by", Words),
    Column("why", Words),
    Index("ix_urgent_open", "id", **where("seen IS NULL")),
)
