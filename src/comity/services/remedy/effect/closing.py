"""Cases whose line has been silent for long enough are closed.

Trust:      silence of the sources that saw the line, on days on which they delivered (``comity.remediation.effect.clean``).
Answers:    ``close_silent(rows, terms, desk)`` gives the cases that were closed, each with its silence; the playbook hears of it as
            of any other act.
Limits:     a case that holds anything beside sightings of bots is left to a person, and so is one whose sources see too little.
            What comes back within ``desk.quiet_days`` brings the same case back, later it is a relapse with a link.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
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
class Closed:
    """One case that was closed."""

    case: DeskCase
    silence: Silence


def close_silent(
    rows: ClosingPlace, now: datetime, *, assumed: int, close: Callable[[DeskCase, str], DeskCase]
) -> list[Closed]:
    """Close them; ``assumed`` days are enough where nothing is known of a source."""
    found = infestations(rows.effects, now)
    coverages, today = learned(found, alive(rows.effects)), day_of(now)
    judgements = {each.case_id: judged(each, coverages, today=today, assumed=assumed) for each in found}
    silent = [case_id for case_id, each in judgements.items() if each.is_clean]
    closed = []
    for case_id, case in rows.cases.by_id(silent).items():
        if not _may_close(case):
            continue
        silence = judgements[case_id]
        note = f"{NOTE}: {silence.days} days, needed {silence.needed}, {silence.basis.value}"
        closed.append(Closed(case=close(case, note), silence=silence))
    return closed


def _may_close(case: DeskCase) -> bool:
    is_at_work = case.state not in (CaseState.CLOSED, CaseState.MERGED, CaseState.UNDECIDED)
    only_bots = case.reports == case.classes.get(EvidenceClass.BOT, 0)
    return is_at_work and only_bots and next_state(case.state, Act.CLOSE) is not None
