"""The one description of all tables.

Answers:    ``metadata``; ``SCHEMA_VERSION`` grows whenever a table changes; the table ``meta`` says which one a database has.
"""

from typing import Final

from sqlalchemy import Column, MetaData, Table, Text

SCHEMA_VERSION: Final = 7

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
