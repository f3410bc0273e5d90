"""Read one ARF feedback report, in whatever dialect it is written.

Trust:      input is a stranger's bytes; output is safe to store, not to print unescaped.
Standards:  RFC 5965 section 3, RFC 6591 (auth-failure), RFC 6430 (not-spam), RFC 6692 (Source-Port).
Answers:    ``read(data)`` and ``read_message(message, context)``: a ``Reading``, or None where no feedback part is found;
            nothing is raised.
Limits:     the first feedback part counts (docs/spec-questions.md); parts are looked for three levels deep.

The reported message's body is never touched. A report that carries its own Source-IP needs nothing else; one that
does not goes through ``source_address``.
"""

import re
from datetime import datetime
from types import MappingProxyType
from typing import Final

from comity.formats import original, received, source_address
from comity.formats.arf_fields import Fields
from comity.formats.dialects.context import Context
from comity.formats.mime import Headers, Part, first_address, parse_date, scan
from comity.model.feedback import FeedbackReport, Kind, Reading
from comity.model.findings import Finding, finding
from comity.model.record import maker

FEEDBACK_TYPE: Final = "message/feedback-report"
# IANA registry, and what is seen in the wild beside it.
KNOWN_TYPES: Final = frozenset(
    {"abuse", "auth-failure", "fraud", "miscellaneous", "not-spam", "opt-out", "opt-out-list", "other", "virus", "xarf"}
)
_NO_COMPLAINT: Final = frozenset({"auth-failure", "not-spam"})
_KNOWN_FIELDS: Final = frozenset(
    {
        "feedback-type", "version", "user-agent", "original-envelope-id", "original-mail-from", "original-rcpt-to",
        "arrival-date", "received-date", "reporting-mta", "source-ip", "source-port", "incidents",
        "reported-domain", "reported-uri",
    }
)  # fmt: skip
_ORIGINALS: Final = frozenset(
    {"message/rfc822", "text/rfc822-headers", "text/rfc822-header", "text/rfc822", "message/global"}
)
_HEADERS_ONLY: Final = frozenset({"text/rfc822-headers", "text/rfc822-header"})
_DEFAULT: Final = Context()
_reading: Final = maker(Reading)
_feedback_report: Final = maker(FeedbackReport)
_DIGEST_LENGTHS: Final = frozenset({32, 40, 64})
_HASHED: Final = re.compile(r"[0-9a-fA-F]+@")


def read(data: bytes, context: Context = _DEFAULT) -> Reading | None:
    """Read the bytes of one mail.

    >>> read(b"Subject: hello\\n\\nno feedback here") is None
    True
    """
    return read_message(scan(data), context)


def read_message(message: Part, context: Context, envelope: bool = False) -> Reading | None:
    """Read a scanned mail; None where it holds no feedback part.

    Feedback-Type xarf says that this is only the envelope of an XARF document, which has a reader of its own:
    it is read here only when ``envelope`` is asked for.
    """
    parts = _parts(message)
    if parts is None:
        return None
    feedback, reported, human = parts
    fields = Fields(feedback.content())
    notes = fields.findings
    if fields.first("feedback-type") == "xarf" and not envelope:
        return None
    _check_form(message, feedback, fields)
    if reported is None:
        notes.append(finding("original-missing"))
    one = _report(message, fields, (reported, human), context=context)
    kind = Kind.AUTH_FAILURE if one.feedback_type == "auth-failure" else Kind.ARF
    return carried(
        message, kind, "why.auth-failure" if kind is Kind.AUTH_FAILURE else "why.feedback-part", (one,), notes
    )


def read_envelope(message: Part, context: Context) -> Reading | None:
    """Read the envelope where the XARF document in it could not be read."""
    return read_message(message, context, envelope=True)


def carried(  # noqa: PLR0917 - one line at the end of thirty readers
    message: Part,
    kind: Kind,
    why: str,
    reports: tuple[FeedbackReport, ...],
    notes: list[Finding] | tuple[Finding, ...] = (),
) -> Reading:
    """Give the reading of a mail: what was found in it, and the facts of the mail that carried it."""
    headers = message.headers
    sent = headers.first("date")
    author = headers.first("from")
    return _reading(
        kind=kind,
        why=why,
        reports=reports,
        findings=(*message.findings, *notes),
        message_id=original.bare_id(headers.first("message-id")),
        subject=original.subject_of(headers),
        sent=parse_date(sent) if sent else None,
        carried_from=first_address(author) if author else None,
    )


# -- finding the parts


