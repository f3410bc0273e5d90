"""The tables of infected devices by case, and of how subscribers are reached.

Trust:      personal data: mail and telephone of a subscriber. A row goes when the operator forgets the subscriber, or when the list
            that is taken in no longer has it.
"""

from typing import Final

from sqlalchemy import Boolean, Column, ForeignKey, Integer, Table, Text

from comity.store.metadata import metadata
from comity.store.types import Json, Moment, Words

infestation: Final = Table(
    "infestation",
    metadata,
    Column("case_id", Text, ForeignKey("abuse_case.id"), primary_key=True),
    Column("certainty", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("first", Moment, nullable=False),
    Column("last", Moment, nullable=False, index=True),
    Column("sightings", Integer, nullable=False),
    Column("sources", Json, nullable=False),
    Column("said", Json, nullable=False),  # families in the sources' words, by how often
    Column("addresses", Integer, nullable=False),
)

subscriber_contact: Final = Table(
    "subscriber_contact",
    metadata,
    Column("subscriber", Words, primary_key=True),
    Column("language", Text),
    Column("mail", Words),
    Column("phone", Text),
    Column("is_hotspot", Boolean, nullable=False),
    Column("taken", Moment, nullable=False),
    sqlite_with_rowid=False,
)
