"""Bytes to numbers: the places in one table that a message touches, each once.

Answers:    ``Hashing.places(header, body, facts)``: ``Places``; ``VIEWS``: which part of the table is whose.
Limits:     two pieces may share a place; over tables of this size that was measured to cost nothing. 4,000 bytes a passage.

A message costs some forty calls of numpy whatever its length, and at the length of most mail the calls are what costs. So all views
are hashed into one array, which is sorted once, looked up once. Header and text are runs of four bytes; words and facts are whole.
A hash of each word comes out of one running sum, as a polynomial over its bytes times the inverse of where it begins, modulo 2**32.
"""

import zlib
from collections.abc import Sequence
from itertools import repeat
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

BITS: Final = 18  # of the part for a view of text: 1 MiB of weights
FACT_BITS: Final = 16
# Each view and the size of its part in bits, in the order of the table.
VIEWS: Final = {"header": BITS, "body": BITS, "words": BITS, "facts": FACT_BITS}
BASES: Final = {name: number << BITS for number, name in enumerate(VIEWS)}
SIZE: Final = BASES["facts"] + (1 << FACT_BITS)
PASSAGE_LIMIT: Final = 4000
REACH: Final = 2  # words; how far apart the two of a pair may stand

_Words = NDArray[np.uint32]

_BASE: Final = 0x01000193
_INVERSE: Final = pow(_BASE, -1, 1 << 32)
_LONGEST: Final = 2 * PASSAGE_LIMIT + 3
_MIX: Final = np.uint32(0x85EBCA6B)
_LEFT: Final = np.uint32(0x9E3779B1)
_FACT: Final = np.uint32(0x9E3779B1)
_RIGHT: Final = tuple(np.uint32(40503 * distance + 12346) for distance in range(REACH + 1))
_WORD_SIGNS: Final = b"$'-_.@"
_IS_WORD: Final = bytes(sign >= 128 or chr(sign).isalnum() or sign in _WORD_SIGNS for sign in range(256))
_BODY, _WORDS, _FACTS = (np.uint32(BASES[name]) for name in ("body", "words", "facts"))
_SHIFT: Final = np.uint32(32 - BITS)
_FACT_SHIFT: Final = np.uint32(32 - FACT_BITS)
_ONE: Final = np.uint32(1)


def _powers(factor: int) -> _Words:
    powers = np.full(_LONGEST, factor, dtype=np.uint32)
    powers[0] = 1
    return np.cumprod(powers, dtype=np.uint32)


_UP: Final = _powers(_BASE)
_DOWN_FROM_NEXT: Final = _powers(_INVERSE)[1:]


class Places(NamedTuple):
    """Places in the table, each once and in order: that is quicker to look up than any order of the text."""

    all: NDArray[np.intp]
    ends: tuple[int, int, int, int]  # of each view in ``all``


class Hashing:
    """Turns bytes into places; ``seed`` changes which pieces share a place, and nothing else."""

    def __init__(self, seed: int = 0) -> None:
        self.seed = seed
        self._factor = np.uint32((0x9E3779B1 + 2 * 0x3C6EF35F * seed) & 0xFFFFFFFF | 1)

    def positions(self, data: bytes) -> NDArray[np.intp]:
        """Where in the part of a view the run of four bytes that begins at each byte has its place, one after the other."""
        data = data[:PASSAGE_LIMIT]
        if len(data) < 4:
            return np.zeros(0, dtype=np.intp)
        return (_runs(data) * self._factor >> _SHIFT).astype(np.intp)

    def fact_position(self, fact: bytes) -> int:
        """Where in its part a fact has its place."""
        return (zlib.crc32(fact, self.seed) * int(_FACT) & 0xFFFFFFFF) >> int(_FACT_SHIFT)

    def places(self, header: bytes, body: bytes, facts: Sequence[bytes]) -> Places:
        """The places of all runs of four bytes, of words and pairs of words that stand no more than two apart, of facts.

        >>> Hashing().places(b"abcd", b"claim your prize", (b"one", b"two", b"one")).ends
        (1, 14, 23, 25)
        """
        header, body = header[:PASSAGE_LIMIT], body[:PASSAGE_LIMIT]
        text = b"\n%b\n%b\n" % (header, body)
        words = self._words(text)
        first = max(0, len(header) - 3)
        second = first + max(0, len(body) - 3)
        third = second + max(len(words), 3 * len(words) - 3)
        last = third + len(facts)
        hashes = np.empty(last, dtype=np.uint32)
        if second:
            runs = _runs(text)
            np.multiply(runs[1 : first + 1], self._factor, out=hashes[:first])
            begin = len(header) + 2
            np.multiply(runs[begin : begin + second - first], self._factor, out=hashes[first:second])
        _pairs(words, hashes[second:third])
        hashes[:third] >>= _SHIFT
        hashes[first:second] |= _BODY
        hashes[second:third] |= _WORDS
        if facts:
            codes = np.fromiter(map(zlib.crc32, facts, repeat(self.seed)), dtype=np.uint32, count=len(facts))
            codes *= _FACT
            codes >>= _FACT_SHIFT
            np.bitwise_or(codes, _FACTS, out=hashes[third:])
        return _once(hashes, (first, second, third))

    def _words(self, text: bytes) -> _Words:
        """One number for each word, the same wherever it stands; ``text`` begins and ends outside of words."""
        inside = np.frombuffer(text.translate(_IS_WORD), dtype=np.int8)
        edges = (inside[1:] != inside[:-1]).nonzero()[0]
        sums = np.frombuffer(text, dtype=np.uint8).astype(np.uint32)
        sums += _ONE
        sums *= _UP[: len(sums)]
        before = np.add.accumulate(sums, out=sums).take(edges)
        words: _Words = before[1::2] - before[::2]
        words *= _DOWN_FROM_NEXT.take(edges[::2])
        words *= self._factor
        return words


def _runs(data: bytes) -> _Words:
    """A view of overlapping little-endian numbers, one for each byte but the last three."""
    return np.ndarray(shape=(len(data) - 3,), dtype="<u4", buffer=data, strides=(1,))


def _pairs(words: _Words, out: _Words) -> None:
    """Words, then pairs of near words, the nearest first."""
    count = len(words)
    left = words * _LEFT
    out[:count] = words
    end = count
    for gap in range(1, min(REACH, count - 1) + 1):
        begin, end = end, end + count - gap
        np.multiply(words[gap:], _RIGHT[gap], out=out[begin:end])
        out[begin:end] ^= left[:-gap]
    out *= _MIX


def _once(hashes: _Words, cuts: tuple[int, int, int]) -> Places:
    hashes.sort()
    fresh = np.empty(len(hashes), dtype=np.bool_)
    fresh[:1] = True
    np.not_equal(hashes[1:], hashes[:-1], out=fresh[1:])
    found = hashes[fresh].astype(np.intp)
    first, second, third = cuts
    count = np.count_nonzero
    one = int(count(fresh[:first]))
    two = one + int(count(fresh[first:second]))
    return Places(found, (one, two, two + int(count(fresh[second:third])), len(found)))
