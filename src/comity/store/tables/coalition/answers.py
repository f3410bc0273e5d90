"""Tables of what two networks owe each other: answers that are overdue, and heads that go by mail.

Limits:     a head that a peer mailed is kept whole, with our line under it: whoever doubts what we saw is shown it. What is
            counted of answers is as of the moment that stands beside it.
"""

from typing import Final

from sqlalchemy import BigInteger, Column, Table, Text

from comity.store.metadata import metadata
from comity.store.types import Json, Moment, Words

# What was counted of one peer when we last looked, and up to which day of exchange it was reminded and escalated.
answer_watch: Final = Table(
    "answer_watch",
    metadata,
    Column("peer", Words, primary_key=True),
    Column("at", Moment, nullable=False),
    Column("counted", Json, nullable=False),
    Column("reminded", Text),  # a day
    Column("escalated", Text),
)

# The last head of a peer's channel that came by mail and that we cosigned.
head_seen: Final = Table(
    "head_seen",
    metadata,
    Column("origin", Text, primary_key=True),
    Column("peer", Words, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("note", Words, nullable=False),
    Column("seen", Moment, nullable=False),
)

# How far we mailed the heads of a channel of ours, and from which size the peer says that it goes on.
head_mailed: Final = Table(
    "head_mailed",
    metadata,
    Column("origin", Text, primary_key=True),
    Column("peer", Words, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("at", Moment, nullable=False),
    Column("known", BigInteger),  # the size that the peer named; null: what it cosigned last
)
