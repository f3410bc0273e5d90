"""A pair of networks for each test."""

from collections.abc import Iterator

import pytest

from .a_pair import Pair


@pytest.fixture
def pair() -> Iterator[Pair]:
    made = Pair()
    yield made
    made.west.store.close()
    made.east.store.close()
