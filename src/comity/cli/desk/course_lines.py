"""Where a case stands in its playbook, as lines: state, what comes next and when, what was done, how to undo it.

Trust:      targets are strangers' words and pass ``plain``.
Answers:    ``course_of(records, case)`` gives ``Course``, ``course_lines(course)`` lines, ``consequence_lines`` one or two for a
            thing that was decided. The public form is that of ``comity.services.public.course``.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Final

from comity.cli.configuration import settings
from comity.cli.speech import plain, speaker
from comity.model.case_consequence import CaseConsequence, ConsequenceState
from comity.model.playbook import STANDING
from comity.services.public import course as forms
from comity.services.public.course import Course, tried

if TYPE_CHECKING:
    from comity.model.desk import DeskCase
    from comity.store.records import Records

UNDOABLE = (ConsequenceState.WAITING, ConsequenceState.DONE)


def course_of(records: "Records", case: "DeskCase") -> Course | None:
    """What is known of a case's way; None where there is nothing."""
    from comity.bootstrap.playbook.running import following_of

    return forms.course_of(records, case, lambda: following_of(settings()))


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
            yield from ("  " + line for line in consequence_lines(each))


def _ahead(course: Course) -> Iterator[str]:
    """To which states time may lead."""
    if course.playbook is None or course.position is None or course.position.playbook != course.playbook.name:
        return
    rules = course.playbook.states.get(course.position.state, ())
    yield from dict.fromkeys(rule.to or course.position.state for rule in rules if rule.happening == "time")


_TRIED: Final = (ConsequenceState.WAITING, ConsequenceState.LIFTING)


def consequence_lines(each: CaseConsequence) -> Iterator[str]:
    """One thing that was decided: number, what, for whom, until when, by whom; below it what came of the last try."""
    words = speaker()
    does = words.say(f"playbook.action.{each.kind.value}")
    state = words.say(f"consequence.{each.state.value}")
    parts = [f"#{each.consequence_id}", _short(each.entered), f"[{state}]", does]  # the state where no line is cut
    if each.target_kind != "case":
        parts.append(plain(each.target, 40))
    if each.until is not None and each.kind in STANDING:
        parts.append(words.say("consequence.until", until=_short(each.until)))
    if each.reason is not None:
        parts.append(words.say(f"consequence.reason.{each.reason}"))
    parts.append(f"({plain(each.actor, 24)}, {plain(each.why, 40)})")
    yield "  ".join(parts[:2]) + "  " + " ".join(parts[2:])
    if each.last_error is not None and each.state in _TRIED:
        yield "    " + _trying(each, each.last_error)


def _trying(each: CaseConsequence, error: str) -> str:
    """What came of the last try, and when the next one is: lines are cut, and this is what a person looks for."""
    said = plain(tried(speaker(), error), 200)
    return speaker().say("consequence.trying", n=each.attempts, error=said, due=_short(each.due))


def _short(moment: datetime | None) -> str:
    return "-" if moment is None else moment.strftime("%Y-%m-%d %H:%M")
