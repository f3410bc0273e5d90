"""Tables of what people teach the filter: samples, models and which sample each one holds, campaigns that are junked.

Trust:      who said it is a token, never an address; the mail itself is a row of "raw", kept until nobody needs it.
Limits:     a row of a sample ends with its time (``learning.keep_days``); those of models are small and stay.
"""

from typing import Final

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, LargeBinary, Table, Text, text

from comity.store.metadata import metadata
from comity.store.types import Id, Json, Moment

training_sample: Final = Table(
    "training_sample",
    metadata,
    Column("id", Id, primary_key=True),  # grows with time
    Column("key", LargeBinary(16), nullable=False),  # the mail + the mailbox of whoever said it, keyed
    Column("complaint", LargeBinary(16), nullable=False, index=True),  # the key of the complaint, if it was one
    Column("spam", Boolean, nullable=False),
    Column("raw_id", Id, ForeignKey("raw.id"), index=True),  # null where there is nothing to learn it from any more
    Column("gate", Text, nullable=False),
    Column("reporter", Text),  # token of the mailbox
    Column("cohort", Text),  # token of those who came together
    Column("peer", Text, nullable=False),
    Column("campaign", Text, nullable=False),  # what mails of one run have in common
    Column("delivered", Boolean, nullable=False),  # the mail's own memory says so
    Column("vetted", Boolean, nullable=False),
    Column("by_operator", Boolean, nullable=False),
    Column("facts", Json),  # what was found out about the mail at delivery
    Column("arrived", Moment, nullable=False),
    Column("said", Moment, nullable=False),  # the last word about it
    Column("repeats", Integer, nullable=False, server_default=text("0")),
    Column("eligible_at", Moment, nullable=False),
    Column("state", Text, nullable=False),
    Column("reason", Text),  # why it was refused, or taken out
    Column("decided", Moment),
    Column("version", Id),  # the model that learnt it first, and as the how manyth
    Column("place", Integer),
    Index("ix_training_sample_key", "key"),
    Index("ix_training_sample_state_eligible_at", "state", "eligible_at"),
    Index("ix_training_sample_campaign_arrived", "campaign", "arrived"),
    Index("ix_training_sample_reporter_arrived", "reporter", "arrived"),
)

model_version: Final = Table(
    "model_version",
    metadata,
    Column("id", Id, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Column("serves", Boolean, nullable=False),  # false: it was refused, and never served
    Column("digest", LargeBinary(32)),  # of its file
    Column("base", Id),  # the version in whose file lies what it was taught upon
    Column("spam", Integer, nullable=False),  # samples in it
    Column("legitimate", Integer, nullable=False),
    Column("added", Integer, nullable=False),
    Column("removed", Integer, nullable=False),
    Column("left_out", Integer, nullable=False),  # samples that made it worse
    Column("locked", Text),  # which locked examples; what it gets wrong of them
    Column("lost", Integer),
    Column("missed", Integer),
    Column("reason", Text),
    Index("ix_model_version_serves", "serves", "id"),
)

# From which model to which a sample is in it; "until" is null while it is.
model_member: Final = Table(
    "model_member",
    metadata,
    Column("sample_id", Id, ForeignKey("training_sample.id"), primary_key=True, autoincrement=False),
    Column("since", Id, primary_key=True, autoincrement=False),
    Column("until", Id),
    Index("ix_model_member_until", "until"),
)

junked_campaign: Final = Table(
    "junked_campaign",
    metadata,
    Column("id", Id, primary_key=True),
    Column("campaign", Text, nullable=False, index=True),
    Column("since", Moment, nullable=False),
    Column("until", Moment, nullable=False, index=True),
    Column("people", Integer, nullable=False),
    Column("lifted", Moment),
    Column("lifted_by", Text),
)
