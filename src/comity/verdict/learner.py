"""The learner: what several views say, weighed on-line against each other.

Answers:    ``Learner.places(passages)``, then ``Learner.score(places)`` in log-odds and ``Learner.learn(places, spam)``;
            ``Learner.look_ahead(lot)`` before them makes scores quicker where nothing is learnt between.
Standards:  fusion of filters by logistic regression over their log-odds (Lynam and Cormack, SIGIR 2006).
Limits:     what it knows are numbers in tables. While few labels have arrived, its scores stay near to nothing.
"""

import math
from collections.abc import Mapping, Sequence
from itertools import chain, pairwise
from operator import mul
from typing import Any, Final, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from comity.verdict.counting import Counting
from comity.verdict.doubt import SURE, Said
from comity.verdict.grams import BASES, SIZE, VIEWS, Hashing, Places
from comity.verdict.passages import Passages
from comity.verdict.view import View, Weights

COUNTED: Final = ("header", "words")  # views that are counted beside
_COUNTED_AT: Final = tuple(map(list(VIEWS).index, COUNTED))
# How much the word of each view, and of each count, is worth before anything is known.
_WORTH: Final = (1.0, 1.0, 1.0, 0.5, 0.7, 0.7)
_SHARE: Final = 0.5  # of each view in the sum, to begin with and to come back to
_RATE: Final = 0.005
_PULL: Final = 0.001
_CLIP: Final = 8.0
_DOUBT: Final = 20.0  # labels
_MOST: Final = 1 << 48  # labels: what else a file from elsewhere says could be taken, and never kept
_USUAL: Final = 8192  # places of one message
_ODDS: Final = np.uint64(
    1 << 32
)  # weight and odds as one number, odds above: the lowest with any (of noughts they have one, +0)
_ROOM: Final = max(SIZE, 1 << 20)  # numpy asks for large pages, which are quicker, from 4 MiB on


_made: Final = tuple.__new__  # what the class itself does takes twice as long
_root: Final = math.sqrt
_seen: Final = np.count_nonzero


class _Heard(NamedTuple):
    """What all views say about one message: the weights of its places, the scores of the counts, and all scores made level.

    The weights stand where those of the next message will.
    """

    weights: Weights
    counted: tuple[float, float]
    said: list[float]


