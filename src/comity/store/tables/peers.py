"""The table of peers: who may be written to.

Limits:     agreements stay in their file; a row remembers the version that was used last.
"""

from typing import Final

from sqlalchemy import Column, Integer, Table, Text

from comity.store.metadata import metadata
from comity.store.types import Moment, Words

peer: Final = Table(
    "peer",
    metadata,
    Column("name", Words, primary_key=True),
    Column("address", Words, nullable=False),
    Column("state", Text, nullable=False),  # "observe", "live", "suspended"
    Column("since", Moment, nullable=False),
    Column("reason", Text),
    Column("agreement_version", Integer),  # null: the message itself named the address
)
