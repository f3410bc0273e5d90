"""The table of our own machines: what each last said of itself.

Limits:     one row a machine, written once a minute; a machine that is gone stays until somebody says that it is.
"""

from typing import Final

from sqlalchemy import BigInteger, Column, Table, Text

from comity.store.metadata import metadata
from comity.store.types import Json, Moment, Words

cluster_node: Final = Table(
    "cluster_node",
    metadata,
    Column("name", Words, primary_key=True),
    Column("spool", Words, primary_key=True),
    Column("version", Text, nullable=False),
    Column("seen", Moment, nullable=False),
    Column("ended", Moment),
    Column("waiting", BigInteger, nullable=False),
    Column("oldest", Moment),
    Column("free_mib", BigInteger, nullable=False),
    Column("model", Text),
    Column("findings", Json, nullable=False),
)
