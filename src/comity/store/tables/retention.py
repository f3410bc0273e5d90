"""The tables of holds, of what was erased, and of how far rows were looked at.

Trust:      a hold names whoever it is about, as the case does; that something was erased names nobody.
Limits:     the ledger's channel of our own acts says the same as ``erasure``, in leaves that can be proved.
"""

from typing import Final

from sqlalchemy import Column, ForeignKey, Integer, Table, Text

from comity.store.metadata import metadata
from comity.store.types import Id, Moment, Words

legal_hold: Final = Table(
    "legal_hold",
    metadata,
    Column("id", Id, primary_key=True),
    Column("subject", Words, nullable=False),
    Column("case_id", Text),  # null: all cases on the subject
    Column("by", Words, nullable=False),
    Column("why", Words, nullable=False),
    Column("placed", Moment, nullable=False),
    Column("until", Moment, nullable=False),
    Column("lifted", Moment),
    Column("lifted_by", Words),
    Column("lifted_why", Words),
)

legal_hold_act: Final = Table(
    "legal_hold_act",
    metadata,
    Column("id", Id, primary_key=True),
    Column("hold_id", Id, ForeignKey("legal_hold.id")),  # null: it was refused
    Column("at", Moment, nullable=False),
    Column("actor", Words, nullable=False),
    Column("act", Text, nullable=False),
    Column("about", Words, nullable=False),
    Column("note", Words),
)

erasure: Final = Table(
    "erasure",
    metadata,
    Column("id", Id, primary_key=True),
    Column("at", Moment, nullable=False),
    Column("of", Text, nullable=False),
    Column("part", Text, nullable=False),
    Column("n", Integer, nullable=False),
    Column("before", Moment, nullable=False),
    Column("digest", Text, nullable=False),
    Column("days", Integer, nullable=False),
    Column("spared", Integer, nullable=False),
    Column("leaf", Text),
)

# Rows up to this number are all erased: the next look begins behind it.
erasure_mark: Final = Table(
    "erasure_mark",
    metadata,
    Column("part", Text, primary_key=True),
    Column("upto", Id, nullable=False),
)
