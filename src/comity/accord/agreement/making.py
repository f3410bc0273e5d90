"""A checked record as the document that it is, and back.

Trust:      only what ``document.faults_of`` found nothing wrong with is given here.
Answers:    ``document_of(record)``.
"""

from collections.abc import Mapping
from ipaddress import ip_network
from typing import Any

from comity.model.agreement import BodyPolicy, Definition, ReportFormat
from comity.model.agreement_document import (
    AgreedContact,
    AgreedDirection,
    AgreedSide,
    AgreedTrial,
    AgreementDocument,
    FeedbackClass,
)
from comity.model.tier import Tier
from comity.model.tlp import Tlp

Record = Mapping[str, Any]


def document_of(record: Record) -> AgreementDocument:
    """The document."""
    one, two = record["parties"]
    plain = (
        "version", "previous", "proposed_by", "proposed", "answer_by", "begins", "ends", "notice_days", "escalate_days",
        "complaint", "remarks",
    )  # fmt: skip
    return AgreementDocument(
        parties=(one, two),
        sides={name: _side(name, each) for name, each in record["sides"].items()},
        directions={name: _direction(each) for name, each in record["directions"].items()},
        window_hours=record["exchange"]["window_hours"],
        window_mib=record["exchange"]["window_mib"],
        leaves_per_day=record["exchange"]["leaves_per_day"],
        **{name: record[name] for name in plain},
    )


def _side(domain: str, record: Record) -> AgreedSide:
    return AgreedSide(
        domain=domain,
        organisation=record["organisation"],
        address=record["address"],
        networks=tuple(ip_network(each) for each in record["networks"]),
        dkim_domains=tuple(record["dkim_domains"]),
        languages=tuple(record["languages"]),
        jurisdictions=tuple(record["jurisdictions"]),
        contacts=tuple(AgreedContact(**{**each, "languages": tuple(each["languages"])}) for each in record["contacts"]),
    )


def _direction(record: Record) -> AgreedDirection:
    trial = record["trial"]
    return AgreedDirection(
        classes=tuple(map(FeedbackClass, record["classes"])),
        definitions=tuple(map(Definition, record["definitions"])),
        tier=Tier(record["tier"]),
        body=BodyPolicy(record["body"]),
        report_format=ReportFormat(record["format"]),
        tlp=Tlp(record["tlp"]),
        quota=record["quota"],
        retention_days=record["retention_days"],
        acknowledge_days=record["acknowledge_days"],
        answer_days=record["answer_days"],
        trial=None
        if trial is None
        else AgreedTrial(until=trial["until"], reports=trial["reports"], tier=Tier(trial["tier"])),
        legal_basis=record["legal_basis"],
        transfer=record["transfer"],
        subjects=record["subjects"],
    )
