"""The tables of who held which address when.

Trust:      personal data: who was on the line. Rows go when their time is over (``[data] lease_days``).
Limits:     a lease lies under its network (packed address and length), the band of its ports, and a shelf by its length, because a
            look-up then walks a few short stretches of one index, however many rows there are: on the shelf of leases of at most
            an hour none can touch a moment that began more than an hour before it.
"""

from typing import Final

from sqlalchemy import Boolean, Column, Index, Integer, LargeBinary, SmallInteger, Table

from comity.store.metadata import metadata
from comity.store.types import Moment, Words

lease: Final = Table(
    "lease",
    metadata,
    Column("network", LargeBinary(17), primary_key=True),
    Column(
        "band", SmallInteger, primary_key=True, autoincrement=False
    ),  # 0 to 63: a 64th of the ports; -1: all of them
    Column("shelf", SmallInteger, primary_key=True, autoincrement=False),
    Column("began", Moment, primary_key=True, autoincrement=False),
    Column("identity", LargeBinary(8), primary_key=True),
    Column("first_port", Integer, nullable=False),
    Column("last_port", Integer, nullable=False),
    Column("ended", Moment),
    Column("known_until", Moment, nullable=False),
    Column("subscriber", Words, nullable=False),
    Column("is_shared", Boolean, nullable=False),
    sqlite_with_rowid=False,
)
Index("ix_lease_identity", lease.c.identity)
Index("ix_lease_known_until", lease.c.known_until)

# How long the prefixes are that were ever handed out: a look-up asks for no others.
lease_width: Final = Table(
    "lease_width",
    metadata,
    Column("version", SmallInteger, primary_key=True, autoincrement=False),
    Column("width", SmallInteger, primary_key=True, autoincrement=False),
)
