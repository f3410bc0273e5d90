"""XARF v4: what a good document gives, and that a bad one names its field."""

import json
from typing import Any

import pytest

from comity.formats import xarf
from comity.formats.xarf import version4
from comity.formats.xarf.envelope import CORE
from comity.model.feedback import FeedbackReport, Kind
from comity.model.findings import Severity

from .documents import REPORTED_MESSAGE, attack, spam


def read(document: dict[str, Any]) -> FeedbackReport:
    """The one report in a document that is good enough."""
    reading = xarf.read(json.dumps(document))
    assert reading.kind is Kind.XARF
    assert len(reading.reports) == 1, reading.findings
    return reading.reports[0]


def refusal(document: dict[str, Any]) -> dict[str | None, str]:
    """Which fields a refused document is refused for: path -> code."""
    reading = xarf.read(json.dumps(document))
    assert (reading.kind, reading.reports) == (Kind.XARF, ())
    return {note.where: note.code for note in reading.findings if note.severity is Severity.LOSS}


def remarks(document: dict[str, Any]) -> set[str | None]:
    """Which fields of a document that is read deviate from the schema."""
    reading = xarf.read(json.dumps(document))
    assert len(reading.reports) == 1, reading.findings
    assert all(note.severity is not Severity.LOSS for note in reading.findings)
    return {note.where for note in reading.findings if note.code == "xarf-field-deviates"}


def test_a_spam_report_gives_every_fact_with_its_rule() -> None:
    """Facts come from the document's fields first, and from the reported message where it is silent."""
    report = read(spam())
    assert (report.source_ip, report.source_ip_from) == ("192.0.2.7", "xarf:source_identifier")
    assert (report.source_port, report.original_mail_from) == (25025, "bounce-7@east.example")
    assert report.arrival_date is not None
    assert report.arrival_date.isoformat() == "2026-03-01T08:00:00+00:00"
    assert (report.feedback_type, report.reported_class, report.is_complaint) == ("abuse", "messaging/spam", True)
    assert (report.message_id, report.subject, report.dkim_domain) == (
        "cheap-1@east.example",
        "促销",
        ("east.example",),
    )
    assert (report.reporter, report.report_id) == ("abuse@west.example", "3f0f8c5e-2b50-4a57-9d3e-0f6f1f0b7a11")
    assert report.provenance["message_id"] == "original"


def test_the_reported_message_is_kept_byte_for_byte() -> None:
    """Evidence stays what it was."""
    assert read(spam()).original == REPORTED_MESSAGE


@pytest.mark.parametrize("field", sorted(CORE - {"source_port"}))
def test_every_field_of_the_envelope_is_needed(field: str) -> None:
    """A document without a required field is refused, and the field is named."""
    assert refusal(spam(**{field: None}))[field] == "xarf-field-missing"


@pytest.mark.parametrize("field", ["smtp_from", "source_port"])
def test_spam_over_smtp_needs_its_sender_and_port(field: str) -> None:
    """Schema 4.2.0 demands both, so ordinary ARF cannot become XARF without inventing one."""
    assert refusal(spam(**{field: None})) == {field: "xarf-field-missing"}


def test_spam_over_another_way_needs_neither() -> None:
    """An SMS has no envelope sender."""
    assert read(spam(protocol="sms", smtp_from=None, source_port=None)).source_port is None


def test_an_attack_from_an_address_needs_its_port() -> None:
    """Behind carrier-grade NAT the port is half of the address."""
    assert refusal(attack(source_port=None)) == {"source_port": "xarf-field-missing"}
    assert read(attack(source_port=None, source_identifier="bot.east.example")).reported_domain == ("bot.east.example",)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("report_id", "17"),
        ("timestamp", "yesterday"),
        ("timestamp", "2026-03-01T08:00:00"),
        ("source_port", 0),
        ("source_port", 70000),
        ("source_port", "25025"),
        ("source_port", True),
        ("category", "abuse"),
        ("type", "phishing"),
        ("protocol", "carrier pigeon"),
        ("source_identifier", ""),
        ("source_identifier", 7),
        ("reporter", "West Mail"),
        ("xarf_version", "3.0.0"),
        ("smtp_from", "nobody"),
    ],
)
def test_a_wrong_value_in_a_needed_field_refuses_the_document(field: str, value: Any) -> None:
    """The field is named, whatever is wrong with it."""
    assert refusal(spam(**{field: value}))[field] == "xarf-field-invalid"


