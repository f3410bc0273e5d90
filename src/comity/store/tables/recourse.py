"""Tables of consequences and the recourse against them.

Trust:      reasons and arguments are people's words, the other side's among them.
"""

from typing import Final

from sqlalchemy import Boolean, Column, ForeignKey, Index, Table, Text

from comity.store.metadata import metadata
from comity.store.types import Id, Json, Moment, Words

consequence: Final = Table(
    "consequence",
    metadata,
    Column("reference", Text, primary_key=True),
    Column("subject", Words, nullable=False),
    Column("measure", Text, nullable=False),
    Column("is_severe", Boolean, nullable=False),
    Column("reason", Words, nullable=False),
    Column("classes", Json, nullable=False),
    Column("also", Text),
    Column("case_id", Text, ForeignKey("abuse_case.id")),
    Column("peer", Words),
    Column("imposed", Moment, nullable=False),
    Column("begins", Moment, nullable=False),
    Column("ends", Moment, nullable=False),
    Column("lifted", Moment),
    Index("ix_consequence_subject", "subject"),
    Index("ix_consequence_ends", "ends"),
)

recourse: Final = Table(
    "recourse",
    metadata,
    Column("reference", Text, ForeignKey("consequence.reference"), primary_key=True),
    Column("state", Text, nullable=False),
    Column("since", Moment, nullable=False),
    Column("due", Moment),
    Column("asker", Words),
    Column("answered_by", Words),
    Column("was_overdue", Boolean, nullable=False),
)

recourse_event: Final = Table(
    "recourse_event",
    metadata,
    Column("id", Id, primary_key=True),
    Column("reference", Text, ForeignKey("consequence.reference"), nullable=False, index=True),
    Column("at", Moment, nullable=False),
    Column("actor", Words, nullable=False),
    Column("act", Text, nullable=False),
    Column("note", Words),
    Column("to_state", Text, nullable=False),
)
