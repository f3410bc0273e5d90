"""Tables of who works with the pages: accounts, sessions, waits after wrong passwords, who saw what.

Trust:      passwords stand here as Argon2 hashes, tokens of sessions as SHA-256; the secret of a second factor stands in clear,
            because it is needed to check a code: the file is its owner's alone.
"""

from typing import Final

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, LargeBinary, Table, Text

from comity.store.metadata import metadata
from comity.store.types import Id, Json, Moment, Words

account: Final = Table(
    "account",
    metadata,
    Column("id", Id, primary_key=True),
    Column("name", Words, nullable=False, unique=True),
    Column("role", Text, nullable=False),
    Column("language", Text),
    Column("password", Text, nullable=False),
    Column("secret", LargeBinary),  # of the second factor; null: none is asked for
    Column("last_step", BigInteger),  # of the code that was taken last: none is taken twice
    Column("recovery", Json),  # hashes of codes that count once each
    Column("created", Moment, nullable=False),
    Column("ended", Moment),
)

# A password that somebody else gave: it counts until then, and is to be replaced.
account_given_password: Final = Table(
    "account_given_password",
    metadata,
    Column("account_id", Id, ForeignKey("account.id"), primary_key=True, autoincrement=False),
    Column("until", Moment, nullable=False),
)

account_session: Final = Table(
    "account_session",
    metadata,
    Column("digest", LargeBinary(32), primary_key=True),
    Column("account_id", Id, ForeignKey("account.id"), nullable=False, index=True),
    Column("began", Moment, nullable=False),
    Column("seen", Moment, nullable=False),
)

sign_in_wait: Final = Table(
    "sign_in_wait",
    metadata,
    Column("key", Text, primary_key=True),  # a hash of name or household, or both
    Column("fails", Integer, nullable=False),
    Column("last", Moment, nullable=False),
)

access_log: Final = Table(
    "access_log",
    metadata,
    Column("id", Id, primary_key=True),
    Column("at", Moment, nullable=False),
    Column("account", Words, nullable=False),
    Column("what", Text, nullable=False),
    Column("about", Text, nullable=False),
    Index("ix_access_log_at", "at"),
    Index("ix_access_log_about", "about", "account"),
)
