"""The table of what people of ours wrote about cases.

Trust:      the address of whoever was written to stands here in clear, as it does in the outbox.
"""

from typing import Final

from sqlalchemy import Column, ForeignKey, Index, Integer, Table, Text

from comity.store.metadata import metadata
from comity.store.types import Id, Moment, Words, where

case_letter: Final = Table(
    "case_letter",
    metadata,
    Column("id", Id, primary_key=True),
    Column("case_id", Text, ForeignKey("abuse_case.id"), nullable=False, index=True),
    Column("who", Text, nullable=False),
    Column("address", Words, nullable=False),
    Column("subject", Words, nullable=False),
    Column("message_id", Text, nullable=False),
    Column("outbox_id", Id, ForeignKey("outbox.id"), nullable=False, index=True),
    Column("written", Moment, nullable=False),
    Column("by", Words, nullable=False),
    Column("answer_by", Moment),
    Column("answered", Moment),
    Column("bounced", Moment),
    Column("reminded", Moment),
    Index("ix_case_letter_open", "id", **where("answered IS NULL AND bounced IS NULL")),
)

# What went along with a letter.
case_letter_file: Final = Table(
    "case_letter_file",
    metadata,
    Column("id", Id, primary_key=True),
    Column("letter_id", Id, ForeignKey("case_letter.id"), nullable=False, index=True),
    Column("name", Words, nullable=False),
    Column("media_type", Text, nullable=False),
    Column("size", Integer, nullable=False),
    Column("digest", Text, nullable=False),
)
