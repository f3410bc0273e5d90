"""Doubt about labels: whether so many of them contradict the filter that some must be wrong, and then which.

Trust:      whoever says what a mail is may be wrong, or lie.
Answers:    ``Doubt.heard(contradiction, spam, sketch)`` for each label, with the log-odds of the message before it was learnt
            *against* that label: ``Said``, whether the label contradicts, whether labels are unsure at all, and whether this one is
            doubted. ``Doubt.sure()`` for a label of the operator's.
Standards:  the lower end of Wilson's interval; likeness by the lowest hashes (Broder, SEQUENCES 1997).
Limits:     the last 1,000 labels. True labels contradict as well, in runs: up to 15 of 1,000 were seen, and that doubts nothing.
            Where three of the last five labels about mails alike say the same, the filter is wrong and not they: that label is
            believed. A doubted one is not refused either: it is learnt a little (``view``).
"""

from collections import deque
from collections.abc import Mapping
from itertools import islice
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from comity.formats.intervals import wilson

_KEPT: Final = 1000  # labels
_CONTRADICTS: Final = 2.0  # log-odds
_LEAST: Final = 3  # labels that contradict before anything is doubted
_SHARE: Final = 0.015  # of the labels: when surely more contradict, some are wrong
_CONFIDENCE: Final = 1.645  # standard errors: 95 %, to one side
DOUBTED: Final = 3.0  # log-odds: of such messages, one in twenty would be what the label says

_LOOKED_BACK: Final = 300  # labels among which mails alike are looked for
_ALIKE: Final = 0.5  # of the lowest hashes in common
_BEFORE: Final = 4  # labels about mails alike, ...
_AGREE: Final = 2  # ... of which so many must say the same

Sketch = NDArray[np.uint32]


class Said(NamedTuple):
    """What is thought of one label."""

    contradicts: bool
    unsure: bool  # some labels are wrong
    doubted: bool  # this one may well be


SURE: Final = Said(contradicts=False, unsure=False, doubted=False)


class Doubt:
    """Follows how often labels contradict the filter."""

    def __init__(self) -> None:
        self._recent: deque[bool] = deque()
        self.contradicting = 0  # of the last 1,000
        self._told: deque[tuple[Sketch, bool]] = deque(maxlen=_LOOKED_BACK)

    def heard(self, contradiction: float, spam: bool, sketch: Sketch) -> Said:
        """One label came, against log-odds so high, about a mail with these lowest hashes."""
        contradicts = contradiction > _CONTRADICTS and not self._agreed(spam, sketch)
        self._told.append((sketch.copy(), spam))
        self._recent.append(contradicts)
        self.contradicting += contradicts
        if len(self._recent) > _KEPT:
            self.contradicting -= self._recent.popleft()
        unsure = self.unsure
        return Said(contradicts, unsure, unsure and contradicts and contradiction > DOUBTED)

    def sure(self) -> Said:
        """One label came that nobody doubts."""
        return Said(contradicts=False, unsure=self.unsure, doubted=False)

    @property
    def unsure(self) -> bool:
        """Whether surely more labels contradict than true ones do."""
        return self.contradicting >= _LEAST and lower_bound(self.contradicting, len(self._recent)) > _SHARE

    def _agreed(self, spam: bool, sketch: Sketch) -> bool:
        """Whether most of the last labels about mails like this one say so too."""
        if not len(sketch):
            return False
        own = set(sketch.tolist())
        alike = (
            label for told, label in reversed(self._told) if len(own.intersection(told.tolist())) >= _ALIKE * len(own)
        )
        return sum(label == spam for label in islice(alike, _BEFORE)) >= _AGREE

    def kept(self) -> dict[str, NDArray[Any]]:
        """What is kept of it, as tables."""
        sketches = [sketch for sketch, _ in self._told]
        return {
            "doubt.recent": np.array(self._recent, dtype=np.uint8),
            "doubt.labels": np.array([label for _, label in self._told], dtype=np.uint8),
            "doubt.lengths": np.array([len(each) for each in sketches], dtype=np.int32),
            "doubt.sketches": np.concatenate([np.zeros(0, dtype=np.uint32), *sketches]),
        }

    def take(self, tables: Mapping[str, NDArray[Any]]) -> None:
        """Become what was kept; raises ``ValueError`` or ``KeyError`` where something is missing or does not fit."""
        if "doubt.recent" not in tables:  # it came from elsewhere, or from before labels were doubted
            return
        recent, labels = tables["doubt.recent"], tables["doubt.labels"]
        lengths, sketches = tables["doubt.lengths"], tables["doubt.sketches"]
        if len(recent) > _KEPT or len(labels) > _LOOKED_BACK or len(labels) != len(lengths):
            raise ValueError("doubt")
        if (len(lengths) and int(lengths.min()) < 0) or int(lengths.sum()) != len(sketches):
            raise ValueError("doubt")
        self._recent = deque(bool(each) for each in recent)
        self.contradicting = sum(self._recent)
        parts = np.split(sketches.astype(np.uint32), np.cumsum(lengths)[:-1]) if len(lengths) else []
        self._told.extend((part, bool(label)) for part, label in zip(parts, labels, strict=True))


def lower_bound(hits: int, count: int) -> float:
    """The smallest share under which so many hits would still be seen once in twenty times, nearly.

    >>> round(lower_bound(10, 200), 3), lower_bound(0, 0)
    (0.03, 0.0)
    """
    return wilson(hits, count, _CONFIDENCE)[0] if count else 0.0
