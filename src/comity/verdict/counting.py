"""A second opinion over the same pieces: how often each was seen in spam and in legitimate mail.

Answers:    ``Counting.score(places)`` in log-odds; ``Counting.learn(places, spam)``.
Standards:  naive Bayes trained on and near errors only. It learns faster than ``view`` at first and errs elsewhere, and that is
            all that is asked of it.
Limits:     counts up to 255.
"""

import math
from collections.abc import Mapping
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray

from comity.verdict.grams import Places

_NEAR: Final = 0.1
_UNSEEN: Final = 0.02  # what counts as seen before anything was
_MOST: Final = 4.0  # log-odds that one piece may give
_DAMPING: Final = (
    0.7  # pieces of one message depend on each other: their sum is divided by so high a power of their number
)
_LOG: Final = np.log(np.arange(256, dtype=np.float32) + np.float32(_UNSEEN))


class Counting:
    """Counts of one view."""

    def __init__(self, bits: int) -> None:
        self.spam = np.zeros(1 << bits, dtype=np.uint8)
        self.legitimate = np.zeros(1 << bits, dtype=np.uint8)
        self._odds = np.zeros(1 << bits, dtype=np.float32)
        self.messages = [0, 0]  # legitimate, spam

    def score(self, places: Places) -> float:
        """How much the pieces look like spam."""
        odds = self._odds.take(places)
        legitimate, spam = self.messages
        base = math.log((legitimate + 2 * _UNSEEN) / (spam + 2 * _UNSEEN))
        return (float(np.add.reduce(odds)) + base * int(np.count_nonzero(odds))) / float((len(places) + 1) ** _DAMPING)

    def learn(self, places: Places, spam: bool) -> None:
        """Count the pieces, if this message was near to being wrong."""
        error = abs(spam - 1 / (1 + math.exp(-max(-30.0, min(30.0, self.score(places))))))
        if error <= _NEAR:
            return
        self.messages[spam] += 1
        counts = self.spam if spam else self.legitimate
        now = counts.take(places)
        now += now < 255
        counts[places] = now
        self._weigh(places)

    def _weigh(self, places: Any) -> None:
        odds = _LOG.take(self.spam[places]) - _LOG.take(self.legitimate[places])
        self._odds[places] = np.clip(odds, -_MOST, _MOST)

    def kept(self) -> dict[str, NDArray[Any]]:
        """All of it as tables."""
        return {
            "spam": self.spam,
            "legitimate": self.legitimate,
            "messages": np.array(self.messages, dtype=np.int64),
        }

    @classmethod
    def of(cls, tables: Mapping[str, NDArray[Any]], bits: int) -> Self:
        """What was kept; raises ``ValueError`` or ``KeyError`` where something is missing or does not fit."""
        made = cls(bits)
        if not tables:  # it came from elsewhere
            return made
        for name in ("spam", "legitimate"):
            if tables[name].shape != (1 << bits,) or tables[name].dtype != np.uint8:
                raise ValueError(name)
        made.spam, made.legitimate = tables["spam"].copy(), tables["legitimate"].copy()
        made.messages = [int(each) for each in tables["messages"]]
        if len(made.messages) != 2 or min(made.messages) < 0:
            raise ValueError("messages")
        made._weigh(slice(None))
        return made
