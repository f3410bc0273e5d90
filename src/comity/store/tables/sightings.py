"""The table of signatures that may have been sent again by somebody else than their signer.

Trust:      keyed hashes and tokens of ours; nobody without the master key finds a mail or a person by them.
Limits:     only of mail that was complained about and that its signer did not hand over; rows go after two weeks.
"""

from typing import Final

from sqlalchemy import Column, LargeBinary, Table, Text

from comity.store.metadata import metadata
from comity.store.types import Moment

signature_seen: Final = Table(
    "signature_seen",
    metadata,
    Column("signature", LargeBinary(16), primary_key=True),
    Column("complaint", LargeBinary(16), primary_key=True, index=True),
    Column("mailbox_token", Text, nullable=False),
    Column("network", Text, nullable=False),  # /24 or /48 of the host that handed the mail over
    Column("seen", Moment, nullable=False, index=True),
)
