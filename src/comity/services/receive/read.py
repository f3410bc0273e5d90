"""Read feedback of any kind and store nothing: what ``comity read`` and every golden test show.

Trust:      items are strangers' bytes; rows are safe to store and, as JSON, to print.
Answers:    ``read_items`` gives each item with its ``Reading``; ``rows`` gives the public form of one reading.
Limits:     keys and their meaning are part of the public interface: null where absent, lists never null.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import Any, Final

from comity.model.feedback import FeedbackReport, Reading
from comity.model.findings import Finding, finding
from comity.model.mailbox import Condition, Item

_UNREPORTED: Final = FeedbackReport(incidents=0)


def read_items(items: Iterable[Item], read: Callable[[bytes, str], Reading]) -> Iterator[tuple[Item, Reading | None]]:
    """Read one item after the other; an item that the source could not hand over whole has no reading."""
    for item in items:
        yield item, read(item.data, item.name) if item.condition is Condition.WHOLE else None


def rows(path: str, reading: Reading) -> Iterator[dict[str, Any]]:
    """One row a report; an item without a report gives one row that says what it is.

    >>> from comity.formats import reading
    >>> next(rows("x.eml", reading.read(b"Subject: hello\\n\\nhello")))["kind"]
    'mail'
    """
    for number, found in enumerate(reading.reports or (_UNREPORTED,)):
        notes = reading.findings if number == 0 else ()
        yield {
            "path": path,
            "kind": reading.kind.value,
            **_values(found),
            "findings": [_note(each) for each in notes],
        } | {"why": reading.why}


def closed_row(item: Item) -> dict[str, Any]:
    """The row of an item that could not be read whole."""
    is_large = item.condition is Condition.TOO_LARGE
    note = _note(finding("item-too-large") if is_large else finding("item-closed", None, item.detail))
    found = {"path": item.name, "kind": "unreadable", **_values(_UNREPORTED)}
    return found | {"findings": [note], "why": f"why.{item.condition.value}"}


def _values(found: FeedbackReport) -> dict[str, Any]:
    return {
        "feedback_type": found.feedback_type,
        "is_complaint": found.is_complaint,
        "source_ip": found.source_ip,
        "source_ip_from": found.source_ip_from,
        "source_port": found.source_port,
        "original_mail_from": found.original_mail_from,
        "original_rcpt_to": list(found.original_rcpt_to),
        "reported_domain": list(found.reported_domain),
        "reported_uri": list(found.reported_uri),
        "arrival_date": _moment(found.arrival_date),
        "message_id": found.message_id,
        "dkim_domain": list(found.dkim_domain),
        "feedback_id": found.feedback_id,
        "incidents": found.incidents or None,
        "reported_class": found.reported_class,
        "suggestions": [
            {"what": each.what, "value": each.value, "confidence": round(each.confidence, 2), "offset": each.offset}
            for each in found.suggestions
        ],
    }


def _moment(value: datetime | None) -> str | None:
    return value.isoformat().replace("+00:00", "Z") if value else None


def _note(note: Finding) -> dict[str, str | None]:
    return {"code": note.code, "severity": note.severity.value, "where": note.where, "detail": note.detail}
