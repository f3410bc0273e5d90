"""Tables of agreements: documents with their signatures, what was done with them, and data subjects.

Trust:      texts and documents are the other side's words, checked before they came here.
Limits:     a data subject is a keyed hash; rows older than a year are dropped. Nothing else is ever deleted: it is the proof of
            which terms held when.
"""

from typing import Final

from sqlalchemy import Column, ForeignKey, Index, Integer, LargeBinary, Table, Text

from comity.store.metadata import metadata
from comity.store.types import Id, Moment, Words

agreement_paper: Final = Table(
    "agreement_paper",
    metadata,
    Column("digest", Text, primary_key=True),  # SHA-256 of the document, in figures
    Column("peer", Words, nullable=False, index=True),  # its domain
    Column("version", Integer, nullable=False),
    Column("data", LargeBinary, nullable=False),  # the document as it was signed
    Column("note", Text, nullable=False),  # the same in its note, with every signature line
    Column("sent", Integer, nullable=False, default=0),  # reports that left under it
)

agreement_event: Final = Table(
    "agreement_event",
    metadata,
    Column("id", Id, primary_key=True),
    Column("digest", Text, ForeignKey("agreement_paper.digest"), nullable=False, index=True),
    Column("act", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Column("by", Words, nullable=False),
    Column("reason", Text),
    Column("text", Words),
    Column("effective", Moment),
    Column("note", Text),  # the act as it was signed, where it is a note of its own
)

agreement_subject: Final = Table(
    "agreement_subject",
    metadata,
    Column("peer", Words, primary_key=True),
    Column("subject", LargeBinary(16), primary_key=True),
    Column("last", Moment, nullable=False),  # when something about this person left last
    Index("ix_agreement_subject_peer_last", "peer", "last"),
    sqlite_with_rowid=False,
)
