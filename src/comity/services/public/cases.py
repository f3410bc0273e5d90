"""A case in its public form.

Trust:      labels, contacts, notes and subjects are strangers' words: escape them where they are shown.
Answers:    ``listed`` and ``whole_object``: absent is null, times are ISO 8601 in UTC. ``impersonal`` takes out of either what
            names or leads to a person, as the pages do for who may not see it. ``family`` and ``whole`` fetch one.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final

from comity.cases.weighing import weigh
from comity.formats.item_facts import from_line
from comity.model.case import Score, SubjectKind
from comity.model.case_letter import CaseLetter
from comity.model.desk import CaseEvent, DeskCase
from comity.model.infestation import Infestation
from comity.services.public.course import Course, course_object
from comity.services.public.times import instant
from comity.services.receive.conversation.arriving import NAMES_CASE

NOT_SHOWN: Final = "-"
_PERSONAL: Final[Mapping[str, Mapping[str, Any]]] = MappingProxyType(
    {
        "events": {"note": None},
        "entries": {"item": None, "source_ip": None, "source_port": None, "message_id": None},
        "letters": {"item": NOT_SHOWN, "subject": None, "from": None, "mentioned": []},
        "thread": {"subject": NOT_SHOWN, "files": []},
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Whole:
    """All that is shown of one case."""

    case: DeskCase
    score: Score
    events: tuple[CaseEvent, ...]
    merged: tuple[str, ...]
    reports: tuple[Any, ...]
    letters: tuple[Any, ...]
    thread: tuple[CaseLetter, ...] = ()  # what people of ours wrote
    course: Course | None = None
    infestation: Infestation | None = None


def family(rows: Any, case: DeskCase) -> list[str]:
    """The case, and those that went into it."""
    return [case.case_id, *(each.case_id for each in rows.cases.merged_into(case.case_id))]


def whole(rows: Any, case: DeskCase, most: int, *, now: datetime, course: Course | None = None) -> Whole:
    """All that is shown of a case, with so many reports and letters, and its way through a playbook."""
    members = family(rows, case)
    return Whole(
        case=case,
        score=weigh(case, now),
        events=tuple(rows.cases.events_of(case.case_id)),
        merged=tuple(members[1:]),
        reports=tuple(rows.intake.reports_of(members, most)),
        letters=tuple(rows.intake.letters_of(members, most)),
        thread=tuple(rows.case_letters.of(members)),
        course=course,
        infestation=rows.infestations.of([case.case_id]).get(case.case_id),
    )


def listed(case: DeskCase, weighed: Score) -> dict[str, Any]:
    """The public form of a case."""
    return {
        "case": case.case_id,
        "about": case.subject_kind.value,
        "label": case.label,
        "number": case.number,
        "contact": case.contact,
        "state": case.state.value,
        "state_since": instant(case.state_since),
        "question": case.question and {"code": case.question.code, "candidates": list(case.question.candidates)},
        "score": weighed.total,
        "reports": case.reports,
        "repeats": case.repeats,
        "complainers": case.complainers,
        "evidence": {each.value: count for each, count in case.classes.items()},
        "opened": instant(case.opened),
        "first": instant(case.first_seen),
        "last": instant(case.last_seen),
        "due": instant(case.due),
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
                "at": instant(each.at),
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
                "when": instant(row.observed),
                "precision": row.observed_precision,
                "arrived": instant(row.arrived),
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
        "thread": [letter_object(each) for each in whole.thread],
        "playbook": course_object(whole.course),
        "infestation": _infestation(whole.infestation),
    }


def impersonal(said: Mapping[str, Any]) -> dict[str, Any]:
    """The public form of a case as somebody sees it who may not see personal data: numbers, states, times, whose it is.

    A letter's case is called by who wrote it, and about what: its label goes, too.
    """
    left = dict(said) | {"contact": None}
    if said["about"] == SubjectKind.LETTER.value:
        left["label"] = NOT_SHOWN
    if said["question"] is not None:
        left["question"] = {**said["question"], "candidates": []}
    for name, empty in _PERSONAL.items():
        if name in said:
            left[name] = [{**each, **empty} for each in said[name]]
    if said.get("playbook") is not None:
        decided = [_undirected(each) for each in said["playbook"]["decided"]]
        left["playbook"] = {**said["playbook"], "decided": decided}
    return left


def _undirected(decided: Mapping[str, Any]) -> dict[str, Any]:
    target = decided["target"] if decided["target_kind"] == "case" else NOT_SHOWN
    return {**decided, "target": target, "last_error": None, "lifted_why": None}


def letter_object(each: CaseLetter) -> dict[str, Any]:
    """The public form of a letter of ours about a case: to whom, by role; the address stands in the outbox."""
    return {
        "letter": each.letter_id,
        "to": each.who.value,
        "subject": each.subject,
        "written": instant(each.written),
        "by": each.by,
        "mail": each.state,
        "answer_by": instant(each.answer_by),
        "answered": instant(each.answered),
        "bounced": instant(each.bounced),
        "reminded": instant(each.reminded),
        "files": [
            {"name": file.name, "media_type": file.media_type, "size": file.size, "sha256": file.digest}
            for file in each.files
        ],
    }


def _infestation(known: Infestation | None) -> dict[str, Any] | None:
    if known is None:
        return None
    return {
        "certainty": known.certainty.value,
        "reason": known.reason,
        "family": known.family,
        "said": dict(known.said),
        "first": instant(known.first),
        "last": instant(known.last),
        "sightings": known.sightings,
        "sources": list(known.sources),
        "addresses": known.addresses,
    }


def _letter(row: Any) -> dict[str, Any]:
    facts = from_line(row.reading)
    return {
        "item": row.name,
        "arrived": instant(row.arrived),
        "kind": row.kind,
        "subject": facts.subject if facts else None,
        "from": facts.carried_from if facts else None,
        "mentioned": list(facts.mentioned) if facts else [],
        "unproven": row.why == NAMES_CASE,  # it only names this case, which anybody can write
    }
