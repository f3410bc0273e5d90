"""A triage as lines of JSON: one object a line, with keys that stay.

Answers:    ``lines(triage, source)``: first the summary, then cases (worst first), unmatched reports, letters, unreadable items,
            items that are no reports, duplicates. ``type`` says which.
Limits:     absent is null; times are ISO 8601 in UTC.
"""

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from comity.model.case import Case, Evidence, ItemFacts, Thread, Triage


def lines(triage: Triage, source: str) -> Iterator[str]:
    """Give every line."""
    for each in _objects(triage, source):
        yield json.dumps(each, ensure_ascii=True)


def _objects(triage: Triage, source: str) -> Iterator[dict[str, Any]]:
    yield {
        "type": "summary",
        "source": source,
        "made": _time(triage.now),
        "items": triage.items,
        "cases": len(triage.cases),
        "where": triage.where_items_went(),
        "needs_person": triage.needs_person(),
        "reports": triage.reports,
        "reports_unmatched": len(triage.unmatched),
        "reports_folded": triage.repeats,
        "mostly_unmatched": triage.is_mostly_unmatched(),
    }
    for rank, case in enumerate(triage.cases, start=1):
        yield _case(rank, case)
    for unmatched in triage.unmatched:
        found = _evidence(unmatched.evidence) if unmatched.evidence else {}
        yield {"type": "unmatched", "reason": unmatched.reason, **_item(unmatched.item), "report": found or None}
    for thread in triage.free_text:
        yield _thread(thread)
    for listed in triage.unreadable:
        yield {"type": "unreadable", "reason": listed.reason, **_item(listed.item), "detail": listed.item.detail}
    for listed in triage.not_reports:
        yield {"type": "not-a-report", "reason": listed.reason, **_item(listed.item)}
    for fold in triage.folded:
        yield {"type": "duplicate", "rule": fold.rule, **_item(fold.item), "first": fold.first.name}


def _case(rank: int, case: Case) -> dict[str, Any]:
    return {
        "type": "case",
        "rank": rank,
        "case": case.case_id,
        "about": case.subject_kind.value,
        "label": case.label,
        "contact": case.contact,
        "ours_by": [holding.place for holding in case.holdings],
        "score": case.score.total,
        "going_on": case.going_on,
        "person": list(case.person),
        "complainers": case.complainers,
        "reports": case.reports,
        "repeats": case.repeats,
        "items": case.items,
        "evidence": {each.value: count for each, count in case.classes},
        "first": _time(case.first),
        "last": _time(case.last),
        "days": {day.isoformat(): count for day, count in case.days},
        "source_ip": dict(case.addresses),
        "dkim_domain": dict(case.domains),
        "campaigns": [
            {
                "mark": each.mark,
                "value": each.value,
                "reports": each.reports,
                "complainers": each.complainers,
                "first": _time(each.first),
                "last": _time(each.last),
                "elsewhere": each.elsewhere,
            }
            for each in case.campaigns
        ],
        "entries": [
            {
                "when": _time(entry.when),
                "item": entry.item.name,
                "rule": entry.rule,
                "repeats": entry.repeats,
                **_evidence(entry.evidence),
            }
            for entry in case.entries
        ],
        "letters": [item.name for item in case.free_text],
    }


def _evidence(evidence: Evidence) -> dict[str, Any]:
    return {
        "class": evidence.evidence_class.value,
        "source_ip": evidence.source_ip,
        "source_ip_from": evidence.source_ip_from,
        "message_id": evidence.message_id,
        "dkim_domain": list(evidence.dkim_domain),
        "feedback_id": evidence.feedback_id,
        "subject": evidence.subject,
        "reporter": evidence.reporter,
        "report_id": evidence.report_id,
    }


def _thread(thread: Thread) -> dict[str, Any]:
    return {
        "type": "letter",
        "writer": thread.writer,
        "subject": thread.subject,
        "items": [item.name for item in thread.items],
        "last": _time(thread.last),
        "mentioned": list(thread.mentioned),
        "ours": [holding.customer or holding.name for holding in thread.ours],
    }


def _item(item: ItemFacts) -> dict[str, Any]:
    return {
        "item": item.name,
        "size": item.size,
        "kind": item.kind.value,
        "why": item.why,
        "subject": item.subject,
        "sent": _time(item.sent),
        "from": item.carried_from,
        "findings": list(item.findings),
    }


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else moment.strftime("%Y-%m-%dT%H:%M:%SZ")
