"""The learner: on-line logistic regression, one table a view, their mean.

Answers:    ``Learner.score(views)`` in log-odds; ``Learner.learn(views, spam)``.
Limits:     what it knows are numbers in tables: of no message can its text be read back.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray

from comity.verdict.grams import SIZE, Places, grams, hashed
from comity.verdict.passages import Passages

VIEWS: Final = ("header", "body", "facts")
_RATE: Final = 0.02
_LEGITIMATE_COUNTS: Final = 2.0  # a legitimate message that is lost costs more than a spam that is seen


class Learner:
    """Tables of weights and what they say."""

    def __init__(self) -> None:
        self.tables = {name: np.zeros(SIZE, dtype=np.float32) for name in VIEWS}
        self.spam = 0
        self.legitimate = 0

    @classmethod
    def of(cls, tables: Mapping[str, NDArray[Any]], about: Mapping[str, Any]) -> Self:
        """The learner that was kept."""
        made = cls()
        for name in VIEWS:
            if name not in tables or tables[name].shape != (SIZE,):
                raise ValueError(f"no table {name}")
            made.tables[name] = tables[name].astype(np.float32)
        made.spam, made.legitimate = int(about["spam"]), int(about["legitimate"])
        return made

    def kept(self) -> dict[str, NDArray[Any]]:
        """The tables to be kept."""
        return dict(self.tables)

    def about(self) -> dict[str, Any]:
        """What was learnt from."""
        return {"spam": self.spam, "legitimate": self.legitimate}

    def views(self, found: Passages) -> tuple[Places, ...]:
        """The places that a message touches, a view each."""
        return grams(found.header), grams(found.body), hashed(found.facts)

    def score(self, views: Sequence[Places]) -> float:
        """How much it looks like spam, in log-odds."""
        return sum(self._scores(views)) / len(VIEWS)

    def _scores(self, views: Sequence[Places]) -> list[float]:
        return [float(self.tables[name][places].sum()) for name, places in zip(VIEWS, views, strict=True)]

    def learn(self, views: Sequence[Places], spam: bool) -> None:
        """Take one message with its label in."""
        self.spam += spam
        self.legitimate += not spam
        for name, places, score in zip(VIEWS, views, self._scores(views), strict=True):
            wrong = float(spam) - 1 / (1 + math.exp(-max(-30.0, min(30.0, score))))
            if len(places):
                rate = _RATE * (1.0 if spam else _LEGITIMATE_COUNTS)
                self.tables[name][places] += np.float32(rate * wrong)
