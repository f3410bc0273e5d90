"""Where a case stands in its playbook, as lines: state, what comes next and when, what was done, how to undo it.

Trust:      targets are strangers' words and pass ``plain``.
Answers:    ``course_of(records, case)`` gives ``Course``, ``course_lines(course)`` lines, ``consequence_lines`` one or two for a
            thing that was decided. The public form is that of ``comity.services.public.course``.
"""

from collections.abc import Collection, Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Final

from comity.cli.configuration import settings
from comity.cli.desk.account import whom
from comity.cli.speech import listed, plain, speaker
from comity.cli.wrapping import fitted
from comity.model.case_consequence import UNSAID, CaseConsequence, ConsequenceState
from comity.model.playbook import STANDING
from comity.services.public import course as forms
from comity.services.public.course import Course, rule_in_words, tried
from comity.services.public.pages.playbook_words import in_words

if TYPE_CHECKING:
    from comity.model.desk import DeskCase
    from comity.store.records import Records

UNDOABLE = (ConsequenceState.WAITING, ConsequenceState.DONE)


def course_of(records: "Records", case: "DeskCase") -> Course | None:
    """What is known of a case's way; None where there is nothing."""
    from comity.bootstrap.playbook.running import following_of

    return forms.course_of(records, case, lambda: following_of(settings()))


def course_lines(course: Course | None, namesakes: Collection[str] = ()) -> Iterator[str]:
    """What a person wants to know of it; states and acts in words, and an act as it is typed, too."""
    if course is None:
        return
    words, position = speaker(), course.position
    called = in_words(words)
    if position is not None:
        state = called("playbook.state", position.state)
        yield words.say("course.state", playbook=position.playbook, state=state, since=_short(position.entered))
        if position.raised is not None:
            yield words.say("course.raised", since=_short(position.raised))
        if position.due is not None:
            yield words.say(
                "course.due",
                due=_short(position.due),
                next=listed(called("playbook.state", each) for each in _ahead(course)) or "-",
            )
    if course.offers:
        yield words.say(
            "course.offers", acts=listed(_typed(each, called("playbook.person", each)) for each in course.offers)
        )
    if course.consequences:
        yield ""
        yield words.say("course.decided")
        for each in course.consequences:
            yield from ("  " + line for line in _consequence(each, namesakes))


def _typed(word: str, called: str) -> str:
    """An act as it is typed, and what people call it where that is another word."""
    return word if called.lower() == word else speaker().say("course.typed", word=word, called=called)


def _ahead(course: Course) -> Iterator[str]:
    """To which states time may lead."""
    if course.position is not None:
        yield from dict.fromkeys(rule.to or course.position.state for rule in course.coming)


_TRIED: Final = (ConsequenceState.WAITING, ConsequenceState.LIFTING)


def consequence_lines(each: CaseConsequence, namesakes: Collection[str] = ()) -> Iterator[str]:
    """One thing that was decided: number, what, for whom, until when, by whom; below it what came of the last try."""
    return (piece for line in _consequence(each, namesakes) for piece in fitted(line))


def _consequence(each: CaseConsequence, namesakes: Collection[str]) -> Iterator[str]:
    words = speaker()
    does = words.say(f"playbook.action.{each.kind.value}")
    state = words.say(f"consequence.{each.state.value}")
    parts = [f"#{each.consequence_id}", f"{_short(each.entered)} UTC", f"[{state}]", does]
    if each.target_kind != "case":
        parts.append(plain(each.target, 40))
    if each.until is not None and each.kind in STANDING:
        parts.append(words.say("consequence.until", until=_short(each.until)))
    if each.reason is not None:
        parts.append(words.say(f"consequence.reason.{each.reason}"))
    by, why = whom(each.actor, namesakes), plain(rule_in_words(words, each.why), 120)
    parts.append(words.say("consequence.by", by=by, why=why) if each.why != UNSAID else f"({by})")
    # No space stands before a bracket of Chinese writing: it has its own.
    yield "  ".join(parts[:2]) + "  " + " ".join(parts[2:]).replace(" （", "（")
    if each.last_error is not None and each.state in _TRIED:
        yield "    " + _trying(each, each.last_error)


def _trying(each: CaseConsequence, error: str) -> str:
    """What came of the last try, and when the next one is."""
    said = plain(tried(speaker(), error), 200)
    return speaker().say("consequence.trying", n=each.attempts, error=said, due=_short(each.due))


def _short(moment: datetime | None) -> str:
    return "-" if moment is None else moment.strftime("%Y-%m-%d %H:%M")