def _parts(message: Part) -> tuple[Part, Part | None, Part | None] | None:
    """The feedback part, the reported message's part and the part for people; chosen by type, not by place."""
    if not message.content_type.startswith("multipart/"):
        return (message, None, None) if message.content_type == FEEDBACK_TYPE else None
    siblings = message.children
    feedback: Part | None = None
    reported: Part | None = None
    human: Part | None = None
    for part in siblings:
        kind = part.content_type
        if kind == FEEDBACK_TYPE:
            if feedback is None:
                feedback = part
            else:
                message.remark("feedback-part-repeated")
        elif kind in _ORIGINALS:
            reported = reported or part
        elif kind == "text/plain" and feedback is None:
            human = human or part
    if feedback is None:
        at = _mistyped_feedback(siblings)
        if at is None:
            # A list or a mail program wrapped the report in one more multipart.
            wrapped = (_parts(each) for each in siblings if each.content_type.startswith("multipart/"))
            return next(filter(None, wrapped), None)
        feedback = siblings[at]
        human = human if human in siblings[:at] else None
    if reported is None:
        reported = _mistyped_original(siblings[siblings.index(feedback) + 1 :])
    return feedback, reported, human


def _mistyped_feedback(siblings: tuple[Part, ...]) -> int | None:
    """Which part holds the fields of a report, whatever it calls itself."""
    for number, part in enumerate(siblings):
        if part.content_type in _ORIGINALS or part.content_type.startswith(("multipart/", "image/")):
            continue
        start = part.data[part.body_start : part.body_start + 400].lstrip().lower()
        if part.encoding == "base64":
            start = part.content()[:400].lstrip().lower()
        if start.startswith((b"feedback-type:", b"user-agent:", b"version:")) and b"feedback-type:" in start:
            return number
    return None


def _mistyped_original(behind: tuple[Part, ...]) -> Part | None:
    """A part behind the feedback part that may be the reported message, whatever it calls itself."""
    for part in behind:
        if part.content_type.startswith(("text/", "application/octet-stream")):
            return part
    return None


def _check_form(message: Part, feedback: Part, fields: Fields) -> None:
    notes = fields.findings
    if feedback.content_type != FEEDBACK_TYPE:
        notes.append(finding("feedback-part-mistyped", None, feedback.content_type))
    if feedback.encoding in {"base64", "quoted-printable"}:
        notes.append(finding("feedback-part-encoded", None, feedback.encoding))
    version = fields.first("version")
    if version is None:
        notes.append(finding("field-missing", "version"))
    elif version != "1":
        notes.append(finding("version-unusual", "version", version))
    if fields.first("user-agent") is None:
        notes.append(finding("field-missing", "user-agent"))
    if message.headers.first("auto-submitted") is not None:
        notes.append(finding("automatic-mark", "auto-submitted"))


# -- the values


def _report(
    message: Part, fields: Fields, parts: tuple[Part | None, Part | None], *, context: Context
) -> FeedbackReport:
    reported, human = parts
    notes = fields.findings
    inner, headers = _reported_message(reported, notes)
    said = original.facts(headers) if headers is not None else None
    if said is not None and headers is not None and fields.has("comity-redacted"):
        said, remarks = original.unaltered(said, headers, fields.first("comity-redacted"))
        notes.extend(remarks)
    provenance: dict[str, str] = {}

    feedback_type, is_complaint = _type(fields)
    source_ip, rule = _source(message, fields, (headers, human), context=context)
    recipients = _recipients(fields, headers, provenance)
    arrived, field_name = fields.date(("arrival-date", "received-date"))
    if field_name == "arrival-date" and fields.has("received-date"):
        notes.append(finding("field-repeated", "received-date"))
    if arrived is None and headers is not None:
        arrived, field_name = _received_at(headers)
    if field_name:
        provenance["arrival_date"] = field_name
    message_id = said.message_id if said else None
    if message_id is None:
        message_id = original.bare_id(fields.first("message-id"))
        if message_id:
            provenance["message_id"] = "field"
    domains = said.dkim_domain if said else ()
    if not domains and fields.has("dkim-domain"):
        domains = tuple(word.strip().lower() for word in (fields.first("dkim-domain") or "").split(";") if word.strip())
        provenance["dkim_domain"] = "field"
    if source_ip is None and fields.has("source-port"):
        notes.append(finding("port-without-address", "source-port"))
    if rule:
        provenance["source_ip"] = rule
    return _feedback_report(
        feedback_type=feedback_type,
        is_complaint=is_complaint,
        source_ip=source_ip,
        source_ip_from=rule,
        source_port=fields.number("source-port", 1, 65535) if fields.has("source-port") else None,
        original_mail_from=_path(fields.one("original-mail-from")),
        original_rcpt_to=recipients,
        reported_domain=_domains(fields),
        reported_uri=fields.all("reported-uri"),
        arrival_date=arrived,
        message_id=message_id,
        dkim_domain=domains,
        feedback_id=said.feedback_id if said else None,
        incidents=(fields.number("incidents", 1, 10**9) if fields.has("incidents") else None) or 1,
        subject=said.subject if said else None,
        header_from=said.header_from if said else None,
        user_agent=fields.first("user-agent"),
        reporting_mta=fields.first("reporting-mta"),
        report_id=fields.first("comity-report-id") or fields.first("original-envelope-id"),
        original=inner.raw if inner is not None else None,
        original_headers_only=reported is not None and reported.content_type in _HEADERS_ONLY,
        provenance=MappingProxyType(provenance),
        extra=MappingProxyType(fields.unknown(_KNOWN_FIELDS)),
    )


