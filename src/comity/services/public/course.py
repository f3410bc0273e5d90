"""Where a case stands in its playbook, in its public form: state, what comes next and when, what was done, how to undo it.

Trust:      targets are strangers' words.
Answers:    ``course_of(records, case, following)`` gives ``Course``, ``course_object(course)`` its public form,
            ``coming`` what comes next by itself, ``consequence_object`` that of one thing that was decided, ``noted``
            what a playbook noted, in words, ``tried`` what
            came of the last try, ``let_out_for`` why a line was let out.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from comity.cases.playbook.engine import ahead
from comity.locale import Catalogue
from comity.model.case_consequence import CaseConsequence
from comity.model.desk import CaseEvent, DeskCase
from comity.model.playbook import CLOSED, RESTRICTS, Facts, Happening, Playbook, Position, Rule
from comity.services.public.pages.webhooks import fault_of
from comity.services.public.times import instant
from comity.services.receive.playbook.gardening import FAILED

SAID: Final = "said"  # what a subscriber said on a page of ours; the note is its code
_SHOWN = 20
_PROGRAMS = frozenset({"notice", "not-done"})  # whose notes name forms and reasons by their codes
_CODES = re.compile(r"\b([a-z]+): ([a-z][a-z-]+)")
_PLAYED = frozenset({"moved", "not-done", "garden"})  # whose notes name states and rules of a playbook
_MOVE = re.compile(r"([a-z][a-z0-9-]*) > ([a-z][a-z0-9-]*)(?= \()")
_ASSESSED = re.compile(r"([a-z]+): ([a-z-]+)")  # how sure it is that a line is infected, and why
_FORM = re.compile(r"[a-z]+(?= )")  # of a notice, before its reference
_OF_LETTERS: Final = frozenset({"wrote", "bounced", "overdue"})  # whose note says first to whom a letter went
_RULE = re.compile(r"\b([a-z][a-z0-9-]*)/([0-9]+)\b")
_SEEN = frozenset({"open", "return"})  # whose notes say how sure it is
_STEPS = frozenset({"garden", "decided"})  # whose notes begin with what a person, or the garden, was asked for
_STEP = re.compile(r"[a-z]+(?=: |$)")
# How a command ended, and what it said in its own language.
_ENDED = re.compile(r"exit status ([0-9]+)(?:: (.*))?", re.DOTALL)
_RELEASED = "release: "


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """Where one case stands."""

    position: Position | None
    offers: tuple[str, ...]
    consequences: tuple[CaseConsequence, ...]
    playbook: Playbook | None = None
    strong: frozenset[str] = frozenset()  # what of ``offers`` confines, holds or throttles somebody
    coming: tuple[Rule, ...] = ()  # what may come of itself when it is due


def course_of(records: Any, case: DeskCase, following: Callable[[], Any]) -> Course | None:
    """What is known of a case's way; None where there is nothing. ``following`` gives who follows the playbook, or None."""
    position = records.positions.of([case.case_id]).get(case.case_id)
    found = tuple(records.consequences.of_case(case.case_id, _SHOWN))
    if position is None and not found:
        return None
    follows = following()
    playbook = None if follows is None else follows.playbook
    return Course(
        position=position,
        offers=() if follows is None else follows.offers(records, case),
        consequences=found,
        playbook=playbook,
        strong=_strong(playbook, position),
        coming=coming(playbook, position, case),
    )


def coming(playbook: Playbook | None, position: Position | None, case: DeskCase) -> tuple[Rule, ...]:
    """What the playbook may do by itself at the moment that ``position.due`` names."""
    if playbook is None or position is None:
        return ()
    return ahead(playbook, Facts(case=case, heard=position.heard), position)


def _strong(playbook: Playbook | None, position: Position | None) -> frozenset[str]:
    """Words of a person after which somebody outside is worse off."""
    if playbook is None or position is None:
        return frozenset()
    return frozenset(
        rule.word
        for rule in playbook.states.get(position.state, ())
        if rule.happening is Happening.PERSON and rule.word is not None and _restricts(playbook, rule)
    )


def _restricts(playbook: Playbook, rule: Rule) -> bool:
    """Whether a rule, or one of those that follow as soon as a state is entered, makes somebody worse off."""
    asked, seen = [rule], set[str]()
    while asked:
        each = asked.pop()
        if any(action.kind in RESTRICTS for action in each.actions):
            return True
        if each.to is not None and each.to not in seen:
            seen.add(each.to)
            asked += [one for one in playbook.states.get(each.to, ()) if one.happening is Happening.ENTRY]
    return False


