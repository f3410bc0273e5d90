"""Tables of signing in without a password: what was begun, who is known elsewhere as whom, passkeys.

Trust:      what was begun stands here under hashes; of a passkey its public key.
"""

from typing import Final

from sqlalchemy import BigInteger, Column, ForeignKey, LargeBinary, Table, Text

from comity.store.metadata import metadata
from comity.store.types import Id, Json, Moment, Words

sign_in_begun: Final = Table(
    "sign_in_begun",
    metadata,
    Column("key", LargeBinary(32), primary_key=True),
    Column("browser", LargeBinary(32), nullable=False),
    Column("kind", Text, nullable=False),
    Column("facts", Json, nullable=False),
    Column("at", Moment, nullable=False, index=True),
)

account_identity: Final = Table(
    "account_identity",
    metadata,
    Column("issuer", Words, primary_key=True),
    Column("subject", Words, primary_key=True),
    Column("account_id", Id, ForeignKey("account.id"), nullable=False, index=True),
    Column("since", Moment, nullable=False),
)

account_passkey: Final = Table(
    "account_passkey",
    metadata,
    Column("id", Id, primary_key=True),
    Column("account_id", Id, ForeignKey("account.id"), nullable=False, index=True),
    Column("credential", LargeBinary, nullable=False, unique=True),
    Column("public_key", LargeBinary, nullable=False),
    Column("handle", LargeBinary, nullable=False),  # what the device keeps for the account: chance, no name
    Column("count", BigInteger, nullable=False),  # of its signatures, as it said last
    Column("name", Words, nullable=False),
    Column("made", Moment, nullable=False),
    Column("used", Moment),
)
