"""Read one XARF v4 document.

Trust:      input is a stranger's JSON; output is safe to store, not to print unescaped.
Standards:  XARF v4, schema 4.2.0, by rules of our own (``envelope``, ``network_kinds``, ``content_kinds``, ``copyright_kinds``).
Answers:    ``read(document)``: the report, or None with findings that name every field that is missing or wrong.
Limits:     a fault in a field that the type demands refuses the document; elsewhere it is remarked and the document read.

Where the schema is stricter than sense, the value is read with a remark: a null sender, a version without its patch
number, a contact with additional fields. A type that is not in our tables is read by what all documents share if the
document is of a later version than the tables, and refused otherwise.

A complaint is only what says so: a messaging report whose ``evidence_source`` is a user's own. A spam trap, a filter or
silence is not (RFC 6449: feedback is user-initiated).
"""

from typing import Any, Final

from comity.formats.xarf import content_kinds, copyright_kinds, network_kinds, normal, shapes
from comity.formats.xarf.envelope import CORE, ENVELOPE, NEWEST
from comity.formats.xarf.rules import ANY, Fault, Rule, faults, shown
from comity.model.feedback import FeedbackReport
from comity.model.findings import Finding, finding

KINDS: Final[dict[str, Rule]] = {**network_kinds.KINDS, **content_kinds.KINDS, **copyright_kinds.KINDS}
_CATEGORIES: Final = ENVELOPE.fields["category"].words or frozenset()
_USER_SAID: Final = frozenset({"user_complaint", "user_report"})
_PORT_NEEDED: Final = frozenset({"connection/ddos", "connection/login_attack", "connection/port_scan"})
_URI_FIELDS: Final = ("url", "infringing_url")
_MAPPED: Final = frozenset(
    {
        "xarf_version", "report_id", "timestamp", "reporter", "sender", "source_identifier", "source_port", "category", "type",
        "evidence", "smtp_from", "smtp_to", "subject", "message_id", "user_agent", *_URI_FIELDS,
    }
)  # fmt: skip
_PROVENANCE: Final = {
    "source_port": "source_port",
    "arrival_date": "timestamp",
    "original_mail_from": "smtp_from",
    "original_rcpt_to": "smtp_to",
    "subject": "subject",
    "message_id": "message_id",
    "report_id": "report_id",
    "reporter": "reporter.contact",
}


def is_null_sender(value: Any) -> bool:
    """Whether a field holds the null sender of RFC 5321, in one of the ways it is written."""
    return isinstance(value, str) and value in {"", "<>"}


def is_shaped(document: dict[str, Any]) -> bool:
    """Whether a JSON object means to be XARF v4."""
    return "xarf_version" in document or {"category", "type", "source_identifier"} <= document.keys()


def read(document: dict[str, Any], prefix: str = "") -> tuple[FeedbackReport | None, list[Finding]]:
    """Give the report and the findings; ``prefix`` stands before the path in each finding."""
    reported_class = f"{document.get('category')}/{document.get('type')}"
    kind = KINDS.get(reported_class)
    needed = _needed(document, reported_class, kind)
    notes: list[Finding] = []
    refused = False
    found = [*faults(document, ENVELOPE, ""), *_kind_faults(document, kind), *_conditional_faults(document, needed)]
    for fault in dict.fromkeys(found):
        refuses = _refuses(fault, document, needed)
        refused |= refuses
        notes.append(named(fault, refuses, prefix))
    if refused:
        return None, notes
    feedback, remarks = _report(document, reported_class)
    return feedback, notes + remarks


def named(fault: Fault, refuses: bool, prefix: str) -> Finding:
    """The finding for one fault."""
    code = "xarf-field-deviates" if not refuses else "xarf-field-missing" if fault.missing else "xarf-field-invalid"
    detail = fault.expects if fault.value is None else f"{fault.value} ({fault.expects})"
    return finding(code, f"{prefix}{fault.path}", detail)


def _needed(document: dict[str, Any], reported_class: str, kind: Rule | None) -> frozenset[str]:
    """Which fields this document cannot do without."""
    needed = set(CORE - {"source_port"}) | set(kind.required if kind else ())
    category = document.get("category")
    if category == "messaging" and document.get("protocol") == "smtp":
        needed |= {"smtp_from", "source_port"}
    identifier = document.get("source_identifier")
    if reported_class in _PORT_NEEDED and isinstance(identifier, str) and shapes.address(identifier):
        needed.add("source_port")
    return frozenset(needed)


