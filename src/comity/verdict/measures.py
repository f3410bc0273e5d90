"""How good a filter was, out of its scores: the measures of the TREC spam track.

Standards:  Cormack and Lynam, TREC 2005 Spam Track Overview, section 2.
Answers:    ``one_minus_roca``, ``lam``, ``missed_at``: shares from 0 to 1; None where one of the two classes is absent.
            ``brier`` and ``reliability``: whether a probability means what it says.
"""

import math
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray


def one_minus_roca(spam: Sequence[float], legitimate: Sequence[float]) -> float | None:
    """The area above the ROC curve: how often a legitimate message scores above a spam; equal scores count half.

    >>> one_minus_roca([2.0, 3.0], [1.0, 2.0])
    0.125
    """
    if not len(spam) or not len(legitimate):
        return None
    low = np.sort(np.asarray(legitimate, dtype=np.float64))
    high = np.asarray(spam, dtype=np.float64)
    below = np.searchsorted(low, high, side="left") + np.searchsorted(low, high, side="right")
    return float(1 - below.mean() / (2 * len(low)))


def lam(legitimate_share: float, spam_share: float) -> float:
    """The logistic average of the two shares that were misclassified (0 where either is 0).

    >>> round(lam(0.01, 0.01), 6), lam(0.0, 0.5)
    (0.01, 0.0)
    """
    if min(legitimate_share, spam_share) <= 0:
        return 0.0
    if max(legitimate_share, spam_share) >= 1:
        return 1.0
    mean = (_log_odds(legitimate_share) + _log_odds(spam_share)) / 2
    return 1 / (1 + math.exp(-mean))


def _log_odds(share: float) -> float:
    return math.log(share / (1 - share))


def missed_at(share: float, spam: Sequence[float], legitimate: Sequence[float]) -> float | None:
    """The share of spam missed where the threshold lets no more than ``share`` of the legitimate score above it.

    >>> missed_at(0.0, [1.0, 5.0], [0.0, 2.0])
    0.5
    """
    if not len(spam) or not len(legitimate):
        return None
    threshold = threshold_at(share, legitimate)
    return float(np.mean(np.asarray(spam, dtype=np.float64) <= threshold))


def threshold_at(share: float, legitimate: Sequence[float]) -> float:
    """The lowest threshold above which no more than ``share`` of the legitimate score."""
    ordered = np.sort(np.asarray(legitimate, dtype=np.float64))[::-1]
    return float(ordered[min(int(share * len(ordered)), len(ordered) - 1)])


def brier(said: Sequence[float], is_spam: Sequence[bool]) -> float | None:
    """The mean square of what probabilities were wrong by (Brier, 1950).

    >>> brier([1.0, 0.5], [True, False])
    0.125
    """
    if not len(said):
        return None
    return float(np.mean((np.asarray(said, dtype=np.float64) - np.asarray(is_spam, dtype=np.float64)) ** 2))


BINS = (0.0, 0.01, 0.1, 0.3, 0.5, 0.7, 0.9, 0.99, 1.0)


def reliability(said: Sequence[float], is_spam: Sequence[bool]) -> list[tuple[float, float, int, float, float]]:
    """For each bin of probabilities that has any: from, to, how many, what was said on average, and the share that was spam.

    >>> reliability([0.2, 0.2, 1.0], [False, True, True])
    [(0.1, 0.3, 2, 0.2, 0.5), (0.99, 1.0, 1, 1.0, 1.0)]
    """
    chances, labels = np.asarray(said, dtype=np.float64), np.asarray(is_spam, dtype=np.float64)
    at = np.searchsorted(BINS[1:-1], chances, side="right")
    rows = []
    for number, (begin, end) in enumerate(pairwise(BINS)):
        inside = at == number
        if inside.any():
            mean, share = float(chances[inside].mean()), float(labels[inside].mean())
            rows.append((begin, end, int(inside.sum()), round(mean, 4), round(share, 4)))
    return rows


def roc(spam: Sequence[float], legitimate: Sequence[float]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The ROC curve: shares of legitimate and of spam that score above each threshold, from the highest on."""
    scores = np.concatenate([np.asarray(spam, dtype=np.float64), np.asarray(legitimate, dtype=np.float64)])
    labels = np.concatenate([np.ones(len(spam)), np.zeros(len(legitimate))])
    order = np.argsort(-scores, kind="stable")
    scores, labels = scores[order], labels[order]
    last = np.append(np.diff(scores) != 0, True)  # equal scores are one step
    above_spam = np.cumsum(labels)[last] / max(1, len(spam))
    above_legitimate = np.cumsum(1 - labels)[last] / max(1, len(legitimate))
    return above_legitimate, above_spam
