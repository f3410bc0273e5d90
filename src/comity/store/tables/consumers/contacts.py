"""Tables of whom networks name for abuse: what was imported, the addresses, what became of each.

Limits:     a range is kept as the prefixes that it consists of, so that a look-up asks for at most one row a length.
"""

from typing import Final

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, LargeBinary, PrimaryKeyConstraint, Table, Text

from comity.store.metadata import metadata
from comity.store.types import Id, Moment, Words

contact_import: Final = Table(
    "contact_import",
    metadata,
    Column("id", Id, primary_key=True),
    Column("source", Text, nullable=False),  # "RIPE", "APNIC", "operator"
    Column("day", Text, nullable=False),  # of the data
    Column("at", Moment, nullable=False),
    Column("ranges", Integer, nullable=False, default=0),
    Column("counts", Boolean, nullable=False, default=False),  # it is complete, and none came after it
)

abuse_contact: Final = Table(
    "abuse_contact",
    metadata,
    Column("id", Id, primary_key=True),
    Column("address", Words, nullable=False, unique=True),
    Column("state", Text, nullable=False),
    Column("since", Moment, nullable=False),
    Column("code", Text, unique=True),  # in the mails to it; null before the first
    Column("confirmed_by", Words),
    Column("probed", Moment),
    Column("answered", Moment),
    Column("bounced", Moment),
    Column("bounces", Integer, nullable=False, default=0),
    Index("ix_abuse_contact_state", "state", "address"),
)

contact_range: Final = Table(
    "contact_range",
    metadata,
    Column(
        "network", LargeBinary(16), nullable=False
    ),  # 4 or 16 octets; of the number of a network 5, the first is "A"
    Column("width", Integer, nullable=False),
    Column("import_id", Id, ForeignKey("contact_import.id"), nullable=False),
    Column("contact_id", Id, ForeignKey("abuse_contact.id"), nullable=False),
    Column("way", Text, nullable=False),
    PrimaryKeyConstraint("network", "width", "import_id"),
    Index("ix_contact_range_import", "import_id"),
    Index("ix_contact_range_contact", "contact_id"),
)

contact_event: Final = Table(
    "contact_event",
    metadata,
    Column("id", Id, primary_key=True),
    Column("contact_id", Id, ForeignKey("abuse_contact.id"), nullable=False),
    Column("at", Moment, nullable=False),
    Column("actor", Words, nullable=False),
    Column("act", Text, nullable=False),
    Column("note", Words),
    Column("to_state", Text, nullable=False),
    Index("ix_contact_event_contact", "contact_id", "id"),
)
