"""Work off what came in: a batch of prepared items becomes rows, cases, leaves and roll-ups in one write transaction.

Trust:      items are strangers'; what one of them does to us is kept to itself: it is shunted, the others go on (P5).
Standards:  DESIGN.md section 5, promises P2, P3, P5.
Answers:    ``Ingest.apply(batch, records, now)`` gives what became of each item, inside the caller's transaction. Nothing is
            acknowledged before that transaction has ended.
Limits:     one writer. A batch is written together; where that fails it is halved until the item that fails is alone.
            Trouble with disk or database is not an item's fault and ends the batch.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final, Protocol

from comity.cases.identity import another_key
from comity.cases.matching import Claim
from comity.cases.opening import Growth, letter, subject_of
from comity.cases.standing import source_net
from comity.model.case import EvidenceClass, SubjectKind
from comity.model.desk import DeskCase
from comity.model.outcomes import ComityError
from comity.model.source import SeenSource
from comity.model.tlp import Tlp
from comity.model.urgent import UrgentKind
from comity.services.receive.conversation.arriving import arrived
from comity.services.receive.exchange import NOBODY, Correspondents
from comity.services.receive.grave.urgent import Asked, Said, note_reported_looks, note_reports
from comity.services.receive.planning import LETTERS, Fate, Ingested, Known, Planner, Terms
from comity.services.receive.playbook.rows import Join
from comity.services.receive.prepare import FAULT, Prepared
from comity.services.receive.rows import EarlierReport, Exchange, KnownRaw, ReportRow, Transaction
from comity.services.receive.sources.keeping import Sources, strength_of, who_of
from comity.services.receive.subscribers.whose import Whose


class Follows(Protocol):
    """What is told of every report that joins a case. The rows that it needs are those of whoever made it."""

    def joined(
        self,
        records: Any,
        joins: Sequence[Join],
        before: Mapping[str, DeskCase],
        *,
        new_marks: Iterable[int],
        now: datetime,
    ) -> None:
        """Reports joined cases; ``before`` are these cases without them."""

    def replied(self, records: Any, case_ids: Sequence[str], now: datetime) -> None:
        """Somebody answered what was written to him about these cases."""


class Sights(Protocol):
    """What takes in what was seen of infected devices."""

    def join(
        self, records: Any, items: Sequence[tuple[Prepared, SeenSource]], *, acting: Collection[str], now: datetime
    ) -> object:
        """Take them in; ``acting`` are the sources that the desk trusts."""


OURS: Final = ".digest"  # how the ids of mails to our own staff end, before the @
OUTSIDE: Final = 0  # the roll-ups of what came from nobody we keep a ledger with


class Ingest:
    """The intake of one desk."""

    def __init__(
        self,
        terms: Terms,
        correspondents: Correspondents = NOBODY,
        following: Follows | None = None,
        *,
        sources: Sources | None = None,
        sights: Sights | None = None,
    ) -> None:
        """``following`` is told of every report that joins a case, where a playbook is in use; ``sights`` of infected devices."""
        self._sights = sights
        self._terms, self._correspondents, self._following = terms, correspondents, following
        self._sources = sources or Sources()
        self._whose = Whose(terms.own, terms.leases, words=terms.words, outside=terms.outside)

    def apply(self, batch: Sequence[Prepared], records: Transaction, now: datetime) -> tuple[Ingested, ...]:
        """Decide on a batch and write it."""
        try:
            with records.savepoint():
                return self._together(batch, records, now)
        except ComityError:
            raise
        except Exception as error:  # the edge of one item of the worker
            if len(batch) == 1:
                return (self._put_aside(batch[0], error, records, now=now),)
        half = len(batch) // 2
        return (*self.apply(batch[:half], records, now), *self.apply(batch[half:], records, now))

    def _together(self, batch: Sequence[Prepared], records: Transaction, now: datetime) -> tuple[Ingested, ...]:
        known = self._known(batch, records, now)
        planner = Planner(known, self._terms, now)
        ingested = tuple(planner.take(each) for each in batch)
        self._sources.count(zip(batch, ingested, strict=True), known.heard, records.sources, now=now)
        reports = self._correspondents.write(planner.reports, records.ledger, now)
        self._write_cases(planner, records, now)
        self._join_sights(batch, known, records, now=now)
        records.intake.add(planner.raws, planner.items, reports)
        note_reports(records.urgent, _frauds(planner, batch, ingested), now)
        note_reported_looks(records.urgent, _asked(planner, batch), now)
        records.intake.count_repeats(planner.item_repeats)
        records.intake.count_up(_counts(reports, now))
        for shunted in planner.shunts:
            records.intake.shunt(shunted)
        for raw_id in planner.resolved:
            records.intake.resolve(raw_id, now)
        arrived(batch, ingested, records, now=now)
        return ingested

    def _known(self, batch: Sequence[Prepared], records: Transaction, now: datetime) -> Known:
        """All that the store knows about a batch, in a few questions."""
        raw = records.intake.known_raw([each.digest for each in batch])
        fresh = [each for each in batch if _is_fresh(each, raw.get(each.digest))]
        stated = [one for each in fresh for one in each.reports]
        evidence = [one for each in fresh if each.facts for one in each.facts.evidence]
        earlier: list[EarlierReport] = [
            *records.intake.reports_by_key(list(dict.fromkeys(one.key for one in stated))),
            *records.intake.reports_about(
                list(dict.fromkeys(each.message_id for each in evidence if each.message_id is not None)),
                list(dict.fromkeys(one.complaint for one in stated if one.complaint is not None)),
            ),
        ]
        claims = self._claims(fresh, records)
        exchanges = self._exchanges(fresh, records, now)
        heard = self._sources.of(fresh, exchanges, records.sources, now=now)
        taken = {each.report_key for each in earlier}
        peers = {digest: each.peer for digest, each in exchanges.items()}
        others = [
            another_key(
                stated.key,
                claims.get(id(one)),
                strength=strength_of(who_of(heard.name(each.digest), peers.get(each.digest))),
            )
            for each in fresh
            if each.facts is not None
            for one, stated in zip(each.facts.evidence, each.reports, strict=True)
            if stated.key in taken
        ]
        earlier += records.intake.reports_by_key(others) if others else ()
        letters = [letter(each.facts) for each in fresh if each.facts is not None and each.facts.kind in LETTERS]
        subjects = dict.fromkeys(subject_of(each) for each in (*claims.values(), *letters) if each is not None)
        newest = records.cases.newest(list(subjects))
        return Known(
            ids=records.intake.next_ids(),
            raw=raw,
            reports=sorted({each.report_id: each for each in earlier}.values(), key=lambda each: each.report_id),
            newest=newest,
            erased=records.cases.erased(list(subjects), newest),
            cases=_with_targets(
                records, [*(each.case_id for each in earlier if each.case_id is not None), *self._answered(fresh)]
            ),
            claims=claims,
            exchanges=exchanges,
            heard=heard,
        )

    def _answered(self, batch: Sequence[Prepared]) -> list[str]:
        """Cases whose reply address something came to."""
        found = (self._terms.answered(each.delivery.name.partition("/")[0]) for each in batch)
        return [case_id for case_id in found if case_id is not None]

    def _claims(self, batch: Sequence[Prepared], records: Transaction) -> dict[int, Claim | None]:
        """Whose each report is. The evidence is known by its place in memory: the batch holds it all the while."""
        stated = (each.facts for each in batch if each.facts is not None and each.facts.kind not in LETTERS)
        evidence = (each for facts in stated for each in facts.evidence)
        return self._whose.claims(evidence, records.leases, records.logins)

    def _exchanges(self, batch: Sequence[Prepared], records: Transaction, now: datetime) -> Mapping[bytes, Exchange]:
        signers = {domain for each in batch for domain in each.signed_by}
        papers = records.agreements.all(signers) if signers else {}
        held = self._correspondents.held(signers, papers, now)
        found = ((each.digest, self._correspondents.of(each, held)) for each in batch if each.signed_by)
        return {digest: exchange for digest, exchange in found if exchange is not None}

    def _write_cases(self, planner: Planner, records: Transaction, now: datetime) -> None:
        counted = records.cases.known_marks(list(planner.marks))
        marks = {mark: case_id for mark, case_id in planner.marks.items() if mark not in counted}
        complainers = Counter(marks.values())

        def grown(growth: Growth) -> DeskCase:
            return growth.grown(complainers[growth.case.case_id])

        touched = [each for each in planner.growths.values() if each.is_touched]
        records.cases.add([grown(each) for each in touched if each.is_new])
        records.cases.change([grown(each) for each in touched if not each.is_new])
        records.cases.add_marks(marks)
        records.cases.record(planner.events)
        if self._following is not None and planner.joins:
            before = {case_id: growth.case for case_id, growth in planner.growths.items()}
            self._following.joined(records, planner.joins, before, new_marks=marks, now=now)
        if planner.replies:
            records.case_letters.mark_answered([*planner.replies, *planner.answered], now)
        if self._following is not None and planner.replies:
            self._following.replied(records, planner.replies, now)

    def _join_sights(self, batch: Sequence[Prepared], known: Known, records: Transaction, *, now: datetime) -> None:
        """What says that a line of ours is infected is weighed with all else that was seen of it."""
        if self._sights is None:
            return
        mine = [
            (each, known.heard.by_digest[each.digest])
            for each in batch
            if each.sightings
            and each.facts is not None
            and _is_fresh(each, known.raw.get(each.digest))
            and each.digest in known.heard.by_digest
            and any(_is_line(known.claims.get(id(one))) for one in each.facts.evidence)
        ]
        if mine:
            self._sights.join(records, mine, acting=known.heard.acting, now=now)

    def _put_aside(self, prepared: Prepared, error: Exception, records: Transaction, *, now: datetime) -> Ingested:
        """Shunt an item that cannot be written, with the bytes that were kept."""
        raw = records.intake.known_raw([prepared.digest])
        known = raw.get(prepared.digest)
        if known is not None:
            prepared = replace(prepared, delivery=replace(prepared.delivery, raw_id=known.raw_id))
        failed = replace(prepared, facts=None, reports=(), trouble=FAULT, detail=type(error).__name__)
        planner = Planner(
            Known(ids=records.intake.next_ids(), raw={}, reports=(), newest={}, cases={}), self._terms, now
        )
        ingested = planner.take(failed)
        records.intake.add(planner.raws, (), ())
        for shunted in planner.shunts:
            records.intake.shunt(replace(shunted, stage="apply"))
        return ingested


def _is_line(found: Claim | None) -> bool:
    return found is not None and found.kind is SubjectKind.SUBSCRIBER


def _with_targets(records: Transaction, case_ids: Sequence[str]) -> Mapping[str, DeskCase]:
    """These cases, and those that they went into."""
    found = dict(records.cases.by_id(case_ids))
    while wanted := {each.merged_into for each in found.values() if each.merged_into} - found.keys():
        found |= records.cases.by_id(list(wanted))
    return found


def _is_fresh(prepared: Prepared, known: KnownRaw | None) -> bool:
    """Whether there is something to decide: new bytes, or ones that are tried again or were kept for another reason."""
    return known is None or prepared.delivery.raw_id is not None or (known.item_id is None and known.shunt_id is None)


def _frauds(planner: Planner, batch: Sequence[Prepared], ingested: Sequence[Ingested]) -> Iterable[Said]:
    """What is new and says fraud: reports, and letters of people; what we ourselves wrote to our staff is neither."""
    ours = {each.item_id for each in planner.items if _is_ours(each.carrier_message_id)}
    for row in planner.reports:
        fraud = row.evidence.evidence_class is EvidenceClass.FRAUD
        if fraud and row.duplicate_of is None and row.item_id not in ours:
            growth = planner.growths.get(row.case_id or "")
            label = growth.case.label if growth is not None else row.evidence.header_from or row.evidence.source_ip
            yield Said(case_id=row.case_id, about=label or row.no_case or "")
    for prepared, done in zip(batch, ingested, strict=True):
        if done.fate is Fate.LETTER and prepared.facts is not None and done.cases:
            sorts = {each.evidence_class for each in prepared.facts.evidence}
            if EvidenceClass.FRAUD in sorts and not _is_ours(prepared.facts.message_id):
                label = planner.growths[done.cases[0]].case.label
                yield Said(case_id=done.cases[0], about=label, kind=UrgentKind.LETTER)


def _asked(planner: Planner, batch: Sequence[Prepared]) -> Iterable[Asked]:
    """What is new, was reported as abuse and looks like fraud. What only its recipients may see is not written into a mail."""
    looks = {one.key: one.looks for each in batch for one in each.reports if one.looks is not None}
    for row in planner.reports if looks else ():
        found, growth = looks.get(row.report_key), planner.growths.get(row.case_id or "")
        if found is not None and growth is not None and row.duplicate_of is None:
            is_red = row.exchange is not None and row.exchange.tlp == Tlp.RED
            label = growth.case.label
            about = label if is_red else f"{label}: {found.about}"
            yield Asked(case_id=growth.case.case_id, leads=found.leads or found.shows or found.kind.value, about=about)


def _is_ours(message_id: str | None) -> bool:
    """Whether our own program wrote it to our staff."""
    return (message_id or "").partition("@")[0].endswith(OURS)


def _counts(reports: Sequence[ReportRow], now: datetime) -> Counter[tuple[int, str, str, str]]:
    """The roll-ups of what is new, by the day on which it came."""
    day = now.date().isoformat()
    return Counter(
        (each.channel_id or OUTSIDE, day, each.evidence.evidence_class.value, source_net(each.evidence.source_ip))
        for each in reports
        if each.duplicate_of is None and each.counts
    )