def course_object(course: Course | None) -> dict[str, Any] | None:
    """The public form."""
    if course is None:
        return None
    position = course.position
    return {
        "name": position and position.playbook,
        "state": position and position.state,
        "since": instant(position.entered if position else None),
        "due": instant(position.due if position else None),
        "raised": instant(position.raised if position else None),
        "closed": position is not None and position.state == CLOSED,
        "offers": list(course.offers),
        "decided": [consequence_object(each) for each in course.consequences],
    }


def consequence_object(each: CaseConsequence) -> dict[str, Any]:
    """The public form of one thing that was decided."""
    return {
        "id": each.consequence_id,
        "case": each.case_id,
        "action": each.kind.value,
        "target_kind": each.target_kind,
        "target": each.target,
        "facts": dict(each.facts),
        "state": each.state.value,
        "reason": each.reason,
        "by": each.actor,
        "why": each.why,
        "decided": instant(each.entered),
        "due": instant(each.due),
        "until": instant(each.until),
        "finished": instant(each.finished),
        "last_error": each.last_error,
        "lifted": instant(each.lifted),
        "lifted_by": each.lifted_by,
        "lifted_why": each.lifted_why,
    }


def noted(words: Catalogue, event: CaseEvent) -> str | None:
    """The note of one event; what programs wrote down by its code is said in the reader's words.

    A person's note stays as it is.
    """
    return note_in_words(words, event.act, event.note)


def rule_in_words(words: Catalogue, why: str) -> str:
    """Why something was decided: the state and the number of the rule, in words where a playbook's rule is the reason."""
    rule = _RULE.fullmatch(why)
    said = f"playbook.state.{rule[1]}" if rule else ""
    return f"{words.say(said)}/{rule[2]}" if rule and said in words else why


def note_in_words(words: Catalogue, act: str, note: str | None) -> str | None:
    """What was noted of one act: forms, reasons, states and rules in words where there are any, a person's note as it is."""
    if note is None:
        return None
    who, _, subject = note.partition(": ")
    if act in _OF_LETTERS and f"desk-letter.{who}" in words:
        return f"{words.say(f'desk-letter.{who}')}: {subject}"

    def in_words(code: str, *rooms: str) -> str | None:
        known = (f"{room}.{code}" for room in rooms)
        return next((words.say(each) for each in known if each in words), None)

    def state(code: str) -> str:
        return in_words(code, "playbook.state") or code

    def said(found: re.Match[str]) -> str:
        did, why = (
            in_words(found[1], "notice.kind", "playbook.action"),
            in_words(found[2], "consequence.reason", "playbook.no"),
        )
        return found[0] if did is None or why is None else f"{did}: {why}"

    if act == SAID:
        return in_words(note, "case.said") or note
    if act in _PROGRAMS:
        note = _CODES.sub(said, note)
    if act == "notice" and (form := _FORM.match(note)) is not None:
        note = (in_words(form[0], "notice.kind") or form[0]) + note[form.end() :]
    if act in _SEEN and (found := _ASSESSED.fullmatch(note)) is not None:
        sure, why = in_words(found[1], "desk-certainty"), in_words(found[2], "sighting.because")
        return note if sure is None or why is None else words.say("sighting.assessed", certainty=sure, reason=why)
    if act == "garden":
        failed, _, error = note.partition(": ")
        if failed == FAILED:
            return words.say("garden.failed", error=tried(words, error))
        if note.startswith(_RELEASED):
            note = _RELEASED + let_out_for(words, note.removeprefix(_RELEASED))
    if act in _STEPS and (step := _STEP.match(note)) is not None:
        note = (in_words(step[0], "playbook.person") or step[0]) + note[step.end() :]
    if act in _PLAYED:
        note = _MOVE.sub(lambda found: f"{state(found[1])} → {state(found[2])}", note)
        note = _RULE.sub(lambda found: f"{state(found[1])}/{found[2]}", note)
    return rule_in_words(words, note)


def tried(words: Catalogue, error: str) -> str:
    """What came of telling a program, in the reader's words; what the program said itself stays as it is."""
    fault, ended = fault_of(error), _ENDED.fullmatch(error)
    if fault is not None:
        return words.say(f"webhook-fault.{fault}")
    if ended is not None:
        how = words.say("garden.ended", status=ended[1])
        return f"{how}: {ended[2]}" if ended[2] else how
    return error


def let_out_for(words: Catalogue, why: str) -> str:
    """Why a line was let out, in words where it was no person's reason."""
    return words.called(f"garden.why.{why}", rule_in_words(words, why))
