"""The promised budget: how much legitimate mail may be called spam, and the threshold that holds it.

Answers:    ``Budget.threshold``; ``Budget.saw(score)`` for each legitimate message, with the score it had before it was learnt;
            ``Budget.saw_spam(score)`` for each that is said to be spam;
            ``Budget.passed()`` for each message that goes by, ``Budget.current`` for the threshold after these;
            ``Budget.lost``, ``Budget.doubted``: how many were called spam, and how many of these are doubted to be legitimate;
            ``Budget.bound()``: what share is lost at the most, at 95 %.
Standards:  the tail of the scores above a high one falls off like an exponential, and is followed beyond what was seen
            (peaks over threshold; Siffer and others, KDD 2017); Clopper and Pearson for the bound.
Limits:     the last 13,000 legitimate messages, the first ten left out: a filter that knows nothing gave them their scores.
            The slope of a tail of k messages is known to one part in the root of k, so the threshold stands higher than the slope
            says: far with few labels, hardly with many. It aims at six tenths of what was promised: mail to come is harder
            than mail that was, and a promise that holds only on average is broken every other month.
            Few scores lie in both directions. Up to 200 of them the threshold is no lower than what few labels cannot rule out,
            and it is never higher than where nearly all views say spam.
            Legitimate mail is lost in runs of mails alike, and all the more when nothing is learnt any more. So the more messages
            went by since one was last said to be legitimate, the more of them may be lost at one stroke, and the smaller the share
            that is aimed at. A threshold that came with a model from elsewhere held on other people's mail, and says as little of
            ours as a label of long ago: it rises with the mail that goes by until labels from here settle one, and from then on
            it can hold the threshold up and not down.
            Where labels are unsure (``doubt``), the highest scores are those of spam that somebody called legitimate. As many are
            left out as lie where the filter doubts, and no more than those explain that lie where three quarters of the spam do:
            high scores unlike those of spam stay legitimate mail that would be lost, and so do those that several spoke of alike.
            What is counted as lost leaves nothing out: it may be that the filter is wrong and not they. The bound is one for mail
            of which as many get a label as of any other; 0.1 % can be shown with 3,000 labels, and with none lost.
"""

import math
from bisect import bisect_left, bisect_right, insort
from collections import deque
from collections.abc import Mapping
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray

from comity.verdict.doubt import DOUBTED, SURE, Said

_KEPT: Final = 13_000
_TAIL: Final = 0.02
_TAIL_LEAST: Final = 10
_AIM: Final = 0.6
_CAUTION: Final = 0.75  # standard errors of the slope
_UNTAUGHT: Final = 10  # messages
_LEAST: Final = 20  # scores before they say anything
_UNLIKELY: Final = 0.05  # once in twenty times
_HIGHEST: Final = 9.0  # nearly all views at the most that each may say; where nothing is known, the threshold
_LOWEST_AT_FIRST: Final = 7.0
_FADES: Final = 200  # messages
_ALIKE: Final = 20  # messages that go by without a label: when the share that is aimed at is half as large
_SLOPE: Final = 1.0  # of the tail, where it is not known
_KEPT_SPAM: Final = 500
_QUARTER: Final = 0.25  # of the spam lies below
_FIRST: Final = 2.0  # what is assumed where no threshold held elsewhere
_FIRST_COUNTS: Final = 300  # for so many messages it holds the threshold up, as what held elsewhere does