def _type(fields: Fields) -> tuple[str | None, bool]:
    value = fields.one("feedback-type")
    if value in KNOWN_TYPES and not fields.has("comity-replay"):
        return value, value not in _NO_COMPLAINT  # nearly all
    if value is None:
        fields.findings.append(finding("field-missing", "feedback-type"))
        # Validity names the channel too; without either nobody said that anybody complained.
        return None, (fields.first("abuse-type") or "").lower() == "complaint"
    words = value.partition(";")[0].lower().split()
    if not words:  # nothing stands before the parameters
        fields.findings.append(finding("field-malformed", "feedback-type", value))
        return None, (fields.first("abuse-type") or "").lower() == "complaint"
    if words[0] not in KNOWN_TYPES:
        fields.findings.append(finding("feedback-type-unknown", "feedback-type", value))
    replay = fields.first("comity-replay")
    if replay is not None:
        fields.findings.append(finding("signature-replayed", "comity-replay", replay))
        if words[0] == "other":
            return words[
                0
            ], False  # whoever signed a mail is told that others sent it again; nobody complains about the signer
    return words[0], words[0] not in _NO_COMPLAINT


def _source(
    message: Part, fields: Fields, parts: tuple[Headers | None, Part | None], *, context: Context
) -> tuple[str | None, str | None]:
    address = fields.address("source-ip")
    if address is not None:
        return address, "field"
    headers, human = parts
    found, rule, notes = source_address.find(
        headers,
        subject=message.headers.decoded("subject"),
        text=human.text() if human is not None else None,
        trusted=context.trusted_hosts,
    )
    contradicting = fields.addresses("source-ip")
    if contradicting and found not in contradicting:
        return None, None  # two fields contradict each other, and no other rule supports one of them
    fields.findings.extend(notes)
    return found, rule


def _recipients(fields: Fields, headers: Headers | None, provenance: dict[str, str]) -> tuple[str, ...]:
    stated = fields.all("original-rcpt-to")
    if stated:
        recipients = tuple([path for value in stated if (path := _path(value))])
        for each in recipients:
            if each.find("@") in _DIGEST_LENGTHS and _HASHED.match(each):
                fields.findings.append(finding("recipient-hashed", "original-rcpt-to"))
                break
            if not original.looks_like_mailbox(each):
                fields.findings.append(finding("recipient-redacted", "original-rcpt-to"))
                break
        if recipients:
            return recipients
    if headers is None:
        return ()
    address, name = original.recipient(headers)
    if address is None:
        return ()
    provenance["original_rcpt_to"] = f"original:{name}"
    return (address,)


def _reported_message(part: Part | None, notes: list[Finding]) -> tuple[Part | None, Headers | None]:
    """The message inside the third part and its fields, or None where redaction or damage left none."""
    if part is None:
        return None, None
    kind = part.content_type
    if kind not in _ORIGINALS:
        notes.append(finding("original-mistyped", None, kind))
        message = scan(part.content())
    else:
        if kind in {"text/rfc822-header", "text/rfc822"}:
            notes.append(finding("original-mistyped", None, kind))
        inside = original.message_in(part)
        if inside is None:
            notes.append(finding("original-redacted"))
            return None, None
        message = inside
    headers = message.headers
    if not headers:
        notes.append(finding("original-redacted"))
        return None, None
    if "feedback-report" in (headers.first("content-type") or "").lower():
        notes.append(finding("report-about-report"))  # two systems may be reporting to each other
    return message, headers


def _received_at(headers: Headers) -> tuple[datetime | None, str | None]:
    """When the reporter's host took the mail, by its own trace line."""
    value = headers.first("received")
    hop = received.parse(value) if value else None
    return (hop.date, "received:1") if hop is not None and hop.date is not None else (None, None)


def _path(value: str | None) -> str | None:
    """An RFC 5321 path without its brackets; "<>" stays, because the null sender is a value."""
    if value is None:
        return None
    value = value.strip()
    if value[:1] != "<":
        return value or None
    return value.strip("<> \t") or "<>"


def _domains(fields: Fields) -> tuple[str, ...]:
    domains = fields.all("reported-domain")
    if len(domains) == 1:
        return (domains[0].rstrip(".").lower(),)
    return tuple(dict.fromkeys(value.rstrip(".").lower() for value in domains))
