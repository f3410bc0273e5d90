"""A desk with many cases and reports, to measure its pages by.

Trust:      everything is made up, from a seed.
Answers:    ``furnish(order, write)`` puts cases, reports, their history and roll-ups into an empty store; ``case_name`` gives the
            name of one of its cases.
Limits:     no mails lie behind the reports; what a page says of a case is there, its evidence is not.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from random import Random
from typing import Any, Final

from comity.formats.item_facts import evidence_to_line
from comity.model.case import Evidence, EvidenceClass, SubjectKind
from comity.model.desk import CaseEvent, CaseState, DeskCase
from comity.services.receive.rows import ItemRow, RawRow, ReportRow

_LOT: Final = 20_000
_NAMES: Final = (
    "Example Hosting",
    "Northern Mail",
    "Harbour Shop",
    "茶叶商店",
    "东方宽带",
    "Bakery",
    "学校邮箱",
    "Press Office",
)
_STATES: Final = (CaseState.NEW, CaseState.OPEN, CaseState.WAITING, CaseState.CLOSED, CaseState.UNDECIDED)
_WEIGHTS: Final = (10, 5, 5, 79, 1)
_CLASSES: Final = (EvidenceClass.COMPLAINT, EvidenceClass.FORWARD, EvidenceClass.BOT, EvidenceClass.FRAUD)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskOrder:
    """How large the desk is to be."""

    reports: int
    cases: int
    seed: int
    now: datetime


def case_name(order: DeskOrder, number: int) -> str:
    """The short name of one case."""
    return sha256(f"{order.seed} {number}".encode()).hexdigest()[:16]


def furnish(order: DeskOrder, write: Callable[[], AbstractContextManager[Any]]) -> None:
    """Put everything in."""
    rng = Random(order.seed)  # noqa: S311 - the same seed makes the same desk
    for start in range(0, order.cases, _LOT):
        made = [_case(order, number, rng) for number in range(start, min(start + _LOT, order.cases))]
        with write() as records:
            records.cases.add(made)
            records.cases.record([event for case in made for event in _events(case)])
    for start in range(0, order.reports, _LOT):
        with write() as records:
            raw_id, item_id, report_id = records.intake.next_ids()
            lot = [_Made.of(order, start + each, rng) for each in range(min(_LOT, order.reports - start))]
            records.intake.add(
                [each.raw(raw_id + place) for place, each in enumerate(lot)],
                [each.item(item_id + place, raw_id + place) for place, each in enumerate(lot)],
                [each.row(report_id + place, item_id + place) for place, each in enumerate(lot)],
            )
            counts: dict[tuple[int, str, str, str], int] = {}
            for each in lot:
                key = (0, each.arrived.date().isoformat(), "complaint", f"198.51.{each.number % 200}.0/24")
                counts[key] = counts.get(key, 0) + 1
            records.intake.count_up(counts)


def _case(order: DeskOrder, number: int, rng: Random) -> DeskCase:
    seen = order.now - timedelta(hours=rng.expovariate(1 / 300))
    state = rng.choices(_STATES, _WEIGHTS)[0]
    label = f"{_NAMES[number % len(_NAMES)]} {number}"
    reports = min(5000, int(rng.paretovariate(1.2)))
    return DeskCase(
        case_id=case_name(order, number),
        key=f"customer:{label}",
        subject_kind=SubjectKind.CUSTOMER,
        label=label,
        number=1,
        contact=f"abuse@{number}.customer.example",
        state=state,
        state_since=seen,
        opened=seen - timedelta(days=rng.randrange(1, 20)),
        first_seen=seen - timedelta(days=rng.randrange(0, 10)),
        last_seen=seen,
        reports=reports,
        complainers=max(1, reports // 2),
        classes={each: max(1, reports // 3) for each in rng.sample(_CLASSES, rng.randrange(1, 4))},
        due=order.now + timedelta(days=rng.randrange(-3, 10)) if state is CaseState.WAITING else None,
    )


def _events(case: DeskCase) -> Iterator[CaseEvent]:
    yield CaseEvent(case_id=case.case_id, at=case.opened, actor="comity", act="open", to_state=CaseState.NEW)
    if case.state is not CaseState.NEW:
        note = "called the customer, waits for an answer"
        yield CaseEvent(
            case_id=case.case_id, at=case.state_since, actor="ann", act="take", note=note, to_state=CaseState.OPEN
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Made:
    """One report."""

    number: int
    case_id: str
    arrived: datetime
    mark: bytes

    @classmethod
    def of(cls, order: DeskOrder, number: int, rng: Random) -> "_Made":
        return cls(
            number=number,
            case_id=case_name(order, int(order.cases * rng.random() ** 3)),  # few cases have most of the reports
            arrived=order.now - timedelta(minutes=rng.randrange(60 * 24 * 60)),
            mark=sha256(f"{order.seed} report {number}".encode()).digest(),
        )

    def raw(self, raw_id: int) -> RawRow:
        return RawRow(raw_id=raw_id, digest=self.mark, data=b"", size=0, arrived=self.arrived, kept_until=None)

    def item(self, item_id: int, raw_id: int) -> ItemRow:
        return ItemRow(
            item_id=item_id,
            raw_id=raw_id,
            gate="file",
            name=f"{self.number}.eml",
            arrived=self.arrived,
            kind="arf",
            why="why.feedback-part",
            carrier_message_id=f"{self.number}@north.example",
            case_id=None,
            reading="{}",
        )

    def row(self, report_id: int, item_id: int) -> ReportRow:
        evidence = Evidence(
            evidence_class=EvidenceClass.COMPLAINT,
            source_ip=f"198.51.{self.number % 200}.{self.number % 250}",
            seen=self.arrived,
            message_id=f"{self.mark.hex()[:24]}@shop.example",
            dkim_domain=("shop.example",),
            subject="特价优惠，仅限今日" if self.number % 2 else "Only today: everything must go",
        )
        return ReportRow(
            report_id=report_id,
            item_id=item_id,
            report_key=self.mark[:16],
            complaint_key=self.mark[16:],
            evidence=evidence,
            line=evidence_to_line(evidence),
            feedback_type="abuse",
            is_complaint=True,
            definition="complaint",
            precision="second",
            case_id=self.case_id,
            no_case=None,
            duplicate_of=None,
            exchange=None,
        )
