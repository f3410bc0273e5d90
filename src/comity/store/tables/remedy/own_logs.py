"""The tables of what our own mail hosts counted, by line and hour.

Trust:      counters: no recipient, no subject, no login. While an hour is open, hashed bits of its recipients stand here under a
            salt of their own, which is thrown away with them when the hour is closed.
"""

from typing import Final

from sqlalchemy import Column, Index, Integer, LargeBinary, Table, Text

from comity.store.metadata import metadata
from comity.store.types import Moment, Words, where

own_log_hour: Final = Table(
    "own_log_hour",
    metadata,
    Column("subject", Words, primary_key=True),  # the key of the first case on whoever it is about
    Column("hour", Moment, primary_key=True),
    Column("address", Text, nullable=False),  # where it was seen last
    Column("port", Integer),
    Column("last", Moment, nullable=False),
    Column("mails", Integer, nullable=False),
    Column("recipients", Integer, nullable=False),  # 0 while the hour is open
    Column("helos", Integer, nullable=False),
    Column("failures", Integer, nullable=False),
    Column("refused", Integer, nullable=False),
    Column("recipient_bits", LargeBinary),  # null: the hour is closed
    Column("helo_bits", LargeBinary),
    Index("ix_own_log_hour_open", "hour", **where("recipient_bits IS NOT NULL")),
    Index("ix_own_log_hour_hour", "hour"),
    sqlite_with_rowid=False,
)

own_log_salt: Final = Table(
    "own_log_salt",
    metadata,
    Column("hour", Moment, primary_key=True),
    Column("salt", LargeBinary(32), nullable=False),
)

# Whose a mail in the queue is, by a keyed hash of host and queue id, for some hours.
own_log_queue: Final = Table(
    "own_log_queue",
    metadata,
    Column("mark", LargeBinary(12), primary_key=True),
    Column("subject", Words, nullable=False),
    Column("at", Moment, nullable=False, index=True),
    sqlite_with_rowid=False,
)
