"""Tables of programs that integrate this one: their tokens, what they did, what became of what they handed over.

Trust:      no secret stands here, only its hash. Names are the operator's own.
Limits:     what became of a submission is forgotten after a while; what was done to a case stays with the case.
"""

from typing import Final

from sqlalchemy import Column, Index, Integer, LargeBinary, Table, Text

from comity.store.metadata import metadata
from comity.store.tables.integration import nodes
from comity.store.types import Id, Json, Moment, Words

__all__ = ["api_act", "api_token", "nodes", "submission"]

api_token: Final = Table(
    "api_token",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", Words, nullable=False),
    Column("digest", LargeBinary(32), nullable=False),  # SHA-256 of the secret
    Column("scopes", Json, nullable=False),
    Column("per_minute", Integer, nullable=False),
    Column("created", Moment, nullable=False),
    Column("expires", Moment),
    Column("revoked", Moment),
    Column("last_used", Text),  # a day
    sqlite_with_rowid=False,
)

# Who changed what; what was only handed over stands in "submission".
api_act: Final = Table(
    "api_act",
    metadata,
    Column("id", Id, primary_key=True),
    Column("at", Moment, nullable=False),
    Column("token_id", Text, nullable=False),
    Column("name", Words, nullable=False),  # of the token, as it was then
    Column("act", Text, nullable=False),
    Column("about", Text, nullable=False),
    Column("key", LargeBinary(32)),  # hash of token and Idempotency-Key
    Column("digest", LargeBinary(32)),  # of what was asked with it
    Index("ix_api_act_key", "key", unique=True),
    Index("ix_api_act_at", "at"),
)

submission: Final = Table(
    "submission",
    metadata,
    Column("id", Text, primary_key=True),
    Column("token_id", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("arrived", Moment, nullable=False),
    Column("worked_off", Moment, nullable=False, index=True),
    Column("fate", Text, nullable=False),
    Column("kind", Text),
    Column("reason", Text),
    Column("reports", Integer, nullable=False),
    Column("repeats", Integer, nullable=False),
    Column("unmatched", Integer, nullable=False),
    Column("cases", Json, nullable=False),
    Column("complaints", Json, nullable=False),
    sqlite_with_rowid=False,
)
