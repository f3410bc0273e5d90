"""The table of whose token was turned back into a mailbox, by whom and why.

Trust:      the mailbox that was found stands nowhere.
"""

from typing import Final

from sqlalchemy import Boolean, Column, Table, Text

from comity.store.metadata import metadata
from comity.store.types import Id, Moment, Words

token_reversal: Final = Table(
    "token_reversal",
    metadata,
    Column("id", Id, primary_key=True),
    Column("at", Moment, nullable=False),
    Column("by", Words, nullable=False),
    Column("why", Words, nullable=False),
    Column("party", Words, nullable=False),
    Column("epoch", Text, nullable=False),
    Column("token", Words, nullable=False),
    Column("found", Boolean),  # null: it was asked for, and not ended
)
