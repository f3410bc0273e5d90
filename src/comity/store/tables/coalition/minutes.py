"""Tables of minutes of meetings of members, and of what became of their actions.

Trust:      texts are the members' own words; notes are kept whole, and still show who signed them.
"""

from typing import Final

from sqlalchemy import Column, Integer, Table, Text

from comity.store.metadata import metadata
from comity.store.types import Json, Moment, Words

minutes: Final = Table(
    "coalition_minutes",
    metadata,
    Column("minutes_id", Text, primary_key=True),
    Column("record", Json, nullable=False),
    Column("held", Moment, nullable=False),
    Column("note", Words, nullable=False),
    Column("taken", Moment, nullable=False),
)

action_report: Final = Table(
    "coalition_action_report",
    metadata,
    Column("minutes_id", Text, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("record", Json, nullable=False),
    Column("note", Words, nullable=False),
)
