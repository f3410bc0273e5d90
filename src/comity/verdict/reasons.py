"""Why a verdict: the few pieces of text, header and facts that moved it.

Trust:      pieces are a stranger's text: escape them before showing them.
Answers:    ``reasons_of(learner, passages, places)``: the heaviest first, towards spam and against it.
Limits:     pairs of words and the counts beside are weighed, and not named: their pieces are named by the other views.
"""

import re
from collections.abc import Iterable, Iterator
from itertools import chain, groupby, islice
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from comity.model.verdict import Reason
from comity.verdict.grams import VIEWS, Places
from comity.verdict.learner import Learner
from comity.verdict.passages import Passages

_MOST: Final = 6
_LEAST: Final = 0.02  # log-odds
_LONGEST: Final = 60
# A word of letters and digits, or up to six double-byte signs of one clause.
_PIECE: Final = re.compile(
    rb"[A-Za-z0-9$@._/:'%-]{3,60}|(?:[\xb0-\xf7][\x80-\xfe]|[\x81-\xa0\xaa-\xfe][\x40-\xa0]){2,6}"
)
_LINE: Final = re.compile(rb"^([!-9;-~]+):(?:[^\n]|\n[ \t])*", re.MULTILINE)

_PIECE_ALONE: Final = frozenset({"text", "subject"})

# What a fact begins with, and the mark under which it is told.
_FACT_MARKS: Final = {
    b"hop": "network",
    b"order": "field-order",
    b"kind": "part-kind",
    b"size": "size",
    b"given": "given",
    b"from@": "from-domain",
    b"date~": "time-zone",
    b"x-mailer=": "program",
    b"user-agent=": "program",
}


class _Piece(NamedTuple):
    """What may be named: its mark, the name beside it, and its bytes. Of a mail there are hundreds, and few of them are told."""

    mark: str
    name: bytes
    value: bytes

    def told(self, weight: float) -> Reason:
        """The reason."""
        if self.mark in _PIECE_ALONE:
            return Reason(mark=self.mark, weight=weight, arguments={"piece": _shown(self.value)})
        what = "piece" if self.mark == "header" else "value"
        return Reason(mark=self.mark, weight=weight, arguments={"name": _shown(self.name), what: _shown(self.value)})


_Weighed = Iterable[tuple[float, _Piece]]


def reasons_of(learner: Learner, found: Passages, places: Places) -> tuple[Reason, ...]:
    """The reasons."""
    worths = dict(zip(VIEWS, learner.worths(places), strict=True))
    pieces = [
        *_of_body(found.body, _sums(learner, found.body, "body", worth=worths["body"])),
        *_of_header(found.header, _sums(learner, found.header, "header", worth=worths["header"])),
        *_of_facts(learner, found, worths["facts"]),
    ]
    return tuple(islice(_without_repeats(pieces), _MOST))


def _sums(learner: Learner, data: bytes, view: str, *, worth: float) -> NDArray[np.float64]:
    """What all bytes of a passage up to each add: that of the runs they are in, one that stands often shared among its places."""
    at = learner.hashing.positions(data)
    total = np.zeros(len(data), dtype=np.float64)
    if len(at):
        table = learner.views[list(VIEWS).index(view)].weights
        each = table[at].astype(np.float64) * worth / _times(at) / 4
        for offset in range(4):
            total[offset : offset + len(each)] += each
    return np.concatenate(((0.0,), total)).cumsum()


def _times(at: NDArray[np.intp]) -> NDArray[np.intp]:
    """How often each of these places is among them; place and number are sorted as one, which is quicker than to sort numbers."""
    both = at.astype(np.uint32) << _NUMBER_BITS
    both |= _NUMBERS[: len(at)]
    both.sort()
    places = both >> _NUMBER_BITS
    fresh = np.ones(len(at) + 1, dtype=np.bool_)
    np.not_equal(places[1:], places[:-1], out=fresh[1:-1])
    counts = np.diff(fresh.nonzero()[0])
    times = np.empty(len(at), dtype=np.intp)
    times[both & _NUMBERS[-1]] = counts.repeat(counts)
    return times


_NUMBER_BITS: Final = np.uint32(12)  # enough for every passage, and with the bits of a place no more than 32
_NUMBERS: Final = np.arange(1 << 12, dtype=np.uint32)


def _heavy(spans: list[tuple[int, int]], sums: NDArray[np.float64]) -> Iterator[tuple[float, int]]:
    """The weights that are worth telling, and which spans have them."""
    if spans:
        starts, ends = np.fromiter(chain.from_iterable(spans), np.intp, 2 * len(spans)).reshape(-1, 2).T
        weights = sums[ends] - sums[starts]
        heavy = (abs(weights) >= _LEAST).nonzero()[0]
        yield from zip(weights[heavy].tolist(), heavy.tolist(), strict=True)


def _of_body(body: bytes, sums: NDArray[np.float64]) -> _Weighed:
    spans = [match.span() for match in _PIECE.finditer(body)]
    for weight, number in _heavy(spans, sums):
        yield weight, _Piece("text", b"", body[slice(*spans[number])])


def _of_header(header: bytes, sums: NDArray[np.float64]) -> _Weighed:
    spans, names = list[tuple[int, int]](), list[bytes]()
    for line in _LINE.finditer(header):
        spans += [match.span() for match in _PIECE.finditer(header, line.end(1) + 1, line.end())]
        names += [line[1]] * (len(spans) - len(names))
    for weight, number in _heavy(spans, sums):
        name = names[number]
        yield weight, _Piece("subject" if name.lower() == b"subject" else "header", name, header[slice(*spans[number])])


def _of_facts(learner: Learner, found: Passages, worth: float) -> _Weighed:
    table = learner.views[list(VIEWS).index("facts")].weights
    for fact in chain(found.facts, found.order):
        weight = float(table[learner.hashing.fact_position(fact)]) * worth
        if abs(weight) >= _LEAST:
            kind, _, value = fact.partition(b" ")
            yield weight, _Piece(_FACT_MARKS.get(kind, "field-value"), kind.rstrip(b"=@~"), value)


def _without_repeats(pieces: Iterable[tuple[float, _Piece]]) -> Iterator[Reason]:
    """The heaviest first; each piece once, and of what stands in another one only the heavier."""
    looked_at: set[bytes] = set()
    seen: list[str] = []
    for _, alike in groupby(sorted(pieces, key=_lightness), key=_lightness):
        fresh = [(weight, piece) for weight, piece in alike if piece.value not in looked_at]
        looked_at.update(piece.value for _, piece in fresh)
        told = [piece.told(weight) for weight, piece in fresh]
        told.sort(key=lambda each: (each.mark, sorted(each.arguments.values())))
        for each in told:
            words = each.arguments.get("piece") or each.arguments.get("value") or ""
            if not any(words in other or other in words for other in seen):
                seen.append(words)
                yield each


def _lightness(weighed: tuple[float, _Piece]) -> float:
    return -abs(weighed[0])


def _shown(data: bytes) -> str:
    return data.decode("gb18030", "replace")[:_LONGEST]
