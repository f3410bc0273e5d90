"""XARF v3 and before: the schemas' own form, the nested form, and that a bad one names its field."""

import json
from typing import Any

import pytest

from comity.formats import xarf
from comity.model.feedback import FeedbackReport
from comity.model.findings import Severity

from .documents import REPORTED_MESSAGE, legacy


def read(document: dict[str, Any]) -> FeedbackReport:
    """The one report in a good document."""
    reading = xarf.read(json.dumps(document))
    assert len(reading.reports) == 1, reading.findings
    return reading.reports[0]


def refusal(document: dict[str, Any]) -> set[str | None]:
    """The fields a document is refused for."""
    reading = xarf.read(json.dumps(document))
    assert reading.reports == ()
    return {note.where for note in reading.findings if note.severity is Severity.LOSS}


def test_a_spam_report_gives_its_facts() -> None:
    """The same facts as from version 4."""
    report = read(legacy())
    assert (report.source_ip, report.source_ip_from, report.source_port) == ("192.0.2.7", "xarf:Report.SourceIp", 25025)
    assert (report.original_mail_from, report.original_rcpt_to) == ("bounce-7@east.example", ("li@west.example",))
    assert (report.reported_class, report.feedback_type) == ("messaging/spam", "abuse")
    assert (report.original, report.message_id) == (REPORTED_MESSAGE, "cheap-1@east.example")


def test_the_nested_form_is_read_alike() -> None:
    """Source, Attachment and AdditionalInfo, as the v4 documents show v3."""
    body = {
        "ReportClass": "Network",
        "ReportType": "ddos",
        "Source": {"IP": "2001:db8::7", "Port": 53, "Type": "ip"},
        "AdditionalInfo": {"Protocol": "udp"},
        **dict.fromkeys(("SourceIp", "SourcePort", "Samples", "SmtpMailFromAddress", "SmtpRcptToAddress")),
    }
    report = read(legacy(body, Version="3.0.0"))
    assert (report.source_ip, report.source_ip_from, report.source_port) == ("2001:db8::7", "xarf:Report.Source.IP", 53)
    assert report.reported_class == "connection/ddos"


@pytest.mark.parametrize("version", ["1", "2", "3", "alpha", "development"])
def test_every_version_before_four_is_read(version: str) -> None:
    """Old senders keep sending what they sent."""
    assert read(legacy(Version=version)).source_ip == "192.0.2.7"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"ReportClass": None}, "Report.ReportClass"),
        ({"ReportType": "Nonsense"}, "Report.ReportType"),
        ({"Date": "last week"}, "Report.Date"),
        ({"Date": None}, "Report.Date"),
        ({"SourceIp": "192.0.2"}, "Report.SourceIp"),
        ({"SourcePort": "25"}, "Report.SourcePort"),
        ({"DestinationPort": [25, "x"]}, "Report.DestinationPort"),
        ({"SmtpMailFromAddress": "nobody"}, "Report.SmtpMailFromAddress"),
        ({"Samples": {}}, "Report.Samples"),
        ({"Samples": [{"ContentType": "text/plain"}]}, "Report.Samples[0].Payload"),
        ({"ByteCount": True}, "Report.ByteCount"),
        ({"FileSize": -1}, "Report.FileSize"),
    ],
)
def test_a_fault_in_a_known_field_refuses_the_document(change: dict[str, Any], field: str) -> None:
    """As the schemas' own bad samples want it, with the path of the field."""
    assert field in refusal(legacy(change))


def test_what_one_schema_does_not_know_is_no_reason_to_refuse() -> None:
    """Disclosure, the reporter's domain and additional fields of the reporter are remarked."""
    document = legacy(Disclosure=None)
    document["ReporterInfo"] = {"ReporterOrg": "West Mail", "ReporterOrgEmail": "abuse@west.example", "Fax": "1"}
    reading = xarf.read(json.dumps(document))
    assert len(reading.reports) == 1
    assert {note.where for note in reading.findings} == {
        "Disclosure",
        "ReporterInfo.ReporterOrgDomain",
        "ReporterInfo.Fax",
    }


def test_a_person_complains_and_a_trap_does_not() -> None:
    """Only a person's own report is a complaint."""
    assert read(legacy(ReporterInfo={"ReporterType": "Person", "ReporterContactEmail": "li@west.example"})).is_complaint
    assert not read(legacy({"ReportSubType": "Trap"})).is_complaint


def test_a_resolver_hit_is_an_infected_client() -> None:
    """Activity and Malware together mean that somebody asked for a bad name."""
    report = read(legacy({"ReportType": "Malware", "ReportSubType": "RPZ-Rewrite", "RpzDomain": "c2.bad.example"}))
    assert (report.reported_class, report.reported_domain) == ("infrastructure/botnet", ("c2.bad.example",))


def test_what_the_reporter_tells_its_own_programs_stays_out() -> None:
    """InternalProcessing never comes out."""
    report = read(legacy(InternalProcessing={"EventTags": ["secret"]}))
    assert "secret" not in str(dict(report.extra))


def test_a_reporter_who_wants_no_name_given_is_marked() -> None:
    """Disclosure false stays with the report."""
    assert read(legacy(Disclosure=False)).extra["disclosure"] == "false"


def test_the_smallest_bad_document_names_what_is_missing() -> None:
    """A version and nothing else."""
    assert refusal({"Version": "3"}) == {"ReporterInfo", "Report"}
