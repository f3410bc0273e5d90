"""Tables of those who applied for feedback from us, what they claim, and what happened.

Trust:      names, mailboxes and claims are the applicants' words.
"""

from typing import Final

from sqlalchemy import Column, ForeignKey, Index, Integer, Table, Text, UniqueConstraint

from comity.store.metadata import metadata
from comity.store.types import Id, Json, Moment, Words

consumer: Final = Table(
    "consumer",
    metadata,
    Column("name", Text, primary_key=True),
    Column("address", Words, nullable=False),
    Column("contact", Words),
    Column("languages", Json, nullable=False),
    Column("report_format", Text, nullable=False),
    Column("state", Text, nullable=False, index=True),
    Column("since", Moment, nullable=False),
    Column("applied", Moment, nullable=False),
    Column("reason", Words),
    Column("quota", Integer, nullable=False),
)

consumer_claim: Final = Table(
    "consumer_claim",
    metadata,
    Column("id", Id, primary_key=True),
    Column("consumer", Text, ForeignKey("consumer.name"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("subject", Words, nullable=False),
    Column("code", Text, nullable=False, unique=True),  # in the mail that asks
    Column("asked", Moment),
    Column("checked", Moment),
    Column("way", Text),
    Column("proved", Moment),
    Column("expires", Moment),
    Column("warned", Moment),
    UniqueConstraint("consumer", "kind", "subject"),
)

consumer_event: Final = Table(
    "consumer_event",
    metadata,
    Column("id", Id, primary_key=True),
    Column("consumer", Text, ForeignKey("consumer.name"), nullable=False),
    Column("at", Moment, nullable=False),
    Column("actor", Words, nullable=False),
    Column("act", Text, nullable=False),
    Column("note", Words),
    Column("to_state", Text, nullable=False),
    Index("ix_consumer_event_consumer", "consumer", "id"),
)
