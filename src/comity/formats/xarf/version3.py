"""Read one XARF document of version 3 or before.

Trust:      input is a stranger's JSON; output is safe to store, not to print unescaped.
Standards:  XARF v3, and v1, v2, alpha and development where they differ (``legacy_rules``).
Answers:    ``read(document)``: the report, or None with findings that name every field that is missing or wrong.
Limits:     a fault in any field that the schemas know refuses the document, as their own negative samples want it; an
            unknown field, a missing Disclosure and a null sender are remarked and read.

Two forms are read: the schemas' own (SourceIp, Samples) and the nested one that the v4 documents show as v3 (Source,
Attachment, AdditionalInfo). A complaint is what a person reports (``ReporterType: Person``) or what says "complaint" in
its sub-type; traps and organisations' sensors are not.
"""

from collections.abc import Iterator
from typing import Any, Final

from comity.formats.xarf import legacy_rules as rules
from comity.formats.xarf import normal, shapes
from comity.formats.xarf.rules import Fault, faults, shown
from comity.formats.xarf.version4 import is_null_sender, named
from comity.model.feedback import FeedbackReport
from comity.model.findings import Finding

_TOP_LEVEL: Final = frozenset({"Version", "ReporterInfo", "OnBehalfOf", "Disclosure", "InternalProcessing", "Report"})
_SENDER_FIELDS: Final = ("SmtpMailFromAddress", "FromAddress", "SMTPFrom")
_RECIPIENT_FIELDS: Final = ("SmtpRcptToAddress", "ToAddress", "SMTPTo")
_SUBJECT_FIELDS: Final = ("SmtpMessageSubject", "Subject")
_URI_FIELDS: Final = ("SourceUrl", "Url", "URL")
_MAPPED: Final = frozenset(
    {
        "ReportClass", "ReportType", "Date", "SourceIp", "SourcePort", "Samples", "ReporterCaseID", "Source", "Attachment",
        "UserAgent", *_SENDER_FIELDS, *_RECIPIENT_FIELDS, *_SUBJECT_FIELDS, *_URI_FIELDS,
    }
)  # fmt: skip


def is_shaped(document: dict[str, Any]) -> bool:
    """Whether a JSON object means to be XARF of version 3 or before."""
    if {"ReporterInfo", "Report"} & document.keys():
        return True
    return normal.text_of(document, "Version") in rules.VERSIONS and document.keys() <= _TOP_LEVEL


def read(document: dict[str, Any], prefix: str = "") -> tuple[FeedbackReport | None, list[Finding]]:
    """Give the report and the findings; ``prefix`` stands before the path in each finding."""
    notes: list[Finding] = []
    refused = False
    found: dict[str, Fault] = {}
    for fault in _faults(document):
        found.setdefault(fault.path, fault)  # one word about a field is enough
    for fault in found.values():
        tolerated = _tolerated(fault, document)
        refused |= not tolerated
        notes.append(named(fault, not tolerated, prefix))
    if refused:
        return None, notes
    feedback, remarks = _report(document)
    return feedback, notes + remarks


def _kind_of(document: dict[str, Any]) -> rules.Kind | None:
    name = normal.text_of(document, "Report", "ReportType") or ""
    name = name.lower().replace("-", "").replace("_", "").replace(" ", "")
    if name == "malware" and normal.text_of(document, "Report", "ReportClass") == "Activity":
        name = "rpzrewrite"  # a resolver caught an infected client asking for a bad name
    return rules.KINDS.get(name)


def _faults(document: dict[str, Any]) -> Iterator[Fault]:
    yield from faults(document, rules.ENVELOPE, "")
    for part, kind, needs in (
        ("ReporterInfo", "ReporterType", rules.REPORTER_NEEDS),
        ("OnBehalfOf", "ComplainantType", rules.COMPLAINANT_NEEDS),
    ):
        block = document.get(part)
        if isinstance(block, dict) and block.get(kind) != "Person":
            yield from (
                Fault(path=f"{part}.{name}", expects="text", missing=True) for name in needs if name not in block
            )
    block = document.get("InternalProcessing")
    if isinstance(block, dict):
        yield from _processing_faults(block)
    body = document.get("Report")
    if isinstance(body, dict):
        yield from faults(body, rules.NESTED, "Report") if "Source" in body else _flat_faults(document, body)


