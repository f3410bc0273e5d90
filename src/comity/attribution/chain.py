"""Whose is it: one who answers after the other, until somebody knows, or knows that nobody can say.

Answers:    ``Answer`` (subject, confidence, why) and ``Ambiguous`` (reason, candidates, why); ``first(answers)`` gives the first
            that is not None. The confidences of each way stand in ``CONFIDENCE``.
Limits:     an ambiguous answer ends the chain: that a weaker mark names one of the candidates makes him no surer.
            A confidence is what the way can give at best: a sealed trace or a book is read exactly, a domain is a claim.
"""

from collections.abc import Iterable, Mapping
from typing import Final

from comity.model.record import record

# By the rule: trace and login are our own words about this mail; a lease depends on two clocks; a domain is the reporter's claim.
CONFIDENCE: Final[Mapping[str, float]] = {
    "trace": 0.99,
    "login": 0.97,
    "lease": 0.95,
    "source-ip": 0.9,
    "dkim-domain": 0.7,
    "reported-domain": 0.5,
}


@record
class Answer:
    """It is this one's."""

    subject: str
    why: str

    @property
    def confidence(self) -> float:
        """How sure this way is at best."""
        return CONFIDENCE.get(self.why, 0.5)


@record
class Ambiguous:
    """It is one of these, or nobody knows: nobody is told."""

    reason: str
    why: str
    candidates: tuple[str, ...] = ()


def first(answers: Iterable[Answer | Ambiguous | None]) -> Answer | Ambiguous | None:
    """The first that answers.

    >>> several = Ambiguous(reason="several-logins", why="login", candidates=("a", "b"))
    >>> first([None, several, Answer(subject="a", why="lease")]).reason
    'several-logins'
    """
    return next((each for each in answers if each is not None), None)
