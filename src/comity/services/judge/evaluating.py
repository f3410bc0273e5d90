"""How good the filter is on mail with known labels: the on-line protocol of the TREC spam track.

Trust:      the index is the operator's; the mail it names is strangers'.
Standards:  Cormack and Lynam, TREC 2005 Spam Track Overview: each message is judged, then its label is told.
Answers:    ``read_index(text)`` gives the lines; ``run(lines, filter, protocol, ...)`` judges and learns;
            ``Run.figures`` is the public row; ``began_with(filter, ...)`` says with which filter it began.
Limits:     a line that names a missing file is counted and left out. A filter that learnt from the very mail it is measured on
            looks better than it is: what it remembers of it is counted, and that is the last thousand of its labels at the most.
"""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any, Final, NamedTuple

from comity.model.verdict import Judgement, Verdict
from comity.services.judge.comparing import described
from comity.services.judge.filtering import Filter
from comity.services.judge.lots import ROOM
from comity.verdict.grams import LOT
from comity.verdict.measures import brier, lam, missed_at, one_minus_roca, reliability

_LABELS: Final = {"spam": True, "ham": False, "legitimate": False}


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexLine:
    """One line of an index: what the message is, and where it lies."""

    spam: bool
    path: str
    number: int


def read_index(text: str) -> Iterator[IndexLine | int]:
    """Each line of an index; the number of a line that is none.

    >>> list(read_index("spam data/1\\nnonsense\\n"))
    [IndexLine(spam=True, path='data/1', number=1), 2]
    """
    for number, line in enumerate(text.splitlines(), 1):
        label, _, path = line.strip().partition(" ")
        if not line.strip():
            continue
        if label.lower() not in _LABELS or not path.strip():
            yield number
        else:
            yield IndexLine(spam=_LABELS[label.lower()], path=path.strip(), number=number)


