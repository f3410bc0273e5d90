"""One case on its way through a playbook: the steps of the engine, one after the other.

Answers:    ``Walk(playbook, facts, position, now=...)``: ``reports``, ``sighted``, ``happens``, ``begins_again``; where it stands
            is ``position``, what was decided gathers in ``decisions``.
Limits:     nothing is read or written.
"""

from dataclasses import replace
from datetime import datetime

from comity.cases.playbook.engine import begin, joined, step
from comity.model.playbook import CLOSED, Decision, Facts, Happened, Happening, Playbook, Position, Reported, Stepped
from comity.services.receive.playbook.rows import Join


class Walk:
    """One case, on its way."""

    def __init__(self, playbook: Playbook, facts: Facts, position: Position | None, *, now: datetime) -> None:
        self._playbook = playbook
        self.is_new = position is None or position.state == CLOSED
        self.position = begin(playbook, facts.case.case_id, now) if position is None or self.is_new else position
        if position is not None:
            self.position = replace(self.position, serial=position.serial)
        known = position or self.position
        self.facts = replace(facts, verified=known.verified, heard=known.heard)
        self.decisions: list[Decision] = []

    def reports(self, join: Join, *, is_new_complainer: bool, now: datetime) -> None:
        """A report joins."""
        if join.began == "return":
            self.begins_again(now)
        if join.began == "return" or (join.began == "open" and self.facts.case.number > 1):
            self.happens(Happened(happening=Happening.RELAPSE, at=now))
        reported = replace(join.reported, is_new_complainer=is_new_complainer)
        self.facts = joined(self.facts, reported, now)
        self.happens(Happened(happening=Happening.REPORT, at=now, reported=reported))

    def sighted(self, reported: Reported, *, began: str | None, now: datetime) -> None:
        """An infected device was seen; the case's own numbers have it already."""
        if began == "return":
            self.begins_again(now)
        if began == "return" or (began == "open" and self.facts.case.number > 1):
            self.happens(Happened(happening=Happening.RELAPSE, at=now))
        self.facts = replace(self.facts, verified=self.facts.verified + reported.is_verified, heard=now)
        self.happens(Happened(happening=Happening.REPORT, at=now, reported=reported))

    def begins_again(self, now: datetime) -> None:
        """From the start."""
        fresh = begin(self._playbook, self.facts.case.case_id, now)
        self.position = replace(fresh, serial=self.position.serial)

    def happens(self, happened: Happened) -> None:
        """One step."""
        stepped: Stepped = step(self._playbook, self.facts, self.position, happened=happened)
        self.position = stepped.position
        self.decisions += stepped.decisions
