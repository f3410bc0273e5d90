"""Where a case stands in its playbook, as lines and as JSON: state, what comes next and when, what was done, how to undo it.

Trust:      targets are strangers' words and pass ``plain``.
Answers:    ``course_of(records, case)`` gives ``Course``, ``course_lines(course)`` lines, ``course_object(course)`` the public
            form; ``consequence_line`` and ``consequence_object`` one thing that was decided.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from comity.cli.configuration import settings
from comity.cli.speech import plain, speaker
from comity.model.case_consequence import CaseConsequence, ConsequenceState
from comity.model.playbook import CLOSED, STANDING, Playbook, Position

if TYPE_CHECKING:
    from comity.model.desk import DeskCase
    from comity.store.records import Records

_SHOWN = 20
UNDOABLE = (ConsequenceState.WAITING, ConsequenceState.DONE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """Where one case stands."""

    position: Position | None
    offers: tuple[str, ...]
    consequences: tuple[CaseConsequence, ...]
    playbook: Playbook | None = None


def course_of(records: "Records", case: "DeskCase") -> Course | None:
    """What is known of a case's way; None where there is nothing."""
    from comity.bootstrap.playbook.running import following_of

    position = records.positions.of([case.case_id]).get(case.case_id)
    found = tuple(records.consequences.of_case(case.case_id, _SHOWN))
    if position is None and not found:
        return None
    following = following_of(settings())
    return Course(
        position=position,
        offers=() if following is None else following.offers(records, case),
        consequences=found,
        playbook=None if following is None else following.playbook,
    )


def course_lines(course: Course | None) -> Iterator[str]:
    """What a person wants to know of it."""
    if course is None:
        return
    words, position = speaker(), course.position
    if position is not None:
        yield words.say(
            "course.state", playbook=position.playbook, state=position.state, since=_short(position.entered)
        )
        if position.raised is not None:
            yield words.say("course.raised", since=_short(position.raised))
        if position.due is not None:
            yield words.say("course.due", due=_short(position.due), next=", ".join(_ahead(course)) or "-")
    if course.offers:
        yield words.say("course.offers", acts=", ".join(course.offers))
    if course.consequences:
        yield ""
        yield words.say("course.decided")
        for each in course.consequences:
            yield "  " + consequence_line(each)


def _ahead(course: Course) -> Iterator[str]:
    """To which states time may lead."""
    if course.playbook is None or course.position is None or course.position.playbook != course.playbook.name:
        return
    rules = course.playbook.states.get(course.position.state, ())
    yield from dict.fromkeys(rule.to or course.position.state for rule in rules if rule.happening == "time")


def consequence_line(each: CaseConsequence) -> str:
    """One thing that was decided: number, what, for whom, until when, by whom."""
    words = speaker()
    does = words.say(f"playbook.action.{each.kind.value}")
    state = words.say(f"consequence.{each.state.value}")
    parts = [f"#{each.consequence_id}", _short(each.entered), does]
    if each.target_kind != "case":
        parts.append(plain(each.target, 40))
    if each.until is not None and each.kind in STANDING:
        parts.append(words.say("consequence.until", until=_short(each.until)))
    parts.append(f"[{state}]")
    if each.reason is not None:
        parts.append(words.say(f"consequence.reason.{each.reason}"))
    parts.append(f"({plain(each.actor, 24)}, {plain(each.why, 40)})")
    return "  ".join(parts[:2]) + "  " + " ".join(parts[2:])


def course_object(course: Course | None) -> dict[str, Any] | None:
    """The public form."""
    if course is None:
        return None
    position = course.position
    return {
        "name": position and position.playbook,
        "state": position and position.state,
        "since": _time(position.entered if position else None),
        "due": _time(position.due if position else None),
        "raised": _time(position.raised if position else None),
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
        "decided": _time(each.entered),
        "due": _time(each.due),
        "until": _time(each.until),
        "finished": _time(each.finished),
        "last_error": each.last_error,
        "lifted": _time(each.lifted),
        "lifted_by": each.lifted_by,
        "lifted_why": each.lifted_why,
    }


def _short(moment: datetime | None) -> str:
    return "-" if moment is None else moment.strftime("%Y-%m-%d %H:%M")


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else moment.strftime("%Y-%m-%dT%H:%M:%SZ")
