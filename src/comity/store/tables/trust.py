"""Tables of trust between peers: their public keys, what is counted about their exchange, and why we do not sign.

Limits:     private keys are in files. A key is never deleted: what it signed must be checked for as long as the ledger is kept.
"""

from typing import Final

from sqlalchemy import BigInteger, Column, ForeignKey, Integer, LargeBinary, Table, Text

from comity.store.metadata import metadata
from comity.store.types import Id, Moment, Words

peer_key: Final = Table(
    "peer_key",
    metadata,
    Column("peer", Words, primary_key=True),  # its domain
    Column("public", LargeBinary(32), primary_key=True),
    Column("revocation", LargeBinary(32), nullable=False),
    Column("state", Text, nullable=False),
    Column("since", Moment, nullable=False),
    sqlite_with_rowid=False,
)

exchange_count: Final = Table(
    "exchange_count",
    metadata,
    Column("peer", Words, primary_key=True),
    Column("day", Text, primary_key=True),
    Column("what", Text, primary_key=True),  # "taken", "given", "refused:CODE", "refused-by:CODE"
    Column("count", Integer, nullable=False),
    sqlite_with_rowid=False,
)

signing_stop: Final = Table(
    "signing_stop",
    metadata,
    Column("channel_id", Id, ForeignKey("channel.id"), primary_key=True, autoincrement=False),
    Column("reason", Text, nullable=False),
    Column("size", Integer, nullable=False),  # how many leaves the channel has elsewhere
    Column("since", Moment, nullable=False),
    sqlite_with_rowid=False,
)

refused_leaf: Final = Table(
    "refused_leaf",
    metadata,
    Column("channel_id", Id, ForeignKey("channel.id"), primary_key=True, autoincrement=False),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("code", Text, nullable=False),  # what the other side calls its refusal
    Column("detail", Words),
    Column("since", Moment, nullable=False),
    Column("passed", Moment),  # when what follows it went on without it
    sqlite_with_rowid=False,
)

# A peer signed two heads of this channel that cannot be of one history; the first proof is kept, and needs no second.
forked_history: Final = Table(
    "forked_history",
    metadata,
    Column("origin", Words, primary_key=True),
    Column("writer", Words, nullable=False),
    Column("smaller", BigInteger, nullable=False),  # over how many leaves the two heads are, as its writer says
    Column("larger", BigInteger, nullable=False),
    Column("proof", Text, nullable=False),  # the file
    Column("seen", Moment, nullable=False),
)

delivered: Final = Table(
    "delivered",
    metadata,
    Column("identity", LargeBinary(16), primary_key=True),  # keyed: of one mail that left us
    Column("day", Text, nullable=False, index=True),
    sqlite_with_rowid=False,
)

delivered_day: Final = Table(
    "delivered_day",
    metadata,
    Column("day", Text, primary_key=True),  # the log of this day is here, whole
    sqlite_with_rowid=False,
)
