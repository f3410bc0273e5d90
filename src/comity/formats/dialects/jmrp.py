"""Microsoft's old complaint form: the reported message attached to a multipart/mixed, no feedback part.

Trust:      input is a stranger's bytes; the fields below are believed no further than any other report.
Standards:  none; Microsoft's Junk Mail Reporting Program before 2026 (docs/quirks.md). Its later reports are ARF.
Answers:    ``read(message, context)``: a Reading of kind JMRP, None where the form is another.
Limits:     told by the fields Microsoft adds on top of the reported message, never by who sent the mail.
"""

from types import MappingProxyType
from typing import Final

from comity.formats import arf, original, source_address
from comity.formats.dialects.context import Context
from comity.formats.mime import Headers, Part, first_address, parse_date
from comity.model.feedback import FeedbackReport, Kind, Reading
from comity.model.findings import finding
from comity.model.record import maker

RECIPIENT_FIELD: Final = "x-hmxmroriginalrecipient"
_MARKS: Final = (RECIPIENT_FIELD, "x-reporter-ip", "x-hmxmrreporter")
_MANY: Final = 50
_feedback_report: Final = maker(FeedbackReport)


def read(message: Part, context: Context) -> Reading | None:
    """Read one mail in Microsoft's old form; several attached messages are several reports."""
    kind = message.content_type
    if kind == "message/rfc822":
        parts: tuple[Part, ...] = (message,)
    elif kind in {"multipart/mixed", "multipart/report"}:
        parts = message.children[:_MANY]
    else:
        return None
    found = [inner for part in parts if (inner := original.message_in(part)) is not None and _marked(inner.headers)]
    if not found:
        return None
    notes = [finding("feedback-part-missing")]
    reports = []
    for inner in found:
        address, rule, remarks = source_address.find(
            inner.headers, subject=message.headers.decoded("subject"), trusted=context.trusted_hosts
        )
        notes.extend(remarks)
        reports.append(_report(inner, address, rule))
    return arf.carried(message, Kind.JMRP, "why.jmrp", tuple(reports), notes)


def _marked(headers: Headers) -> bool:
    return any(mark in headers for mark in _MARKS)


def _report(inner: Part, address: str | None, rule: str | None) -> FeedbackReport:
    headers = inner.headers
    said = original.facts(headers)
    recipient = first_address(headers.first(RECIPIENT_FIELD) or "")
    where = RECIPIENT_FIELD
    if recipient is None:
        recipient, field = original.recipient(headers)
        where = field or ""
    provenance = {"feedback_type": "form", "source_ip": rule or "", "original_rcpt_to": f"original:{where}"}
    envelope = headers.first("return-path")
    arrived = headers.first("x-originalarrivaltime") or headers.first("date")
    return _feedback_report(
        feedback_type="abuse",
        is_complaint=True,
        source_ip=address,
        source_ip_from=rule,
        original_mail_from=(envelope.strip().strip("<>") or "<>") if envelope else None,
        original_rcpt_to=(recipient,) if recipient else (),
        arrival_date=parse_date(arrived.partition("FILETIME")[0]) if arrived else None,
        message_id=said.message_id,
        dkim_domain=said.dkim_domain,
        feedback_id=said.feedback_id,
        subject=said.subject,
        header_from=said.header_from,
        original=inner.raw,
        provenance=MappingProxyType(
            {key: value for key, value in provenance.items() if value and value != "original:"}
        ),
    )