def _processing_faults(block: dict[str, Any]) -> Iterator[Fault]:
    for name, data in (("SubscriberInformation", "SubscriberData"), ("ContractInformation", "ResolverData")):
        values = block.get(name)
        values = values.get(data) if isinstance(values, dict) else None
        for key, value in values.items() if isinstance(values, dict) else ():
            if not isinstance(value, str):
                yield Fault(path=f"InternalProcessing.{name}.{data}.{key[:80]}", expects="text", value=shown(value))


def _flat_faults(document: dict[str, Any], body: dict[str, Any]) -> Iterator[Fault]:
    kind = _kind_of(document)
    if kind is None:
        yield from faults(body, rules.KINDS["spam"].rule, "Report")
        if isinstance(body.get("ReportType"), str):
            yield Fault(path="Report.ReportType", expects="known report type", value=shown(body["ReportType"]))
        return
    yield from faults(body, kind.rule, "Report")
    if isinstance(body.get("ReportClass"), str) and body["ReportClass"] not in {kind.report_class, "Activity"}:
        yield Fault(path="Report.ReportClass", expects=kind.report_class, value=shown(body["ReportClass"]))
    if not any(name in body for name in kind.about):
        yield Fault(path=f"Report.{kind.about[0]}", expects=" or ".join(kind.about), missing=True)
    if (
        kind.name == "content/malware"
        and normal.text_of(document, "Version") in rules.MALWARE_URL_VERSIONS
        and "SourceUrl" not in body
    ):
        yield Fault(path="Report.SourceUrl", expects="URI", missing=True)
    ports = body.get("DestinationPort", 0)
    for port in ports if isinstance(ports, list) else [ports]:
        if isinstance(port, bool) or not isinstance(port, int) or not 0 <= port <= 65535:
            yield Fault(path="Report.DestinationPort", expects="whole number, 0 to 65535", value=shown(port))
    for index, sample in enumerate(_items(body.get("Samples"))):
        if isinstance(sample, dict) and not ({"ContentType", "Payload"} <= sample.keys() or "FileName" in sample):
            missing = "Payload" if "ContentType" in sample else "ContentType"
            yield Fault(path=f"Report.Samples[{index}].{missing}", expects="text", missing=True)


def _tolerated(fault: Fault, document: dict[str, Any]) -> bool:
    if fault.missing and fault.path in {"Version", "Disclosure", "ReporterInfo.ReporterOrgDomain"}:
        return True  # alpha knew no version; one of the two published v3 schemas does not know the others
    if fault.expects == "no such field":
        return True
    name = fault.path.removeprefix("Report.")
    return name in _SENDER_FIELDS and is_null_sender(document["Report"].get(name))


def _items(value: Any) -> list[Any]:
    return value[:50] if isinstance(value, list) else []


def _first(document: dict[str, Any], names: tuple[str, ...]) -> str | None:
    """The first of these fields in the report or in its AdditionalInfo."""
    body = document["Report"]
    for block in (body, body.get("AdditionalInfo")):
        for name in names:
            if isinstance(block, dict) and name in block:
                value = block[name]
                return value if isinstance(value, str) else None
    return None


