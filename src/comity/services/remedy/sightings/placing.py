"""The cases of one item of sightings: opened, extended, or brought back.

Answers:    ``CasesOf(now, quiet).put(...)`` for each line on which something is concluded; ``opened``, ``changed``, ``returned``,
            ``events``, ``infestations`` and ``sighted`` are what is to be written, and told to the playbook.
Limits:     nothing is written here.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from comity.cases.lifecycle import next_state
from comity.cases.matching import Claim
from comity.cases.opening import Extend, OpenCase, Return, place
from comity.model.case import EvidenceClass
from comity.model.desk import Act, CaseEvent, DeskCase
from comity.model.infestation import Infestation
from comity.model.sighting import Assessed, SeenBy
from comity.services.receive.playbook.rows import Sighted
from comity.services.remedy.infestations import infestation_of, sighted

PROGRAM: Final = "comity"
_BEGAN: Final = {OpenCase: "open", Return: "return", Extend: None}


class CasesOf:
    """The cases of one item."""

    def __init__(self, now: datetime, quiet: timedelta) -> None:
        """``quiet``: how long after closing a case may still go on."""
        self._now, self._quiet = now, quiet
        self.opened: list[DeskCase] = []
        self.changed: list[DeskCase] = []
        self.returned: list[str] = []
        self.events: list[CaseEvent] = []
        self.infestations: list[Infestation] = []
        self.sighted: list[Sighted] = []

    def put(
        self,
        found: Claim,
        current: DeskCase | None,
        assessed: Assessed,
        *,
        seen: Sequence[SeenBy],
        is_news: bool,
        erased: int,
    ) -> None:
        """Open, extend or bring back the case of one line; ``erased`` as in ``comity.cases.opening``."""
        now = self._now
        placing = place(found, current, assessed.last or now, now=now, quiet=self._quiet, erased=erased)
        case = _counted(placing.case, seen)
        note = f"{assessed.certainty}: {assessed.reason}"
        if isinstance(placing, OpenCase):
            self.opened.append(case)
            self._happened(case, "open", before=None, note=note)
        elif isinstance(placing, Return):
            state = next_state(case.state, Act.RETURN) or case.state
            self._happened(replace(case, state=state), Act.RETURN.value, before=case, note=note)
            case = replace(case, state=state, state_since=now)
            self.returned.append(case.case_id)
        if not isinstance(placing, OpenCase):
            self.changed.append(case)
        known = infestation_of(case.case_id, assessed, seen, first=case.first_seen)
        self.infestations.append(known)
        if is_news or not isinstance(placing, Extend):
            self.sighted.append(sighted(case, known, began=_BEGAN[type(placing)]))

    def _happened(self, case: DeskCase, act: str, *, before: DeskCase | None, note: str) -> None:
        self.events.append(
            CaseEvent(
                case_id=case.case_id,
                at=self._now,
                actor=PROGRAM,
                act=act,
                note=note,
                from_state=before.state if before else None,
                to_state=case.state,
            )
        )


def _counted(case: DeskCase, seen: Sequence[SeenBy]) -> DeskCase:
    """The case with what was seen; what a feed's mail brought to it by another way is counted once.

    Whoever saw it is one who reports it: without, a case that feeds alone speak of would weigh nothing.
    """
    first, last = min(each.first for each in seen), max(each.last for each in seen)
    before = case.classes.get(EvidenceClass.BOT, 0)
    bots = max(before, sum(each.times for each in seen))
    return replace(
        case,
        first_seen=first if case.first_seen is None else min(case.first_seen, first),
        last_seen=last if case.last_seen is None else max(case.last_seen, last),
        reports=case.reports - before + bots,
        complainers=max(case.complainers, len({each.source for each in seen})),
        classes={**case.classes, EvidenceClass.BOT: bots},
    )
