"""XARF in a mail: a JSON part, whatever the mail around it looks like, and the old X-ARF with its report.txt.

Trust:      input is a stranger's bytes; header fields such as X-XARF are claims and not needed.
Standards:  XARF over mail as ARF envelope with Feedback-Type xarf (RFC 5965 form, third part JSON); X-ARF 0.1 and 0.2.
Answers:    ``read(message, context)``: a Reading of kind XARF, None where no part is one.
Limits:     50 parts are looked at, ten JSON parts are read; attached messages are not looked into.
"""

from dataclasses import replace
from itertools import islice
from typing import Final

from comity.formats import arf, json_text, original, xarf
from comity.formats.dialects.context import Context
from comity.formats.dialects.notices import facts
from comity.formats.mime import Part
from comity.formats.plain_text import leaves
from comity.formats.xarf import keyed_text, normal
from comity.model.feedback import FeedbackReport, Kind, Reading
from comity.model.findings import Finding, finding

_PART_LIMIT: Final = 50
_JSON_LIMIT: Final = 10
_JSON_TYPES: Final = frozenset({"application/json", "application/xarf+json", "text/json", "application/x-json"})
_ENCRYPTED: Final = frozenset({"multipart/encrypted", "application/pkcs7-mime", "application/x-pkcs7-mime"})
_TEXT_TYPES: Final = frozenset({"text/plain", "text/yaml", "text/x-yaml", "application/x-yaml"})
_MARKS: Final = ("x-xarf", "x-arf", "open-arf")


def read(message: Part, context: Context) -> Reading | None:
    """Read one mail."""
    parts = leaves(message)
    if parts and (found := _json(message, parts) or _keyed(message, parts)):
        return found
    return _sealed(message)


def _json(message: Part, parts: tuple[Part, ...]) -> Reading | None:
    reports: list[FeedbackReport] = []
    why = None
    notes: list[Finding] = []
    for part in list(filter(_may_be_json, parts))[:_JSON_LIMIT]:
        loaded = json_text.load(part.content())
        documents = xarf.unfolded(loaded.documents)
        if any(map(xarf.is_shaped, documents)):
            reading = xarf.read_documents(documents, loaded.findings)
        elif not documents and xarf.is_meant(part.content()):
            reading = Reading(kind=Kind.XARF, why="why.xarf-damaged", findings=loaded.findings)
        else:
            continue
        why = why or reading.why
        reports += reading.reports
        notes += reading.findings
    name = message.headers.first("comity-report-id")
    if (
        name and len(reports) == 1
    ):  # the envelope has the id by which the answer is known; the document has one of another form
        reports = [replace(reports[0], report_id=name.strip())]
    altered = original.altered_names(message.headers.first("comity-redacted"))
    if "message-id" in altered and any(each.message_id for each in reports):
        reports = [replace(each, message_id=None) for each in reports]
        notes.append(finding("identifier-redacted", "message-id"))
    return arf.carried(message, Kind.XARF, why, tuple(reports), notes) if why else None


def _may_be_json(part: Part) -> bool:
    if part.content_type in _JSON_TYPES or (part.filename or "").lower().endswith((".json", ".xarf")):
        return True
    if not part.content_type.startswith(("text/plain", "application/octet-stream")):
        return False
    start = part.data[part.body_start : part.body_start + 400].lstrip()
    if part.encoding == "base64":
        return start.startswith((b"eyJ", b"ew0K", b"ewog", b"ewoJ", b"Ww", b"W3")) and part.content()[:1] in {
            b"{",
            b"[",
        }
    return start.startswith((b"{", b"[{", b"[\n", b"[\r"))


def _keyed(message: Part, parts: tuple[Part, ...]) -> Reading | None:
    """A text part of keys and values: by its name, or because the mail says that there is one."""
    marked = None
    for index, part in enumerate(parts):
        if part.content_type not in _TEXT_TYPES:
            continue
        named = (part.filename or "").lower().endswith("report.txt")
        if marked is None:
            marked = any(mark in message.headers for mark in _MARKS)
        if not (named or marked):
            continue
        text = part.text()[:20_000]
        if keyed_text.is_shaped(text) and (named or index > 0 or len(parts) == 1):
            feedback, notes = keyed_text.read(text, _evidence(message))
            if feedback is not None and feedback.source_ip is None and feedback.reported_uri:
                feedback = _with_address(feedback, message)
            return arf.carried(message, Kind.XARF, "why.x-arf", (feedback,) if feedback else (), notes)
    return None


def _with_address(feedback: FeedbackReport, message: Part) -> FeedbackReport:
    """A report about a URI, with the one address that the mail's text for people states as its source, if there is one."""
    address, _, _ = facts.source_of(facts.gather(message))
    if address is None:
        return feedback
    return replace(
        feedback, source_ip=address, source_ip_from="text", provenance={**feedback.provenance, "source_ip": "text"}
    )


def _evidence(message: Part) -> normal.Original:
    """The message attached beside the report."""
    for part in islice(message.walk(), _PART_LIMIT):
        if part is not message and part.content_type in {"message/rfc822", "text/rfc822-headers"}:
            inner = original.message_in(part)
            if inner is not None:
                return normal.Original(inner.raw, part.content_type != "message/rfc822")
    return normal.Original(None)


def _sealed(message: Part) -> Reading | None:
    """X-XARF: SECURE may be encrypted: then it is named, and nobody here can read it."""
    if message.content_type in _ENCRYPTED and any(mark in message.headers for mark in _MARKS):
        return arf.carried(message, Kind.XARF, "why.x-arf", (), [finding("xarf-encrypted", message.content_type)])
    return None
