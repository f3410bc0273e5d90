"""The filter: one message in, a judgement out; and what people say about it learnt.

Trust:      input is a stranger's mail of any kind; every message gets a judgement, nothing is raised.
Answers:    ``Filter.judge(data)`` gives a ``Judgement``; ``Filter.learn(data, spam)`` takes a label in;
            ``Filter.look_ahead(lot)`` makes both quicker where many messages are at hand; ``Filter.went_by()`` is said after each
            message of a stream, for the promise is kept by labels that come with it.
Limits:     one thread at a time; nothing is written to a disk here.
"""

import math
from collections.abc import Callable, Sequence
from typing import Any, Final, NamedTuple, Self

from comity.model.record import maker
from comity.model.verdict import Facts, Judgement, Verdict
from comity.verdict.budget import Budget
from comity.verdict.doubt import Doubt
from comity.verdict.grams import Places
from comity.verdict.learner import Learner
from comity.verdict.model_file import Model
from comity.verdict.passages import Passages, language, passages
from comity.verdict.prior import prior
from comity.verdict.reasons import reasons_of

_ENOUGH_OF_LANGUAGE: Final = 5  # of each kind before there is an opinion in a language ...
_MUCH_OF_LANGUAGE: Final = 50  # ... or so many of one: then nobody here seems to get the other
_CERTAIN: Final = tuple(1 / (1 + math.exp(-end)) for end in (-30.0, 30.0))  # no probability is nearer to its end
_NO_DOUBT: Final = 0.01
_ENOUGH: Final = 20  # messages of each kind before there is an opinion


class _Read(NamedTuple):
    """What of a message is looked at, as bytes and as numbers."""

    found: Passages
    places: Places
    spoken: str


_judgement: Final = maker(Judgement)
_made: Final = tuple.__new__  # for every mail: what the class itself does takes twice as long


