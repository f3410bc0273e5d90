"""Bytes to numbers: the hashed 4-grams of a passage, each once.

Answers:    ``grams(data)`` gives the places in a table of 2**18 that the passage touches; ``hashed(words)`` those of whole words.
Limits:     two pieces may share a place; over a table of this size that was measured to cost nothing.
"""

import zlib
from collections.abc import Iterable
from typing import Final

import numpy as np
from numpy.typing import NDArray

BITS: Final = 18
SIZE: Final = 1 << BITS
_FACTOR: Final = np.uint32(0x9E3779B1)
_SHIFT: Final = np.uint32(32 - BITS)

Places = NDArray[np.int64]


def grams(data: bytes) -> Places:
    """The places of all runs of four bytes, each once.

    >>> len(grams(b"abcdabcd")), len(grams(b"abc"))
    (4, 0)
    """
    if len(data) < 4:
        return np.zeros(0, dtype=np.int64)
    view = np.lib.stride_tricks.sliding_window_view(np.frombuffer(data, dtype=np.uint8), 4)
    words = np.ascontiguousarray(view).view("<u4")[:, 0]
    return np.unique((words * _FACTOR) >> _SHIFT).astype(np.int64)


def hashed(words: Iterable[str]) -> Places:
    """The places of whole words, each once."""
    found = {zlib.crc32(word.encode("utf-8", "replace")) >> (32 - BITS) for word in words}
    return np.array(sorted(found), dtype=np.int64)
