"""Tables of signals between networks: proposals, adoptions, rules, and to whom ours are given.

Trust:      reasons and contacts are another network's words. The note of a signal is kept whole: it is the proof of who said it.
"""

from typing import Final

from sqlalchemy import Boolean, Column, ForeignKeyConstraint, Index, Integer, Table, Text

from comity.store.metadata import metadata
from comity.store.types import Id, Json, Moment, Words

signal: Final = Table(
    "signal",
    metadata,
    Column("issuer", Words, primary_key=True),
    Column("signal_id", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("subject", Words, nullable=False, index=True),
    Column("classes", Json, nullable=False),
    Column("first_seen", Moment, nullable=False),
    Column("last_seen", Moment, nullable=False),
    Column("tlp", Text, nullable=False),
    Column("is_severe", Boolean, nullable=False),
    Column("reason", Json, nullable=False),
    Column("reference", Text, nullable=False),
    Column("contact", Words, nullable=False),
    Column("made", Moment, nullable=False),
    Column("begins", Moment, nullable=False),
    Column("ends", Moment, nullable=False),
    Column("note", Words, nullable=False),
    Column("taken", Moment, nullable=False),
    Column("is_ours", Boolean, nullable=False),
    Column("withdrawn", Moment),
    Column("withdrawn_reason", Json),
    Column("withdrawal_note", Words),
    Index("ix_signal_ends", "ends"),
)

signal_adoption: Final = Table(
    "signal_adoption",
    metadata,
    Column("id", Id, primary_key=True),
    Column("issuer", Words, nullable=False),
    Column("signal_id", Text, nullable=False),
    Column("by", Words, nullable=False),
    Column("why", Words, nullable=False),
    Column("rule_id", Id),
    Column("adopted", Moment, nullable=False),
    Column("begins", Moment, nullable=False),
    Column("until", Moment, nullable=False),
    Column("reference", Text),
    Column("ended", Moment),
    Column("ended_why", Words),
    ForeignKeyConstraint(["issuer", "signal_id"], ["signal.issuer", "signal.signal_id"]),
    Index("ix_signal_adoption_signal", "issuer", "signal_id"),
    Index("ix_signal_adoption_rule", "rule_id", "adopted"),
)

signal_rule: Final = Table(
    "signal_rule",
    metadata,
    Column("id", Id, primary_key=True),
    Column("peer", Words, nullable=False),
    Column("kinds", Json, nullable=False),
    Column("classes", Json, nullable=False),
    Column("least_evidence", Integer, nullable=False),
    Column("widest_v4", Integer, nullable=False),
    Column("widest_v6", Integer, nullable=False),
    Column("days", Integer, nullable=False),
    Column("per_day", Integer, nullable=False),
    Column("by", Words, nullable=False),
    Column("why", Words, nullable=False),
    Column("made", Moment, nullable=False),
    Column("until", Moment, nullable=False),
    Column("ended", Moment),
)

# Documents of ours on their way to a peer: each is given until the peer has taken it, or said by name why not.
document_out: Final = Table(
    "document_out",
    metadata,
    Column("id", Id, primary_key=True),
    Column("peer", Words, nullable=False),
    Column("about", Text, nullable=False),  # what it belongs to: a signal, a guidance
    Column("note", Words, nullable=False),
    Column("entered", Moment, nullable=False),
    Column("given", Moment),
    Column("refused", Text),
    Index("ix_document_out_peer", "peer", "given"),
)
