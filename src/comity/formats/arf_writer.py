"""Write one ARF feedback report: strictly, so that the strictest reader takes it.

Trust:      our own address, the receiving address, the ids and the text for people are ours; every other value is a stranger's and
            is written only if it is of the form that its field demands.
Standards:  RFC 5965 sections 2 and 3 (three parts, fields once; XARF v4 in the same envelope), RFC 6692 (Source-Port), RFC 6522
            section 4 (the encoding of ``text/rfc822-headers``), RFC 9477 section 3.4 (what the third part must carry: the caller's
            evidence).
Answers:    ``write(message)`` gives ``Written(data, omitted)``: CRLF bytes, and the fields that were left out with their values.
Limits:     a body that mail cannot carry (NUL, a line over 998 octets) is left out and named; the boundary comes from a hash of the
            content, so the same message gives the same bytes.
"""

from base64 import b64encode
from binascii import b2a_qp
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import sha256
from textwrap import wrap
from typing import Final

from comity import __version__
from comity.formats import header_text, ip
from comity.model.agreement import Definition, ReportFormat
from comity.model.feedback import FeedbackReport
from comity.model.origin import ReplayGrade
from comity.model.record import record
from comity.model.tlp import Tlp

USER_AGENT: Final = f"Comity/{__version__}"
REPORT_ID_FIELD: Final = "Comity-Report-ID"
DEFINITION_FIELD: Final = "Comity-Definition"
TLP_FIELD: Final = "Comity-TLP"
REPLAY_FIELD: Final = "Comity-Replay"
# Identifiers in the third part that are not what they were: somebody stood in them.
ALTERED_FIELD: Final = "Comity-Redacted"
SOLICITED_FIELD: Final = "Comity-Solicited"  # "no" in what nobody asked for (RFC 6650), absent elsewhere

_DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@record
class FeedbackMessage:
    """One report and the mail that carries it."""

    header_from: str  # our feedback address
    organisation: str  # its display name
    to: str
    subject: str | None  # of the reported message, after redaction
    written: datetime
    message_id: str
    text: str  # for people, in their languages
    tlp: Tlp
    definition: Definition
    feedback_report: FeedbackReport  # what the second part says; ``original`` is the third part, after redaction
    authentication_results: tuple[str, ...] = ()
    document: bytes | None = (
        None  # an XARF document of the same report: it goes in the third part, and this is its envelope
    )
    altered: tuple[str, ...] = ()  # names of its identifiers that redaction changed
    replay: ReplayGrade | None = None  # a signature in it was, or may have been, sent again by somebody else
    is_unsolicited: bool = False


@record
class Written:
    """The bytes of a feedback message, and what could not be said in it."""

    data: bytes
    omitted: tuple[str, ...]  # names of fields whose value does not have their form; "body"
    headers_only: bool


def write(message: FeedbackMessage) -> Written:
    """Give the feedback message as bytes.

    The required addresses and ids are ours: one that is malformed is a programming error and raises ValueError.
    """
    fields, omitted = _feedback_part(message)
    evidence = (
        _Evidence.of(message.feedback_report) if message.document is None else _Evidence.document(message.document)
    )
    parts = [_text_part(message.text), fields, evidence.part]
    boundary = _boundary(parts)
    delimiter = b"--" + boundary + b"\r\n"
    body = b"".join(delimiter + part for part in parts) + b"--" + boundary + b"--\r\n"
    return Written(
        data=_head(message, boundary.decode("ascii"), eight_bit=evidence.eight_bit) + b"\r\n" + body,
        omitted=(*omitted, *evidence.omitted),
        headers_only=evidence.headers_only,
    )


@lru_cache(maxsize=64)
def date_text(moment: datetime) -> str:
    """The moment as RFC 5322 section 3.3 writes it, in UTC.

    >>> date_text(datetime(2026, 3, 1, 8, 5, 9, tzinfo=UTC))
    'Sun, 01 Mar 2026 08:05:09 +0000'
    """
    at = moment.astimezone(UTC)
    day = f"{_DAYS[at.weekday()]}, {at.day:02} {_MONTHS[at.month - 1]} {at.year:04}"
    return f"{day} {at.hour:02}:{at.minute:02}:{at.second:02} +0000"


