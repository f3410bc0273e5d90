"""Bytes to numbers: the places in one table that a message touches, each once.

Answers:    ``Hashing.places(lot)``: ``Places`` of each message; ``VIEWS``: which part of the table is whose.
Limits:     two pieces may share a place; over tables of this size that was measured to cost nothing. 4,000 bytes a passage.
            ``LOT`` messages at a time.

At the length of most mail the calls of numpy are what costs, not the bytes. So a lot of messages is one text, all views of it are
hashed together, and each message is sorted once. Header and text are runs of four bytes; words and facts are whole.
A hash of each word comes out of one running sum, as a polynomial over its bytes times the inverse of where it begins, modulo 2**32.
"""

import zlib
from collections.abc import Sequence
from itertools import accumulate, pairwise
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from comity.formats.remembered import Remembered

BITS: Final = 18  # of the part for a view of text: 1 MiB of weights
FACT_BITS: Final = 16
# Each view and the size of its part in bits, in the order of the table.
VIEWS: Final = {"header": BITS, "body": BITS, "words": BITS, "facts": FACT_BITS}
BASES: Final = {name: number << BITS for number, name in enumerate(VIEWS)}
SIZE: Final = BASES["facts"] + (1 << FACT_BITS)
PASSAGE_LIMIT: Final = 4000

LOT: Final = 160  # messages that are best read together: code and tables come back into the caches once for all of them
_TOGETHER: Final = 16  # messages that are hashed together: what more of them need is no longer near at hand

# Header, text and facts of one message, and of its facts those that many messages share.
Hashed = tuple[bytes, bytes, Sequence[bytes], tuple[bytes, ...]]
_Words = NDArray[np.uint32]

_SKETCH: Final = 64

_BASE: Final = 0x01000193
_INVERSE: Final = pow(_BASE, -1, 1 << 32)
_LONGEST: Final = _TOGETHER * (2 * PASSAGE_LIMIT + 2) + 4
_MIX: Final = np.uint32(0x85EBCA6B)
_LEFT: Final = np.uint32(0x9E3779B1)
_FACT: Final = 0x9E3779B1
_RIGHT: Final = np.uint32(40503 + 12346)
_WORD_SIGNS: Final = b"$'-_.@"
_IS_WORD: Final = bytes(sign >= 128 or chr(sign).isalnum() or sign in _WORD_SIGNS for sign in range(256))
_BODY, _WORDS = (np.uint32(BASES[name]) for name in ("body", "words"))
_SHARED_MOST, _SHARED_LONGEST = 1024, 41
_SHIFT: Final = np.uint32(32 - BITS)
_FACT_SHIFT: Final = 32 - FACT_BITS
_ONE: Final = np.uint32(1)
_ARRAYS: Final = 5  # of one message: header, text, words, pairs of words, facts
_VIEW_ENDS: Final = (1, 2, _ARRAYS - 1, _ARRAYS)
_made: Final = tuple.__new__  # for every mail: what the class itself does takes twice as long


def _powers(factor: int) -> _Words:
    powers = np.full(_LONGEST, factor, dtype=np.uint32)
    powers[0] = 1
    return np.cumprod(powers, dtype=np.uint32)


_UP: Final = _powers(_BASE)
_DOWN_FROM_NEXT: Final = _powers(_INVERSE)[1:]


class Places(NamedTuple):
    """Places in the table, each once and in order: that is quicker to look up than any order of the text."""

    all: NDArray[np.uint32]
    ends: tuple[int, int, int, int]  # of each view in ``all``

    def sketch(self) -> NDArray[np.uint32]:
        """The lowest places of the text: two texts have about as many of these in common as of all their places."""
        return self.all[self.ends[0] : min(self.ends[1], self.ends[0] + _SKETCH)]