def _kind_faults(document: dict[str, Any], kind: Rule | None) -> list[Fault]:
    if kind is not None:
        return faults(document, kind, "")
    if isinstance(document.get("type"), str) and normal.text_of(document, "category") in _CATEGORIES:
        return [Fault(path="type", expects="type of this category", value=shown(document["type"]))]
    return []


def _conditional_faults(document: dict[str, Any], needed: frozenset[str]) -> list[Fault]:
    found = [
        Fault(path=name, expects=(ENVELOPE.fields.get(name) or ANY).expects, missing=True)
        for name in sorted(needed)
        if name in {"smtp_from", "source_port"} and name not in document
    ]
    swarm = document.get("swarm_info")
    if "swarm_info" in needed and isinstance(swarm, dict) and not swarm.keys() & {"info_hash", "magnet_uri"}:
        found.append(Fault(path="swarm_info.info_hash", expects="info_hash or magnet_uri", missing=True))
    return found


def _refuses(fault: Fault, document: dict[str, Any], needed: frozenset[str]) -> bool:
    top = fault.path.partition(".")[0].partition("[")[0]
    if top not in needed and top != "source_port":
        return False
    value = document.get(top)
    if fault.expects == "no such field" or (top == "smtp_from" and is_null_sender(value)):
        return False
    if top == "xarf_version":
        return not (isinstance(value, str) and (value == "4" or value.startswith("4.")))
    if top == "type" and not fault.missing and isinstance(value, str):
        return _version(document.get("xarf_version")) <= NEWEST
    return True


def _version(text: Any) -> tuple[int, int]:
    numbers = (
        [int(each) for each in text.split(".")[:2] if each.isdecimal()]
        if isinstance(text, str) and len(text) < 40
        else []
    )
    return (numbers[0], numbers[1]) if len(numbers) == 2 else (0, 0)


def _report(document: dict[str, Any], reported_class: str) -> tuple[FeedbackReport, list[Finding]]:
    text = normal.text_of
    found, notes = normal.source(document["source_identifier"], "xarf:source_identifier")
    said = normal.locations(uri for name in _URI_FIELDS if (uri := text(document, name)))
    values = normal.merged(found, said)
    mail_from = document.get("smtp_from")
    recipient = text(document, "smtp_to")
    identifier = text(document, "message_id")
    values |= {
        "feedback_type": normal.feedback_type(reported_class),
        "is_complaint": document["category"] == "messaging" and text(document, "evidence_source") in _USER_SAID,
        "source_port": normal.port_of(document.get("source_port")),
        "original_mail_from": "<>" if is_null_sender(mail_from) else text(document, "smtp_from"),
        "original_rcpt_to": (recipient,) if recipient else (),
        "arrival_date": shapes.moment(document["timestamp"]),
        "message_id": identifier.strip("<> ") or None if identifier else None,
        "reported_class": reported_class,
        "subject": text(document, "subject"),
        "user_agent": text(document, "user_agent"),
        "reporter": text(document, "reporter", "contact"),
        "report_id": document["report_id"],
    }
    items = document.get("evidence")
    reported = normal.evidence(_payloads(items), "evidence")
    extra = normal.flattened(document, _MAPPED) | _organisations(document, items)
    provenance = {name: f"xarf:{path}" for name, path in _PROVENANCE.items() if values.get(name)}
    return normal.build(values, reported, extra=extra, provenance=provenance), [*notes, *reported.findings]


def _payloads(items: Any) -> list[tuple[str, str, bool]]:
    pairs = [
        (normal.text_of(each, "content_type") or "", normal.text_of(each, "payload") or "", True)
        for each in (items if isinstance(items, list) else ())[:50]
    ]
    return [pair if pair[1] else ("", "", True) for pair in pairs]


def _organisations(document: dict[str, Any], items: Any) -> dict[str, str]:
    """Who reports and who transmits, and what was sent along, in a word each."""
    text = normal.text_of
    said = {
        "reporter.org": text(document, "reporter", "org"),
        "reporter.domain": text(document, "reporter", "domain"),
        "sender.org": text(document, "sender", "org"),
        "sender.contact": text(document, "sender", "contact"),
        "xarf_version": text(document, "xarf_version"),
        "evidence": ", ".join(kind for kind, _, _ in _payloads(items) if kind)[: normal.VALUE_LIMIT],
        "tlp": _tlp(document.get("tags")),
    }
    return {name: value[: normal.VALUE_LIMIT] for name, value in said.items() if value}


def _tlp(tags: Any) -> str | None:
    for tag in tags if isinstance(tags, list) else ():
        if isinstance(tag, str) and tag.lower().startswith("tlp:"):
            return tag[4:40].upper()
    return None
