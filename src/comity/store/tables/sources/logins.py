"""Tables of who handed in which mail, out of our own mail logs.

Trust:      personal data: who sent when. A mail is a keyed hash: nobody without ``maillog.key`` finds out which one. Rows go when
            their time is over (``[sources] mail_log_days``).
"""

from typing import Final

from sqlalchemy import BigInteger, Column, LargeBinary, Table, Text

from comity.store.metadata import metadata
from comity.store.types import Moment, Words

mail_login: Final = Table(
    "mail_login",
    metadata,
    Column("mark", LargeBinary(12), primary_key=True),  # keyed hash of a Message-ID, or of a queue id and its host
    Column("login", Words, primary_key=True),
    Column("seen", Moment, nullable=False, index=True),
    sqlite_with_rowid=False,
)

# How far each log was read: what it begins with tells whether it is the same file.
mail_log_place: Final = Table(
    "mail_log_place",
    metadata,
    Column("name", Text, primary_key=True),
    Column("head", LargeBinary(16), nullable=False),
    Column("offset", BigInteger, nullable=False),
    Column("read", Moment, nullable=False),
)
