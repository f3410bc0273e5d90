"""Tables of the desk: cases and what was done about them.

Limits:     ``abuse_case``, because CASE is a word of SQL. ``case_place`` and ``case_count`` are worked out of it:
            ``comity.store.desk.places`` keeps them in the transaction that changes a case.
"""

from typing import Final

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, Table, Text

from comity.store.metadata import metadata
from comity.store.types import Id, Json, Moment, Words, where

abuse_case: Final = Table(
    "abuse_case",
    metadata,
    Column("id", Text, primary_key=True),  # short hash of the key
    Column("key", Words, nullable=False, unique=True),  # "customer:Example Hosting", from the second time on with "#2"
    Column("subject", Words, nullable=False),  # the key without the number
    Column("subject_kind", Text, nullable=False),
    Column("label", Words, nullable=False),
    Column("number", Integer, nullable=False),  # the how manieth case on this subject
    Column("contact", Words),
    Column("state", Text, nullable=False),
    Column("state_since", Moment, nullable=False),
    Column("question", Json),  # what a person must decide, null: nothing
    Column("opened", Moment, nullable=False),
    Column("first_seen", Moment),  # when it happened, not when we heard of it
    Column("last_seen", Moment),
    Column("reports", Integer, nullable=False),
    Column("repeats", Integer, nullable=False),
    Column("complainers", Integer, nullable=False),
    Column("classes", Json, nullable=False),  # reports by class of evidence
    Column("merged_into", Text, ForeignKey("abuse_case.id")),
    Column("reopened_from", Text, ForeignKey("abuse_case.id")),
    Column("due", Moment),
    Index("ix_abuse_case_subject_number", "subject", "number", unique=True),
    Index("ix_abuse_case_state", "state"),
    Index("ix_abuse_case_opened", "opened", "id"),  # pages of the API
)

case_event: Final = Table(
    "case_event",
    metadata,
    Column("id", Id, primary_key=True),
    Column("case_id", Text, ForeignKey("abuse_case.id"), nullable=False, index=True),
    Column("at", Moment, nullable=False),
    Column("actor", Words, nullable=False),
    Column("action", Text, nullable=False),
    Column("note", Words),
    Column("from_state", Text),
    Column("to_state", Text, nullable=False),
    Index("ix_case_event_at", "at", "action"),
)

# Who complained in a case, each once: a hash of case and complainer, so that counting is one look-up.
case_complainer: Final = Table(
    "case_complainer",
    metadata,
    Column("mark", Id, primary_key=True, autoincrement=False),
    Column("case_id", Text, ForeignKey("abuse_case.id"), nullable=False),
)

# What the queue is ordered by and searched in, narrow: to go through 100,000 of these takes a few hundredths of a second.
case_place: Final = Table(
    "case_place",
    metadata,
    Column("case_id", Text, ForeignKey("abuse_case.id"), primary_key=True),
    Column("state", Text, nullable=False),
    Column("subject_kind", Text, nullable=False),
    Column("due", Moment),
    Column("last_seen", Moment),
    Column("is_spread", Boolean, nullable=False),  # over two days
    Column("weight", Integer, nullable=False),  # ``comity.cases.placing``
    Column("reports", Integer, nullable=False),
    Column("label", Words, nullable=False),  # in small letters, as what it is compared with
    Column("contact", Words),
    # All that an order needs: no row is fetched for it.
    Index(
        "ix_case_place_weight", "state", "weight", "due", "subject_kind", "last_seen", "is_spread", "reports", "case_id"
    ),
    Index("ix_case_place_due", "state", "due", "subject_kind", **where("due IS NOT NULL")),
)

case_count: Final = Table(
    "case_count",
    metadata,
    Column("state", Text, primary_key=True),
    Column("subject_kind", Text, primary_key=True),
    Column("cases", Integer, nullable=False),
)
