"""A desk in memory, for the tests that need nothing more of one."""

from collections.abc import Iterator

import pytest

from comity.store.engine import Store, open_store


@pytest.fixture
def store() -> Iterator[Store]:
    """Empty, with all its tables."""
    opened = open_store(":memory:")
    opened.create()
    yield opened
    opened.close()
