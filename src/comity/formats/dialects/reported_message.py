"""One report out of the reported message itself, where nothing but that message was sent.

Trust:      the message was written by strangers and handed on by a person: facts are as found, the address by the walk.
Standards:  RFC 5321 section 4.4 (trace fields), RFC 5322.
Answers:    ``report_of(inner, context, ...)``: (one, findings).
Limits:     no address is better than a wrong one; see ``source_address``.
"""

from datetime import datetime
from types import MappingProxyType

from comity.formats import original, source_address
from comity.formats.dialects.context import Context
from comity.formats.mime import Part, parse_date
from comity.model.feedback import FeedbackReport
from comity.model.findings import Finding


def report_of(
    inner: Part, context: Context, *, feedback_type: str, reporter: str | None, headers_only: bool = False
) -> tuple[FeedbackReport, tuple[Finding, ...]]:
    """Make the report: what the message says of itself, and where it came from as its own trace tells."""
    headers = inner.headers
    said = original.facts(headers)
    address, rule, notes = source_address.find(headers, trusted=context.trusted_hosts)
    recipient, field = original.recipient(headers)
    arrived = _received_at(inner)
    dated = None if arrived else parse_date(headers.first("date") or "")
    provenance = {
        "feedback_type": "form",
        "source_ip": rule,
        "original_rcpt_to": f"original:{field}" if field else None,
        "arrival_date": "received:1" if arrived else "original:date" if dated else None,
    }
    envelope = headers.first("return-path")
    one = FeedbackReport(
        feedback_type=feedback_type,
        is_complaint=feedback_type != "not-spam",
        source_ip=address,
        source_ip_from=rule,
        original_mail_from=(envelope.strip().strip("<>")[:320] or "<>") if envelope else None,
        original_rcpt_to=(recipient,) if recipient else (),
        arrival_date=arrived or dated,
        message_id=said.message_id,
        dkim_domain=said.dkim_domain,
        feedback_id=said.feedback_id,
        subject=said.subject,
        header_from=said.header_from,
        reporter=reporter,
        original=inner.raw,
        original_headers_only=headers_only,
        provenance=MappingProxyType({key: value for key, value in provenance.items() if value}),
    )
    return one, notes


def _received_at(inner: Part) -> datetime | None:
    """When the reporter's side took it: the date of the topmost trace field."""
    value = inner.headers.first("received")
    return parse_date(value.rpartition(";")[2]) if value and ";" in value else None
