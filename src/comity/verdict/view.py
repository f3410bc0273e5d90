"""One view of a message: a part of the table of weights, learnt on-line, the first examples and hard ones learnt again.

Answers:    ``View.score(weight, pieces)`` in log-odds; ``View.learn(places, weights, spam, said, chance)``.
Trust:      where labels are unsure (``doubt``), a doubted one moves the weights a third of the way and is not remembered, and
            what was remembered against what the filter knew is learnt to say nothing.
Standards:  logistic regression on-line (Goodman and Yih, CEAS 2006), trained on and near errors only (Siefkes and others, 2004),
            with steps that shrink for each place as it is used (Duchi, Hazan and Singer, 2011).
Limits:     two numbers a place, and the places (not the words) of the first 500 messages, then of the last hard ones.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from comity.verdict.doubt import SURE, Said

_RATE: Final = 0.25
_FIRST_RATE: Final = 4.0  # so many times more at the very beginning, when each label says much
_FIRST_FADES: Final = 1000.0  # labels
_EASE: Final = np.float32(0.0005)
_NEAR: Final = 0.01  # an error smaller than this teaches nothing
_HARD: Final = 0.05  # a larger one is remembered and learnt again
_REMEMBERED: Final = 500
AGAIN: Final = 30  # remembered messages learnt again beside each hard one, ...
_AGAIN_AT_FIRST: Final = 10  # ... and beside any other of the first labels
_ALL_REMEMBERED: Final = 500  # labels: of the first ones even those that were easy; no more than there is room for
_DOUBTED: Final = 0.3  # of the rate
_NEITHER: Final = 0.5  # what is learnt of a message whose label is not believed any more

Weights = NDArray[np.float32]


@dataclass(slots=True)
class _Remembered:
    """The places of the first messages and of hard ones, the oldest overwritten first."""

    places: list[NDArray[np.int32]]
    labels: list[bool]
    contradict: list[bool]  # whether that label contradicted what the filter knew then
    next: int = 0

    def add(self, places: NDArray[np.intp], spam: bool, contradicts: bool) -> None:
        small = places.astype(np.int32)
        if len(self.places) < _REMEMBERED:
            self.places.append(small)
            self.labels.append(spam)
            self.contradict.append(contradicts)
            return
        self.places[self.next], self.labels[self.next], self.contradict[self.next] = small, spam, contradicts
        self.next = (self.next + 1) % _REMEMBERED


class View:
    """The weights of one view: ``1 << bits`` places from ``base`` on in the tables of all views; ``table.real`` are the weights."""

    def __init__(self, table: NDArray[np.complex64], used: Weights, *, base: int, bits: int) -> None:
        self._table = table
        self._all_weights = weights = table.real
        self._all_used = used
        self.base = base
        self.weights = weights[base : base + (1 << bits)]
        self.used = used[base : base + (1 << bits)]  # sum of the squares of the errors that each place was in
        self._hard = _Remembered(places=[], labels=[], contradict=[])
        self.learnt = 0

    @staticmethod
    def score(weight: float, pieces: int) -> float:
        """How much pieces that weigh so much look like spam, in log-odds; long messages count no more than short ones."""
        return weight / math.sqrt(pieces + 1.0)

    def learn(
        self,
        places: NDArray[np.intp],
        weights: Weights,
        spam: bool,
        *,
        chance: Callable[[int], int],
        said: Said = SURE,
    ) -> None:
        """Take one label in, of the message at these places, which weigh so much; ``chance(n)`` gives a number below n."""
        self.learnt += 1
        rate = _RATE * (1 + _FIRST_RATE * math.exp(-self.learnt / _FIRST_FADES))
        if said.doubted:
            self._step(places, weights, spam, rate=_DOUBTED * rate)
            return
        error = self._step(places, weights, spam, rate=rate)
        if error > _HARD or self.learnt <= _ALL_REMEMBERED:
            hard = self._hard
            hard.add(places, spam, said.contradicts)
            for _ in range(AGAIN if error > _HARD else _AGAIN_AT_FIRST):
                one = chance(len(hard.places))
                again = hard.places[one].astype(np.intp)
                label = _NEITHER if said.unsure and hard.contradict[one] else hard.labels[one]
                self._step(again, self._table.take(again, mode="wrap").real, label, rate=rate)

    def _step(self, places: NDArray[np.intp], weights: Weights, spam: float, *, rate: float) -> float:
        """Learn one message if it is near to being wrong; gives how wrong it was before, from 0 to 1."""
        length = math.sqrt(len(places) + 1.0)
        score = max(-30.0, min(30.0, float(np.add.reduce(weights)) / length))
        error = spam - 1 / (1 + math.exp(-score))
        if abs(error) > _NEAR:
            step = error / length
            used = self._all_used.take(places, mode="wrap")
            used += np.float32(step * step)
            self._all_used[places] = used
            used += _EASE
            np.sqrt(used, out=used)
            np.divide(np.float32(rate * step), used, out=used)
            used += weights
            self._all_weights[places] = used
        return abs(error)

    def remembered(self) -> frozenset[bytes]:
        """The places of each message that is remembered, in the order that it came with, as bytes of 32-bit numbers."""
        return frozenset(each.tobytes() for each in self._hard.places)

    def kept(self) -> dict[str, NDArray[Any]]:
        """All of it as tables."""
        hard = self._hard
        lengths = np.array([len(each) for each in hard.places], dtype=np.int32)
        places = np.concatenate(hard.places) - np.int32(self.base) if hard.places else np.zeros(0, dtype=np.int32)
        return {
            "weights": self.weights,
            "used": self.used,
            "hard_places": places,
            "hard_lengths": lengths,
            "hard_labels": np.array(hard.labels, dtype=np.uint8),
            "hard_contradict": np.array(hard.contradict, dtype=np.uint8),
            "counts": np.array([self.learnt, hard.next], dtype=np.int64),
        }

    def portable(self) -> dict[str, NDArray[Any]]:
        """What another network may have: weights alone, half as exact, and nothing of single messages."""
        return {"weights": self.weights.astype(np.float16)}

    def take(self, tables: Mapping[str, NDArray[Any]], *, learnt: int) -> None:
        """Become the view that was kept; raises ``ValueError`` or ``KeyError`` where something is missing or does not fit.

        What comes from elsewhere was ``learnt`` from so many labels: its first one here is not the first that it hears.
        """
        for name, mine in (("weights", self.weights), ("used", self.used)):
            if name == "used" and name not in tables:
                continue
            if tables[name].shape != mine.shape or not np.isfinite(tables[name]).all():
                raise ValueError(name)
            mine[:] = tables[name]
        if "counts" not in tables:  # it came from elsewhere
            self.learnt = learnt
            return
        lengths, labels = tables["hard_lengths"], tables["hard_labels"]
        places = tables["hard_places"].astype(np.int32)
        if len(lengths) != len(labels) or int(lengths.sum()) != len(places) or len(lengths) > _REMEMBERED:
            raise ValueError("hard_places")
        if len(places) and not 0 <= int(places.min()) <= int(places.max()) < len(self.weights):
            raise ValueError("hard_places")
        places += np.int32(self.base)
        self._hard.places = np.split(places, np.cumsum(lengths)[:-1]) if len(lengths) else []
        self._hard.labels = [bool(each) for each in labels]
        contradict = tables.get("hard_contradict", np.zeros(len(labels), dtype=np.uint8))  # earlier models have none
        if len(contradict) != len(labels):
            raise ValueError("hard_contradict")
        self._hard.contradict = [bool(each) for each in contradict]
        self.learnt, self._hard.next = (int(each) for each in tables["counts"])
