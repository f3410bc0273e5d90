"""Tables of what came in: bytes, items, reports, and what could not be read.

Trust:      every text column but codes and keys holds strangers' words.
Limits:     bytes are compressed and apart from the rest, so that they can be dropped by day; the rows about them stay.
"""

from typing import Final

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Integer, LargeBinary, Table, Text, false, text

from comity.store.metadata import metadata
from comity.store.types import Id, Moment, Words, where

raw: Final = Table(
    "raw",
    metadata,
    Column("id", Id, primary_key=True),
    Column("digest", LargeBinary(32), nullable=False, unique=True),  # SHA-256 of the bytes: catches transport repeats
    Column("data", LargeBinary),  # zlib; null when they were dropped
    Column("size", Integer, nullable=False),
    Column("arrived", Moment, nullable=False),
    Column("kept_until", Moment),  # null: for as long as the rows
    Index("ix_raw_kept_until", "kept_until", **where("data IS NOT NULL AND kept_until IS NOT NULL")),
)

item: Final = Table(
    "item",
    metadata,
    Column("id", Id, primary_key=True),
    Column("raw_id", Id, ForeignKey("raw.id"), nullable=False, unique=True),
    Column("gate", Text, nullable=False),  # by which way it came: "file", "lmtp" ...
    Column("name", Words, nullable=False),
    Column("arrived", Moment, nullable=False),
    Column("kind", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("carrier_message_id", Words),
    Column("case_id", Text, ForeignKey("abuse_case.id")),  # of a letter; reports have their own
    Column("repeats", Integer, nullable=False, server_default=text("0")),  # the same bytes, delivered again
    Column("reading", Text, nullable=False),  # the facts of the item, as comity.formats.item_facts writes them
    Index("ix_item_case_id", "case_id", **where("case_id IS NOT NULL")),
)

# Reports of peers: whoever sent one is told what was found, and for a complaint an answer is owed.
OWED: Final = "direction = 'in' AND channel_id IS NOT NULL AND duplicate_of IS NULL AND retracted IS NULL"

report_row: Final = Table(
    "report",
    metadata,
    Column("id", Id, primary_key=True),
    Column("item_id", Id, ForeignKey("item.id")),  # null for one that we wrote
    Column("report_key", LargeBinary(16), nullable=False, unique=True),  # what makes it this one, whatever way it came
    Column(
        "complaint_key", LargeBinary(16), unique=True
    ),  # reported message + complainer, on the first one that said it
    Column("direction", Text, nullable=False),  # "in" or "out"
    Column("channel_id", Id),
    Column("peer", Words),
    Column("source", Words),  # who said it: ``comity.model.source``
    Column("agreement_version", Integer),
    Column("definition", Text),  # on which idea of spam it rests
    Column("solicited", Boolean, nullable=False, server_default=false()),  # agreed on beforehand (RFC 6650)
    Column("tier", Text),
    Column("tlp", Text),
    Column("evidence_class", Text, nullable=False),
    Column("feedback_type", Words),
    Column("is_complaint", Boolean, nullable=False),
    Column("source_ip", Words),
    Column("source_port", Integer),
    Column("observed", Moment),
    Column("observed_precision", Text),  # "second", "day" ...
    Column("message_id", Words, index=True),  # of the reported message
    Column("complainer", Words),  # a token
    Column("dkim_domain", Words),  # the first; all are in the facts
    Column("case_id", Text, ForeignKey("abuse_case.id")),
    Column("no_case", Text),  # why it is in no case
    Column("duplicate_of", Id, ForeignKey("report.id")),
    Column("retracted", Moment),  # taken back after it was exchanged: counted no more
    Column("facts", Text, nullable=False),
    Index("ix_report_case_id_id", "case_id", "id"),
    Index("ix_report_item_id", "item_id"),
    Index("ix_report_source_ip", "source_ip", "case_id", **where("source_ip IS NOT NULL AND case_id IS NOT NULL")),
    Index("ix_report_source", "source", "case_id", **where("source IS NOT NULL AND case_id IS NOT NULL")),
    Index("ix_report_no_case", "no_case", **where("no_case IS NOT NULL")),
    Index("ix_report_owed", "peer", "id", **where(OWED)),  # which of them are answered, "outcome_told" says
)

LETTER: Final = "letter"  # the stage of what no program can work off: a person is to read it

shunt: Final = Table(
    "shunt",
    metadata,
    Column("id", Id, primary_key=True),
    Column("raw_id", Id, ForeignKey("raw.id"), nullable=False, unique=True),
    Column("gate", Text, nullable=False),
    Column("name", Words, nullable=False),
    Column(
        "envelope_from", Words
    ),  # who handed it over, for the next try; null where nobody said, and when it was resolved
    Column("stage", Text, nullable=False),  # "read" or "apply" ..., or that of a letter
    Column("reason", Text, nullable=False),
    Column("detail", Words),
    Column("tries", Integer, nullable=False),
    Column("first", Moment, nullable=False),
    Column("last", Moment, nullable=False),
    Column("resolved", Moment),
    Index("ix_shunt_waiting", "first", **where("resolved IS NULL")),
)

rollup: Final = Table(
    "rollup",
    metadata,
    Column("channel_id", BigInteger, primary_key=True, autoincrement=False),  # 0: outside any channel
    Column("day", Text, primary_key=True),
    Column("class", Text, primary_key=True),
    Column("source_net", Text, primary_key=True),
    Column("count", Integer, nullable=False),
    Index("ix_rollup_day", "day"),
    sqlite_with_rowid=False,
)

# The sum of a day's roll-ups, and how often any of them was changed: whoever counted that day knows by it whether it still holds.
rollup_day: Final = Table(
    "rollup_day",
    metadata,
    Column("day", Text, primary_key=True),
    Column("count", Integer, nullable=False),
    Column("changes", Integer, nullable=False),
    sqlite_with_rowid=False,
)