@pytest.mark.parametrize("part", ["org", "contact", "domain"])
@pytest.mark.parametrize("party", ["reporter", "sender"])
def test_both_parties_are_named_in_full(party: str, part: str) -> None:
    """The path leads to the part that is missing."""
    document = spam()
    del document[party][part]
    assert refusal(document) == {f"{party}.{part}": "xarf-field-missing"}


@pytest.mark.parametrize(
    ("field", "value", "where"),
    [
        ("tags", ["campaign:spring.2026"], "tags[0]"),
        ("tags", "spam:commercial", "tags"),
        ("language", "zh-Hans", "language"),
        ("confidence", 7, "confidence"),
        ("description", "x" * 1001, "description"),
        ("evidence_source", "my_own_idea", "evidence_source"),
        ("smtp_to", "hidden", "smtp_to"),
        ("evidence", [{"content_type": "text/plain"}], "evidence[0].payload"),
        ("evidence", [{"content_type": "text/plain", "payload": "eA==", "hash": "sha3:00"}], "evidence[0].hash"),
    ],
)
def test_a_wrong_value_elsewhere_is_remarked_and_the_report_read(field: str, value: Any, where: str) -> None:
    """A tag with a dot must not cost a report; it is told all the same."""
    assert where in remarks(spam(**{field: value}))


@pytest.mark.parametrize("language", ["en", "zh", "zh-CN"])
def test_languages_as_the_schema_has_them_are_fine(language: str) -> None:
    """zh-CN is right where zh-Hans is not."""
    assert remarks(spam(language=language)) == set()


@pytest.mark.parametrize("sender", ["<>", ""])
def test_a_null_sender_is_read_as_one(sender: str) -> None:
    """The schema cannot express it, real spam has it."""
    document = spam(smtp_from=sender)
    assert remarks(document) == {"smtp_from"}
    assert read(document).original_mail_from == "<>"


def test_an_unknown_field_is_kept_and_internal_notes_are_not() -> None:
    """Nothing of ``_internal`` leaves, however deep it stands."""
    extra = read(spam(case="A-17", detail={"_internal": {"a": 1}, "b": 2}, _internal={"ticket": "secret"})).extra
    assert (extra["case"], extra["detail.b"]) == ("A-17", "2")
    assert "secret" not in str(dict(extra))
    assert not any("_internal" in name for name in extra)


@pytest.mark.parametrize(
    ("source", "complaint"),
    [("user_complaint", True), ("spamtrap", False), ("automated_filter", False), (None, False)],
)
def test_only_a_users_word_is_a_complaint(source: str | None, complaint: bool) -> None:
    """Traps, filters and silence are no complaints."""
    assert read(spam(evidence_source=source)).is_complaint is complaint


def test_a_type_of_a_later_version_is_read_by_what_all_share() -> None:
    """A peer that is ahead of our tables is still heard; one that is not made the word up."""
    assert remarks(attack(xarf_version="4.7.0", type="moon_attack")) == {"type"}
    assert refusal(attack(type="moon_attack")) == {"type": "xarf-field-invalid"}


def test_a_site_is_reported_by_its_address() -> None:
    """A phishing page has a URI and a domain; the address comes from the identifier alone."""
    report = read(
        attack(
            category="content", type="phishing", url="https://bank.bad.example/login", source_identifier="bad.example"
        )
    )
    assert (report.feedback_type, report.source_ip) == ("fraud", None)
    assert report.reported_uri == ("https://bank.bad.example/login",)
    assert report.reported_domain == ("bad.example", "bank.bad.example")


def test_a_torrent_needs_a_hash_or_a_link() -> None:
    """Without either nobody could find what is meant."""
    document = attack(category="copyright", type="p2p", p2p_protocol="bittorrent", swarm_info={"torrent_name": "film"})
    assert refusal(document) == {"swarm_info.info_hash": "xarf-field-missing"}


def test_a_private_address_is_told() -> None:
    """It cannot be anybody's customer on the public Internet."""
    notes = xarf.read(json.dumps(spam(source_identifier="10.0.0.9"))).findings
    assert [note.code for note in notes] == ["address-private"]


@pytest.mark.parametrize("name", sorted(version4.KINDS))
def test_every_type_has_a_rule_that_names_what_it_needs(name: str) -> None:
    """A document with nothing but an envelope is refused for exactly the fields its type adds."""
    category, kind = name.split("/")
    document = attack(
        category=category, type=kind, protocol=None, first_seen=None, source_port=None, evidence_source=None
    )
    needed = set(version4.KINDS[name].required) - {"protocol"}
    missing = {where for where, code in refusal(document).items() if code == "xarf-field-missing"}
    assert needed <= missing
