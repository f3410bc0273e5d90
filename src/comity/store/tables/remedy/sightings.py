"""The table of sightings of bots at addresses of ours.

Trust:      personal data: an address with a time, and whose line it was. Rows go when their time is over.
Limits:     the same word of the same source is one row, however often it is delivered. A row whose line is not certain keeps the
            reason instead of a subject.
"""

from typing import Final

from sqlalchemy import Column, Index, Integer, LargeBinary, Table, Text

from comity.store.metadata import metadata
from comity.store.types import Moment, Words

bot_sighting: Final = Table(
    "bot_sighting",
    metadata,
    Column("identity", LargeBinary(16), primary_key=True),
    Column("subject", Words),  # the key of the first case on whoever it was
    Column("doubt", Text),
    Column("sighting_class", Text, nullable=False),
    Column("source", Words, nullable=False),
    Column("address", Text, nullable=False),
    Column("port", Integer),
    Column("seen", Moment, nullable=False),
    Column("taken", Moment, nullable=False),
    Column("said", Words),
    Column("kind", Words),
    sqlite_with_rowid=False,
)
# All that is asked about a line stands in the index: its sightings lie all over the table.
Index(
    "ix_bot_sighting_subject_seen",
    bot_sighting.c.subject,
    bot_sighting.c.seen,
    bot_sighting.c.sighting_class,
    bot_sighting.c.source,
    bot_sighting.c.address,
    bot_sighting.c.said,
)
Index("ix_bot_sighting_taken", bot_sighting.c.taken)
