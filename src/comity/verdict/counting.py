"""A second opinion over the same pieces: how often each was seen in spam and in legitimate mail.

Answers:    ``Counting.score(odds, seen, pieces)`` in log-odds; ``Counting.learn(places, score, spam)``.
Standards:  naive Bayes trained on and near errors only. It learns faster than ``view`` at first and errs elsewhere, and that is
            all that is asked of it.
Limits:     counts up to 255.
"""

import math
from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

_NEAR: Final = 0.1
_UNSEEN: Final = 0.02  # what counts as seen before anything was
_MOST: Final = 4.0  # log-odds that one piece may give
_DAMPING: Final = (
    0.7  # pieces of one message depend on each other: their sum is divided by so high a power of their number
)
_LOG: Final = np.log(np.arange(256, dtype=np.float32) + np.float32(_UNSEEN))


class Counting:
    """Counts of one view, and in ``odds`` (of all views) what they come to, from ``base`` on."""

    def __init__(self, odds: NDArray[np.float32], *, base: int, bits: int) -> None:
        self.spam = np.zeros(1 << bits, dtype=np.uint8)
        self.legitimate = np.zeros(1 << bits, dtype=np.uint8)
        self._base = base
        self._odds = odds[base : base + (1 << bits)]
        self.messages = [0, 0]  # legitimate, spam
        self._lean = 0.0  # what it is in log-odds that there were more of the ones than of the others

    def score(self, odds: float, seen: int, pieces: int) -> float:
        """How much the pieces look like spam whose odds have this sum, where so many of them were seen before."""
        return (odds + self._lean * seen) / float((pieces + 1) ** _DAMPING)

    def scores(
        self, odds: NDArray[np.float64], seen: NDArray[np.uint16], pieces: NDArray[np.intp]
    ) -> NDArray[np.float64]:
        """The same of many messages; numpy's own powers differ from Python's in their last bits, so these are Python's."""
        powers = [float((each + 1) ** _DAMPING) for each in pieces.tolist()]
        return (odds + self._lean * seen) / powers

    def learn(self, places: NDArray[np.intp], score: float, spam: bool) -> None:
        """Count the pieces at these places (of the table of all views), if ``score`` was near to being wrong."""
        error = abs(spam - 1 / (1 + math.exp(-max(-30.0, min(30.0, score)))))
        if error <= _NEAR:
            return
        places = places - self._base
        self.messages[spam] += 1
        self._lean = self._leaning()
        counts = self.spam if spam else self.legitimate
        now = counts.take(places, mode="wrap")
        now += now < 255
        counts[places] = now
        self._weigh(places)

    def _leaning(self) -> float:
        legitimate, spam = self.messages
        return math.log((legitimate + 2 * _UNSEEN) / (spam + 2 * _UNSEEN))

    def _weigh(self, places: Any) -> None:
        odds = _LOG.take(self.spam[places], mode="wrap") - _LOG.take(self.legitimate[places], mode="wrap")
        self._odds[places] = np.clip(odds, -_MOST, _MOST)

    def kept(self) -> dict[str, NDArray[Any]]:
        """All of it as tables."""
        return {
            "spam": self.spam,
            "legitimate": self.legitimate,
            "messages": np.array(self.messages, dtype=np.int64),
        }

    def take(self, tables: Mapping[str, NDArray[Any]]) -> None:
        """Become what was kept; raises ``ValueError`` or ``KeyError`` where something is missing or does not fit."""
        if not tables:  # it came from elsewhere
            return
        for name, mine in (("spam", self.spam), ("legitimate", self.legitimate)):
            if tables[name].shape != mine.shape or tables[name].dtype != np.uint8:
                raise ValueError(name)
            mine[:] = tables[name]
        self.messages = [int(each) for each in tables["messages"]]
        if len(self.messages) != 2 or min(self.messages) < 0:
            raise ValueError("messages")
        self._lean = self._leaning()
        self._weigh(slice(None))
