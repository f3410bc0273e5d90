"""The tables of what helped: on which days sources said anything, and what came of their words.

Limits:     days and outcomes name no subscriber; an outcome names its case, and stays when the sightings have gone.
"""

from typing import Final

from sqlalchemy import Boolean, Column, Integer, Table, Text

from comity.store.metadata import metadata
from comity.store.types import Moment, Words

bot_source_day: Final = Table(
    "bot_source_day",
    metadata,
    Column("source", Words, primary_key=True),
    Column("day", Integer, primary_key=True, autoincrement=False),  # an ordinal of the calendar, UTC
    sqlite_with_rowid=False,
)

bot_source_outcome: Final = Table(
    "bot_source_outcome",
    metadata,
    Column("case_id", Text, primary_key=True),
    Column("source", Words, primary_key=True),
    Column("is_right", Boolean, nullable=False),
    Column("by", Text, nullable=False),  # "person", "subscriber"
    Column("at", Moment, nullable=False),
    sqlite_with_rowid=False,
)