def format_of(data: bytes) -> ReportFormat:
    """What a report that was written here says to a program: its second part names it.

    >>> format_of(b"Content-Type: message/feedback-report\\r\\n\\r\\nFeedback-Type: xarf\\r\\n").value
    'xarf'
    """
    second = data.find(b"Content-Type: message/feedback-report\r\n")
    named = data.find(b"\r\nFeedback-Type: ", max(second, 0))
    return ReportFormat.XARF if data.startswith(b"xarf\r\n", named + 17) else ReportFormat.ARF


def _must(name: str, value: str | None) -> bytes:
    written = None if value is None else header_text.field(name, value)
    if written is None:
        raise ValueError(f"{name} is not fit to be sent: {value!r}")
    return written


def _head(message: FeedbackMessage, boundary: str, *, eight_bit: bool) -> bytes:
    our_address, to = header_text.address(message.header_from), header_text.address(message.to)
    message_id = header_text.message_id(message.message_id)
    if our_address is None or to is None or message_id is None:
        raise ValueError("a feedback message needs an address to come from, one to go to, and an id")
    # Section 2 of RFC 5965: the Subject is that of the reported message, but for a forwarding prefix.
    subject = header_text.words(f"FW: {message.subject or ''}").strip()
    head = [
        _must("From", f"{header_text.phrase(message.organisation)} <{our_address}>"),
        _must("To", f"<{to}>"),
        _must("Subject", subject),
        _must("Date", date_text(message.written)),
        _must("Message-ID", f"<{message_id}>"),
        _must("Auto-Submitted", "auto-generated"),  # RFC 3834: nobody's vacation program shall answer
        _must(TLP_FIELD, message.tlp.value),
        *((_must(SOLICITED_FIELD, "no"),) if message.is_unsolicited else ()),
        *((_must(ALTERED_FIELD, ", ".join(message.altered)),) if message.altered else ()),
        _must("MIME-Version", "1.0"),
        b'Content-Type: multipart/report; report-type=feedback-report;\r\n boundary="'
        + boundary.encode("ascii")
        + b'"\r\n',
        _must("Content-Transfer-Encoding", "8bit" if eight_bit else "7bit"),
    ]
    if message.feedback_report.report_id is not None:
        head.insert(5, _must(REPORT_ID_FIELD, header_text.token(message.feedback_report.report_id)))
    return b"".join(head)


def _text_part(text: str) -> bytes:
    lines = [
        line if line.isprintable() else "".join(sign if sign.isprintable() else " " for sign in line)
        for line in text.splitlines()
    ]
    if all(map(str.isascii, lines)):
        rows = "\r\n".join(row for line in lines for row in (wrap(line, 76, break_on_hyphens=False) or [""]))
        return (
            b"Content-Type: text/plain; charset=us-ascii\r\nContent-Transfer-Encoding: 7bit\r\n\r\n"
            + rows.encode()
            + b"\r\n\r\n"
        )
    coded = b64encode(("\r\n".join(lines) + "\r\n").encode("utf-8", "replace"))
    body = b"\r\n".join(coded[at : at + 76] for at in range(0, len(coded), 76))
    return b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n" + body + b"\r\n\r\n"


def _feedback_part(message: FeedbackMessage) -> tuple[bytes, tuple[str, ...]]:
    fields, omitted = list[bytes](), list[str]()
    for name, value in _fields(message):
        written = None if value is None else header_text.field(name, value)
        if written is None:
            omitted.append(name)
        else:
            fields.append(written)
    head = b"Content-Type: message/feedback-report\r\nContent-Transfer-Encoding: 7bit\r\n\r\n"
    return head + b"".join(fields) + b"\r\n", tuple(omitted)


