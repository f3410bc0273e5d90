"""The one description of all tables.

Answers:    ``metadata``; ``SCHEMA_VERSION`` is the number of the last step in ``comity.store.migrations.versions``; the table
            ``version``, Alembic's own, says which one a database has; ``meta`` keeps what is noted once about a store.
"""

from typing import Final

from sqlalchemy import Column, MetaData, PrimaryKeyConstraint, String, Table, Text

SCHEMA_VERSION: Final = 2

metadata: Final = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

meta: Final = Table("meta", metadata, Column("name", Text, primary_key=True), Column("value", Text, nullable=False))

# As Alembic makes it: beside the tables of a store, not one of them, so that it is neither carried nor emptied with them.
version: Final = Table(
    "alembic_version",
    MetaData(),
    Column("version_num", String(32), nullable=False),
    PrimaryKeyConstraint("version_num", name="alembic_version_pkc"),
)