class Budget:
    """Follows the scores of legitimate mail."""

    def __init__(self, share: float = 0.001, first: float | None = None) -> None:
        self.share = share
        self.first = _FIRST if first is None else first  # what held elsewhere, if anything
        self.threshold = _HIGHEST if first is None else first
        self._held_elsewhere = first is not None
        self.seen = 0
        self.lost = 0  # of those seen, how many were called spam
        self.doubted = 0  # of those lost, how many may well be spam that somebody called legitimate
        self.went_by = 0  # messages since one seen last settled the threshold
        self._slope = _SLOPE
        self._recent: deque[float] = deque()
        # Of each: it was said against what the filter knew, and others said so too.
        self._believed: deque[bool] = deque()
        self._ordered: list[float] = []
        self._left_out = 0  # of the highest scores
        self._spam: deque[float] = deque(maxlen=_KEPT_SPAM)

    def saw(self, score: float, said: Said = SURE, *, called: bool | None = None) -> None:
        """One legitimate message has this score; whether it was ``called`` spam when it came, or None where nobody knows that."""
        is_lost = score > self.current if called is None else called
        self.seen += 1
        self.lost += is_lost
        self.doubted += is_lost and said.doubted
        if self.seen <= _UNTAUGHT and not self._held_elsewhere:
            return
        self._recent.append(score)
        self._believed.append(said.unsure and not said.doubted and score > DOUBTED)
        insort(self._ordered, score)
        if len(self._recent) > _KEPT:
            old = self._recent.popleft()
            self._believed.popleft()
            del self._ordered[bisect_left(self._ordered, old)]
        self._left_out = self._explained() if said.unsure else 0
        count = len(self._ordered) - self._left_out
        if count >= _LEAST:
            self.threshold = self._settled(count)
            self.went_by = 0

    def saw_spam(self, score: float, said: Said = SURE) -> None:
        """One message that was said to be spam had this score."""
        if not said.doubted:
            self._spam.append(score)

    def believed(self) -> list[float]:
        """The scores that the threshold follows, in order."""
        return self._ordered[: len(self._ordered) - self._left_out]

    def _explained(self) -> int:
        """How many of the highest scores are those of spam that was called legitimate."""
        if len(self._spam) < _LEAST:
            return 0
        quarter = sorted(self._spam)[int(_QUARTER * len(self._spam))]
        above = len(self._ordered) - bisect_right(self._ordered, max(quarter, DOUBTED))
        doubted = len(self._ordered) - bisect_right(self._ordered, DOUBTED)
        explained = math.ceil(above / (1 - _QUARTER) + 2 * math.sqrt(above))
        return max(0, min(doubted - sum(self._believed), explained))

    def passed(self) -> None:
        """One message went by."""
        self.went_by += 1

    def follows(self, other: "Budget") -> None:
        """Take the place of another one: what went by since counts on, unless legitimate mail seen since settled this one."""
        is_settled = len(self.believed()) >= _LEAST
        self.went_by = other.went_by if self.seen == other.seen or not is_settled else 0

    @property
    def current(self) -> float:
        """The threshold for the next message."""
        if not self.went_by:
            return self.threshold
        raised = self.threshold + self._slope * math.log1p(self.went_by / _ALIKE)
        return max(self.threshold, min(_HIGHEST, raised))

    def _tail(self, count: int) -> tuple[int, float, float]:
        """How many of the lowest so many scores are their tail, where that begins, and how steep it is at the worst."""
        tail = min(count // 2, max(_TAIL_LEAST, int(_TAIL * count)))
        begins = self._ordered[count - tail - 1]
        mean = sum(self._ordered[count - tail : count]) / tail
        return tail, begins, (mean - begins) * (1 + _CAUTION / math.sqrt(tail))

    def _settled(self, count: int) -> float:
        """Where so many scores put the threshold."""
        tail, begins, self._slope = self._tail(count)
        found = min(_HIGHEST, begins + self._slope * math.log(tail / (count * self.share * _AIM)))
        blended = (_FIRST_COUNTS * self.first + self.seen * found) / (_FIRST_COUNTS + self.seen)
        return max(found, blended, _LOWEST_AT_FIRST * (1 - self.seen / _FADES))

    def bound(self) -> float:
        """The share of the legitimate mail so far that is lost at the most, with 95 % confidence, whoever is right about labels."""
        return upper_bound(self.lost, self.seen)

    def bound_undoubted(self) -> float:
        """The same if all that is doubted is spam."""
        return upper_bound(self.lost - self.doubted, self.seen - self.doubted)

    def about(self) -> dict[str, Any]:
        """What is kept of it, beside its table."""
        kept = {"share": self.share, "first": self.first, "threshold": self.threshold}
        return {
            "budget": kept | {"seen": self.seen, "lost": self.lost, "doubted": self.doubted, "left_out": self._left_out}
        }

    def kept(self) -> dict[str, NDArray[Any]]:
        """The scores it follows."""
        return {
            "budget.recent": np.array(self._recent, dtype=np.float64),
            "budget.believed": np.array(self._believed, dtype=np.uint8),
            "budget.spam": np.array(self._spam, dtype=np.float64),
        }

    @classmethod
    def of(cls, tables: Mapping[str, NDArray[Any]], about: Mapping[str, Any]) -> Self:
        """The budget that was kept."""
        kept = about["budget"]
        if "budget.recent" not in tables:  # it came from elsewhere: its threshold is where we begin
            return cls(float(kept["share"]), float(kept["threshold"]))
        first = float(kept["first"])
        made = cls(float(kept["share"]), None if first == _FIRST else first)
        made.seen, made.lost, made.threshold = int(kept["seen"]), int(kept["lost"]), float(kept["threshold"])
        made.doubted = int(kept.get("doubted", 0))  # earlier models have none
        recent = [float(each) for each in tables["budget.recent"]]
        spam = [float(each) for each in tables.get("budget.spam", ())]  # earlier models have none, nor the next
        believed = [bool(each) for each in tables.get("budget.believed", [False] * len(recent))]
        made._left_out = int(kept.get("left_out", 0))
        count = len(recent) - made._left_out
        finite = all(map(math.isfinite, (*recent, *spam, made.threshold)))
        fits = len(believed) == len(recent) <= _KEPT and len(spam) <= _KEPT_SPAM and 0 <= count <= len(recent)
        if not fits or not finite:
            raise ValueError("budget")
        made._recent, made._ordered = deque(recent), sorted(recent)
        made._spam.extend(spam)
        made._believed.extend(believed)
        if count >= _LEAST:
            made._slope = made._tail(count)[2]
        return made


def upper_bound(hits: int, count: int) -> float:
    """The largest share under which so few hits among so many would still be seen once in twenty times.

    >>> round(upper_bound(0, 3000), 5), upper_bound(0, 0)
    (0.001, 1.0)
    """
    if hits >= count:
        return 1.0
    low, high = hits / count, 1.0
    for _ in range(50):
        middle = (low + high) / 2
        low, high = (middle, high) if _at_most(hits, count, middle) > _UNLIKELY else (low, middle)
    return high


def labels_to_show(hits: int, share: float) -> int:
    """How many it takes, with so many hits among them, for the bound to reach this share.

    >>> labels_to_show(0, 0.001), labels_to_show(2, 0.001)
    (2995, 6294)
    """
    # Asked of this share alone: the bound of each number takes fifty times as long, seconds where thousands are doubted.
    low, high = hits, hits + 1
    while _at_most(hits, high, share) > _UNLIKELY:
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if _at_most(hits, middle, share) <= _UNLIKELY else (middle, high)
    return high


def _at_most(hits: int, count: int, share: float) -> float:
    """The chance of no more than so many hits (binomial)."""
    if share >= 1:
        return 0.0
    odds = math.log(share) - math.log1p(-share) if share > 0 else -math.inf
    one, total = count * math.log1p(-share), 0.0
    for number in range(hits + 1):
        total += math.exp(one)
        one += math.log((count - number) / (number + 1)) + odds
    return total
