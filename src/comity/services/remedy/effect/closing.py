"""Cases whose line has been silent for long enough are closed.

Trust:      silence of the sources that saw the line, on days on which they delivered (``comity.remediation.effect.clean``).
Answers:    ``silent(rows, now, assumed)`` gives the cases that are at work and silent, each with its silence;
            ``close_silent(rows, found, close)`` closes those of them that hold nothing but sightings, and gives them.
Limits:     a case that holds anything beside sightings of bots is left to its playbook or a person, and so is one whose sources see
            too little. What comes back within ``desk.quiet_days`` brings the same case back, later it is a relapse with a link.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, Protocol

from comity.cases.lifecycle import next_state
from comity.model.case import EvidenceClass
from comity.model.desk import Act, CaseState, DeskCase
from comity.remediation.effect.clean import Silence, judged
from comity.remediation.effect.coverage import learned
from comity.remediation.effect.infestation import day_of
from comity.services.remedy.effect.lines import alive, infestations
from comity.services.remedy.effect.rows import EffectRows

NOTE: Final = "silence"


class CaseRows(Protocol):
    """Rows of cases."""

    def by_id(self, case_ids: Any) -> Mapping[str, DeskCase]:
        """Cases by their short names."""


class ClosingPlace(Protocol):
    """One transaction."""

    @property
    def effects(self) -> EffectRows:
        """What helped."""

    @property
    def cases(self) -> CaseRows:
        """The desk."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Silent:
    """A case whose line is silent."""

    case: DeskCase
    silence: Silence


def silent(rows: ClosingPlace, now: datetime, *, assumed: int) -> list[Silent]:
    """Those that nobody closed yet; ``assumed`` days are enough where nothing is known of a source."""
    found = infestations(rows.effects, now)
    coverages, today = learned(found, alive(rows.effects)), day_of(now)
    judgements = {each.case_id: judged(each, coverages, today=today, assumed=assumed) for each in found}
    clean = [case_id for case_id, each in judgements.items() if each.is_clean]
    return [
        Silent(case=case, silence=judgements[case_id])
        for case_id, case in rows.cases.by_id(clean).items()
        if _is_at_work(case)
    ]


def close_silent(
    rows: ClosingPlace, found: Sequence[Silent], *, close: Callable[[DeskCase, str], DeskCase]
) -> list[Silent]:
    """Close them; what its playbook closed meanwhile is told as well."""
    closed, current = [], rows.cases.by_id([each.case.case_id for each in found])
    for each in found:
        case, silence = current[each.case.case_id], each.silence
        if _is_at_work(case) and _only_bots(case):
            case = close(case, f"{NOTE}: {silence.days} days, needed {silence.needed}, {silence.basis.value}")
        if case.state is CaseState.CLOSED:
            closed.append(replace(each, case=case))
    return closed


def _is_at_work(case: DeskCase) -> bool:
    is_at_work = case.state not in (CaseState.CLOSED, CaseState.MERGED, CaseState.UNDECIDED)
    return is_at_work and next_state(case.state, Act.CLOSE) is not None


def _only_bots(case: DeskCase) -> bool:
    return case.reports == case.classes.get(EvidenceClass.BOT, 0)
