"""The promises that the fuzzers hold the readers to, on the seeds and on a few hundred changed ones, in every run."""

from random import Random

import pytest

from .mutations import little
from .seeds import seeds
from .targets import TARGETS, bounded

_CHANGED = 150


@pytest.mark.parametrize("name", TARGETS)
def test_promises_hold_for_the_seeds(name: str) -> None:
    """Our own samples break none of the promises, whichever reader they are given to."""
    for seed in seeds(name):
        bounded(TARGETS[name], seed)


@pytest.mark.parametrize("name", TARGETS)
def test_promises_hold_for_damaged_seeds(name: str) -> None:
    """What careless hosts and careful liars make of the samples breaks none either; the same ones in every run."""
    rng = Random(name)  # noqa: S311 - samples, not secrets
    known = seeds(name)
    for _ in range(_CHANGED):
        bounded(TARGETS[name], little(rng.choice(known), rng))


@pytest.mark.parametrize("name", TARGETS)
@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x00",
        b"\n",
        b"\r",
        b":",
        b" \n",
        b"\xff\xfe",
        b"From ",
        b"--\n",
        b"PK\x03\x04",
        b"\x1f\x8b\x08",
        b"{",
        b"<",
    ],
)
def test_promises_hold_for_next_to_nothing(name: str, data: bytes) -> None:
    """Nothing, and the first bytes of everything."""
    TARGETS[name](data)
