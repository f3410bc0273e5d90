"""Bytes to numbers: the places in a table that a passage touches, each once.

Answers:    ``Hashing``: ``grams(data)`` for runs of four bytes, ``word_pairs(data)`` for words and pairs of near words,
            ``hashed(words)`` for facts.
Limits:     two pieces may share a place; over tables of this size that was measured to cost nothing. 8,192 bytes a passage.

Everything is arithmetic on whole passages: a hash of each word comes out of one running sum, as a polynomial over its bytes
times the inverse of where it begins, modulo 2**32.
"""

import zlib
from collections.abc import Iterable
from typing import Final

import numpy as np
from numpy.typing import NDArray

BITS: Final = 18  # of a table for text: 1 MiB of weights
FACT_BITS: Final = 16
PASSAGE_LIMIT: Final = 8192
REACH: Final = 2  # words; how far apart the two of a pair may stand

Places = NDArray[np.intp]
_Words = NDArray[np.uint32]

_BASE: Final = 0x01000193
_INVERSE: Final = pow(_BASE, -1, 1 << 32)
_MIX: Final = np.uint32(0x85EBCA6B)
_LEFT: Final = np.uint32(0x9E3779B1)
_RIGHT: Final = tuple(np.uint32(40503 * distance + 12346) for distance in range(REACH + 1))
_WORD_SIGNS: Final = b"$'-_.@"


def _powers(factor: int) -> _Words:
    powers = np.full(PASSAGE_LIMIT, factor, dtype=np.uint32)
    powers[0] = 1
    return np.cumprod(powers, dtype=np.uint32)


_UP: Final = _powers(_BASE)
_DOWN: Final = _powers(_INVERSE)
_SHIFT: Final = np.uint32(32 - BITS)
_IS_WORD: Final = np.array(
    [sign >= 128 or chr(sign).isalnum() or sign in _WORD_SIGNS for sign in range(256)], dtype=np.int8
)


class Hashing:
    """Turns bytes into places; ``seed`` changes which pieces share a place, and nothing else."""

    def __init__(self, seed: int = 0) -> None:
        self.seed = seed
        self._factor = np.uint32((0x9E3779B1 + 2 * 0x3C6EF35F * seed) & 0xFFFFFFFF | 1)

    def positions(self, data: bytes) -> Places:
        """The place of the run of four bytes that begins at each byte, one after the other."""
        return (self._runs(data) >> _SHIFT).astype(np.intp)

    def grams(self, data: bytes) -> Places:
        """The places of all runs of four bytes.

        >>> len(Hashing().grams(b"abcdabcd")), len(Hashing().grams(b"abc"))
        (4, 0)
        """
        runs = self._runs(data)
        return self._once(runs) if len(runs) else np.zeros(0, dtype=np.intp)

    def _runs(self, data: bytes) -> _Words:
        data = data[:PASSAGE_LIMIT]
        if len(data) < 4:
            return np.zeros(0, dtype=np.uint32)
        # A view of overlapping little-endian numbers, one for each byte but the last three.
        runs: _Words = np.ndarray(shape=(len(data) - 3,), dtype="<u4", buffer=data, strides=(1,))
        return runs * self._factor

    def word_pairs(self, data: bytes) -> Places:
        """The places of all words, and of all pairs of words that stand no more than two apart.

        >>> len(Hashing().word_pairs(b"claim your prize"))
        6
        """
        words = _hashed_words(data[:PASSAGE_LIMIT]) * self._factor
        if not len(words):
            return np.zeros(0, dtype=np.intp)
        left, found = words * _LEFT, [words]
        found += [left[:-gap] ^ (words[gap:] * _RIGHT[gap]) for gap in range(1, min(REACH, len(words) - 1) + 1)]
        return self._once(np.concatenate(found) * _MIX)

    @staticmethod
    def _once(hashes: _Words) -> Places:
        """Each place once, in order: that is quicker to look up than any order of the text."""
        hashes >>= _SHIFT
        hashes.sort()
        first = np.empty(len(hashes), dtype=np.bool_)
        first[0] = True
        np.not_equal(hashes[1:], hashes[:-1], out=first[1:])
        return hashes[first].astype(np.intp)

    def hashed(self, words: Iterable[bytes]) -> Places:
        """The places of whole facts."""
        crc, shift = zlib.crc32, 32 - FACT_BITS
        return np.array(
            list({(crc(word, self.seed) * 0x9E3779B1 & 0xFFFFFFFF) >> shift for word in words}), dtype=np.intp
        )


def _hashed_words(data: bytes) -> _Words:
    """One number for each word, the same wherever it stands."""
    signs = np.frombuffer(data, dtype=np.uint8)
    inside = np.zeros(len(signs) + 2, dtype=np.int8)
    _IS_WORD.take(signs, out=inside[1:-1], mode="clip")
    edges = np.flatnonzero(inside[1:] != inside[:-1])
    begins, ends = edges[::2], edges[1::2]
    sums = np.zeros(len(signs) + 1, dtype=np.uint32)
    np.cumsum((signs + np.uint32(1)) * _UP[: len(signs)], dtype=np.uint32, out=sums[1:])
    return (sums.take(ends) - sums.take(begins)) * _DOWN.take(begins)
