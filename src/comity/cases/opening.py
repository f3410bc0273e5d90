"""Which case does new evidence go to: the one there is, the same one again, or a new one?

Standards:  docs/decisions/0010-relapse.md.
Answers:    ``place(claim, current, when, terms)`` gives ``OpenCase``, ``Extend`` or ``Return``.
            ``Growth`` gathers what a batch adds to a case. ``letter(item)`` is the claim of a letter, ``subject_of(claim)`` what
            all cases on a subject have in common.
Limits:     only the newest case on the subject is asked, and where it was merged, the one it went into.
"""

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from hashlib import blake2b

from comity.cases.campaign import plain_subject
from comity.cases.matching import Claim
from comity.model.case import EvidenceClass, ItemFacts, SubjectKind
from comity.model.desk import TWO_CUSTOMERS, CaseState, DeskCase, Question

LABEL_LIMIT = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenCase:
    """A case begins."""

    case: DeskCase


@dataclass(frozen=True, slots=True, kw_only=True)
class Extend:
    """The case there is takes it in, whatever its state."""

    case: DeskCase


@dataclass(frozen=True, slots=True, kw_only=True)
class Return:
    """The case was closed too early: it comes back."""

    case: DeskCase


Placing = OpenCase | Extend | Return


@dataclass(slots=True, kw_only=True)
class Growth:
    """What a batch adds to one case."""

    case: DeskCase
    is_new: bool = False
    is_changed: bool = False  # it stands elsewhere
    reports: int = 0
    repeats: int = 0
    classes: Counter[EvidenceClass] = field(default_factory=Counter)
    first: datetime | None = None
    last: datetime | None = None

    @property
    def is_touched(self) -> bool:
        """Whether there is anything to write."""
        return bool(self.is_new or self.is_changed or self.reports or self.repeats)

    def add(self, sort: EvidenceClass, when: datetime | None) -> None:
        """One report more."""
        self.reports += 1
        self.classes[sort] += 1
        if when is not None:
            self.first = when if self.first is None else min(self.first, when)
            self.last = when if self.last is None else max(self.last, when)

    def grown(self, complainers: int) -> DeskCase:
        """The case as it is after the batch, with so many complainers more."""
        case = self.case
        firsts = [each for each in (case.first_seen, self.first) if each is not None]
        lasts = [each for each in (case.last_seen, self.last) if each is not None]
        return replace(
            case,
            reports=case.reports + self.reports,
            repeats=case.repeats + self.repeats,
            complainers=case.complainers + complainers,
            classes=Counter(case.classes) + self.classes,
            first_seen=min(firsts, default=None),
            last_seen=max(lasts, default=None),
        )


def place(
    claim: Claim, current: DeskCase | None, when: datetime, *, now: datetime, quiet: timedelta, erased: int = 0
) -> Placing:
    """Decide. ``when`` is when it happened; ``quiet`` how long after closing it may still go on; ``erased`` as in ``opened``."""
    if current is None:
        return OpenCase(case=opened(claim, now, erased=erased))
    if current.state is not CaseState.CLOSED or when <= current.state_since:
        return Extend(case=current)
    if when <= current.state_since + quiet:
        return Return(case=current)
    again = Claim(kind=current.subject_kind, label=current.label, contact=claim.contact, rule=claim.rule)
    return OpenCase(case=opened(again, now, before=current, erased=erased))


def case_key(kind: SubjectKind, label: str, number: int = 1) -> str:
    """What the case is about, in one line; the how manieth on it from the second on.

    >>> case_key(SubjectKind.CUSTOMER, "Example Hosting"), case_key(SubjectKind.ADDRESS, "192.0.2.7", 2)
    ('customer:Example Hosting', 'address:192.0.2.7#2')
    """
    return f"{kind.value}:{label}" + (f"#{number}" if number > 1 else "")


def subject_of(claim: Claim) -> str:
    """The key of the first case on a subject: what all cases on it have in common."""
    return case_key(claim.kind, claim.label[:LABEL_LIMIT])


def case_id_of(kind: SubjectKind, key: str) -> str:
    """The short name of a case, the same on every run.

    What a stranger words (a letter) has a longer name: nobody can search for words that take the name of another case.
    """
    size = 10 if kind is SubjectKind.LETTER else 6
    return blake2b(key.encode("utf-8", "surrogatepass"), digest_size=size).hexdigest()


def letter(item: ItemFacts) -> Claim:
    """The case of a letter: what one person wrote about one thing."""
    subject = plain_subject(item.subject or "") or item.subject
    words = [word for word in (item.carried_from, subject) if word]
    label = "".join(sign if sign.isprintable() else " " for sign in ": ".join(words))
    return Claim(kind=SubjectKind.LETTER, label=label or item.digest[:16], contact=item.carried_from)


def opened(claim: Claim, now: datetime, *, before: DeskCase | None = None, erased: int = 0) -> DeskCase:
    """A case as it begins; ``before`` is the one on the same subject that was closed. ``erased`` is the number of the last one of
    which nobody knows any more whom it was about: it keeps its short name, so that no other may have it.
    """
    label = claim.label[:LABEL_LIMIT]
    number = max(before.number if before else 0, erased) + 1
    key = case_key(claim.kind, label, number)
    return DeskCase(
        case_id=case_id_of(claim.kind, key),
        key=key,
        subject_kind=claim.kind,
        label=label,
        number=number,
        contact=claim.contact,
        state=CaseState.NEW if claim.is_certain else CaseState.UNDECIDED,
        state_since=now,
        question=None if claim.is_certain else Question(code=claim.doubt or TWO_CUSTOMERS, candidates=claim.candidates),
        opened=now,
        reopened_from=before.case_id if before else None,
    )
