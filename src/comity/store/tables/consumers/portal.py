"""The table of what opens pages for other networks.

Trust:      secrets and addresses stand in it as hashes alone.
"""

from typing import Final

from sqlalchemy import Column, ForeignKey, Index, LargeBinary, Table, Text

from comity.store.metadata import metadata
from comity.store.types import Moment

portal_key: Final = Table(
    "portal_key",
    metadata,
    Column("digest", LargeBinary(32), primary_key=True),
    Column("kind", Text, nullable=False),
    Column("consumer", Text, ForeignKey("consumer.name")),
    Column("about", Text, nullable=False),
    Column("made", Moment, nullable=False),
    Column("expires", Moment, nullable=False, index=True),
    Column("used", Moment),
    Index("ix_portal_key_kind", "kind", "made"),
)
