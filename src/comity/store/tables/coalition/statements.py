"""The tables of joint statements: on their way between two desks, and those that anybody may read.

Limits:     a file stands here as both sign it; of what one side alone signed, only the newest of a period.
"""

from typing import Final

from sqlalchemy import Column, LargeBinary, Table, Text

from comity.store.metadata import metadata
from comity.store.types import Moment, Words

joint_statement: Final = Table(
    "joint_statement",
    metadata,
    Column("peer", Words, primary_key=True),
    Column("period", Text, primary_key=True),
    Column("sha256", Text, primary_key=True),
    Column("state", Text, nullable=False),
    Column("data", LargeBinary, nullable=False),
    Column("entered", Moment, nullable=False),
    Column("reason", Text),
    Column("place", Words),
    Column("numbers", Words, nullable=False),  # JSON: [number, {side: value}]
    Column("given", Moment),
)

# What a person of ours put before everybody; the file itself stands above.
statement_published: Final = Table(
    "statement_published",
    metadata,
    Column("sha256", Text, primary_key=True),
    Column("at", Moment, nullable=False),
    Column("by", Words, nullable=False),
)
