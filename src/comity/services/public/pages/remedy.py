"""Infected lines as a desk shows them: what is known, who stands where on the ladder, what was given out, who is in the garden.

Trust:      families are the sources' words, labels the operator's own.
Answers:    ``RemedyDoing``, what joins the pages to the settings; ``lines_of(records, ...)``, ``notices_of``, ``gardens_of``.
Limits:     ``MOST`` lines, those that were seen last; closed cases are left out.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from comity.model.case_consequence import IN_FORCE, CaseConsequence, ConsequenceState
from comity.model.desk import CaseState, DeskCase
from comity.model.infestation import Infestation
from comity.model.notice import SelfServiceAct
from comity.model.playbook import ActionKind, Playbook, Position, Rule
from comity.services.public.course import coming
from comity.services.remedy.effect.answers import Understood
from comity.services.remedy.effect.measuring import Effect
from comity.services.remedy.rows import GivenNotice

MOST: Final = 2000
_SHOWN: Final = 200
_AT_REST: Final = (CaseState.CLOSED, CaseState.MERGED)
_NOT_GIVEN: Final = (ConsequenceState.WAITING, ConsequenceState.OBSERVED, ConsequenceState.FAILED)


@dataclass(frozen=True, slots=True, kw_only=True)
class RemedyDoing:
    """What the pages are told by the settings."""

    effect: Callable[..., Effect]  # of records, now and period
    answers: Callable[..., tuple[Sequence[Understood], Mapping[str, Mapping[str, str]]]]  # of records and period
    playbook: Callable[[], Playbook | None]
    live: frozenset[str]  # kinds of action that are really done


@dataclass(frozen=True, slots=True, kw_only=True)
class InfestedLine:
    """One line: its case, what is known, where it stands and what comes next by itself."""

    case: DeskCase
    known: Infestation
    position: Position | None
    next_rules: Sequence[Rule]
    told: GivenNotice | None  # last
    times_told: int
    said: SelfServiceAct | None  # last
    is_in_garden: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class InfestedLines:
    """All of them, and how many there are of each kind."""

    lines: Sequence[InfestedLine]
    certainties: Mapping[str, int]
    families: Sequence[tuple[str, int]]  # the most frequent first
    steps: Mapping[str, int]  # states of the ladder


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownNotice:
    """One notice with its case, and what the subscriber said last about it."""

    given: GivenNotice
    case: DeskCase | None
    said: SelfServiceAct | None


def lines_of(records: Any, playbook: Playbook | None, now: datetime) -> InfestedLines:
    """Look at them."""
    known: Sequence[Infestation] = records.infestations.newest(MOST)
    cases = records.cases.by_id([each.case_id for each in known])
    standing = [each for each in known if each.case_id in cases and cases[each.case_id].state not in _AT_REST]
    names = [each.case_id for each in standing]
    positions, notices = records.positions.of(names), _by_case(records.notices.of_cases(names))
    said = records.notices.last_said(names)
    inside = {each.case_id for each in records.consequences.in_force(now, (ActionKind.GARDEN,))}
    lines = [
        InfestedLine(
            case=cases[each.case_id],
            known=each,
            position=positions.get(each.case_id),
            next_rules=coming(playbook, positions.get(each.case_id), cases[each.case_id]),
            told=next(iter(reversed(notices.get(each.case_id, ()))), None),
            times_told=len(notices.get(each.case_id, ())),
            said=said.get(each.case_id),
            is_in_garden=each.case_id in inside,
        )
        for each in standing
    ]
    return InfestedLines(
        lines=lines,
        certainties=Counter(each.known.certainty.value for each in lines),
        families=Counter(each.known.family or "-" for each in lines).most_common(),
        steps=Counter(each.position.state for each in lines if each.position is not None),
    )


def notices_of(records: Any) -> tuple[list[ShownNotice], Sequence[CaseConsequence]]:
    """The newest that were given out, and those that were decided and are not given."""
    given: Sequence[GivenNotice] = records.notices.newest(_SHOWN)
    names = list({each.case_id for each in given})
    cases, said = records.cases.by_id(names), records.notices.last_said(names)
    decided: Sequence[CaseConsequence] = records.consequences.newest(ActionKind.NOTICE, _SHOWN)
    return [ShownNotice(given=each, case=cases.get(each.case_id), said=said.get(each.case_id)) for each in given], [
        each for each in decided if each.state in _NOT_GIVEN
    ]


def gardens_of(records: Any, now: datetime) -> tuple[list[CaseConsequence], list[CaseConsequence]]:
    """Who is in the garden, or on the way in or out; and who was."""
    inside = [
        *records.consequences.in_force(now, (ActionKind.GARDEN,)),
        *records.consequences.to_release(datetime.max.replace(tzinfo=UTC), _SHOWN),
    ]
    here = {each.consequence_id for each in inside}
    newest: Sequence[CaseConsequence] = records.consequences.newest(ActionKind.GARDEN, _SHOWN)
    return inside, [each for each in newest if each.consequence_id not in here and each.state not in IN_FORCE]


def _by_case(notices: Sequence[GivenNotice]) -> dict[str, list[GivenNotice]]:
    found: dict[str, list[GivenNotice]] = {}
    for each in notices:
        found.setdefault(each.case_id, []).append(each)
    return found
