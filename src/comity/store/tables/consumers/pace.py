"""Tables of what parties were told about campaigns.

Limits:     a campaign is a hash; who complained is the keyed token of his mailbox.
"""

from typing import Final

from sqlalchemy import Column, ForeignKey, Index, Integer, LargeBinary, PrimaryKeyConstraint, Table, Text

from comity.store.metadata import metadata
from comity.store.types import Id, Moment, Words

campaign_told: Final = Table(
    "campaign_told",
    metadata,
    Column("party", Words, nullable=False),
    Column("campaign", LargeBinary(8), nullable=False),
    Column("first", Moment, nullable=False),
    Column("last", Moment, nullable=False),
    Column("told", Moment, nullable=False),
    Column("complaints", Integer, nullable=False),
    Column("resolved", Moment),
    PrimaryKeyConstraint("party", "campaign"),
    Index("ix_campaign_told_last", "last"),
)

campaign_complainer: Final = Table(
    "campaign_complainer",
    metadata,
    Column("party", Words, nullable=False),
    Column("campaign", LargeBinary(8), nullable=False),
    Column("complainer", Text, nullable=False),
    Column("at", Moment, nullable=False),
    PrimaryKeyConstraint("party", "campaign", "complainer"),
    Index("ix_campaign_complainer_at", "at"),
)

report_campaign: Final = Table(
    "report_campaign",
    metadata,
    Column("report_id", Id, ForeignKey("report.id"), primary_key=True, autoincrement=False),
    Column("campaign", LargeBinary(8), nullable=False),
)
