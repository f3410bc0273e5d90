"""A plain Bayes filter that trusts everybody: what many run today, to measure beside.

Standards:  Graham, "A Plan for Spam", with Robinson's smoothing and the mean of log-odds; words of the decoded text.
Answers:    ``PlainBayes.learn(data, spam)``, ``PlainBayes.score(data)``.
"""

import math
import re
from collections import Counter
from typing import Final

from comity.verdict.passages import passages

_WORD: Final = re.compile(rb"[A-Za-z0-9$'-]{3,40}|(?:[\x81-\xfe][\x40-\xfe]){2}")


class PlainBayes:
    """Counts of words."""

    def __init__(self) -> None:
        self.words: tuple[Counter[bytes], Counter[bytes]] = (Counter(), Counter())
        self.mails = [0, 0]

    def learn(self, data: bytes, spam: bool) -> None:
        """Believe it."""
        self.words[spam].update(_words(data))
        self.mails[spam] += 1

    def score(self, data: bytes) -> float:
        """Log-odds of the fifteen most telling words."""
        odds = sorted((self._odds(word) for word in _words(data)), key=abs, reverse=True)[:15]
        return sum(odds)

    def _odds(self, word: bytes) -> float:
        legitimate, spam = (self.words[kind][word] / max(1, self.mails[kind]) for kind in (0, 1))
        seen = self.words[0][word] + self.words[1][word]
        share = spam / (spam + legitimate) if seen else 0.5
        smooth = (0.5 + seen * share) / (1 + seen)
        smooth = min(0.99, max(0.01, smooth))
        return math.log(smooth / (1 - smooth))


def _words(data: bytes) -> set[bytes]:
    found = passages(data)
    return set(_WORD.findall(found.header + found.body))
