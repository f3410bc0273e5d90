"""One step of a case through its playbook.

Answers:    ``begin(playbook, case_id, now)`` gives the position of a case that is new; ``step(playbook, facts, position,
            happened=...)`` what follows from something that happened; ``joined(facts, reported, at)`` the facts with one report
            more; ``ahead(playbook, facts, position)`` the rules that come next by themselves. Nothing is
            touched: decisions are values (``comity.model.playbook``).
Limits:     what somebody outside feels is done only where a source that proved itself and is trusted says so, or a person decided;
            else it is ``source-unproven``, and a person is to look. A rule of which nothing could be done leads nowhere, and
            nobody waits for an answer who was not written to. Facts are those after what happened. A position in a state
            that the playbook no longer has begins again at the start. Rules for ``entry`` are followed at most as often as there
            are states; ``comity.cases.playbook.checking`` refuses what could go on for ever.
"""

from collections import Counter
from dataclasses import replace
from datetime import date, datetime, timedelta
from hashlib import blake2b
from typing import Final

from comity.cases.playbook.calendar import awake, later, waiting_forms
from comity.cases.playbook.conditions import holds, not_before
from comity.formats import header_text
from comity.model.case import SubjectKind
from comity.model.notice import Certainty
from comity.model.playbook import (
    CLOSED,
    DESK,
    FELT,
    STANDING,
    Action,
    ActionKind,
    Decision,
    Do,
    Facts,
    Happened,
    Happening,
    Move,
    NotDone,
    Playbook,
    Position,
    Reported,
    Rule,
    Span,
    Stepped,
)

AGAIN: Final = timedelta(days=1)  # when a condition that did not hold is looked at again
_MOMENT: Final = timedelta(microseconds=1)
_DAYS_KEPT: Final = timedelta(days=40)
_NO_SPAN: Final = Span()
_DECIDED: Final = frozenset({Happening.PERSON, Happening.API})
_OF_A_LINE: Final = frozenset({ActionKind.NOTICE, ActionKind.GARDEN, ActionKind.RELEASE})
_UNREACHED: Final = frozenset({"source-unproven", "no-contact", "no-subscriber"})
_TOLD: Final = frozenset({SubjectKind.SUBSCRIBER, SubjectKind.CUSTOMER})  # who can be told of a device


def begin(playbook: Playbook, case_id: str, now: datetime) -> Position:
    """Where a case stands before anything happened to it."""
    return Position(case_id=case_id, playbook=playbook.name, state=playbook.start, entered=now, checked=now)


def joined(facts: Facts, reported: Reported, at: datetime) -> Facts:
    """The facts with one report more, as intake counts it."""
    case, when = facts.case, reported.when
    day = when.date()
    complained: dict[date, int] = dict(facts.complained)
    if not reported.evidence_class.is_weak:
        complained[day] = complained.get(day, 0) + 1
    return replace(
        facts,
        case=replace(
            case,
            reports=case.reports + 1,
            complainers=case.complainers + reported.is_new_complainer,
            classes=Counter(case.classes) + Counter([reported.evidence_class]),
            first_seen=when if case.first_seen is None else min(case.first_seen, when),
            last_seen=when if case.last_seen is None else max(case.last_seen, when),
        ),
        verified=facts.verified + reported.is_verified,
        heard=at,
        complained={each: n for each, n in complained.items() if each >= at.date() - _DAYS_KEPT},
    )


def step(playbook: Playbook, facts: Facts, position: Position, *, happened: Happened) -> Stepped:
    """What follows from something that happened."""
    walk = _Walk(playbook, facts, _kept(playbook, position, facts, at=happened.at), at=happened.at)
    if happened.happening is Happening.TIME:
        walk.tick()
    else:
        walk.meet(happened)
    return walk.ended()


def next_due(playbook: Playbook, facts: Facts, position: Position) -> datetime | None:
    """When the timers of a position are to be looked at again; None: never."""
    found = [_due(playbook, facts, position, rule=rule) for rule in playbook.states.get(position.state, ())]
    return min((each for each in found if each is not None), default=None)


