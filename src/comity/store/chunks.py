"""Long lists, in parts that a statement can hold."""

from collections.abc import Iterator, Sequence
from typing import Final, TypeVar

_T = TypeVar("_T")

MOST: Final = 2000


def chunks(values: Sequence[_T]) -> Iterator[Sequence[_T]]:
    """Parts of at most two thousand.

    >>> [len(part) for part in chunks(range(4500))]
    [2000, 2000, 500]
    """
    for start in range(0, len(values), MOST):
        yield values[start : start + MOST]
