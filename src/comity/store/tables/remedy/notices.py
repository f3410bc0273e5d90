"""The tables of notices to subscribers and of what they say back.

Trust:      a notice names its case and nobody; who it went to stands in the outbox or in the operator's files.
Limits:     answers to the questions are counts by day: no row belongs to a person.
"""

from typing import Final

from sqlalchemy import Column, Integer, Table, Text

from comity.store.metadata import metadata
from comity.store.types import Id, Moment

notice: Final = Table(
    "notice",
    metadata,
    Column("reference", Text, primary_key=True),
    Column("case_id", Text, nullable=False, index=True),
    Column("kind", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("certainty", Text, nullable=False),
    Column("family", Text, nullable=False),
    Column("guide", Text, nullable=False),
    Column("seen_first", Moment, nullable=False),
    Column("seen_last", Moment, nullable=False),
    Column("deadline", Moment),
    Column("given", Moment, nullable=False, index=True),
    Column("checks", Integer, nullable=False),
)

self_service_step: Final = Table(
    "self_service_step",
    metadata,
    Column("case_id", Text, primary_key=True),
    Column("device", Text, primary_key=True),
    Column("step", Text, primary_key=True),
    Column("done", Moment, nullable=False),
)

self_service_act: Final = Table(
    "self_service_act",
    metadata,
    Column("id", Id, primary_key=True),
    Column("case_id", Text, nullable=False, index=True),
    Column("reference", Text, nullable=False),
    Column("act", Text, nullable=False),
    Column("at", Moment, nullable=False),
)

comprehension: Final = Table(
    "comprehension",
    metadata,
    Column("day", Text, primary_key=True),
    Column("phase", Text, primary_key=True),  # before, after
    Column("question", Text, primary_key=True),
    Column("answer", Text, primary_key=True),
    Column("n", Integer, nullable=False),
)
