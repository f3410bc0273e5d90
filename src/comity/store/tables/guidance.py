"""Tables of guidance: versions with their signatures, and comments.

Trust:      titles, texts and names are people's words, the other party's among them. Notes are kept whole, as proof.
"""

from typing import Final

from sqlalchemy import Column, Integer, Table, Text

from comity.store.metadata import metadata
from comity.store.types import Json, Moment, Words

guidance_version: Final = Table(
    "guidance_version",
    metadata,
    Column("guidance_id", Text, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("issuer", Words, nullable=False),
    Column("parties", Json, nullable=False),
    Column("title", Json, nullable=False),
    Column("text", Json, nullable=False),
    Column("practices", Json, nullable=False),
    Column("by", Words, nullable=False),
    Column("made", Moment, nullable=False),
    Column("note", Words, nullable=False),
    Column("taken", Moment, nullable=False),
    Column("agreed", Moment),
    Column("agreed_by", Words),
)

guidance_comment: Final = Table(
    "guidance_comment",
    metadata,
    Column("comment_id", Text, primary_key=True),
    Column("guidance_id", Text, nullable=False, index=True),
    Column("version", Integer, nullable=False),
    Column("issuer", Words, nullable=False),
    Column("text", Json, nullable=False),
    Column("by", Words, nullable=False),
    Column("made", Moment, nullable=False),
    Column("note", Words, nullable=False),
)
