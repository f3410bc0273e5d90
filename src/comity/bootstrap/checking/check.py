"""One thing that was looked at, and how it was found.

Answers:    ``Check``, ``Condition``; ``refusal(error)`` says what a system said, in the reader's language where we know it.
"""

import errno
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from comity.model.message import Message
from comity.model.outcomes import FILE_ERRORS, ComityError

_CONNECTING: Final = {
    errno.ECONNREFUSED: "nobody-answers",
    errno.ETIMEDOUT: "no-answer-in-time",
    errno.EHOSTUNREACH: "no-way-there",
    errno.ENETUNREACH: "no-way-there",
}


class Condition(StrEnum):
    """How a thing is found."""

    RIGHT = "right"
    ODD = "odd"  # it works, and somebody should look at it
    WRONG = "wrong"


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing that was looked at. ``finding`` names the sentence, ``error`` is set where an error says it better, ``node`` where
    another machine of ours looked."""

    about: str
    condition: Condition
    finding: str
    details: Mapping[str, object] = field(default_factory=dict)
    error: ComityError | None = None
    node: str | None = None

    @property
    def sentence(self) -> str:
        """The id of the message that says it; its remedy has ``remedy.`` before it and, of an error, without ``error.``."""
        return f"doctor.{self.finding}" if self.error is None else f"error.{self.error.code}"


def right(about: str, finding: str, **details: object) -> Check:
    """It is as it should be."""
    return Check(about=about, condition=Condition.RIGHT, finding=finding, details=details)


def odd(about: str, finding: str, **details: object) -> Check:
    """It works, and somebody should look at it."""
    return Check(about=about, condition=Condition.ODD, finding=finding, details=details)


def wrong(about: str, finding: str, **details: object) -> Check:
    """It does not work."""
    return Check(about=about, condition=Condition.WRONG, finding=finding, details=details)


def failed(about: str, error: ComityError) -> Check:
    """It does not work, for a reason that has words already."""
    return Check(about=about, condition=Condition.WRONG, finding=error.code, error=error)


def refusal(error: BaseException) -> Message | str:
    """Why a system refused: in words where the number is known, else as it says it, without the words of Python around it."""
    number = getattr(error, "errno", None) or 0
    if number in FILE_ERRORS:
        return Message(f"error.{FILE_ERRORS[number]}")
    if number in _CONNECTING:
        return Message(f"doctor.why.{_CONNECTING[number]}")
    return str(getattr(error, "strerror", None) or f"{type(error).__name__}: {error}")[:200]
