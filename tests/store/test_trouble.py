"""What goes wrong around a database is said in words, whichever class the driver has for it."""

import socket

import pytest

from comity.model.outcomes import ComityError, Outcome
from comity.store.dialects.postgresql import PostgresDatabase
from comity.store.engine import Store, open_store

pytest.importorskip("psycopg")


def test_a_server_that_takes_connections_and_says_nothing() -> None:
    """A machine that hangs is away, as one that is gone: whoever wrote waits and tries again, and no mail is put aside for it."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        store = Store(PostgresDatabase(f"postgresql://comity@127.0.0.1:{port}/comity", connect_seconds=2))
        with pytest.raises(ComityError) as caught, store.write():
            pass
        store.close()
    assert (caught.value.code, caught.value.outcome) == ("store-away", Outcome.TRY_AGAIN)


@pytest.mark.parametrize("asked", ["SELECT 1 FROM nothing_of_this_name", "SELECT nothing_of_this_name FROM channel"])
def test_a_store_without_a_table_or_a_column_is_told(asked: str) -> None:
    """A copy of which a part is missing, or that somebody changed, is no fault of the program; nothing is given up for it."""
    store = open_store(":memory:")
    store.create()
    with pytest.raises(ComityError) as caught, store.read() as rows:
        rows.connection.exec_driver_sql(asked)
    assert (caught.value.code, caught.value.outcome) == ("store-tables", Outcome.TRY_AGAIN)
    store.close()
