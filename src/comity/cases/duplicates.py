"""Is this the same report again? By its bytes, by its provider's number, or as the same complaint that came by two ways.

Trust:      Message-IDs and report ids are strangers' words, and whoever sent the mail knows them: he may say it first, to keep what
            others say from counting. Whoever asks says which entries something may repeat (``fits``), and a report without a
            recipient stands for one person, however many came after it.
Answers:    ``Repeats.first_of(evidence, when, entry)`` gives (rule, the entry it repeats), or None and remembers it;
            ``remember`` and ``belongs`` tell it what was found before.
Limits:     a mail seen with many different reporters and recipients is compared with the last 32 reports of it only; one person
            tells it by eight ways at most.
"""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Generic, TypeVar

from comity.model.case import Evidence, EvidenceClass

NEAR: Final = timedelta(hours=24)
COMPARED: Final = 32
WAYS: Final = 8

_T = TypeVar("_T")


@dataclass(slots=True, kw_only=True)
class _Seen(Generic[_T]):
    evidence: Evidence
    when: datetime | None
    entry: _T
    ways: list[Evidence] = field(default_factory=list)  # what else was taken for the same person's word


class Repeats(Generic[_T]):
    """Remembers what came, and recognises it when it comes again."""

    def __init__(self, *, by_number: bool = True) -> None:
        """Without ``by_number`` the provider's ids say nothing: whoever asks compares identities by another name."""
        self._has_numbers = by_number
        self._by_number: dict[tuple[str | None, ...], _T] = {}
        self._by_complainer: dict[tuple[str, str], list[_Seen[_T]]] = defaultdict(list)
        self._by_message: dict[str, list[_Seen[_T]]] = defaultdict(list)

    def remember(self, evidence: Evidence, when: datetime | None, entry: _T) -> None:
        """Something that repeats nothing."""
        if self._has_numbers and evidence.report_id is not None:
            self._by_number.setdefault(_number(evidence), entry)
        if evidence.message_id is not None:
            seen = _Seen(evidence=evidence, when=when, entry=entry)
            self._by_message[evidence.message_id].append(seen)
            if evidence.complainer is not None:
                self._by_complainer[evidence.message_id, evidence.complainer].append(seen)

    def belongs(self, evidence: Evidence, entry: _T) -> None:
        """Something that was found to repeat this entry before."""
        for seen in self._by_message.get(evidence.message_id or "", ()):
            if seen.entry is entry:
                seen.ways.append(evidence)

    def first_of(
        self,
        evidence: Evidence,
        when: datetime | None,
        entry: _T,
        *,
        fits: Callable[[_T], bool] = lambda _: True,
    ) -> tuple[str, _T] | None:
        """The rule and the entry that this repeats, of those that fit; None, and ``entry`` is remembered, where it is new."""
        if self._has_numbers and evidence.report_id is not None:
            known = self._by_number.get(_number(evidence))
            if known is not None and fits(known):
                return "same-report", known
        earlier = self._same_complaint(evidence, when, fits)
        if earlier is not None:
            earlier.ways.append(evidence)
            return "same-complaint", earlier.entry
        self.remember(evidence, when, entry)
        return None

    def _same_complaint(
        self, evidence: Evidence, when: datetime | None, fits: Callable[[_T], bool]
    ) -> _Seen[_T] | None:
        if evidence.message_id is None:
            return None
        if evidence.complainer is not None:
            for seen in self._by_complainer.get((evidence.message_id, evidence.complainer), ())[-COMPARED:]:
                if _same_sort(seen.evidence, evidence) and fits(seen.entry):
                    return seen
        for seen in self._by_message.get(evidence.message_id, ())[-COMPARED:]:
            if (
                _same_sort(seen.evidence, evidence)
                and len(seen.ways) < WAYS
                and all(_may_be_one_person(each, evidence) for each in (seen.evidence, *seen.ways))
                and (
                    seen.evidence.source_ip == evidence.source_ip
                    or None in (seen.evidence.source_ip, evidence.source_ip)
                )
                and (seen.when is None or when is None or abs(seen.when - when) <= NEAR)
                and fits(seen.entry)
            ):
                return seen
        return None


def _number(evidence: Evidence) -> tuple[str | None, ...]:
    return house(evidence.reporter), evidence.report_id, evidence.complainer, evidence.evidence_class.value


def _same_sort(one: Evidence, other: Evidence) -> bool:
    """A complaint and a forward of the same mail are one complaint; "spam" and "not spam", or fraud, are two statements."""
    human = (EvidenceClass.COMPLAINT, EvidenceClass.FORWARD)
    return one.evidence_class is other.evidence_class or (one.evidence_class in human and other.evidence_class in human)


def _may_be_one_person(one: Evidence, other: Evidence) -> bool:
    """False where two recipients can be compared and differ.

    A hashed recipient says nothing beside a clear one, or beside another provider's hash. Without any recipient, two reports
    of one provider are one only if they name the same moment: a mailing list sends one Message-ID to many.
    """
    same_house = house(one.reporter) == house(other.reporter)
    if one.complainer is None or other.complainer is None:
        return not same_house or one.seen == other.seen
    if one.complainer == other.complainer:
        return True
    return not same_house and (one.complainer_hidden or other.complainer_hidden)


def house(reporter: str | None) -> str | None:
    """The provider that a reporter belongs to: the domain of the address."""
    return reporter.rpartition("@")[2].lower() if reporter else None
