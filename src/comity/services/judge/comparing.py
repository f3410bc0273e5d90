"""Two models beside each other: what changed, in numbers that a postmaster can weigh.

Answers:    ``described(filter)`` and ``compared(one, other)``: plain values, the public rows of ``comity model``.
"""

from typing import Any

import numpy as np

from comity.services.judge.filtering import Filter
from comity.verdict.grams import VIEWS


def described(judge: Filter) -> dict[str, Any]:
    """What a model is."""
    budget = judge.budget
    return {
        "spam": judge.learner.spam,
        "legitimate": judge.learner.legitimate,
        "languages": {name: {"legitimate": each[0], "spam": each[1]} for name, each in sorted(judge.languages.items())},
        "sources": judge.sources,
        "threshold": round(budget.threshold, 4),
        "promised_percent": round(100 * budget.share, 4),
        "legitimate_seen": budget.seen,
        "legitimate_lost": budget.lost,
        "legitimate_lost_doubted": budget.doubted,
        "legitimate_lost_at_most_percent": round(100 * budget.bound(), 4),
        "legitimate_lost_at_most_undoubted_percent": round(100 * budget.bound_undoubted(), 4),
        "labels_contradicting": judge.doubt.contradicting,
        "labels_unsure": judge.doubt.unsure,
        "places_used": {
            name: int(np.count_nonzero(view.weights)) for name, view in zip(VIEWS, judge.learner.views, strict=True)
        },
    }


def compared(one: Filter, other: Filter) -> dict[str, Any]:
    """How the other differs from the one: labels more, places that changed, how alike the rest is."""
    views = zip(VIEWS, one.learner.views, other.learner.views, strict=True)
    changed: dict[str, Any] = {}
    for name, before, after in views:
        difference = after.weights - before.weights
        scale = float(np.linalg.norm(before.weights) * np.linalg.norm(after.weights))
        changed[name] = {
            "places": int(np.count_nonzero(difference)),
            "largest": round(float(np.abs(difference).max()), 4),
            "alike": round(float(before.weights @ after.weights) / scale, 4) if scale else None,
        }
    return {
        "spam": other.learner.spam - one.learner.spam,
        "legitimate": other.learner.legitimate - one.learner.legitimate,
        "threshold": round(other.budget.threshold - one.budget.threshold, 4),
        "views": changed,
    }
