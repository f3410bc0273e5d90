"""What came of the words of sources: learned from what people found out, and from what subscribers said.

Trust:      a person's finding goes before a subscriber's word. "Not me" is a wrong word of all sources that saw the line, unless a
            source of which nobody can say that it is the same one saw the line again afterwards: whoever is infected and says no
            must not teach that sinkholes lie.
Answers:    ``learn(rows, now)`` writes an outcome for each source of each decided case, and gives how many cases that were.
Limits:     silence confirms nothing: lines are silent whether somebody cleaned them or nothing was ever there. What a subscriber
            says later, or a person finds out, takes the place of what was known before; a
            case whose sightings are gone keeps what came of it.
"""

from datetime import datetime
from typing import Final

from comity.cases.sources.precision import NOT_ME, verdict_of
from comity.model.notice import SelfServiceAct
from comity.remediation.effect.infestation import Infestation, day_of
from comity.services.remedy.effect.lines import infestations
from comity.services.remedy.effect.rows import EffectRows, SourceOutcome

PERSON: Final = "person"
SUBSCRIBER: Final = "subscriber"
_SAID: Final = {SelfServiceAct.NOT_ME.value: False, SelfServiceAct.DONE.value: True}
_WARNED: Final = frozenset({"warned", "suppressed"})  # done whoever was right


def learn(rows: EffectRows, now: datetime) -> int:
    """Learn from all that is decided."""
    findings, acts = rows.findings(), rows.last_acts()
    if not findings and not acts:
        return 0
    outcomes: list[SourceOutcome] = []
    silent: list[str] = []
    count = 0
    for each in infestations(rows, now):
        decided = _decided(each, findings.get(each.case_id), acts.get(each.case_id))
        if decided is None:
            silent.append(each.case_id)
            continue
        is_right, by, at = decided
        count += 1
        outcomes += [
            SourceOutcome(case_id=each.case_id, source=source, is_right=is_right, by=by, at=at) for source in each.days
        ]
    rows.drop_outcomes(silent, SUBSCRIBER)
    rows.put_outcomes(outcomes)
    return count


def _decided(
    line: Infestation, finding: tuple[str, datetime] | None, act: tuple[str, datetime] | None
) -> tuple[bool, str, datetime] | None:
    if finding is not None and finding[0] not in _WARNED and finding[0] != NOT_ME:
        verdict = verdict_of(finding[0])
        if verdict is not None:
            return verdict, PERSON, finding[1]
    if act is None or act[0] not in _SAID:
        return None
    is_right, said = _SAID[act[0]], day_of(act[1])
    if not is_right and sum(any(day > said for day in days) for days in line.days.values()) > 1:
        return None  # two sources saw it again: who is wrong is open
    return is_right, SUBSCRIBER, act[1]
