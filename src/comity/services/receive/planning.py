"""Decide on a batch of items: which say something new, and to which case it goes. Pure: what is known comes in, rows come out.

Trust:      every text is a stranger's; what is ours comes from the operator's list.
Standards:  DESIGN.md P2 (counted once) and P5 (what cannot be read is kept and shown).
Answers:    ``Planner(known, terms, now)``: ``take(prepared)`` gives ``Ingested`` for one item; what is to be written gathers in
            ``raws``, ``items``, ``reports``, ``shunts`` ... and in ``growths``, one for each case that is touched.
Limits:     items are decided on in order, so that the second sees the first one's case.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from functools import partial
from typing import Final

from comity.attribution.subscriber import LeaseTerms
from comity.cases.duplicates import Repeats
from comity.cases.identity import another_key, complainer_mark
from comity.cases.lifecycle import next_state
from comity.cases.matching import Claim, why_unmatched
from comity.cases.opening import Extend, Growth, OpenCase, case_key, letter, place, subject_of
from comity.cases.own_side import OwnSide
from comity.cases.standing import definition_of, precision_of
from comity.cases.threads import AHEAD
from comity.model.case import Evidence, EvidenceClass, ItemFacts, SubjectKind
from comity.model.desk import ERASED_CASE, Act, CaseEvent, CaseState, DeskCase
from comity.model.feedback import Kind
from comity.model.playbook import Reported
from comity.model.record import record
from comity.services.receive.playbook.marks import marks_of
from comity.services.receive.playbook.rows import Join
from comity.services.receive.prepare import Prepared, PreparedReport
from comity.services.receive.rows import EarlierReport, Exchange, ItemRow, KnownRaw, RawRow, ReportRow, ShuntRow
from comity.services.receive.sources.keeping import NOBODY_HEARD, Heard, signer_of, strength_of, who_of
from comity.services.receive.subscribers.outside import OutsideBook
from comity.services.receive.subscribers.whose import OwnWords

PROGRAM: Final = "comity"
REPLIED: Final = "reply"
LETTERS: Final = frozenset({Kind.PROSE, Kind.VERIFICATION})  # a person answers; nothing is done on them alone

_HOPS: Final = 10  # from one merged case to the next
_ANSWERS: Final = LETTERS | {Kind.MAIL}  # what a person writes to the address of a case


class Fate(StrEnum):
    """What became of an item."""

    CASE = "case"  # at least one of its reports is in a case
    LETTER = "letter"  # a case for a person to answer
    UNMATCHED = "unmatched"  # reports, about nobody of ours
    REPEAT = "repeat"  # it says nothing that had not been said
    AGAIN = "again"  # the same bytes were delivered before
    COMPLAINT = "complaint"  # one of our own people complained, and it waits
    LEARNT = "learnt"  # somebody teaches the filter; the reason says what became of it
    PASSED_OVER = "passed-over"  # a mail was moved, and that means nothing
    STORED = "stored"  # no report: a bounce, a newsletter
    SEALED = "sealed"  # nobody may look at it but the named role
    SHUNTED = "shunted"  # kept, and shown to a person, because it could not be worked off


@record
class Ingested:
    """What became of one item."""

    name: str
    fate: Fate
    kind: str | None = None
    reason: str | None = None
    reports: int = 0
    repeats: int = 0
    unmatched: int = 0
    cases: tuple[str, ...] = ()
    opened: tuple[str, ...] = ()
    complaints: tuple[int, ...] = ()  # those of our own people that were in it


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What is ours, and for how long."""

    own: OwnSide
    quiet: timedelta = timedelta(days=3)  # how long after closing a case may still go on
    keep: timedelta | None = None  # how long bytes are kept
    follows: bool = False  # whether a playbook is to know of each report that joins a case
    leases: LeaseTerms = field(default_factory=LeaseTerms)
    words: Callable[[], OwnWords] = OwnWords  # asked for each batch: keys are made and changed while the program runs
    outside: OutsideBook | None = None  # books that another program keeps
    answered: Callable[[str], str | None] = lambda _: None  # the case whose reply address a recipient is


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What the store says about a batch."""

    ids: tuple[int, int, int]
    raw: Mapping[bytes, KnownRaw]
    reports: Iterable[EarlierReport]
    newest: Mapping[str, DeskCase]
    cases: Mapping[str, DeskCase]
    erased: Mapping[str, int] = field(default_factory=dict)  # the number of the last case that was on a subject
    claims: Mapping[int, Claim | None] = field(default_factory=dict)  # by the identity of the evidence in the batch
    exchanges: Mapping[bytes, Exchange] = field(default_factory=dict)
    heard: Heard = NOBODY_HEARD


@dataclass(slots=True)
class _First:
    """The report that said it first, and the case it went to."""

    report_id: int
    case_id: str | None = None
    mark: int = 0  # of the complainer in that case
    strength: int = 0  # how surely whoever said it showed who he is
    signer: str | None = None  # who signed it
    is_known: bool = True  # False: what it said was erased


@record
class _Place:
    """Where a report goes."""

    item_id: int
    case_id: str | None
    reason: str | None
    first: _First | None
    exchange: Exchange | None
    source: str | None = None


class Planner:
    """One batch."""

    def __init__(self, known: Known, terms: Terms, now: datetime) -> None:
        self._known, self._terms, self._now = known, terms, now
        self._raw_id, self._item_id, self._report_id = known.ids
        self._keys: dict[bytes, _First] = {}
        self._repeats: Repeats[_First] = Repeats(by_number=False)  # ``report_key`` knows how far an id can be trusted
        self._digests: set[bytes] = set()
        self._complaints = {each.complaint_key for each in known.reports if each.complaint_key is not None}
        self._subjects: dict[str, Growth] = {}
        self.raws: list[RawRow] = []
        self.items: list[ItemRow] = []
        self.reports: list[ReportRow] = []
        self.shunts: list[ShuntRow] = []
        self.resolved: list[int] = []
        self.item_repeats: Counter[int] = Counter()
        self.growths: dict[str, Growth] = {case_id: Growth(case=case) for case_id, case in known.cases.items()}
        self.events: list[CaseEvent] = []
        self.marks: dict[int, str] = {}
        self.joins: list[Join] = []  # what joined a case, in order
        self._returned: set[str] = set()
        self.replies: list[str] = []  # cases that somebody answered
        self.answered: list[str] = []  # those that he was written to about, and that went into these
        for subject, case in known.newest.items():
            self._subjects[subject] = self.growths.setdefault(case.case_id, Growth(case=case))
        firsts: dict[int, _First] = {}
        for each in known.reports:
            who = who_of(each.source, each.peer)
            first = firsts[each.report_id] = _First(
                each.report_id,
                each.case_id,
                strength=strength_of(who),
                signer=signer_of(who),
                is_known=each.evidence is not None,
            )
            self._keys[each.report_key] = first
            if each.evidence is None:
                continue
            if each.duplicate_of is None:
                self._repeats.remember(each.evidence, each.when, first)
            elif each.duplicate_of in firsts:
                self._repeats.belongs(each.evidence, firsts[each.duplicate_of])

    def take(self, prepared: Prepared) -> Ingested:
        """Decide on one item."""
        name, before = prepared.delivery.name, self._known.raw.get(prepared.digest)
        if prepared.digest in self._digests:
            return Ingested(name=name, fate=Fate.AGAIN)
        self._digests.add(prepared.digest)
        if before is not None and prepared.delivery.raw_id is None:
            if before.item_id is not None:
                self.item_repeats[before.item_id] += 1
            if before.item_id is not None or before.shunt_id is not None:
                return Ingested(name=name, fate=Fate.AGAIN)
            # Bytes that we have for another reason: a mail that one of our own people complained about.
            prepared = replace(prepared, delivery=replace(prepared.delivery, raw_id=before.raw_id))
        if before is not None and before.item_id is not None:  # tried again because of what came after it was stored
            self.resolved.append(before.raw_id)
            return Ingested(name=name, fate=Fate.AGAIN)
        raw_id = self._keep(prepared)
        if prepared.trouble is not None or prepared.facts is None:
            return self.put_aside(prepared, raw_id, stage="read")
        if prepared.delivery.raw_id is not None:
            self.resolved.append(raw_id)
        answered = self._growth_answered(prepared) if prepared.facts.kind in _ANSWERS else None
        if answered is not None:
            return self._answer(prepared, prepared.facts, raw_id, answered=answered)
        if prepared.facts.kind in LETTERS:
            return self._letter(prepared, prepared.facts, raw_id)
        return self._reports(prepared, prepared.facts, raw_id)

    def put_aside(self, prepared: Prepared, raw_id: int, *, stage: str) -> Ingested:
        """Shunt one item."""
        delivery, reason = prepared.delivery, prepared.trouble or "fault"
        self.shunts.append(
            ShuntRow(
                raw_id=raw_id,
                gate=delivery.gate,
                name=delivery.name,
                stage=stage,
                reason=reason,
                detail=prepared.detail,
                at=self._now,
                envelope_from=delivery.envelope_from,
            )
        )
        kind = prepared.facts.kind.value if prepared.facts else None
        return Ingested(name=delivery.name, fate=Fate.SHUNTED, kind=kind, reason=reason)

    def _keep(self, prepared: Prepared) -> int:
        delivery = prepared.delivery
        if delivery.raw_id is not None:
            return delivery.raw_id
        raw_id, self._raw_id = self._raw_id, self._raw_id + 1
        keep = self._terms.keep
        self.raws.append(
            RawRow(
                raw_id=raw_id,
                digest=prepared.digest,
                data=prepared.packed,
                size=prepared.size,
                arrived=delivery.arrived,
                kept_until=None if keep is None else delivery.arrived + keep,
            )
        )
        return raw_id

    def _item(self, prepared: Prepared, facts: ItemFacts, raw_id: int, *, case_id: str | None = None) -> int:
        item_id, self._item_id = self._item_id, self._item_id + 1
        self.items.append(
            ItemRow(
                item_id=item_id,
                raw_id=raw_id,
                gate=prepared.delivery.gate,
                name=prepared.delivery.name,
                arrived=prepared.delivery.arrived,
                kind=facts.kind.value,
                why=facts.why,
                carrier_message_id=facts.message_id,
                case_id=case_id,
                reading=prepared.line,
            )
        )
        return item_id

    def _letter(self, prepared: Prepared, facts: ItemFacts, raw_id: int) -> Ingested:
        when = _plausible(facts.sent, self._now) or prepared.delivery.arrived
        growth, opened = self._case_for(letter(facts), when)
        growth.add(EvidenceClass.OTHER, when)
        self._item(prepared, facts, raw_id, case_id=growth.case.case_id)
        return Ingested(
            name=prepared.delivery.name,
            fate=Fate.LETTER,
            kind=facts.kind.value,
            cases=(growth.case.case_id,),
            opened=(growth.case.case_id,) if opened else (),
        )

    def _answer(self, prepared: Prepared, facts: ItemFacts, raw_id: int, *, answered: Growth) -> Ingested:
        """A letter to the address of a case joins it; one that was closed is on the desk again."""
        if answered.case.state is CaseState.CLOSED:
            self._returns(answered)
        case = answered.case
        self._item(prepared, facts, raw_id, case_id=case.case_id)
        self._happened(case, REPLIED, case)
        self.replies.append(case.case_id)
        return Ingested(name=prepared.delivery.name, fate=Fate.LETTER, kind=facts.kind.value, cases=(case.case_id,))

    def _growth_answered(self, prepared: Prepared) -> Growth | None:
        """The case that a letter answers, by the address it came to."""
        found = self.growths.get(self._terms.answered(prepared.delivery.name.partition("/")[0]) or "")
        while found is not None and found.case.merged_into is not None:  # to where somebody still looks
            self.answered.append(found.case.case_id)
            found = self.growths.get(found.case.merged_into)
        return found

    def _reports(self, prepared: Prepared, facts: ItemFacts, raw_id: int) -> Ingested:
        item_id = self._item(prepared, facts, raw_id)
        cases: dict[str, bool] = {}
        exchange, heard = self._known.exchanges.get(prepared.digest), self._known.heard
        source = heard.name(prepared.digest)
        who = who_of(source, None if exchange is None else exchange.peer)
        repeats = unmatched = 0
        for evidence, stated in zip(facts.evidence, prepared.reports, strict=True):
            when = _plausible(evidence.seen, self._now) or _plausible(facts.sent, self._now)
            fresh = _First(self._report_id, strength=strength_of(who), signer=signer_of(who))
            key, first = self._by_key(evidence, stated, fresh)
            if first is None:
                again = self._repeats.first_of(
                    evidence, when, fresh, fits=partial(self._fits, evidence=evidence, fresh=fresh)
                )
                first, reason = again[1] if again else None, None
                self._keys[key] = first or fresh
                if first is None:
                    reason, opened = self._settle(fresh, evidence, when or self._now)
                    unmatched += reason is not None
                    if fresh.case_id is not None:
                        cases[fresh.case_id] = cases.get(fresh.case_id, False) or opened
                        if self._terms.follows:
                            verified = heard.acts(prepared.digest)
                            self._join(fresh, evidence, stated, when=when or self._now, verified=verified)
                            self.joins[-1] = replace(self.joins[-1], began="open") if opened else self.joins[-1]
                place = _Place(
                    item_id=item_id,
                    case_id=(first or fresh).case_id,
                    reason=reason,
                    first=first,
                    exchange=exchange,
                    source=source,
                )
                self.reports.append(self._row(evidence, replace(stated, key=key), place))
            if first is not None:
                repeats += 1
                if first.case_id is not None and first.case_id in self.growths:
                    self.growths[first.case_id].repeats += 1
        return Ingested(
            name=prepared.delivery.name,
            fate=_fate(len(facts.evidence), len(cases), repeats),
            kind=facts.kind.value,
            reports=len(facts.evidence),
            repeats=repeats,
            unmatched=unmatched,
            cases=tuple(cases),
            opened=tuple(case_id for case_id, opened in cases.items() if opened),
        )

    def _by_key(self, evidence: Evidence, stated: PreparedReport, fresh: _First) -> tuple[bytes, _First | None]:
        """Under which identity it is kept, and the report that had it first. Ids are strangers' words: of two that cannot be one,
        the second has an identity of its own. What one signer said twice is one, wherever it leads by what we know of lines now.
        """
        first = self._keys.get(stated.key)
        is_his_own = first is not None and first.signer is not None and first.signer == fresh.signer
        if first is None or is_his_own or self._fits(first, evidence=evidence, fresh=fresh):
            return stated.key, first
        key = another_key(stated.key, self._known.claims[id(evidence)], strength=fresh.strength)
        return key, self._keys.get(key)

    def _fits(self, first: _First, *, evidence: Evidence, fresh: _First) -> bool:
        """Whether a report may be a repeat of that one: what is proved less takes nothing from what is proved more, and what leads
        to a case is no repeat of what leads to another one, or nowhere.
        """
        if not first.is_known:
            return True
        if fresh.strength > first.strength:
            return False
        found = self._known.claims[id(evidence)]
        if found is None:
            return True
        here, there = self._subjects.get(subject_of(found)), self.growths.get(first.case_id or "")
        if there is not None and there.case.key.startswith(ERASED_CASE):
            return True
        return here is not None and there is not None and self._about(here) == self._about(there)

    def _about(self, growth: Growth) -> tuple[SubjectKind, str]:
        """What a case is about, or the one that it went into."""
        for _ in range(_HOPS):
            if growth.case.merged_into is None or growth.case.merged_into not in self.growths:
                break
            growth = self.growths[growth.case.merged_into]
        return growth.case.subject_kind, growth.case.label

    def _settle(self, fresh: _First, evidence: Evidence, when: datetime) -> tuple[str | None, bool]:
        """Find the case of something new; the reason where there is none, and whether a case was opened for it."""
        found = self._known.claims[id(evidence)]
        if found is None:
            return why_unmatched(evidence), False
        growth, opened = self._case_for(found, when)
        growth.add(evidence.evidence_class, when)
        fresh.case_id = growth.case.case_id
        fresh.mark = complainer_mark(fresh.case_id, evidence, fresh.report_id)
        self.marks[fresh.mark] = fresh.case_id
        return None, opened

    def _join(
        self, fresh: _First, evidence: Evidence, stated: PreparedReport, *, when: datetime, verified: bool
    ) -> None:
        """What a playbook may know of a report that joined a case."""
        case_id = fresh.case_id or ""
        marks = marks_of(evidence, stated.recipients, stated.own_id)
        reported = Reported(evidence_class=evidence.evidence_class, when=when, is_verified=verified, marks=marks)
        began = "return" if case_id in self._returned else None
        self._returned.discard(case_id)
        self.joins.append(Join(case_id=case_id, mark=fresh.mark, reported=reported, began=began))

    def _row(self, evidence: Evidence, stated: PreparedReport, place: _Place) -> ReportRow:
        """The row of a report whose identity has not been here."""
        report_id, self._report_id = self._report_id, self._report_id + 1
        definition = definition_of(evidence)
        return ReportRow(
            report_id=report_id,
            item_id=place.item_id,
            report_key=stated.key,
            complaint_key=self._said_first(stated.complaint) if place.first is None else None,
            evidence=evidence,
            line=stated.line,
            feedback_type=stated.feedback_type,
            is_complaint=stated.is_complaint,
            definition=definition and definition.value,
            precision=precision_of(evidence.seen),
            case_id=place.case_id,
            no_case=place.reason,
            duplicate_of=place.first.report_id if place.first else None,
            exchange=place.exchange,
            source=place.source,
        )

    def _said_first(self, complaint: bytes | None) -> bytes | None:
        """The identity of a complaint, where no earlier report has it: also one that this is no repeat of."""
        if complaint is None or complaint in self._complaints:
            return None
        self._complaints.add(complaint)
        return complaint

    def _case_for(self, found: Claim, when: datetime) -> tuple[Growth, bool]:
        """The case that new evidence goes to, and whether it was opened for it."""
        subject = subject_of(found)
        current, erased = self._subjects.get(subject), self._known.erased.get(subject, 0)
        placing = place(
            found, current.case if current else None, when, now=self._now, quiet=self._terms.quiet, erased=erased
        )
        if isinstance(placing, OpenCase):
            case = placing.case
            growth = self.growths[case.case_id] = Growth(case=case, is_new=True)
            self._subjects[subject] = growth
            self._subjects[case_key(case.subject_kind, case.label)] = growth
            self._happened(case, "open", None)
            return growth, True
        if current is None:
            raise ValueError("a case to extend that is not known")
        if not isinstance(placing, Extend):
            self._returns(current)
            self._returned.add(current.case.case_id)
        return current, False

    def _returns(self, growth: Growth) -> None:
        """A case that was closed stands on the desk as a new one."""
        before = growth.case
        state = next_state(before.state, Act.RETURN) or before.state
        growth.case, growth.is_changed = replace(before, state=state, state_since=self._now), True
        self._happened(growth.case, Act.RETURN.value, before)

    def _happened(self, case: DeskCase, act: str, before: DeskCase | None) -> None:
        self.events.append(
            CaseEvent(
                case_id=case.case_id,
                at=self._now,
                actor=PROGRAM,
                act=act,
                from_state=before.state if before else None,
                to_state=case.state,
            )
        )


def _fate(stated: int, cases: int, repeats: int) -> Fate:
    if not stated:
        return Fate.STORED
    if cases:
        return Fate.CASE
    return Fate.REPEAT if repeats == stated else Fate.UNMATCHED


def _plausible(moment: datetime | None, now: datetime) -> datetime | None:
    """A time that is not ahead of us."""
    return moment if moment is not None and moment <= now + AHEAD else None
