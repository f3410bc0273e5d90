"""A store with reports, cases, notes and letters, as intake writes them, for tests of the search."""

from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

from comity.cases.matching import Claim
from comity.cases.opening import opened
from comity.formats.item_facts import evidence_to_line, to_line
from comity.model.case import Evidence, EvidenceClass, ItemFacts, SubjectKind
from comity.model.desk import CaseEvent, CaseState, DeskCase
from comity.model.feedback import Kind
from comity.services.receive.rows import ItemRow, RawRow, ReportRow

NOW = datetime(2026, 3, 20, 9, 30, tzinfo=UTC)


def put_case(
    records: Any, label: str, kind: SubjectKind = SubjectKind.CUSTOMER, contact: str | None = None
) -> DeskCase:
    """One more case, with the event that opened it."""
    made = opened(Claim(kind=kind, label=label, rule="source-ip", contact=contact), NOW)
    records.cases.add([made])
    records.cases.record([CaseEvent(case_id=made.case_id, at=NOW, actor="comity", act="open", to_state=CaseState.NEW)])
    return made


def put_note(records: Any, case: DeskCase, note: str) -> None:
    """What somebody wrote about it."""
    event = CaseEvent(case_id=case.case_id, at=NOW, actor="ann", act="note", note=note, to_state=CaseState.OPEN)
    records.cases.record([event])


def put_report(records: Any, case: DeskCase | None = None, **facts: Any) -> int:
    """One more report; its number."""
    raw_id, item_id, report_id = records.intake.next_ids()
    mark = sha256(f"report {report_id} in {raw_id}".encode()).digest()
    evidence = Evidence(evidence_class=EvidenceClass.COMPLAINT, seen=NOW + timedelta(minutes=report_id), **facts)
    records.intake.add(
        [RawRow(raw_id=raw_id, digest=mark, data=b"", size=0, arrived=NOW, kept_until=None)],
        [_item(item_id, raw_id, "arf", reading="{}")],
        [
            ReportRow(
                report_id=report_id,
                item_id=item_id,
                report_key=mark[:16],
                complaint_key=mark[16:],
                evidence=evidence,
                line=evidence_to_line(evidence),
                feedback_type="abuse",
                is_complaint=True,
                definition="complaint",
                precision="second",
                case_id=case.case_id if case else None,
                no_case=None if case else "not-ours",
                duplicate_of=None,
                exchange=None,
            )
        ],
    )
    return report_id


def put_letter(records: Any, case: DeskCase, subject: str, writer: str) -> int:
    """A letter about a case; its number."""
    raw_id, item_id, _ = records.intake.next_ids()
    mark = sha256(f"letter {item_id}".encode()).digest()
    facts = ItemFacts(
        name=f"{item_id}.eml",
        position="1",
        size=1,
        digest=mark.hex(),
        kind=Kind.PROSE,
        why="why.text",
        subject=subject,
        carried_from=writer,
    )
    raw = RawRow(raw_id=raw_id, digest=mark, data=b"", size=0, arrived=NOW, kept_until=None)
    records.intake.add([raw], [_item(item_id, raw_id, "prose", reading=to_line(facts), case_id=case.case_id)], [])
    return item_id


def _item(item_id: int, raw_id: int, kind: str, *, reading: str, case_id: str | None = None) -> ItemRow:
    return ItemRow(
        item_id=item_id,
        raw_id=raw_id,
        gate="file",
        name=f"{item_id}.eml",
        arrived=NOW,
        kind=kind,
        why="why.text",
        carrier_message_id=None,
        case_id=case_id,
        reading=reading,
    )