def _report(document: dict[str, Any]) -> tuple[FeedbackReport, list[Finding]]:
    body, text = document["Report"], normal.text_of
    kind = _kind_of(document)
    reported_class = kind.name if kind else f"{body['ReportClass']}/{body['ReportType']}".lower()[:100]
    nested = body.get("Source") if isinstance(body.get("Source"), dict) else {}
    address = text(body, "SourceIp") or text(nested, "IP")
    rule = "xarf:Report.SourceIp" if "SourceIp" in body else "xarf:Report.Source.IP"
    found, notes = normal.source(address, rule) if address else ({}, [])
    uris = [uri for uri in (_first(document, _URI_FIELDS), text(nested, "URL")) if uri]
    looked_up = text(body, "RpzDomain")
    values = normal.merged(
        found, normal.locations(uris), {"reported_domain": (looked_up.lower(),)} if looked_up else {}
    )
    mail_from, recipient = _first(document, _SENDER_FIELDS), _first(document, _RECIPIENT_FIELDS)
    values |= {
        "feedback_type": "virus" if reported_class == "content/malware" else normal.feedback_type(reported_class),
        "is_complaint": reported_class == "messaging/spam" and _by_a_person(document),
        "source_port": normal.port_of(body.get("SourcePort") or nested.get("Port")),
        "original_mail_from": "<>" if is_null_sender(mail_from) else mail_from,
        "original_rcpt_to": (recipient,) if recipient else (),
        "arrival_date": shapes.moment(body["Date"]),
        "reported_class": reported_class,
        "subject": _first(document, _SUBJECT_FIELDS) or None,
        "user_agent": text(body, "UserAgent"),
        "reporter": text(document, "ReporterInfo", "ReporterOrgEmail")
        or text(document, "ReporterInfo", "ReporterContactEmail"),
        "report_id": text(body, "ReporterCaseID"),
    }
    reported = normal.evidence(_payloads(body), "Report.Attachment" if nested else "Report.Samples")
    feedback = normal.build(values, reported, extra=_extra(document), provenance=_provenance(values))
    return feedback, [*notes, *reported.findings]


def _by_a_person(document: dict[str, Any]) -> bool:
    said = (normal.text_of(document, "Report", "ReportSubType") or "").lower()
    return normal.text_of(document, "ReporterInfo", "ReporterType") == "Person" or "complaint" in said


def _payloads(body: dict[str, Any]) -> list[tuple[str, str, bool]]:
    text = normal.text_of
    found = [
        (text(each, "ContentType") or "", text(each, "Payload") or "", _is_encoded(each))
        for each in _items(body.get("Samples"))
    ]
    found += [
        (text(each, "ContentType") or "", text(each, "Data") or "", True) for each in _items(body.get("Attachment"))
    ]
    return [pair if pair[1] else ("", "", False) for pair in found]


def _is_encoded(sample: Any) -> bool:
    """Some leave the flag out; a message has a colon in its first field, and base64 never has one."""
    if isinstance(sample, dict) and "Base64Encoded" in sample:
        return sample["Base64Encoded"] is True
    return ":" not in (normal.text_of(sample, "Payload") or "")[:2000]


def _extra(document: dict[str, Any]) -> dict[str, str]:
    kept = normal.flattened(document["Report"], _MAPPED) | {
        name: value[: normal.VALUE_LIMIT]
        for name, value in (
            ("reporter.org", normal.text_of(document, "ReporterInfo", "ReporterOrg")),
            ("reporter.domain", normal.text_of(document, "ReporterInfo", "ReporterOrgDomain")),
            ("on_behalf_of.org", normal.text_of(document, "OnBehalfOf", "ComplainantOrg")),
            ("xarf_version", normal.text_of(document, "Version")),
        )
        if value
    }
    if document.get("Disclosure") is False:
        kept["disclosure"] = "false"  # the reporter does not want to be named to whoever is reported
    return kept


def _provenance(values: normal.Values) -> dict[str, str]:
    fields = {
        "source_port": "SourcePort",
        "arrival_date": "Date",
        "original_mail_from": "SmtpMailFromAddress",
        "original_rcpt_to": "SmtpRcptToAddress",
        "subject": "SmtpMessageSubject",
        "report_id": "ReporterCaseID",
        "reporter": "ReporterInfo",
    }
    return {name: f"xarf:{field}" for name, field in fields.items() if values.get(name)}
