"""Cases as lines of text and as JSON.

Trust:      every text of a stranger passes ``plain``.
Answers:    ``table``, ``foot``, ``page`` give lines of 80 columns (Han characters count two); ``listed`` and ``whole_object``
            give the public form: absent is null, times are ISO 8601 in UTC.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from rich.cells import cell_len, set_cell_size

from comity.cli.desk.course_lines import Course, course_lines, course_object
from comity.cli.speech import plain, speaker
from comity.formats.item_facts import from_line
from comity.model.case import Score
from comity.model.desk import CaseEvent, CaseState, DeskCase

_WIDTH = 80
_LABEL = 29
_SECONDS = ((86400, "d"), (3600, "h"), (60, "m"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Whole:
    """All that is shown of one case."""

    case: DeskCase
    score: Score
    events: tuple[CaseEvent, ...]
    merged: tuple[str, ...]
    reports: tuple[Any, ...]
    letters: tuple[Any, ...]
    course: Course | None = None


def table(cases: Sequence[tuple[DeskCase, Score]], now: datetime) -> Iterator[str]:
    """One line a case."""
    words = speaker()
    if not cases:
        yield words.say("case.none")
        return
    heads = (
        "case.col.score",
        "case.col.state",
        "case.col.reports",
        "case.col.people",
        "case.col.last",
        "case.col.label",
    )
    yield _row([words.say(each) for each in heads] + [words.say("case.col.case")])
    for case, weighed in cases:
        cells = [
            f"{weighed.total:.1f}",
            words.say(f"case.state.{case.state.value}"),
            f"{case.reports:,}",
            f"{case.complainers:,}",
            _ago(case.last_seen, now),
            plain(case.label),
            case.case_id[:12],
        ]
        yield _row(cells)


def foot(counts: Mapping[CaseState, int], unmatched: Mapping[str, int], shunted: int) -> Iterator[str]:
    """What is not in the table."""
    words = speaker()
    asked = counts.get(CaseState.UNDECIDED, 0)
    yield ""
    yield words.say(
        "case.foot",
        n=sum(counts.values()),
        closed=counts.get(CaseState.CLOSED, 0),
        merged=counts.get(CaseState.MERGED, 0),
    )
    if asked:
        yield words.say("case.foot-undecided", n=asked)
    if unmatched:
        reasons = ", ".join(
            f"{words.say(f'case.no.{reason}')} {count:,}" for reason, count in sorted(unmatched.items())
        )
        yield words.say("case.foot-unmatched", n=sum(unmatched.values()), reasons=reasons)
    if shunted:
        yield words.say("case.foot-shunted", n=shunted)


def page(whole: Whole) -> Iterator[str]:
    """One case on a page."""
    return (_fit(line, _WIDTH) for line in _page(whole))


def _page(whole: Whole) -> Iterator[str]:
    case, words = whole.case, speaker()
    yield words.say("case.head", label=plain(case.label, 60), case=case.case_id)
    state = words.say(f"case.state.{case.state.value}")
    yield words.say("case.page-state", state=state, since=_short(case.state_since), score=f"{whole.score.total:.1f}")
    if case.question is not None:
        among = ", ".join(plain(each, 40) for each in case.question.candidates)
        yield words.say(f"case.question.{case.question.code}", among=among)
    if case.contact:
        yield words.say("case.contact", contact=plain(case.contact, 60))
    if case.due is not None:
        yield words.say("case.due", day=_short(case.due))
    if case.reopened_from:
        yield words.say("case.relapse", case=case.reopened_from)
    if case.merged_into:
        yield words.say("case.went-into", case=case.merged_into)
    if whole.merged:
        yield words.say("case.holds", cases=", ".join(whole.merged))
    yield words.say(
        "case.numbers",
        n=case.reports,
        complainers=case.complainers,
        repeats=case.repeats,
        first=_short(case.first_seen),
        last=_short(case.last_seen),
    )
    classes = ", ".join(f"{words.say(f'triage.class.{each.value}')} {count:,}" for each, count in case.classes.items())
    if classes:
        yield words.say("case.classes", classes=classes)
    yield from course_lines(whole.course)
    yield from _events(whole.events)
    yield from _reports(whole)


def _events(events: Sequence[CaseEvent]) -> Iterator[str]:
    words = speaker()
    yield ""
    yield words.say("case.done-so-far")
    for each in events:
        act = words.say(f"case.act.{each.act}")
        note = f"  {plain(each.note, 120)}" if each.note else ""
        yield f"  {_short(each.at)}  {plain(each.actor, 16)}  {act}{note}"


def _reports(whole: Whole) -> Iterator[str]:
    words = speaker()
    if whole.reports:
        yield ""
        yield words.say("case.newest", n=len(whole.reports))
    for row in whole.reports:
        facts = [row.source_ip, row.dkim_domain, f"<{row.message_id}>" if row.message_id else None]
        shown = "  ".join(plain(each, 46) for each in facts if each)
        again = words.say("case.repeats", report=row.duplicate_of) if row.duplicate_of else ""
        sort = words.say(f"triage.class.{row.evidence_class}")
        yield f"  {_short(row.observed or row.arrived)}  {sort}  {shown}{again}"
    if whole.letters:
        yield ""
        yield words.say("case.letters", n=len(whole.letters))
    for row in whole.letters:
        letter = from_line(row.reading)
        subject = plain((letter and letter.subject) or row.name, 60)
        yield f"  {_short(row.arrived)}  {subject}"
        if letter and letter.mentioned:
            yield "      " + words.say("case.mentions", what=", ".join(plain(each, 40) for each in letter.mentioned))


def listed(case: DeskCase, weighed: Score) -> dict[str, Any]:
    """The public form of a case."""
    return {
        "case": case.case_id,
        "about": case.subject_kind.value,
        "label": case.label,
        "number": case.number,
        "contact": case.contact,
        "state": case.state.value,
        "state_since": _time(case.state_since),
        "question": case.question and {"code": case.question.code, "candidates": list(case.question.candidates)},
        "score": weighed.total,
        "reports": case.reports,
        "repeats": case.repeats,
        "complainers": case.complainers,
        "evidence": {each.value: count for each, count in case.classes.items()},
        "opened": _time(case.opened),
        "first": _time(case.first_seen),
        "last": _time(case.last_seen),
        "due": _time(case.due),
        "merged_into": case.merged_into,
        "reopened_from": case.reopened_from,
    }


def whole_object(whole: Whole) -> dict[str, Any]:
    """The public form of a case with all that is shown of it."""
    return {
        **listed(whole.case, whole.score),
        "holds": list(whole.merged),
        "events": [
            {
                "at": _time(each.at),
                "actor": each.actor,
                "act": each.act,
                "note": each.note,
                "from": each.from_state and each.from_state.value,
                "to": each.to_state.value,
            }
            for each in whole.events
        ],
        "entries": [
            {
                "report": row.id,
                "item": row.name,
                "when": _time(row.observed),
                "precision": row.observed_precision,
                "arrived": _time(row.arrived),
                "class": row.evidence_class,
                "feedback_type": row.feedback_type,
                "source_ip": row.source_ip,
                "source_port": row.source_port,
                "message_id": row.message_id,
                "dkim_domain": row.dkim_domain,
                "peer": row.peer,
                "duplicate_of": row.duplicate_of,
            }
            for row in whole.reports
        ],
        "letters": [_letter(row) for row in whole.letters],
        "playbook": course_object(whole.course),
    }


def _letter(row: Any) -> dict[str, Any]:
    facts = from_line(row.reading)
    return {
        "item": row.name,
        "arrived": _time(row.arrived),
        "kind": row.kind,
        "subject": facts.subject if facts else None,
        "from": facts.carried_from if facts else None,
        "mentioned": list(facts.mentioned) if facts else [],
    }


def _row(cells: Sequence[str]) -> str:
    score, state, reports, people, last, label, case = cells
    return " ".join(
        (
            _right(score, 6),
            set_cell_size(state, 9),
            _right(reports, 7),
            _right(people, 6),
            _right(last, 5),
            set_cell_size(_fit(label, _LABEL), _LABEL),
            case,
        )
    ).rstrip()


def _right(text: str, width: int) -> str:
    return " " * max(width - cell_len(text), 0) + text


def _fit(text: str, width: int) -> str:
    return text if cell_len(text) <= width else set_cell_size(text, width - 1).rstrip() + "…"


def _ago(moment: datetime | None, now: datetime) -> str:
    if moment is None:
        return "-"
    seconds = max((now - moment).total_seconds(), 0)
    return next((f"{seconds // size:.0f}{sign}" for size, sign in _SECONDS if seconds >= size), "0m")


def _short(moment: datetime | None) -> str:
    return "-" if moment is None else moment.strftime("%Y-%m-%d %H:%M")


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else moment.strftime("%Y-%m-%dT%H:%M:%SZ")