class Filter:
    """Judges with what it has learnt."""

    def __init__(self, learner: Learner, budget: Budget) -> None:
        self.learner = learner
        self.budget = budget
        self.doubt = Doubt()
        self.languages: dict[str, list[int]] = {}  # legitimate and spam learnt in each
        self.sources: list[dict[str, Any]] = []  # what it learnt from before it came here
        self._last: tuple[bytes, Facts | None, _Read] | None = None
        self._held: tuple[Passages, float] | None = None
        self._ahead: dict[int, tuple[bytes, _Read]] = {}  # by the identity of their bytes

    @classmethod
    def new(cls, share: float = 0.001, *, seed: int = 0) -> Self:
        """A filter that has learnt nothing yet; ``share`` of the legitimate mail may be called spam."""
        return cls(Learner(seed), Budget(share))

    @classmethod
    def of(cls, model: Model) -> Self:
        """The filter that was kept as this model; raises ``ValueError`` where something it needs is not in it."""
        made = cls(Learner.of(model.tables, model.about), Budget.of(model.tables, model.about))
        made.doubt.take(model.tables)
        for name, counts in model.about.get("languages", {}).items():
            made.languages[str(name)] = [int(counts[0]), int(counts[1])]
        made.sources = [dict(each) for each in model.about.get("sources", [])]
        return made

    def model(self) -> Model:
        """All of it, to be kept."""
        return Model(tables=self.learner.kept() | self.budget.kept() | self.doubt.kept(), about=self._about())

    def portable(self) -> Model:
        """What another network may have: weights, and nothing about single messages."""
        return Model(tables=self.learner.portable(), about=self._about())

    def _about(self) -> dict[str, Any]:
        own = {"languages": self.languages, "sources": self.sources}
        return self.learner.about() | self.budget.about() | own

    def judge(
        self, data: bytes, *, facts: Facts | None = None, reasons: bool = False, unless_legitimate: bool = False
    ) -> Judgement:
        """Say what one message is; ``facts`` are what others found out about it.

        ``reasons`` are computed on request, for all or ``unless_legitimate``: they cost thrice what the verdict does.
        """
        read = self._read(data, facts)
        found, places, spoken = read
        score, threshold = self._score(read), self.budget.current
        verdict, why = self._verdict(score, threshold, spoken)
        if not found.header and not found.body:
            verdict, why = Verdict.UNSURE, "empty"
        explains = reasons and not (unless_legitimate and verdict is Verdict.LEGITIMATE)
        return _judgement(
            verdict=verdict,
            probability=1 / (1 + math.exp(-score)) if -30 < score < 30 else _CERTAIN[score > 0],
            score=score,
            threshold=threshold,
            language=spoken,
            reasons=reasons_of(self.learner, found, places) if explains else (),
            why=why,
        )

    def _score(self, read: _Read) -> float:
        doubt = 1 - self.learner.trust()
        return self.learner.score(read.places) + (doubt * self._held_before(read.found) if doubt > _NO_DOUBT else 0.0)

    def _held_before(self, found: Passages) -> float:
        """What is held of it before anything was learnt; the last answer is kept, for a message is often judged and then learnt."""
        if self._held is None or self._held[0] is not found:
            self._held = (found, prior(found))
        return self._held[1]

    def look_ahead(self, lot: Sequence[bytes]) -> None:
        """Read these messages, which are judged or learnt next: together they cost less than one by one."""
        found = [passages(data) for data in lot]
        touched = self.learner.places(found)
        self.learner.look_ahead(touched)
        self._ahead = {
            id(data): (data, _made(_Read, (each, places, language(each))))
            for data, each, places in zip(lot, found, touched, strict=True)
        }

    def _read(self, data: bytes, facts: Facts | None) -> _Read:
        """What of it is looked at; the last one is kept, because a message is often judged and then learnt."""
        if facts is None and (ahead := self._ahead.get(id(data))) is not None:
            return ahead[1]
        if self._last is not None and self._last[0] is data and self._last[1] is facts:
            return self._last[2]
        found = passages(data, facts)
        read = _Read(found, self.learner.places([found])[0], language(found))
        self._last = (data, facts, read)
        return read

    def recognising(self) -> Callable[[bytes], bool]:
        """What tells whether a message is one of those learnt so far that are remembered: its header and its text are.

        What is learnt from now on changes nothing about the answers. A model without single messages recognises none.
        """
        headers, texts = (view.remembered() for view in self.learner.views[:2])

        def knows(data: bytes) -> bool:
            if not headers or not texts:
                return False
            places, (header, text, *_) = self._read(data, None).places
            return places[:header].tobytes() in headers and places[header:text].tobytes() in texts

        return knows

    def went_by(self) -> None:
        """A message of a stream was judged: labels grow old meanwhile. Mail that is judged at leisure is no stream."""
        self.budget.passed()

    def _verdict(self, score: float, threshold: float, spoken: str) -> tuple[Verdict, str | None]:
        if self.learner.spam < _ENOUGH or self.learner.legitimate < _ENOUGH:
            return Verdict.UNSURE, "not-learnt"
        legitimate, spam = self.languages.get(spoken, (0, 0))
        is_little = legitimate < _ENOUGH_OF_LANGUAGE or spam < _ENOUGH_OF_LANGUAGE
        if is_little and spoken != "none" and legitimate < _MUCH_OF_LANGUAGE and spam < _MUCH_OF_LANGUAGE:
            return Verdict.UNSURE, "language-not-learnt"
        if score > threshold:
            return Verdict.SPAM, None
        return (Verdict.UNSURE, "between") if score > 0 else (Verdict.LEGITIMATE, None)

    def learn(
        self, data: bytes, spam: bool, *, facts: Facts | None = None, sure: bool = False, called: bool | None = None
    ) -> None:
        """Learn that a message is spam, or that it is not; ``sure``: the operator says so, and nobody doubts it.

        ``called``: whether it was called spam when it came, if that is known. By now the filter may think otherwise.
        """
        read = self._read(data, facts)
        score = self._score(read)
        against = -score if spam else score
        said = self.doubt.sure() if sure else self.doubt.heard(against, spam, read.places.sketch())
        if spam:
            self.budget.saw_spam(score, said)
        else:
            self.budget.saw(score, said, called=called)
        self.learner.learn(read.places, spam, said)
        self.languages.setdefault(read.spoken, [0, 0])[spam] += 1