class Hashing:
    """Turns bytes into places; ``seed`` changes which pieces share a place, and nothing else."""

    def __init__(self, seed: int = 0) -> None:
        self.seed = seed
        # The place of a fact in the table, as bytes. Most facts of a mail are those that others have, and the same objects.
        self._place_of = Remembered[bytes, bytes](
            lambda fact: (BASES["facts"] + self.fact_position(fact)).to_bytes(4, "little"), most=8192, longest=80
        ).__getitem__
        self._shared: dict[
            int, tuple[tuple[bytes, ...], bytes]
        ] = {}  # places of shared facts, by the identity of these
        self._factor = np.uint32((0x9E3779B1 + 2 * 0x3C6EF35F * seed) & 0xFFFFFFFF | 1)

    def positions(self, data: bytes) -> NDArray[np.intp]:
        """Where in the part of a view the run of four bytes that begins at each byte has its place, one after the other."""
        data = data[:PASSAGE_LIMIT]
        if len(data) < 4:
            return np.zeros(0, dtype=np.intp)
        return (_runs(data) * self._factor >> _SHIFT).astype(np.intp)

    def fact_position(self, fact: bytes) -> int:
        """Where in its part a fact has its place."""
        return (zlib.crc32(fact, self.seed) * _FACT & 0xFFFFFFFF) >> _FACT_SHIFT

    def places(self, lot: Sequence[Hashed]) -> list[Places]:
        """The places of all runs of four bytes, of words and pairs of neighbouring words, of facts.

        >>> Hashing().places([(b"abcd", b"claim your prize", (b"one", b"two", b"one"), ())])[0].ends
        (1, 14, 21, 23)
        """
        found: list[Places] = []
        for begin in range(0, len(lot), _TOGETHER):
            found += self._places(lot[begin : begin + _TOGETHER])
        return found

    def _places(self, lot: Sequence[Hashed]) -> list[Places]:
        passages = [each[:PASSAGE_LIMIT] for header, body, _, _ in lot for each in (header, body)]
        text = b"\n\n\n%b\n" % b"\n".join(passages)
        if len(text) % 2:
            text += b"\n"
        # What stands before each passage, and before the one after the last one: so far from the beginning that no end of a
        # run is below nought.
        begins = list(accumulate((len(each) + 1 for each in passages), initial=2))
        runs = _runs(text) * self._factor
        runs >>= _SHIFT
        bodies = runs | _BODY
        words, firsts = self._words(text, begins[::2])
        words, pairs = _with_pairs(words)
        facts, fact_begins = self._facts(lot)
        views: list[_Words] = []
        for start, middle, end, first, last, begin, stop in zip(
            begins[::2], begins[1::2], begins[2::2], firsts, firsts[1:], fact_begins, fact_begins[1:], strict=False
        ):
            views += (
                runs[start + 1 : middle - 3],
                bodies[middle + 1 : end - 3],
                words[first:last],
                pairs[first : last - (last > first)],
                facts[begin:stop],
            )
        return _once(np.concatenate(views), [len(each) for each in views])

    def _facts(self, lot: Sequence[Hashed]) -> tuple[_Words, list[int]]:
        """Facts of all messages, and where those of each begin."""
        place_of, shared = self._place_of, self._places_shared
        places: list[bytes] = []
        for _, _, facts, order in lot:
            places += map(place_of, facts)
            places.append(shared(order))
        counts = [len(facts) + len(order) for _, _, facts, order in lot]
        return np.frombuffer(b"".join(places), dtype="<u4"), [0, *accumulate(counts)]

    def _places_shared(self, facts: tuple[bytes, ...]) -> bytes:
        """The places of facts that come together again and again: one look-up for all, not one for each."""
        known = self._shared.get(id(facts))
        if known is None:
            known = facts, b"".join(map(self._place_of, facts))
            if len(facts) <= _SHARED_LONGEST:
                if len(self._shared) >= _SHARED_MOST:
                    self._shared.clear()
                self._shared[id(facts)] = known
        return known[1]

    def _words(self, text: bytes, begins: Sequence[int]) -> tuple[_Words, list[int]]:
        """One number for each word, the same wherever it stands, and which word is the first behind each of these beginnings.

        ``text`` begins and ends outside of words, and its length is even: an addition waits for the one before it, so every
        second sum is left out, and the few that are asked for are made up.
        """
        inside = np.frombuffer(text.translate(_IS_WORD), dtype=np.int8)
        edges = (inside[1:] != inside[:-1]).nonzero()[0]
        sums = np.frombuffer(text, dtype=np.uint8).astype(np.uint32)
        sums += _ONE
        sums *= _UP[: len(sums)]
        twos = sums[1::2]
        twos += sums[::2]
        sums_before = np.zeros(len(twos) + 1, dtype=np.uint32)
        np.add.accumulate(twos, out=sums_before[1:])
        before = sums_before.take(edges >> 1, mode="wrap")
        before += sums.take(edges, mode="wrap")
        words: _Words = before[1::2] - before[::2]
        starts = edges[::2]
        words *= _DOWN_FROM_NEXT.take(starts, mode="wrap")
        words *= self._factor
        return words, starts.searchsorted(begins).tolist()


def _runs(data: bytes) -> _Words:
    """A view of overlapping little-endian numbers, one for each byte but the last three."""
    return np.ndarray(shape=(len(data) - 3,), dtype="<u4", buffer=data, strides=(1,))


def _with_pairs(words: _Words) -> tuple[_Words, _Words]:
    """Words, and with each the one behind it; with the last there is none."""
    pairs = words[1:] * _RIGHT
    pairs ^= (words * _LEFT)[: len(pairs)]
    words = words * _MIX
    pairs *= _MIX
    for hashes in (words, pairs):
        np.right_shift(hashes, _SHIFT, out=hashes)
        np.bitwise_or(hashes, _WORDS, out=hashes)
    return words, pairs


def _once(hashes: _Words, lengths: Sequence[int]) -> list[Places]:
    """Of each message (so many arrays are one) what it touches, once and in order."""
    cuts = [0, *accumulate(lengths)]
    for begin, end in pairwise(cuts[::_ARRAYS]):
        hashes[begin:end].sort()
    fresh = np.empty(len(hashes) + 1, dtype=np.bool_)
    np.not_equal(hashes[1:], hashes[:-1], out=fresh[1:-1])
    fresh[cuts[::_ARRAYS]] = True
    # The places of a view are higher than those of the one before it: sorting a message leaves each between its cuts.
    at = fresh[:-1].nonzero()[0]
    found = hashes.take(at, mode="wrap")
    ends = at.searchsorted(cuts).tolist()
    return [
        _made(Places, (found[begin:last], (first - begin, second - begin, third - begin, last - begin)))
        for begin, first, second, third, last in zip(
            ends[:-1:_ARRAYS], *(ends[each::_ARRAYS] for each in _VIEW_ENDS), strict=True
        )
    ]