class Learner:
    """Views, their weights against each other, and how much was learnt."""

    def __init__(self, seed: int = 0) -> None:
        self.hashing = Hashing(seed)
        # Weight and odds of a place side by side: one look-up finds both, and most of its price is waiting for memory.
        self._table = np.zeros(_ROOM, dtype=np.complex64)
        odds, used = self._table.imag, np.zeros(_ROOM, dtype=np.float32)
        self.views = tuple(View(self._table, used, base=BASES[name], bits=bits) for name, bits in VIEWS.items())
        self.counted = tuple(Counting(odds, base=BASES[name], bits=VIEWS[name]) for name in COUNTED)
        self.shares = [_SHARE] * len(_WORTH) + [0.0]
        self.spam = 0
        self.legitimate = 0
        self._state = seed * 2 + 1
        self._found = np.empty(_USUAL, dtype=np.complex64)
        self._asked = np.empty(_USUAL, dtype=np.intp)
        self._last: tuple[Places, _Heard] | None = None  # a message is often judged and then learnt
        self._ahead: dict[int, tuple[Places, float]] = {}  # scores by the identity of the places
        self._learns_between = False  # something was learnt since somebody looked ahead

    def places(self, found: Sequence[Passages]) -> list[Places]:
        """The places that each of these messages touches."""
        return self.hashing.places(found)

    def score(self, places: Places) -> float:
        """How much it looks like spam, in log-odds."""
        ahead = self._ahead.get(id(places))
        return self._together(self._heard(places).said) * self.trust() if ahead is None else ahead[1]

    def look_ahead(self, lot: Sequence[Places]) -> None:
        """Score these together, which are asked for next: that takes half as long, and gives the same numbers as one by one.

        What is learnt before they are asked for makes it void. So it is left where the lot before was learnt from.
        """
        self._last, self._ahead = None, {}
        if not self._learns_between:
            whole = [each for each in lot if _is_whole(each.ends)]
            scores = self._scores(whole) if whole else []
            self._ahead = {id(each): (each, score) for each, score in zip(whole, scores, strict=True)}
        self._learns_between = False

    def worths(self, places: Places) -> list[float]:
        """How much one unit of weight in each view adds to the score of this message."""
        trust = self.trust()
        counts = (end - begin for begin, end in pairwise((0, *places.ends)))
        return [
            trust * share * worth / math.sqrt(count + 1.0)
            for share, worth, count in zip(self.shares, _WORTH, counts, strict=False)
        ]

    def trust(self) -> float:
        """How much what was learnt counts against what was held before, from 0 to 1."""
        learnt = self.spam + self.legitimate
        return learnt / (learnt + _DOUBT)

    def _heard(self, places: Places) -> _Heard:
        if self._last is not None and self._last[0] is places:
            return self._last[1]
        whole, ends = places
        first, second, third, end = ends
        found = self._looked_up(whole)
        header, body, words, facts = _sums(found, ends)
        seen = found.imag
        counted = (
            self.counted[0].score(header.imag, int(_seen(seen[:first])), first),
            self.counted[1].score(words.imag, int(_seen(seen[second:third])), third - second),
        )
        scores = (
            header.real / _root(first + 1.0),  # as a view says it
            body.real / _root(second - first + 1.0),
            words.real / _root(third - second + 1.0),
            facts.real / _root(end - third + 1.0),
            *counted,
        )
        said = [*map(mul, _WORTH, scores)]
        if max(said) > _CLIP or min(said) < -_CLIP:
            said = [max(-_CLIP, min(_CLIP, each)) for each in said]
        heard = _made(_Heard, (found.real, counted, said))
        self._last = (places, heard)
        return heard

    def _asked_for(self, lot: Sequence[Places], count: int) -> NDArray[np.intp]:
        """All places of these messages, so many, in an array that is at hand, as wide as numpy wants them."""
        if count > len(self._asked):
            self._asked = np.empty(2 * count, dtype=np.intp)
        places: list[NDArray[Any]] = [each.all for each in lot]
        return np.concatenate(places, out=self._asked[:count])

    def _looked_up(self, places: NDArray[np.integer]) -> NDArray[np.complex64]:
        """Weights and odds, in an array that is at hand, and without asking whether each place is in the table: twice as quick.

        Each is. Of what numpy may do with one that is not, "wrap" is the quickest for those that are: "clip" works each of them
        out before memory is asked for it.
        """
        if len(places) > len(self._found):
            self._found = np.empty(2 * len(places), dtype=np.complex64)
        return self._table.take(places, None, self._found[: len(places)], "wrap")

    def _scores(self, lot: Sequence[Places]) -> list[float]:
        """The scores of messages of which no view is empty; the arithmetic is that of ``_heard``, number by number."""
        ends = np.fromiter(chain.from_iterable([each.ends for each in lot]), np.intp).reshape(-1, len(VIEWS))
        begins = np.zeros_like(ends)
        begins[:, 1:] = ends[:, :-1]
        pieces = ends - begins
        begins[1:] += ends[:-1, -1:].cumsum(axis=0)
        found = self._looked_up(self._asked_for(lot, int(ends[:, -1].sum())))
        sums = np.add.reduceat(found, begins.ravel()).reshape(ends.shape).astype(np.complex128)
        has_odds = found.view(np.uint64) >= _ODDS  # a third of the time of looking at odds alone
        seen = np.add.reduceat(has_odds, begins.ravel(), dtype=np.uint16).reshape(ends.shape)
        said = np.empty((len(lot), len(_WORTH)))
        said[:, : len(VIEWS)] = sums.real / np.sqrt(pieces + 1.0)
        for number, (counting, view) in enumerate(zip(self.counted, _COUNTED_AT, strict=True), len(VIEWS)):
            said[:, number] = counting.scores(sums.imag[:, view], seen[:, view], pieces[:, view])
        said *= _WORTH
        trust = self.trust()
        return [self._together(each) * trust for each in said.clip(-_CLIP, _CLIP).tolist()]

    def _together(self, said: Sequence[float]) -> float:
        shares = self.shares
        total: float = sum(map(mul, shares, said)) + shares[-1]
        return total

    def learn(self, places: Places, spam: bool, said: Said = SURE) -> None:
        """Take one message with its label in; one that is doubted is not counted, and no view is believed more or less for it."""
        heard = self._heard(places)
        self._last, self._ahead, self._learns_between = None, {}, True
        if not said.doubted:
            self._weigh(heard.said, spam)
        begin = 0
        parts = []
        touched = places.all.astype(np.intp)
        for view, end in zip(self.views, places.ends, strict=True):
            part = touched[begin:end]
            parts.append(part)
            view.learn(part, heard.weights[begin:end], spam, chance=self._chance, said=said)
            begin = end
        if not said.doubted:
            for counting, score, part in zip(self.counted, heard.counted, parts[::2], strict=True):
                counting.learn(part, score, spam)
        self.spam += spam
        self.legitimate += not spam

    def _weigh(self, said: Sequence[float], spam: bool) -> None:
        """Believe those views more that were right."""
        score = max(-30.0, min(30.0, self._together(said)))
        step = _RATE * (spam - 1 / (1 + math.exp(-score)))
        for number, each in enumerate(said):
            self.shares[number] += step * each
            self.shares[number] -= _PULL * (self.shares[number] - _SHARE)
        self.shares[-1] += 0.3 * step

    def _chance(self, below: int) -> int:
        """A number below ``below``; the same ones after the same start (Knuth's 64-bit linear congruence)."""
        self._state = (self._state * 6364136223846793005 + 1442695040888963407) & 0xFFFFFFFFFFFFFFFF
        return (self._state >> 33) % below

    def kept(self) -> dict[str, NDArray[Any]]:
        """All tables, by name."""
        parts: dict[str, View | Counting] = dict(zip(VIEWS, self.views, strict=True))
        parts |= {f"{name}.counted": counting for name, counting in zip(COUNTED, self.counted, strict=True)}
        tables = {f"{name}.{what}": table for name, part in parts.items() for what, table in part.kept().items()}
        return tables | {
            "shares": np.array(self.shares, dtype=np.float64),
            "chance": np.array([self._state], np.uint64),
        }

    def portable(self) -> dict[str, NDArray[Any]]:
        """The tables that another network may have."""
        tables = {
            f"{name}.{what}": table
            for name, view in zip(VIEWS, self.views, strict=True)
            for what, table in view.portable().items()
        }
        return tables | {"shares": np.array(self.shares, dtype=np.float64)}

    def about(self) -> dict[str, Any]:
        """What was learnt from."""
        return {"spam": self.spam, "legitimate": self.legitimate, "seed": self.hashing.seed}

    @classmethod
    def of(cls, tables: Mapping[str, NDArray[Any]], about: Mapping[str, Any]) -> Self:
        """The learner that was kept; raises ``ValueError`` or ``KeyError`` where something is missing or does not fit."""
        made = cls(int(about["seed"]))
        made.spam, made.legitimate = int(about["spam"]), int(about["legitimate"])
        if not (0 <= made.spam < _MOST and 0 <= made.legitimate < _MOST):
            raise ValueError("labels")
        for name, view in zip(VIEWS, made.views, strict=True):
            view.take(_of(name, tables), learnt=made.spam + made.legitimate)
        for name, counting in zip(COUNTED, made.counted, strict=True):
            counting.take(_of(f"{name}.counted", tables))
        made.shares = [float(each) for each in tables["shares"]]
        if len(made.shares) != len(_WORTH) + 1 or not all(map(math.isfinite, made.shares)):
            raise ValueError("shares")
        made._state = int(tables["chance"][0]) if "chance" in tables else made._state
        return made


def _sums(found: NDArray[np.complex64], ends: tuple[int, int, int, int]) -> list[complex]:
    """The sum of each view; none of them is empty in nearly all mail, and then one call finds all sums."""
    first, second, third, _ = ends
    if _is_whole(ends):
        return np.add.reduceat(found, (0, first, second, third)).tolist()  # type: ignore[no-any-return]
    return [complex(np.add.reduce(found[begin:stop])) for begin, stop in pairwise((0, *ends))]


def _is_whole(ends: tuple[int, int, int, int]) -> bool:
    """Whether a message has something in every view."""
    first, second, third, end = ends
    return 0 < first < second < third < end


def _of(name: str, tables: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    """The tables of one part, by their own names."""
    start = f"{name}."
    return {key[len(start) :]: table for key, table in tables.items() if key.startswith(start)}