def _fields(message: FeedbackMessage) -> Iterator[tuple[str, str | None]]:
    """The fields in order; None where there is a value that does not have the form of its field."""
    said = message.feedback_report
    yield "Feedback-Type", "xarf" if message.document is not None else header_text.token(said.feedback_type or "abuse")
    yield "User-Agent", header_text.words(said.user_agent or USER_AGENT)
    yield "Version", "1"
    if said.source_ip is not None:
        source_ip = ip.canonical(said.source_ip)
        yield "Source-IP", source_ip
        if said.source_port is not None and source_ip is not None:  # RFC 6692: only beside Source-IP
            yield "Source-Port", str(said.source_port) if 0 < said.source_port < 65536 else None
    if said.arrival_date is not None:
        yield "Arrival-Date", date_text(said.arrival_date)
    if said.original_mail_from is not None:
        yield "Original-Mail-From", header_text.path(said.original_mail_from)
    for recipient in said.original_rcpt_to:
        yield "Original-Rcpt-To", header_text.path(recipient)
    for reported in said.reported_domain:
        yield "Reported-Domain", header_text.domain(reported)
    for uri in said.reported_uri:
        yield "Reported-URI", header_text.message_id(uri)
    if said.reporting_mta is not None:
        mta = header_text.domain(said.reporting_mta.removeprefix("dns;").strip())
        yield "Reporting-MTA", mta and f"dns; {mta}"
    for result in message.authentication_results:
        yield "Authentication-Results", result
    yield "Incidents", str(max(said.incidents, 1))
    if said.report_id is not None:
        yield REPORT_ID_FIELD, header_text.token(said.report_id)
    yield DEFINITION_FIELD, message.definition.value
    if message.altered:
        yield ALTERED_FIELD, ", ".join(message.altered)
    if message.replay is not None:
        yield REPLAY_FIELD, message.replay.value
    if message.is_unsolicited:
        yield SOLICITED_FIELD, "no"


@record
class _Evidence:
    """The third part, in the encoding that mail can carry."""

    part: bytes
    eight_bit: bool
    headers_only: bool
    omitted: tuple[str, ...] = ()

    @classmethod
    def document(cls, data: bytes) -> "_Evidence":
        coded = b64encode(data)
        lines = b"\r\n".join(coded[at : at + 76] for at in range(0, len(coded), 76))
        return cls(part=_typed(b"application/json", b"base64", lines), eight_bit=False, headers_only=False)

    @classmethod
    def of(cls, said: FeedbackReport) -> "_Evidence":
        evidence = _crlf(said.original or b"")
        head, gap, _ = evidence.partition(b"\r\n\r\n")
        headers_only = said.original_headers_only or not gap
        if not headers_only and _carried(evidence):
            eight_bit = not evidence.isascii()
            return cls(
                part=_typed(b"message/rfc822", b"8bit" if eight_bit else b"7bit", evidence),
                eight_bit=eight_bit,
                headers_only=False,
            )
        omitted = () if headers_only else ("body",)
        head = (head if gap else evidence.rstrip(b"\r\n")) + b"\r\n"
        if head.isascii() and _carried(head):
            return cls(
                part=_typed(b"text/rfc822-headers", b"7bit", head), eight_bit=False, headers_only=True, omitted=omitted
            )
        coded = _crlf(b2a_qp(head.replace(b"\r\n", b"\n"), istext=True))
        part = _typed(b"text/rfc822-headers", b"quoted-printable", coded)
        return cls(part=part, eight_bit=False, headers_only=True, omitted=omitted)


def _typed(content_type: bytes, encoding: bytes, content: bytes) -> bytes:
    ending = b"" if content.endswith(b"\r\n") else b"\r\n"
    return (
        b"Content-Type: "
        + content_type
        + b"\r\nContent-Transfer-Encoding: "
        + encoding
        + b"\r\n\r\n"
        + content
        + ending
        + b"\r\n"
    )


def _crlf(data: bytes) -> bytes:
    return data.replace(b"\r\n", b"\n").replace(b"\r", b"\n").replace(b"\n", b"\r\n")


def _carried(data: bytes) -> bool:
    """True where SMTP can carry this: no NUL, no line over 998 octets."""
    return b"\x00" not in data and all(len(line) <= header_text.LINE_MAX for line in data.split(b"\r\n"))


def _boundary(parts: list[bytes]) -> bytes:
    """A boundary that stands nowhere in the parts; a hash of them, so that it is the same next time."""
    whole = sha256(b"\x00".join(parts))
    while True:
        boundary = b"=_" + whole.hexdigest()[:32].encode("ascii")
        if not any(boundary in part for part in parts):
            return boundary
        whole.update(boundary)
