"""Tables of what is done about cases by itself.

Trust:      a suppressed recipient stands here in clear until it comes back: whoever sends must be able to leave it out.
Limits:     only cases whose time has come are found by ``due``; the index holds nothing else.
"""

from typing import Final

from sqlalchemy import Column, ForeignKey, Index, Integer, Table, Text, text

from comity.store.metadata import metadata
from comity.store.types import Id, Json, Moment, Words, where

playbook_position: Final = Table(
    "playbook_position",
    metadata,
    Column("case_id", Text, ForeignKey("abuse_case.id"), primary_key=True),
    Column("playbook", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("entered", Moment, nullable=False),
    Column("checked", Moment, nullable=False),  # when its timers were looked at last
    Column("due", Moment),  # when they are to be looked at again; null: never
    Column("serial", Integer, nullable=False),  # how many rules were followed
    Column("verified", Integer, nullable=False),  # reports whose source proved who it is
    Column("heard", Moment),  # when the last report joined
    Column("raised", Moment),  # since when a person is to look
    Index("ix_playbook_position_due", "due", **where("due IS NOT NULL")),
)

# Complaints of a case by the day on which the mail was seen: the upper half of a rate.
case_day: Final = Table(
    "case_day",
    metadata,
    Column("case_id", Text, ForeignKey("abuse_case.id"), primary_key=True),
    Column("day", Text, primary_key=True),
    Column("complaints", Integer, nullable=False),
    sqlite_with_rowid=False,
)

# Mails that a customer sent: the lower half, as the operator counted them.
sent_volume: Final = Table(
    "sent_volume",
    metadata,
    Column("label", Words, primary_key=True),
    Column("day", Text, primary_key=True),
    Column("mails", Integer, nullable=False),
    sqlite_with_rowid=False,
)

case_consequence: Final = Table(
    "case_consequence",
    metadata,
    Column("id", Id, primary_key=True),
    Column("key", Text, nullable=False, unique=True),  # what makes it this one, however often it was decided
    Column("case_id", Text, ForeignKey("abuse_case.id"), index=True),  # null: somebody at the desk did it
    Column("kind", Text, nullable=False),
    Column("target_kind", Text, nullable=False),
    Column("target", Words, nullable=False),
    Column("facts", Json, nullable=False),  # template, rate an hour, webhook ...
    Column("actor", Words, nullable=False),
    Column("why", Words, nullable=False),  # the rule, or what somebody wrote
    Column("state", Text, nullable=False),
    Column("reason", Text),  # why it was not done
    Column("entered", Moment, nullable=False),
    Column("due", Moment, nullable=False),
    Column("until", Moment),  # when what holds ends
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    Column("leased_until", Moment),
    Column("last_error", Words),
    Column("finished", Moment),
    Column("lifted", Moment),
    Column("lifted_by", Words),
    Column("lifted_why", Words),
    Column("outbox_id", Id, ForeignKey("outbox.id"), index=True),  # the mail that tells it
    Index("ix_case_consequence_state_kind_due", "state", "kind", "due"),
    Index("ix_case_consequence_kind_target", "kind", "target", "target_kind"),
)
