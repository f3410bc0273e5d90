"""Tables of the ledger: channels, leaves with their tree, heads, and the payloads they commit to.

Trust:      a leaf's bytes are exactly what was hashed. Nothing of a mail is here but what a leaf may say.
Limits:     payload and salt stand in a table of their own: erasing a row of it leaves the tree, the counts and all proofs.
"""

from typing import Final

from sqlalchemy import Boolean, Column, ForeignKey, Integer, LargeBinary, Table, Text

from comity.store.metadata import metadata
from comity.store.types import Id, Moment, Words

channel: Final = Table(
    "channel",
    metadata,
    Column("id", Id, primary_key=True),
    Column("origin", Text, nullable=False, unique=True),  # "west.example/to/east.example/2026q4"
    Column("reporting", Text, nullable=False),  # who reports
    Column("reported", Text, nullable=False),  # who is told
    Column("quarter", Text, nullable=False),
    Column("size", Integer, nullable=False, default=0),
    Column("is_copy", Boolean, nullable=False, default=False),  # the peer writes it, and we keep what it sent
)

leaf: Final = Table(
    "leaf",
    metadata,
    Column("channel_id", Id, ForeignKey("channel.id"), primary_key=True, autoincrement=False),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("type", Text, nullable=False),
    Column("data", LargeBinary, nullable=False),
    Column("submitted", Moment, nullable=False),
    sqlite_with_rowid=False,
)

payload: Final = Table(
    "payload",
    metadata,
    Column("channel_id", Id, ForeignKey("channel.id"), primary_key=True, autoincrement=False),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("salt", LargeBinary, nullable=False),
    Column("data", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)

node: Final = Table(
    "node",
    metadata,
    Column("channel_id", Id, ForeignKey("channel.id"), primary_key=True, autoincrement=False),
    Column("level", Integer, primary_key=True, autoincrement=False),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("hash", LargeBinary(32), nullable=False),
    sqlite_with_rowid=False,
)

head: Final = Table(
    "head",
    metadata,
    Column("channel_id", Id, ForeignKey("channel.id"), primary_key=True, autoincrement=False),
    Column("size", Integer, primary_key=True, autoincrement=False),
    Column("root", LargeBinary(32), nullable=False),
    Column("note", Text, nullable=False),  # the checkpoint with every signature line
    Column("signed", Moment, nullable=False),
    Column("receipted", Moment),  # when the other side cosigned it, or we did for the other side
    sqlite_with_rowid=False,
)

# Where what a leaf says and what came by mail meet: by the opaque name of the event, within the channels of two networks.
leaf_name: Final = Table(
    "leaf_name",
    metadata,
    Column("channel_id", Id, ForeignKey("channel.id"), primary_key=True, autoincrement=False),
    Column("name", Words, primary_key=True),
    Column("position", Integer),  # null: it came by mail, and no leaf has come yet
    Column("counted", Boolean, nullable=False, default=False),  # of type report or not-spam
    Column("retracted", Moment),
    Column("restored", Boolean, nullable=False, default=False),  # it was lost here and came back from the other side
    Column("report_id", Id),  # null: the leaf came, and no mail has come yet
    sqlite_with_rowid=False,
)
