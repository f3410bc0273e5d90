"""One view of a message: a table of weights over hashed pieces, learnt on-line, hard examples learnt again.

Answers:    ``View.score(places)`` in log-odds; ``View.learn(places, spam)``.
Standards:  logistic regression on-line (Goodman and Yih, CEAS 2006), trained on and near errors only (Siefkes and others, 2004),
            with steps that shrink for each place as it is used (Duchi, Hazan and Singer, 2011).
Limits:     two numbers a place, and the places (not the words) of the last hard messages.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray

from comity.verdict.grams import Places

_RATE: Final = 0.25
_FIRST_RATE: Final = 4.0  # so many times more at the very beginning, when each label says much
_FIRST_FADES: Final = 1000.0  # labels
_EASE: Final = 0.0005
_NEAR: Final = 0.01  # an error smaller than this teaches nothing
_HARD: Final = 0.05  # a larger one is remembered and learnt again
_REMEMBERED: Final = 500
AGAIN: Final = 30  # remembered messages learnt again beside each hard one


@dataclass(slots=True)
class _Remembered:
    """The places of hard messages, the oldest overwritten first."""

    places: list[NDArray[np.int32]]
    labels: list[bool]
    next: int = 0

    def add(self, places: Places, spam: bool) -> None:
        small = places.astype(np.int32)
        if len(self.places) < _REMEMBERED:
            self.places.append(small)
            self.labels.append(spam)
            return
        self.places[self.next], self.labels[self.next] = small, spam
        self.next = (self.next + 1) % _REMEMBERED


class View:
    """The weights of one view."""

    def __init__(self, bits: int) -> None:
        self.weights = np.zeros(1 << bits, dtype=np.float32)
        self.used = np.zeros(1 << bits, dtype=np.float32)  # sum of the squares of the errors that each place was in
        self._hard = _Remembered(places=[], labels=[])
        self.learnt = 0

    def score(self, places: Places) -> float:
        """How much the pieces look like spam, in log-odds; long messages count no more than short ones."""
        return float(np.add.reduce(self.weights.take(places))) / math.sqrt(len(places) + 1.0)

    def learn(self, places: Places, spam: bool, chance: Callable[[int], int]) -> None:
        """Take one label in; ``chance(n)`` gives a number below n."""
        self.learnt += 1
        rate = _RATE * (1 + _FIRST_RATE * math.exp(-self.learnt / _FIRST_FADES))
        error = self._step(places, spam, rate)
        if error > _HARD:
            hard = self._hard
            hard.add(places, spam)
            for _ in range(AGAIN):
                one = chance(len(hard.places))
                self._step(hard.places[one], hard.labels[one], rate)

    def _step(self, places: NDArray[Any], spam: bool, rate: float) -> float:
        """Learn one message if it is near to being wrong; gives how wrong it was before, from 0 to 1."""
        length = math.sqrt(len(places) + 1.0)
        score = max(-30.0, min(30.0, float(np.add.reduce(self.weights.take(places))) / length))
        error = spam - 1 / (1 + math.exp(-score))
        if abs(error) > _NEAR:
            step = error / length
            used = self.used.take(places)
            used += np.float32(step * step)
            self.used[places] = used
            used += np.float32(_EASE)
            np.sqrt(used, out=used)
            self.weights[places] += np.float32(rate * step) / used
        return abs(error)

    def kept(self) -> dict[str, NDArray[Any]]:
        """All of it as tables."""
        hard = self._hard
        lengths = np.array([len(each) for each in hard.places], dtype=np.int32)
        places = np.concatenate(hard.places) if hard.places else np.zeros(0, dtype=np.int32)
        return {
            "weights": self.weights,
            "used": self.used,
            "hard_places": places,
            "hard_lengths": lengths,
            "hard_labels": np.array(hard.labels, dtype=np.uint8),
            "counts": np.array([self.learnt, hard.next], dtype=np.int64),
        }

    def portable(self) -> dict[str, NDArray[Any]]:
        """What another network may have: weights alone, half as exact, and nothing of single messages."""
        return {"weights": self.weights.astype(np.float16)}

    @classmethod
    def of(cls, tables: Mapping[str, NDArray[Any]], bits: int) -> Self:
        """The view that was kept; raises ``ValueError`` or ``KeyError`` where something is missing or does not fit."""
        made = cls(bits)
        for name in ("weights", "used") if "used" in tables else ("weights",):
            if tables[name].shape != (1 << bits,) or not np.isfinite(tables[name]).all():
                raise ValueError(name)
            setattr(made, name, tables[name].astype(np.float32))
        if "counts" not in tables:  # it came from elsewhere
            return made
        lengths, labels = tables["hard_lengths"], tables["hard_labels"]
        places = tables["hard_places"].astype(np.int32)
        if len(lengths) != len(labels) or int(lengths.sum()) != len(places) or len(lengths) > _REMEMBERED:
            raise ValueError("hard_places")
        if len(places) and not 0 <= int(places.min()) <= int(places.max()) < 1 << bits:
            raise ValueError("hard_places")
        made._hard.places = np.split(places, np.cumsum(lengths)[:-1]) if len(lengths) else []
        made._hard.labels = [bool(each) for each in labels]
        made.learnt, made._hard.next = (int(each) for each in tables["counts"])
        return made