def ahead(playbook: Playbook, facts: Facts, position: Position) -> tuple[Rule, ...]:
    """The rules that time may bring about when the timers of a position are looked at next; none of another playbook's."""
    if position.due is None or position.playbook != playbook.name:
        return ()
    moments = [(rule, _due(playbook, facts, position, rule=rule)) for rule in playbook.states.get(position.state, ())]
    timed = [(rule, moment) for rule, moment in moments if moment is not None]
    # While a feed is silent, quiet ends later than is known here: then the first is what comes first.
    until = max(position.due, min((moment for _, moment in timed), default=position.due))
    return tuple(rule for rule, moment in timed if moment <= until)


def _kept(playbook: Playbook, position: Position, facts: Facts, *, at: datetime) -> Position:
    """The position with what is known of the case; at the start again, where the playbook is another or was changed."""
    known = position.playbook == playbook.name and (position.state in playbook.states or position.state == CLOSED)
    told = replace(position, verified=facts.verified, heard=facts.heard)
    return told if known else replace(told, playbook=playbook.name, state=playbook.start, entered=at, checked=at)


def _due(playbook: Playbook, facts: Facts, position: Position, *, rule: Rule) -> datetime | None:
    if rule.happening is not Happening.TIME:
        return None
    over = later(position.entered, rule.after or _NO_SPAN, playbook.calendar)
    due = awake(max(over, not_before(rule.condition, facts) or over), playbook.calendar)
    # It was looked at, and did not hold, or the report that made it hold came since: nothing is asked twice in a day.
    return due if due > position.checked else awake(position.checked + AGAIN, playbook.calendar)


