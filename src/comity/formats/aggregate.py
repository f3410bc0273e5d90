"""Name DMARC aggregate reports and SMTP TLS reports: numbers about mail, no incident.

Trust:      input is a stranger's bytes; XML is searched, not parsed, so that no entity is ever expanded.
Standards:  RFC 7489 appendix C and RFC 9990 (DMARC aggregate), RFC 8460 section 4 (SMTP TLS report).
Answers:    ``read(data, name)``: a Reading of kind AGGREGATE without reports, None where it is neither; nothing is raised.
Limits:     the first 64 KiB tell; archives as in ``archives``. Who reports and under which id is a finding, for the desk.
"""

import re
from html import unescape
from typing import Final

from comity.formats import archives, json_text
from comity.formats.mime.charsets import decode
from comity.model.feedback import Kind, Reading
from comity.model.findings import Finding, finding

_LOOK: Final = 1 << 16
_ROOT_WITHIN: Final = 4_096  # a declaration, comments, even a stray schema element may stand before it
_ROOT: Final = re.compile(r"<(?:[A-Za-z0-9_]{1,20}:)?feedback[\s>]")
_METADATA: Final = re.compile(r"<(?:[A-Za-z0-9_]{1,20}:)?report_metadata[\s>]")
_NAMED: Final = re.compile(
    r"<(?:[A-Za-z0-9_]{1,20}:)?(org_name|report_id|email|domain)(?:\s[^<>]{0,100})?>([^<]{0,300})<"
)
_TLS_KEYS: Final = frozenset({"organization-name", "policies", "date-range", "report-id", "contact-info"})


def read(data: bytes, name: str | None = None) -> Reading | None:
    """Name one file, packed or not.

    >>> read(b"<feedback><report_metadata><org_name>west.example</org_name>").findings[0].detail
    'west.example'
    >>> read(b"ip,time") is None
    True
    """
    if archives.kind(data) is None:
        return _bare(data)
    unpacked = archives.unpack(data, name)
    for member in unpacked.members[:10]:
        found = _bare(member.data)
        if found is not None:
            return Reading(kind=found.kind, why=found.why, findings=(*unpacked.findings, *found.findings))
    return None


def _bare(data: bytes) -> Reading | None:
    start = data[:_LOOK].lstrip()
    if start[:1] in {b"{", b"["} or (start[:3] == b"\xef\xbb\xbf" and start[3:4] == b"{"):
        return _tls(data) if b"organization-name" in start or b"policies" in start else None
    text = decode(data[:_LOOK], None)[0]
    root = _ROOT.search(text[:_ROOT_WITHIN])
    if root is None or not text.lstrip("\ufeff \t\r\n").startswith("<") or not _METADATA.search(text, root.end()):
        return None
    said = {key: unescape(value).strip() for key, value in reversed(_NAMED.findall(text))}
    return _reading("why.dmarc-aggregate", said.get("org_name") or said.get("email"), said.get("report_id"))


def _tls(data: bytes) -> Reading | None:
    for document in json_text.load(data).documents[:1]:
        if isinstance(document, dict) and "policies" in document and len(_TLS_KEYS & document.keys()) >= 3:
            said = [document.get(key) for key in ("organization-name", "report-id")]
            return _reading("why.tls-report", *(value if isinstance(value, str) else None for value in said))
    return None


def _reading(why: str, organisation: str | None, report_id: str | None) -> Reading:
    notes: list[Finding] = []
    if organisation:
        notes.append(finding("aggregate-source", report_id, organisation))
    return Reading(kind=Kind.AGGREGATE, why=why, findings=tuple(notes))
