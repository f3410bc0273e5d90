"""On either database, in one where nothing is yet: these tests make tables of several versions themselves."""

from collections.abc import Iterator

import pytest

from ...engines import Postgres, lying_in


@pytest.fixture(autouse=True)
def engine(request: pytest.FixtureRequest) -> Iterator[str]:
    """Which database the stores of this test lie in."""
    name = getattr(request, "param", "sqlite")
    if name == "sqlite":
        yield name
        return
    server: Postgres = request.getfixturevalue("postgres")
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("comity.store.dialects.database_of", lying_in(server, made=False))
        yield name
    server.clear()
