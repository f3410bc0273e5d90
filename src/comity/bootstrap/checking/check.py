"""One thing that was looked at, and how it was found.

Answers:    ``Check``, ``Condition``.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from comity.model.outcomes import ComityError


class Condition(StrEnum):
    """How a thing is found."""

    RIGHT = "right"
    ODD = "odd"  # it works, and somebody should look at it
    WRONG = "wrong"


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing that was looked at. ``finding`` names the sentence, ``error`` is set where an error says it better."""

    about: str
    condition: Condition
    finding: str
    details: Mapping[str, object] = field(default_factory=dict)
    error: ComityError | None = None


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
