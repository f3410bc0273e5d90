"""Tables of a coalition: entries of members, when digests were mailed, and guidance that two of them write together.

Trust:      names, addresses, hours, titles and texts are the members' own words. Notes are kept whole: they can be handed on, and
            still show who signed them.
"""

from typing import Final

from sqlalchemy import Column, Integer, Table, Text

from comity.store.metadata import metadata
from comity.store.types import Id, Json, Moment, Words

coalition_member: Final = Table(
    "coalition_member",
    metadata,
    Column("issuer", Words, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("record", Json, nullable=False),
    Column("note", Words, nullable=False),
    Column("taken", Moment, nullable=False),
    Column("ends", Moment, nullable=False),
)

coalition_digest: Final = Table(
    "coalition_digest",
    metadata,
    Column("id", Id, primary_key=True),
    Column("at", Moment, nullable=False),
    Column("mails", Integer, nullable=False),
    Column("text", Text, nullable=False),
)

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
