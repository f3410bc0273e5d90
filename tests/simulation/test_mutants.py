"""The simulation finds bugs: programs that are wrong on purpose break the promise that they should, within a hundred seeds."""

import pytest

from .mutants import MUTANTS
from .running import search


@pytest.mark.parametrize("name", MUTANTS)
def test_a_wrong_program_is_found(name: str) -> None:
    """One of its promises is seen to break, by its name."""
    mutant = MUTANTS[name]
    with mutant.at_work():
        failure = search(range(100), mutant.node)
    assert failure is not None
    assert failure.name in mutant.breaks, failure
