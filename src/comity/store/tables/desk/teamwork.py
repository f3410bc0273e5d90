"""Tables of people who work on the queue together: who has which case, who is called to one, named views.

Trust:      names are those of accounts, and of whoever acted by command; the note itself stands with the event alone.
"""

from typing import Final

from sqlalchemy import Boolean, Column, ForeignKey, Index, Table, Text, UniqueConstraint

from comity.store.metadata import metadata
from comity.store.types import Id, Json, Moment, Words, where

case_owner: Final = Table(
    "case_owner",
    metadata,
    Column("case_id", Text, ForeignKey("abuse_case.id"), primary_key=True),
    Column("account", Words, nullable=False, index=True),
    Column("by", Words, nullable=False),
    Column("at", Moment, nullable=False),
)

case_mention: Final = Table(
    "case_mention",
    metadata,
    Column("id", Id, primary_key=True),
    Column("case_id", Text, ForeignKey("abuse_case.id"), nullable=False, index=True),
    Column("event_id", Id, ForeignKey("case_event.id"), nullable=False),  # with the note
    Column("account", Words, nullable=False),
    Column("kind", Text, nullable=False),
    Column("by", Words, nullable=False),
    Column("at", Moment, nullable=False),
    Column("seen", Moment),
    Index("ix_case_mention_open", "account", "id", **where("seen IS NULL")),
)

queue_view: Final = Table(
    "queue_view",
    metadata,
    Column("id", Id, primary_key=True),
    Column("name", Words, nullable=False),
    Column("account", Words, nullable=False),
    Column("is_shared", Boolean, nullable=False),
    Column("asked", Json, nullable=False),
    Column("made", Moment, nullable=False),
    UniqueConstraint("account", "name"),
)
