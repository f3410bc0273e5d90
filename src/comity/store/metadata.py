"""The one description of all tables.

Answers:    ``metadata``; ``SCHEMA_VERSION`` is the number of the last step in ``comity.store.migrations.versions``; the table
            ``version``, Alembic's own, says which one a database has; ``meta`` keeps what is noted once about a store.
            ``make_tables(connection)`` makes all of them where none is.
"""

from typing import Any, Final

from sqlalchemy import (
    Column,
    Connection,
    Dialect,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    create_mock_engine,
)

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


def make_tables(connection: Connection) -> None:
    """Make every table and index, in a database that has none of them."""
    dialect = connection.dialect
    if dialect.name not in _WORDED:
        _WORDED[dialect.name] = _statements(dialect)
    for statement in _WORDED[dialect.name]:
        connection.exec_driver_sql(statement)


# To word what makes them takes longer than to make them, and it is the same for every store of a kind of database.
_WORDED: Final[dict[str, tuple[str, ...]]] = {}


def _statements(dialect: Dialect) -> tuple[str, ...]:
    said: list[str] = []

    def note(statement: Any, *_: object, **__: object) -> None:
        said.append(str(statement.compile(dialect=dialect)))

    metadata.create_all(create_mock_engine(f"{dialect.name}+{dialect.driver}://", note), checkfirst=False)
    return tuple(said)
