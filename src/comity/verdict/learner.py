"""The learner: what several views say, weighed on-line against each other.

Answers:    ``Learner.places(passages)``, then ``Learner.score(places)`` in log-odds and ``Learner.learn(places, spam)``.
Standards:  fusion of filters by logistic regression over their log-odds (Lynam and Cormack, SIGIR 2006).
Limits:     what it knows are numbers in tables. While few labels have arrived, its scores stay near to nothing.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray

from comity.verdict.counting import Counting
from comity.verdict.grams import BITS, FACT_BITS, Hashing, Places
from comity.verdict.passages import Passages
from comity.verdict.view import View

# Each view, the size of its table, and how much its word counts before anything is known.
VIEWS: Final = {"header": BITS, "body": BITS, "words": BITS, "facts": FACT_BITS}
COUNTED: Final = ("header", "words")  # views that are counted beside
_WORTH: Final = (1.0, 1.0, 1.0, 0.5, 0.7, 0.7)
_COUNTED_AT: Final = tuple(list(VIEWS).index(name) for name in COUNTED)
_SHARE: Final = 0.5  # of each view in the sum, to begin with and to come back to
_RATE: Final = 0.005
_PULL: Final = 0.001
_CLIP: Final = 8.0
_DOUBT: Final = 20.0  # labels


class Learner:
    """Views, their weights against each other, and how much was learnt."""

    def __init__(self, seed: int = 0) -> None:
        self.hashing = Hashing(seed)
        self.views = tuple(View(bits) for bits in VIEWS.values())
        self.counted = tuple(Counting(VIEWS[name]) for name in COUNTED)
        self.shares = [_SHARE] * len(_WORTH) + [0.0]
        self.spam = 0
        self.legitimate = 0
        self._state = seed * 2 + 1

    def places(self, found: Passages) -> tuple[Places, ...]:
        """The places that a message touches, a view each."""
        hashing = self.hashing
        return (
            hashing.grams(found.header),
            hashing.grams(found.body),
            hashing.word_pairs(found.header + b"\n" + found.body),
            hashing.hashed(found.facts),
        )

    def score(self, places: Sequence[Places]) -> float:
        """How much it looks like spam, in log-odds."""
        return self._together(self._said(places)) * self.trust()

    def worths(self, places: Sequence[Places]) -> list[float]:
        """How much one unit of weight in each view adds to the score of this message."""
        trust = self.trust()
        return [
            trust * share * worth / math.sqrt(len(each) + 1.0)
            for share, worth, each in zip(self.shares, _WORTH, places, strict=False)
        ]

    def trust(self) -> float:
        """How much what was learnt counts against what was held before, from 0 to 1."""
        learnt = self.spam + self.legitimate
        return learnt / (learnt + _DOUBT)

    def _said(self, places: Sequence[Places]) -> list[float]:
        scores = [view.score(each) for view, each in zip(self.views, places, strict=True)]
        scores += [counting.score(places[at]) for counting, at in zip(self.counted, _COUNTED_AT, strict=True)]
        return [max(-_CLIP, min(_CLIP, worth * each)) for worth, each in zip(_WORTH, scores, strict=True)]

    def _together(self, said: Sequence[float]) -> float:
        return sum(share * each for share, each in zip(self.shares, said, strict=False)) + self.shares[-1]

    def learn(self, places: Sequence[Places], spam: bool) -> None:
        """Take one message with its label in."""
        said = self._said(places)
        self._weigh(said, spam)
        for view, each in zip(self.views, places, strict=True):
            view.learn(each, spam, self._chance)
        for counting, at in zip(self.counted, _COUNTED_AT, strict=True):
            counting.learn(places[at], spam)
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
        made.views = tuple(View.of(_of(name, tables), bits) for name, bits in VIEWS.items())
        made.counted = tuple(Counting.of(_of(f"{name}.counted", tables), VIEWS[name]) for name in COUNTED)
        made.shares = [float(each) for each in tables["shares"]]
        if len(made.shares) != len(_WORTH) + 1 or not all(map(math.isfinite, made.shares)):
            raise ValueError("shares")
        made.spam, made.legitimate = int(about["spam"]), int(about["legitimate"])
        made._state = int(tables["chance"][0]) if "chance" in tables else made._state
        return made


def _of(name: str, tables: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    """The tables of one part, by their own names."""
    start = f"{name}."
    return {key[len(start) :]: table for key, table in tables.items() if key.startswith(start)}