class _Walk:
    """One step, and what it brings about at once."""

    def __init__(self, playbook: Playbook, facts: Facts, position: Position, *, at: datetime) -> None:
        self._playbook, self._facts, self._at = playbook, facts, at
        self._position = position
        self._decisions: list[Decision] = []

    def ended(self) -> Stepped:
        """The answer."""
        position = replace(self._position, due=next_due(self._playbook, self._facts, self._position))
        return Stepped(position=position, decisions=tuple(self._decisions))

    def meet(self, happened: Happened) -> None:
        """Ask the rules of the state in order."""
        if self._position.state == CLOSED:
            return
        for rule in self._rules():
            is_met = _waits_for(rule, happened, self._position) and holds(rule.condition, self._facts, self._at)
            if is_met and self._follow(rule, happened) and rule.to is not None:
                return

    def tick(self) -> None:
        """Follow the first rule whose time has come and of which anything can be done."""
        fitting = [rule for rule in self._rules() if self._is_due(rule)]
        self._position = replace(self._position, checked=self._at)
        happened = Happened(happening=Happening.TIME, at=self._at)
        for rule in fitting:
            if holds(rule.condition, self._facts, self._at) and self._follow(rule, happened):
                if rule.to is None:
                    self._position = replace(self._position, entered=self._at)
                return

    def _is_due(self, rule: Rule) -> bool:
        if rule.happening is not Happening.TIME:
            return False
        over = later(self._position.entered, rule.after or _NO_SPAN, self._playbook.calendar)
        return awake(over, self._playbook.calendar) <= self._at

    def _rules(self) -> tuple[Rule, ...]:
        return self._playbook.states.get(self._position.state, ())

    def _follow(self, rule: Rule, happened: Happened) -> bool:
        """Do what a rule says, and go where it leads; False where nothing of it could be done, so that it leads nowhere."""
        before = self._position
        self._position = replace(before, serial=before.serial + 1)
        made: list[Decision] = []
        for at, action in enumerate(rule.actions):
            made += self._decided(rule, action, at, happened=happened)
        noes = [each for each in made if isinstance(each, NotDone) and each.reason in _UNREACHED]
        if noes:
            made = [each for each in made if not (isinstance(each, Do) and each.kind is ActionKind.WAIT)]
            if rule.to is not None and not any(isinstance(each, Do) for each in made):
                self._stay(before, noes)
                return False
            self._position = replace(self._position, raised=self._position.raised or self._at)
        self._decisions += made
        if rule.to is not None:
            self._enter(rule, rule.to, happened.happening)
        return True

    def _stay(self, before: Position, noes: list[NotDone]) -> None:
        """A person is to look. It is said once in a state, until somebody did: what nobody proved may come as a flood."""
        if before.raised is None or before.raised <= before.entered:
            self._decisions += noes
            # Later than the state was entered, also within one batch: that is how it is known that it was said.
            self._position = replace(self._position, raised=max(self._at, before.entered + _MOMENT))

    def _enter(self, rule: Rule, to: str, happening: Happening) -> None:
        before = self._position.state
        self._decisions.append(Move(from_state=before, to_state=to, rule=rule.name, happening=happening))
        self._position = replace(self._position, state=to, entered=self._at, checked=self._at)
        if to == CLOSED:
            if not any(action.kind is ActionKind.CLOSE for action in rule.actions):
                self._decisions += self._decided(rule, Action(kind=ActionKind.CLOSE), len(rule.actions))
            return
        entered = Happened(happening=Happening.ENTRY, at=self._at)
        moves = sum(isinstance(each, Move) for each in self._decisions)
        if moves <= len(self._playbook.states):
            self.meet(entered)

    def _decided(self, rule: Rule, action: Action, at: int, *, happened: Happened | None = None) -> list[Decision]:
        """One action as decisions: one for each recipient, else one."""
        kind, case = action.kind, self._facts.case
        if kind in FELT and not self._is_proven(kind, happened):
            self._position = replace(self._position, raised=self._position.raised or self._at)
            return [NotDone(kind=kind, rule=rule.name, reason="source-unproven")]
        if kind is ActionKind.SUPPRESS:
            reported = happened.reported if happened else None
            marks = reported.marks if reported else ()
            if not marks:
                return [NotDone(kind=kind, rule=rule.name, reason="no-recipient")]
            return [
                self._do(rule, action, f"{at}:{mark.kind}:{mark.value}", target=(mark.value, mark.kind))
                for mark in marks
            ]
        if kind is ActionKind.TELL:
            contact = header_text.address(case.contact or "")
            if contact is None:
                return [NotDone(kind=kind, rule=rule.name, reason="no-contact")]
            return [self._do(rule, action, str(at), target=(contact, "contact"))]
        if kind in _OF_A_LINE and case.subject_kind not in _TOLD:
            return [NotDone(kind=kind, rule=rule.name, reason="no-subscriber")]
        if kind is ActionKind.WEBHOOK:
            return [self._do(rule, action, str(at), target=(action.to or "", "webhook"))]
        if kind in DESK:
            if kind is ActionKind.RAISE:
                self._position = replace(self._position, raised=self._position.raised or self._at)
            return [self._do(rule, action, str(at), target=(case.case_id, "case"))]
        return [self._do(rule, action, str(at), target=(case.label, case.subject_kind.value))]

    def _is_proven(self, kind: ActionKind, happened: Happened | None) -> bool:
        """Whether somebody who proved who he is, and is trusted, says so, or a person decided.

        Whoever is to get no more mail is named by one report, which must itself be such a one.
        """
        if happened is not None and happened.happening in _DECIDED:
            return True
        if kind is ActionKind.SUPPRESS:
            return happened is not None and happened.reported is not None and happened.reported.is_verified
        if kind is ActionKind.NOTICE and self._facts.certainty is not None:
            return True  # witnesses that do not depend on each other agree
        if kind is ActionKind.GARDEN:
            return self._facts.certainty is Certainty.CONFIRMED
        return self._facts.verified > 0

    def _do(self, rule: Rule, action: Action, part: str, *, target: tuple[str, str]) -> Do:
        words = f"{self._facts.case.case_id}:{self._position.serial}:{rule.name}:{part}"
        due = self._at
        template = self._playbook.templates.get(action.template or "")
        if action.kind is ActionKind.TELL and template is not None:
            due = awake(self._at + template.wait, self._playbook.calendar)
        if action.kind is ActionKind.NOTICE and waiting_forms(self._at, self._playbook.calendar).issuperset(
            action.forms
        ):
            due = awake(self._at, self._playbook.calendar)
        return Do(
            kind=action.kind,
            rule=rule.name,
            key=blake2b(words.encode("utf-8", "surrogatepass"), digest_size=12).hexdigest(),
            target=target[0],
            target_kind=target[1],
            until=self._at + timedelta(days=action.days) if action.kind in STANDING and action.days else None,
            due=due,
            action=action,
        )


def _waits_for(rule: Rule, happened: Happened, position: Position) -> bool:
    if rule.condition.fresh and (happened.reported is None or happened.reported.when <= position.entered):
        return False
    return rule.happening is happened.happening and (rule.word is None or rule.word == happened.word)
