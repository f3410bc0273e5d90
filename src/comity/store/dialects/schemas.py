"""Several stores in one database of PostgreSQL, a schema each: what shows or tries something, and leaves nothing behind.

Answers:    ``schemas(address, names)`` makes them for the time of a block, and gives the address of each.
Limits:     a schema of this name that is there already is none of ours: it stays, and an error says so.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from sqlalchemy import NullPool, create_engine, make_url
from sqlalchemy.schema import CreateSchema, DropSchema

from comity.model.outcomes import ComityError, Outcome
from comity.store.dialects.postgresql import PostgresDatabase
from comity.store.trouble import told


@contextmanager
def schemas(address: str, names: Sequence[str], *, keep: bool = False) -> Iterator[Mapping[str, str]]:
    """Each of these names, with the address of its own store."""
    place = PostgresDatabase(address).place
    url = make_url(address)
    server = create_engine(url.set(drivername="postgresql+psycopg"), poolclass=NullPool)
    with told(place), server.begin() as connection:
        there = set(connection.dialect.get_schema_names(connection))
        if taken := sorted(there & set(names)):
            raise ComityError(
                "store-schema", "there is one already", outcome=Outcome.USAGE, place=place, details={"name": taken[0]}
            )
        for name in names:
            connection.execute(CreateSchema(name))
    try:
        yield {
            name: url.update_query_dict({"options": f"-csearch_path={name}"}).render_as_string(hide_password=False)
            for name in names
        }
    finally:
        if not keep:
            with told(place), server.begin() as connection:
                for name in names:
                    connection.execute(DropSchema(name, cascade=True))