@dataclass(slots=True)
class Run:
    """What a run over an index gave."""

    labels: list[bool] = field(default_factory=list)
    scores: list[float] = field(default_factory=list)
    chances: list[float] = field(default_factory=list)  # the probabilities
    called_spam: list[bool] = field(default_factory=list)
    unsure: int = 0
    missing: list[int] = field(default_factory=list)  # lines whose file is not there
    malformed: list[int] = field(default_factory=list)
    judging: float = 0.0  # CPU seconds
    learning: float = 0.0
    recognised: int = 0  # messages that the filter had learnt before it began, as far as it remembers
    shown: dict[str, Any] = field(default_factory=dict)  # what the filter itself says of its promise at the end

    def note(self, said: Judgement, spam: bool) -> None:
        """One message was judged."""
        self.labels.append(spam)
        self.scores.append(said.score)
        self.chances.append(said.probability)
        self.called_spam.append(said.score > said.threshold)
        self.unsure += said.verdict is Verdict.UNSURE

    def reliability(self) -> list[dict[str, float]]:
        """Of each bin of probabilities: its bounds, how many messages, what was said on average, the share that was spam."""
        names = ("from", "to", "n", "said", "spam_share")
        return [dict(zip(names, row, strict=True)) for row in reliability(self.chances, self.labels)]

    def figures(self) -> dict[str, Any]:
        """The public row; None where a figure cannot be said."""
        spam = [score for score, label in zip(self.scores, self.labels, strict=True) if label]
        legitimate = [score for score, label in zip(self.scores, self.labels, strict=True) if not label]
        called = list(zip(self.called_spam, self.labels, strict=True))
        lost = sum(1 for said, label in called if said and not label)
        missed = sum(1 for said, label in called if label and not said)
        shares = (lost / len(legitimate) if legitimate else None, missed / len(spam) if spam else None)
        both = shares[0] is not None and shares[1] is not None
        return {
            "n": len(self.labels),
            "spam": len(spam),
            "ham": len(legitimate),
            "one_minus_roca_percent": _percent(one_minus_roca(spam, legitimate)),
            "lam_percent": _percent(lam(shares[0] or 0.0, shares[1] or 0.0)) if both else None,
            "ham_misclassified_percent": _percent(shares[0]),
            "spam_misclassified_percent": _percent(shares[1]),
            "ham_misclassified": lost,
            "spam_misclassified": missed,
            "spam_missed_at_ham_0_1_percent": _percent(missed_at(0.001, spam, legitimate)),
            "spam_missed_at_ham_1_percent": _percent(missed_at(0.01, spam, legitimate)),
            **self.shown,
            "unsure": self.unsure,
            "unsure_percent": _percent(self.unsure / len(self.labels) if self.labels else None),
            "brier": None if (square := brier(self.chances, self.labels)) is None else round(square, 5),
            "classify_messages_per_cpu_second": _rate(len(self.labels), self.judging),
            "train_messages_per_cpu_second": _rate(len(self.labels), self.judging + self.learning),
            "missing": len(self.missing),
            "malformed": len(self.malformed),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Protocol:
    """How labels reach the filter: at once, or later, or for some messages only, or only at the beginning; true or not."""

    delay: int = 0  # messages that are judged before a label arrives
    partial: float = 1.0  # the share of messages whose label arrives at all
    wrong: float = 0.0  # the share of labels that say the opposite of what is true
    batch: float | None = None  # learn this share, then judge the rest without learning
    seed: int = 0


class _Waiting(NamedTuple):
    """A message whose label is on its way."""

    data: bytes
    spam: bool  # what the label says
    called: bool | None  # whether it was called spam; None where it was not judged


_NOTHING: Final = _Waiting(b"", spam=False, called=None)


def run(
    lines: Sequence[IndexLine | int],
    judge: Filter,
    protocol: Protocol,
    *,
    fetch: Callable[[str], bytes | None],
    clock: Callable[[], float],
    told: Callable[[], None],
) -> Run:
    """Judge each message, then learn its label as the protocol says."""
    done = Run()
    chance = Random(protocol.seed)  # noqa: S311 - which labels arrive is no secret
    waiting: deque[_Waiting] = deque()
    knows = judge.recognising()
    frozen_at = len(lines) if protocol.batch is None else round(protocol.batch * len(lines))
    for number, (line, data) in enumerate(_fetched(lines, judge, done, fetch=fetch, clock=clock)):
        told()
        if isinstance(line, int):
            done.malformed.append(line)
            continue
        if data is None:
            done.missing.append(line.number)
            continue
        done.recognised += knows(data)
        began, called = clock(), None
        if protocol.batch is None or number >= frozen_at:
            done.note(judge.judge(data), line.spam)
            called = done.called_spam[-1]
            judge.went_by()
        between = clock()
        if number < frozen_at and (protocol.partial >= 1 or chance.random() < protocol.partial):
            is_wrong = protocol.wrong > 0 and chance.random() < protocol.wrong
            waiting.append(_Waiting(data, line.spam != is_wrong, called))
        else:
            waiting.append(_NOTHING)
        if len(waiting) > protocol.delay:
            _learn(judge, waiting.popleft())
        done.judging += between - began
        done.learning += clock() - between
    done.shown = _shown(judge)
    return done


def began_with(judge: Filter, file: str | None, digest: str | None) -> dict[str, Any] | None:
    """Which filter this is, before a run: its file, the checksum of that, what it learnt; None for one that knows nothing."""
    found = described(judge)
    learnt = {name: found[name] for name in ("spam", "legitimate", "legitimate_seen", "threshold", "sources")}
    return {"file": file, "sha256": digest} | learnt if judge.learner.spam + judge.learner.legitimate else None


def _shown(judge: Filter) -> dict[str, Any]:
    """What the filter says of its promise: whether that is true can be seen beside what it did."""
    budget = judge.budget
    return {
        "labelled_ham": budget.seen,
        "labelled_ham_misclassified": budget.lost,
        "labelled_ham_misclassified_doubted": budget.doubted,
        "ham_misclassified_at_most_percent": _percent(budget.bound()),
        "ham_misclassified_at_most_undoubted_percent": _percent(budget.bound_undoubted()),
    }


def _fetched(
    lines: Sequence[IndexLine | int],
    judge: Filter,
    done: Run,
    *,
    fetch: Callable[[str], bytes | None],
    clock: Callable[[], float],
) -> Iterator[tuple[IndexLine | int, bytes | None]]:
    """Each line with its message, a lot of them read at once: what is looked at does not depend on what was learnt."""
    lot, room = list[tuple[IndexLine | int, bytes | None]](), ROOM
    for number, line in enumerate(lines, 1):
        data = None if isinstance(line, int) else fetch(line.path)
        lot.append((line, data))
        room -= len(data or b"")
        if number == len(lines) or len(lot) == LOT or room < 0:
            began = clock()
            judge.look_ahead([data for _, data in lot if data is not None])
            done.judging += clock() - began
            yield from lot
            lot, room = [], ROOM


def _learn(judge: Filter, one: _Waiting) -> None:
    if one.data:
        judge.learn(one.data, one.spam, called=one.called)


def _percent(share: float | None) -> float | None:
    return None if share is None else round(100 * share, 5)


def _rate(count: int, seconds: float) -> float | None:
    return round(count / seconds) if seconds > 0 else None
