"""Minutes of a meeting of members: what was said, and who does what until when; and what became of each action.

Answers:    ``Minutes`` with ``Action``; ``ActionReport`` of an owner; ``KeptMinutes`` with all of it as it stands here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class ActionState(StrEnum):
    """What the owner says of an action."""

    DONE = "done"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """What one member does until the end of a day."""

    number: int  # counts from 1
    owner: str  # its domain
    what: Mapping[str, str]  # "en" and "zh"
    due: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Minutes:
    """One meeting, as its writer signed it."""

    minutes_id: str  # "M-" and sixteen signs
    issuer: str
    held: datetime
    present: tuple[str, ...]  # domains
    title: Mapping[str, str]
    text: Mapping[str, str]
    actions: tuple[Action, ...]
    by: str
    made: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionReport:
    """What the owner of an action says that became of it."""

    minutes_id: str
    number: int
    issuer: str
    state: ActionState
    text: Mapping[str, str]
    by: str
    made: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptMinutes:
    """Minutes with the note that was signed, and what the owners said since, by the number of the action."""

    said: Minutes
    note: str
    taken: datetime
    reports: Mapping[int, ActionReport]

    def open_actions(self) -> tuple[Action, ...]:
        """Those of which the owner has not said what became of them."""
        return tuple(each for each in self.said.actions if each.number not in self.reports)
