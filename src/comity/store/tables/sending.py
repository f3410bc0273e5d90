"""Tables of what leaves: complaints of our own people, the reports made of them, and the outbox.

Trust:      the mailbox of a complainer stands here in clear only while a complaint waits, or is put aside.
Limits:     a report that is held has a row but no channel: it was not exchanged, and there is no leaf about it.
"""

from typing import Final

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, LargeBinary, Table, Text, UniqueConstraint

from comity.store.metadata import metadata
from comity.store.types import Id, Json, Moment, Words, where

complaint: Final = Table(
    "complaint",
    metadata,
    Column("id", Id, primary_key=True),
    Column("key", LargeBinary(16), nullable=False),  # reported message + mailbox, keyed
    Column("not_spam", Boolean, nullable=False),
    Column("raw_id", Id, ForeignKey("raw.id"), nullable=False),
    Column("name", Words, nullable=False),
    Column("mailbox", Words),  # null when it was decided
    Column("mailbox_token", Text),
    Column("arrived", Moment, nullable=False),
    Column("due", Moment, nullable=False),
    Column("state", Text, nullable=False),
    Column("repeats", Integer, nullable=False, default=0),
    Column("taken_back", Moment),
    Column("decided", Moment),
    Column("refusals", Json),  # the named noes: reason, party; behind them the steps
    UniqueConstraint("key", "not_spam"),
    Index("ix_complaint_state_due", "state", "due"),
    Index("ix_complaint_mailbox_arrived", "mailbox", "arrived"),
)

# What is known about a report of ours beside its row in "report".
report_out: Final = Table(
    "report_out",
    metadata,
    Column("report_id", Id, ForeignKey("report.id"), primary_key=True, autoincrement=False),
    Column("name", Text, nullable=False, unique=True),  # the opaque id in the report
    Column("complaint_id", Id, ForeignKey("complaint.id"), nullable=False),
    Column("party", Words, nullable=False),
    Column("role", Text, nullable=False),
    Column("rule", Words, nullable=False),
    Column("reported", Words),  # the peer's domain; null: outside any channel
    Column("quarter", Text),
    Column("day", Text),  # of the roll-up that counts it; null: not exchanged
    Column("source_net", Text, nullable=False),
    Column("outcome", Text),  # what the other side did
    Column("outcome_at", Moment),
    UniqueConstraint("complaint_id", "party"),
)

outbox: Final = Table(
    "outbox",
    metadata,
    Column("id", Id, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("party", Words, nullable=False),
    Column("address", Words, nullable=False),
    Column("bounce_token", Text, nullable=False, unique=True),  # of its own envelope address
    Column("data", LargeBinary),  # zlib; null when it needs no more sending
    Column("size", Integer, nullable=False),
    Column("report_id", Id, ForeignKey("report.id"), index=True),
    Column("state", Text, nullable=False),
    Column("reason", Text),  # why it is held, or ended
    Column("last_error", Words),
    Column("entered", Moment, nullable=False),
    Column("released", Moment),  # when it was allowed to leave
    Column("due", Moment, nullable=False),
    Column("attempts", Integer, nullable=False, default=0),
    Column("unanswered", Integer, nullable=False, default=0),  # tries that ended without an answer: a crash
    Column("leased_until", Moment),
    Column("leased_by", Text),
    Column("finished", Moment),
    Column("bounced", Moment),
    Index("ix_outbox_state_party_due", "state", "party", "due"),
    Index("ix_outbox_party_released", "party", "released"),
    Index("ix_outbox_leased", "leased_until", **where("leased_until IS NOT NULL")),  # few at any time
)

# What we told a peer that we did about a report of its own.
outcome_told: Final = Table(
    "outcome_told",
    metadata,
    Column("report_id", Id, ForeignKey("report.id"), primary_key=True, autoincrement=False),
    Column("outcome", Text, nullable=False),
    Column("at", Moment, nullable=False),
)

# Of which reports a person said that their reporter is told nothing any more.
outcome_dropped: Final = Table(
    "outcome_dropped",
    metadata,
    Column("report_id", Id, ForeignKey("report.id"), primary_key=True, autoincrement=False),
    Column("by", Words, nullable=False),
    Column("at", Moment, nullable=False),
)
