"""What the filter says about one message: spam, legitimate or unsure, how sure it is, and why.

Trust:      arguments of a reason are a stranger's text: escape them before showing them.
Answers:    ``Judgement`` with its ``Verdict`` and ``Reason``s; ``Facts``, what others found out about the message. The words of a
            reason stand in the catalogue under ``reason.MARK``, those of ``why`` under ``unsure.CODE``.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from comity.model.record import record

# Facts about one message that do not stand in its own words: results of SPF, DKIM, DMARC, the network it came from. Each is a
# short stable name and a short stable value ("spf": "pass", "source": "192.0.2.0/24"); the filter learns what they are worth.
Facts = Mapping[str, str]

# Every mark that a reason may carry. Gates, pages, JSON and counters show the same word.
MARKS: Final = frozenset(
    {
        "text",  # words of the body
        "subject",  # words of the subject
        "header",  # a piece of another header field
        # -- facts about the way of the mail and how it is built
        "network",
        "from-domain",
        "program",
        "field-value",
        "field-order",
        "time-zone",
        "part-kind",
        "size",
        "campaign",  # several people complained about its run within the hour
        "given",  # a fact that others found out: authentication, source network
    }
)

# Why a message is neither.
WHYS: Final = frozenset(
    {
        "between",  # it looks as much like the one as like the other
        "not-learnt",  # the filter has learnt too little yet of one of the two
        "language-not-learnt",  # it has learnt too little in this language
        "empty",  # there is nothing to judge
        "too-large",  # it took longer than a message may take
    }
)


class Verdict(StrEnum):
    """What a message is taken for."""

    SPAM = "spam"
    LEGITIMATE = "legitimate"
    UNSURE = "unsure"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One cause of a verdict: ``weight`` is in log-odds, above zero towards spam."""

    mark: str  # of MARKS
    weight: float
    arguments: Mapping[str, str] = field(default_factory=dict)


@record
class Judgement:
    """The verdict about one message; ``score`` is in log-odds, and at ``threshold`` begins what is called spam."""

    verdict: Verdict
    probability: float  # that it is spam
    score: float
    threshold: float
    language: str  # "zh", "ja", "ko", "latin", "other"; "none" where there is no text
    reasons: tuple[Reason, ...] = ()  # the heaviest first; computed where they were asked for
    why: str | None = None  # of WHYS, where the verdict is unsure
