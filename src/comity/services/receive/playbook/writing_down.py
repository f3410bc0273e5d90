"""What a playbook decided becomes rows: events of the case, consequences that wait to be done, acts of the desk.

Standards:  DESIGN.md section 5, P8 (every consequence has a why, an end and a way back), P9 (what is not live is only observed).
Answers:    ``WritingDown(live, ...).write(records, decided, actor=..., now=...)`` gives the cases that it closed; ``let_out`` ends
            the gardens of a case.
Limits:     the same thing holds once: what would hold on a target already is prolonged, what a person lifted is not done again
            before its day, a notice that waits takes in what follows, a webhook that undoes another takes back what still waits
            of that one. In the caller's transaction, nothing is done outside.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from comity.cases.lifecycle import next_state
from comity.model.case_consequence import IN_FORCE, CaseConsequence, ConsequenceState
from comity.model.case_outcome import CaseOutcome
from comity.model.desk import Act, CaseEvent, CaseState, DeskCase
from comity.model.playbook import DESK, STANDING, Action, ActionKind, Decision, Do, Move, NotDone
from comity.services.receive.desk import Desk
from comity.services.receive.playbook.rows import PlaybookTransaction

PLAYBOOK: Final = "playbook "  # how an actor that is a playbook begins
PROGRAM: Final = "comity"
MOVED: Final = "moved"
NOT_DONE: Final = "not-done"
TellPeers = Callable[[Any, Sequence[str], CaseOutcome, datetime], object]
_TOLD: Final = (ActionKind.TELL, ActionKind.NOTICE)
# Asked of every report, and nothing to tell of: most reports name nobody.
_NOT_TOLD: Final = frozenset({"no-recipient"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """What was decided about one case."""

    case: DeskCase
    decisions: tuple[Decision, ...]


class WritingDown:
    """Writes decisions down."""

    def __init__(self, live: Collection[ActionKind], tell_peers: TellPeers | None = None) -> None:
        """``live``: what is really done. ``tell_peers`` tells those who reported what was done, where that can be told."""
        self._live, self._tell_peers = frozenset(live), tell_peers

    def write(self, records: PlaybookTransaction, decided: Sequence[Decided], *, actor: str, now: datetime) -> set[str]:
        """Write all of it."""
        if not decided:
            return set()
        does = [(each.case, do) for each in decided for do in each.decisions if isinstance(do, Do)]
        records.cases.record([event for each in decided for event in _events(each, actor, now)])
        rows = [
            *self._standing(records, [pair for pair in does if pair[1].kind in STANDING], actor=actor, now=now),
            *self._notices(records, [pair for pair in does if pair[1].kind in _TOLD], actor=actor, now=now),
            *(self._row(case, do, actor, now=now) for case, do in does if do.kind is ActionKind.WEBHOOK),
        ]
        closed = set()
        for case, do in does:
            if do.action.undoes is not None and do.kind in self._live:
                _take_back(records, case, do.action.undoes, now=now)
            if do.kind is ActionKind.RELEASE:
                let_out(records, case, by=actor, why=do.rule, now=now)
            if do.kind in DESK:
                rows.append(self._row(case, do, actor, now=now))
                if do.kind in self._live and self._act(records, case.case_id, do, actor=actor, now=now):
                    closed.add(case.case_id)
        records.consequences.add(rows)
        return closed

    def _row(self, case: DeskCase, do: Do, actor: str, *, now: datetime) -> CaseConsequence:
        state = ConsequenceState.WAITING if do.kind in self._live else ConsequenceState.OBSERVED
        is_done = do.kind in DESK and do.kind in self._live
        return CaseConsequence(
            key=do.key,
            case_id=case.case_id,
            kind=do.kind,
            target_kind=do.target_kind,
            target=do.target,
            facts=_facts(do.action),
            actor=actor,
            why=do.rule,
            state=ConsequenceState.DONE if is_done else state,
            entered=now,
            due=do.due or now,
            until=do.until,
            finished=now if is_done else None,
        )

    def _standing(
        self, records: PlaybookTransaction, does: Sequence[tuple[DeskCase, Do]], *, actor: str, now: datetime
    ) -> Iterable[CaseConsequence]:
        """What holds, once for each target."""
        rows: dict[tuple[ActionKind, str, str], CaseConsequence] = {}
        known: dict[tuple[ActionKind, str, str], CaseConsequence] = {}
        for kind in {do.kind for _, do in does}:
            targets = list(dict.fromkeys(do.target for _, do in does if do.kind is kind))
            for each in records.consequences.about(kind, targets, now):
                known[each.kind, each.target_kind, each.target] = each
        for case, do in does:
            sort = (do.kind, do.target_kind, do.target)
            before = known.get(sort)
            if before is not None and before.state in (ConsequenceState.LIFTING, ConsequenceState.LIFTED):
                if do.kind is not ActionKind.GARDEN or (_is_person(before.lifted_by) and not _is_person(actor)):
                    continue  # a person lifted it, and that holds until its day
                before = None
            if before is not None and (do.kind in self._live) is (before.state is not ConsequenceState.OBSERVED):
                later = do.until is not None and before.until is not None and do.until > before.until
                # Nobody stays longer in a garden than was decided.
                if later and do.until is not None and do.kind is not ActionKind.GARDEN:
                    records.consequences.prolong(before.consequence_id, do.until)
                continue
            rows.setdefault(sort, self._row(case, do, actor, now=now))
        return rows.values()

    def _notices(
        self, records: PlaybookTransaction, does: Sequence[tuple[DeskCase, Do]], *, actor: str, now: datetime
    ) -> Iterable[CaseConsequence]:
        """One notice that waits for each case, contact and template, or forms."""
        ids = list({case.case_id for case, _ in does})
        waiting = [each for kind in _TOLD if ids for each in records.consequences.waiting_of(kind, ids)]
        # What was only observed keeps nobody from being told once that is live.
        known = {
            (each.case_id, each.target, _words_of(each.facts))
            for each in waiting
            if (each.kind in self._live) is (each.state is not ConsequenceState.OBSERVED)
        }
        rows: dict[tuple[str | None, str, Any], CaseConsequence] = {}
        for case, do in does:
            sort = (case.case_id, do.target, _words_of(_facts(do.action)))
            if sort not in known:
                rows.setdefault(sort, self._row(case, do, actor, now=now))
        return rows.values()

    def _act(self, records: PlaybookTransaction, case_id: str, do: Do, *, actor: str, now: datetime) -> bool:
        """Do to the case what the life cycle lets; whether it is closed now."""
        case = records.cases.by_id([case_id])[case_id]
        act = _ACTS.get((do.kind, case.state)) if do.kind is ActionKind.RAISE else _PLAIN.get(do.kind)
        if act is None or next_state(case.state, act) is None:
            return False
        Desk(records, actor=actor, now=now).act(case, act, note=do.rule)
        if do.kind is ActionKind.CLOSE and do.action.outcome is not None and self._tell_peers is not None:
            family = [case_id, *(each.case_id for each in records.cases.merged_into(case_id))]
            self._tell_peers(records, family, CaseOutcome(do.action.outcome), now)
        return do.kind is ActionKind.CLOSE


def _take_back(records: PlaybookTransaction, case: DeskCase, target: str, *, now: datetime) -> None:
    """A program that was not reached yet is not told any more: told late, it would do again what was undone meanwhile."""
    family = [case.case_id, *(each.case_id for each in records.cases.merged_into(case.case_id))]
    for each in records.consequences.waiting_of(ActionKind.WEBHOOK, family):
        if each.target == target and each.state is ConsequenceState.WAITING:
            records.consequences.fail(each.consequence_id, reason="undone", error=each.last_error, at=now)


_PLAIN: Final = {ActionKind.WAIT: Act.WAIT, ActionKind.CLOSE: Act.CLOSE}
_ACTS: Final = {(ActionKind.RAISE, CaseState.WAITING): Act.DUE}


def let_out(records: Any, case: DeskCase, *, by: str, why: str, now: datetime) -> int:
    """End the gardens of a case; how many that were. Each has one line, which is let out by the next turn, also where equipment
    that did not answer would be asked later."""
    found = [
        each
        for each in records.consequences.about(ActionKind.GARDEN, [case.label], now)
        if each.case_id == case.case_id and each.state in IN_FORCE
    ]
    waiting: int = records.consequences.hasten(case.case_id, now)
    for each in found:
        records.consequences.lift(each.consequence_id, by=by, why=why, at=now)
    return waiting + len(found)


def _is_person(actor: str | None) -> bool:
    return actor not in (None, PROGRAM) and not str(actor).startswith(PLAYBOOK)


def _facts(action: Action) -> dict[str, Any]:
    told: dict[str, Any] = {
        "template": action.template,
        "to": action.to,
        "per_hour": action.per_hour,
        "outcome": action.outcome,
    }
    if action.kind is ActionKind.NOTICE:
        told |= {"forms": [each.value for each in action.forms], "days": action.days}
    return {name: value for name, value in told.items() if value is not None}


def _words_of(facts: Mapping[str, Any]) -> tuple[Any, ...]:
    return facts.get("template"), *facts.get("forms", ())


def _events(decided: Decided, actor: str, now: datetime) -> Iterable[CaseEvent]:
    for each in decided.decisions:
        if isinstance(each, Move):
            act, note = MOVED, f"{each.from_state} > {each.to_state} ({each.rule})"
        elif isinstance(each, NotDone) and each.reason not in _NOT_TOLD:
            act, note = NOT_DONE, f"{each.kind.value}: {each.reason} ({each.rule})"
        else:
            continue
        state = decided.case.state
        yield CaseEvent(
            case_id=decided.case.case_id, at=now, actor=actor, act=act, note=note, from_state=state, to_state=state
        )
