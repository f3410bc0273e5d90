"""Everything here is true of both databases: what opens a store runs in SQLite, and with ``--live`` in PostgreSQL too."""

from collections.abc import Iterator

import pytest

from ..engines import engine, postgres, pytest_generate_tests
from ..quickening import made_anew

__all__ = ["engine", "postgres", "pytest_generate_tests"]


@pytest.fixture(autouse=True)
def anew() -> Iterator[None]:
    """How a store is made is what these tests are about."""
    with made_anew():
        yield
