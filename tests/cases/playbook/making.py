"""Small makers for stories about playbooks."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from comity.cases.playbook.engine import begin, joined, next_due, step
from comity.model.case import EvidenceClass, SubjectKind
from comity.model.desk import CaseState, DeskCase
from comity.model.playbook import (
    Decision,
    Do,
    Facts,
    Happened,
    Happening,
    Mark,
    Move,
    Playbook,
    Position,
    Reported,
)
from comity.settings.playbook.reading import parse_playbook

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)  # a Monday
HEAD = 'name = "own"\nstart = "watched"\n'
TEMPLATE = """
[[template]]
name = "first"
subject_en = "{cases}"
subject_zh = "{cases}"
text_en = "{customer}"
text_zh = "{customer}"
"""


def read(text: str) -> Playbook:
    """A playbook out of its text."""
    return parse_playbook(text, Path("own.toml"))


def states(*told: str, head: str = HEAD, template: bool = False) -> Playbook:
    """A playbook of states, each told as ``name: rule; rule``, with the entries of a rule as TOML divided by commas."""
    text = head
    for each in told:
        name, _, rules = each.partition(": ")
        text += f'\n[[state]]\nname = "{name}"\n'
        for rule in filter(None, rules.split("; ")):
            text += "[[state.on]]\n" + "\n".join(re.split(r", (?![^\[{]*[\]}])", rule)) + "\n"
    return read(text + (TEMPLATE if template else ""))


def facts(**told: Any) -> Facts:
    """A case of a customer, opened just now."""
    values: dict[str, Any] = {
        "case_id": "c1",
        "key": "customer:West Hosting",
        "subject_kind": SubjectKind.CUSTOMER,
        "label": "West Hosting",
        "number": 1,
        "contact": "noc@west.example",
        "state": CaseState.NEW,
        "state_since": NOW,
        "opened": NOW,
    }
    return Facts(case=DeskCase(**(values | told)))


def report(
    sort: EvidenceClass = EvidenceClass.COMPLAINT, *, who: str = "ann", verified: bool = False, fresh: bool = True
) -> Reported:
    """One report that joins."""
    mark = Mark(kind="address", value=f"{who}@mail.example")
    return Reported(evidence_class=sort, when=NOW, is_verified=verified, is_new_complainer=fresh, marks=(mark,))


class Story:
    """One case on its way through a playbook, by a clock that the story moves."""

    def __init__(self, playbook: Playbook, start: Facts | None = None, now: datetime = NOW) -> None:
        self.playbook, self.facts, self.now = playbook, start or facts(), now
        self.position: Position = begin(playbook, self.facts.case.case_id, now)
        self.decisions: list[Decision] = []

    def happens(self, happening: Happening, word: str | None = None, reported: Reported | None = None) -> list[str]:
        """Something happens; what follows, in short."""
        if reported is not None:
            self.facts = joined(self.facts, reported, self.now)
        happened = Happened(happening=happening, at=self.now, word=word, reported=reported)
        stepped = step(self.playbook, self.facts, self.position, happened=happened)
        self.position = stepped.position
        self.decisions += stepped.decisions
        return [short(each) for each in stepped.decisions]

    def reports(self, *reported: Reported) -> list[str]:
        """Reports join."""
        return [word for each in reported for word in self.happens(Happening.REPORT, reported=each)]

    def passes(self, length: timedelta) -> list[str]:
        """Time passes: timers end when they are due."""
        until, told = self.now + length, list[str]()
        self.position = self._with_due()
        for _ in range(500):
            if self.position.due is None or self.position.due > until:
                break
            self.now = max(self.position.due, self.now)
            told += self.happens(Happening.TIME)
        self.now = until
        return told

    def _with_due(self) -> Position:
        return replace(self.position, due=next_due(self.playbook, self.facts, self.position))


def short(decision: Decision) -> str:
    """A decision in a word or two."""
    if isinstance(decision, Move):
        return f"> {decision.to_state}"
    return f"{decision.kind.value} {decision.target}" if isinstance(decision, Do) else f"no {decision.reason}"
