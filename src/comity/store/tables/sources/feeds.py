"""Tables of sources of feedback: how far each is believed, what came from it hour by hour, and what alarms somebody.

Trust:      the name of a source without proof is a stranger's word, cut and counted: there is room for so many of them only.
Limits:     hours go after ``[sources] history_days``; a source and its decisions stay.
"""

from typing import Final

from sqlalchemy import Column, Index, Integer, Table, Text

from comity.store.metadata import metadata
from comity.store.types import Id, Json, Moment, Words, where

source: Final = Table(
    "source",
    metadata,
    Column("name", Words, primary_key=True),
    Column("proof", Text, nullable=False),
    Column("trust", Text, nullable=False),
    Column("first", Moment, nullable=False),
    Column("last", Moment, nullable=False),
    Column("items", Integer, nullable=False),
    Column("reports", Integer, nullable=False),
    Column("unmatched", Integer, nullable=False),
    Column("unread", Integer, nullable=False),
    Column("selectors", Json, nullable=False),
    Column("changed", Moment),
    Column("changed_by", Words),
    Column("why", Words),
)

source_hour: Final = Table(
    "source_hour",
    metadata,
    Column("name", Words, primary_key=True),
    Column("at", Moment, primary_key=True, autoincrement=False),
    Column("items", Integer, nullable=False),
    Column("reports", Integer, nullable=False),
    Column("unmatched", Integer, nullable=False),
    Column("unread", Integer, nullable=False),
    sqlite_with_rowid=False,
)
Index("ix_source_hour_at", source_hour.c.at)

source_alarm: Final = Table(
    "source_alarm",
    metadata,
    Column("id", Id, primary_key=True),
    Column("name", Words, nullable=False),
    Column("kind", Text, nullable=False),
    Column("since", Moment, nullable=False),
    Column("facts", Json, nullable=False),
    Column("told", Moment),
    Column("ended", Moment),
    Column("ended_by", Words),
    Column("why", Words),
    Index("ix_source_alarm_open", "name", "kind", unique=True, **where("ended IS NULL")),
)

# What was found out about a case: by this a source is measured.
case_finding: Final = Table(
    "case_finding",
    metadata,
    Column("id", Id, primary_key=True),
    Column("case_id", Text, nullable=False, index=True),
    Column("outcome", Text, nullable=False),
    Column("at", Moment, nullable=False),
)
