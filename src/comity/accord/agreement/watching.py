"""What of an agreement somebody must look at soon: an answer, an end, the end of a trial, the number of people.

Trust:      documents that both signed, or one proposed.
Answers:    ``soon(papers, ours, now, subjects)`` gives each ``Soon`` of one peer, by name and with its day.
Limits:     pure; looked at by ``comity doctor``. What is over already is said by where a version stands.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from comity.accord.agreement import life
from comity.model.agreement_document import AgreementPaper, AgreementState

ANSWER: Final = timedelta(days=3)
END: Final = timedelta(days=30)
TRIAL: Final = timedelta(days=7)
NEAR: Final = 0.8  # of the people that were agreed on


@dataclass(frozen=True, slots=True, kw_only=True)
class Soon:
    """One thing: ``doctor.agreement-CODE`` of the catalogue."""

    code: str  # "answer", "end", "trial", "subjects", "subjects-near"
    version: int
    day: datetime | None = None
    count: int | None = None
    most: int | None = None


def soon(papers: Sequence[AgreementPaper], ours: str, now: datetime, *, subjects: int) -> list[Soon]:
    """What is near of one peer; ``subjects`` are the people about whom something left for it in twelve months."""
    found: list[Soon] = []
    for paper in papers:
        answer = life.moment(paper.document.answer_by)
        if life.standing(paper, papers, now) is AgreementState.PROPOSED and answer - now <= ANSWER:
            found.append(Soon(code="answer", version=paper.document.version, day=answer))
    held = life.in_force(papers, now)
    if held is None:
        return found
    version, direction, ends = held.document.version, held.document.directions[ours], life.ends_at(held)
    if ends is not None and ends - now <= END:
        found.append(Soon(code="end", version=version, day=ends))
    trial = None if direction.trial is None else life.moment(direction.trial.until)
    if trial is not None and now < trial <= now + TRIAL:
        found.append(Soon(code="trial", version=version, day=trial))
    if direction.subjects is not None:
        code = "subjects-near" if subjects >= NEAR * direction.subjects else "subjects"
        found.append(Soon(code=code, version=version, count=subjects, most=direction.subjects))
    return found
