"""Put a letter that stands in no case into one: one that is there, or one that is opened for it.

Trust:      a person says where it belongs; what the letter says of itself proves nothing. One that only names a case is in none.
Standards:  docs/decisions/0088-a-plain-letter-waits-for-a-person.md: until a person acts, nothing is done on it.
Answers:    ``Joining(records, following, ...)``: ``attach(item, case)`` and ``open(item, kind, label)`` give the case in which the
            letter stands then. Where somebody put it elsewhere meanwhile, that is refused.
            A case is about the letter itself, about a customer of the list, about whose an address or a domain of the list is, or
            about a subscriber: what the list does not have is refused.
Limits:     letters alone: an item with reports goes where these go. It counts as an answer where we wrote to its writer about
            that case; a case that was closed stays so.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from difflib import get_close_matches
from ipaddress import ip_address
from typing import Any, Final

from comity.cases.matching import Claim, claim
from comity.cases.opening import letter, opened, subject_of
from comity.cases.own_side import OwnSide
from comity.formats.item_facts import from_line
from comity.model.case import Evidence, EvidenceClass, ItemFacts, SubjectKind
from comity.model.desk import CaseEvent, CaseState, DeskCase
from comity.model.feedback import Kind
from comity.model.holding import Holding
from comity.model.outcomes import ComityError, Outcome
from comity.services.receive.conversation.arriving import NAMES_CASE
from comity.services.receive.desk import OPENED

ATTACHED: Final = "why.letter-attached"  # of an item that stands in a case because a person said so
JOINED: Final = "letter"
KINDS: Final = (
    SubjectKind.LETTER,
    SubjectKind.CUSTOMER,
    SubjectKind.ADDRESS,
    SubjectKind.SUBSCRIBER,
)  # what a case may be opened about
_LETTERS: Final = (Kind.MAIL.value, Kind.PROSE.value)
_HOPS: Final = 10
_NEAR: Final = 3
_ALIKE: Final = 0.6


def is_free(row: Any) -> bool:
    """Whether an item is a letter that a person may put into a case."""
    return row.kind in _LETTERS and (row.case_id is None or row.why == NAMES_CASE)


class Joining:
    """One person who says where letters belong, in one transaction."""

    def __init__(
        self,
        records: Any,
        following: Any,
        *,
        ours: Callable[[], Sequence[Holding]],
        actor: str,
        now: datetime,
    ) -> None:
        """``following`` hears of answers, where a playbook is in use; ``ours`` is the list of what is ours."""
        self._rows, self._following, self._ours = records, following, ours
        self._actor, self._now = actor, now

    def attach(self, item_id: int, case: DeskCase) -> DeskCase:
        """It stands in this case from now on, or in the one that this went into."""
        _, facts = self._letter(item_id)
        return self._join(item_id, facts, self._target(case))

    def open(self, item_id: int, kind: SubjectKind, label: str = "") -> DeskCase:
        """It stands in a case about this from now on: in the one there is, where that is not closed."""
        _, facts = self._letter(item_id)
        claim = self._claim(facts, kind, label)
        subject = subject_of(claim)
        newest = self._rows.cases.newest([subject])
        before = self._target(newest[subject]) if subject in newest else None
        if before is not None and before.state is not CaseState.CLOSED:
            return self._join(item_id, facts, before)
        erased = self._rows.cases.erased([subject], newest).get(subject, 0)
        made = opened(claim, self._now, before=before, erased=erased)
        self._rows.cases.add([made])
        self._rows.cases.record([self._event(made, OPENED, None)])
        return self._join(item_id, facts, made)

    def _letter(self, item_id: int) -> tuple[Any, ItemFacts]:
        row = self._rows.intake.item(item_id)
        facts = None if row is None else from_line(row.reading)
        if row is None or facts is None or row.kind not in _LETTERS:
            details = {"text": item_id}
            raise ComityError("arrived-unknown", f"letter {item_id}", outcome=Outcome.UNKNOWN, details=details)
        if not is_free(row):
            details = {"case": row.case_id}
            raise ComityError("letter-has-case", f"letter {item_id}", outcome=Outcome.CONFLICT, details=details)
        return row, facts

    def _claim(self, facts: ItemFacts, kind: SubjectKind, label: str) -> Claim:
        if kind is SubjectKind.LETTER:
            return letter(facts)
        said = " ".join(label.split())
        if kind not in KINDS or not said:
            raise ComityError("letter-about", kind.value, outcome=Outcome.USAGE, details={"text": kind.value})
        if kind is SubjectKind.CUSTOMER:
            return _of_customer(self._ours(), said)
        if kind is SubjectKind.ADDRESS:
            return _of_place(self._ours(), said)
        return Claim(kind=kind, label=said, rule="assigned")

    def _target(self, case: DeskCase) -> DeskCase:
        """The case, or the one that it went into in the end."""
        for _ in range(_HOPS):
            if case.merged_into is None:
                break
            case = self._rows.cases.by_id([case.merged_into]).get(case.merged_into, case)
        return case

    def _join(self, item_id: int, facts: ItemFacts, case: DeskCase) -> DeskCase:
        self._rows.arrived.join(item_id, case.case_id, why=ATTACHED, by=self._actor, at=self._now)
        self._rows.cases.record([self._event(case, JOINED, facts.subject)])
        thread = self._rows.case_letters.of([case.case_id])
        writer = (facts.carried_from or "").lower()
        if any(each.address.lower() == writer for each in thread):
            self._rows.case_letters.mark_answered([case.case_id], self._now)
            if self._following is not None:
                self._following.replied(self._rows, [case.case_id], self._now)
        return case

    def _event(self, case: DeskCase, act: str, note: str | None) -> CaseEvent:
        return CaseEvent(
            case_id=case.case_id,
            at=self._now,
            actor=self._actor,
            act=act,
            note=note,
            from_state=None if act == OPENED else case.state,
            to_state=case.state,
        )


def contact_of(ours: Sequence[Holding], customer: str) -> str | None:
    """Whom the list names for a customer; None where it names nobody."""
    return next((each.contact for each in ours if each.customer == customer and each.contact), None)


def _of_customer(ours: Sequence[Holding], said: str) -> Claim:
    """A customer of the list, however it is spelt in capitals."""
    names = {each.customer.casefold(): each.customer for each in ours if each.customer}
    name = names.get(said.casefold())
    if name is None:
        near = get_close_matches(said.casefold(), names, n=_NEAR, cutoff=_ALIKE)
        details = {"text": said, "known": ", ".join(names[each] for each in near) or "-"}
        raise ComityError("letter-customer", said, outcome=Outcome.UNKNOWN, details=details)
    return Claim(kind=SubjectKind.CUSTOMER, label=name, contact=contact_of(ours, name), rule="assigned")


def _of_place(ours: Sequence[Holding], said: str) -> Claim:
    """Whose an address or a domain is, as it would be of a report about it."""
    try:
        evidence = Evidence(evidence_class=EvidenceClass.OTHER, source_ip=str(ip_address(said)))
    except ValueError:
        evidence = Evidence(evidence_class=EvidenceClass.OTHER, dkim_domain=(said.lower().rstrip("."),))
    found = claim(evidence, OwnSide(ours))
    if found is None:
        raise ComityError("letter-not-ours", said, outcome=Outcome.UNKNOWN, details={"text": said})
    return found
