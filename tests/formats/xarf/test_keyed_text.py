"""X-ARF 0.1 and 0.2: the text of keys and values."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.formats.xarf import keyed_text
from comity.formats.xarf.normal import Original

_ATTACK = """---
Reported-From: abuse@west.example
Category: abuse
Report-Type: login-attack
Service: ssh
Version: 0.2
User-Agent: sensor 1
Date: Sun, 01 Mar 2026 16:00:00 +0800
Source-Type: ip-address
Source: 192.0.2.7
Port: 22
Report-ID: 17@west.example
Schema-URL: http://schema.west.example/abuse_login-attack.json
Attachment: text/plain
Occurrences: 12
TLP: green
"""


def test_an_attack_is_read() -> None:
    """Source, time, reporter and number are taken; the rest is kept."""
    report, notes = keyed_text.read(_ATTACK)
    assert report is not None
    assert notes == []
    assert (report.source_ip, report.source_ip_from) == ("192.0.2.7", "xarf:source")
    assert report.arrival_date is not None
    assert report.arrival_date.isoformat() == "2026-03-01T08:00:00+00:00"
    assert (report.reported_class, report.feedback_type, report.incidents) == ("abuse/login-attack", "other", 12)
    assert (report.reporter, report.report_id) == ("abuse@west.example", "17@west.example")
    assert (report.extra["tlp"], report.extra["service"]) == ("green", "ssh")


def test_the_attacked_port_is_never_taken_for_the_sources() -> None:
    """Behind NAT a wrong port is a wrong subscriber."""
    report, _ = keyed_text.read(_ATTACK)
    assert report is not None
    assert (report.source_port, report.extra["port"]) == (None, "22")


def test_an_attack_is_no_complaint() -> None:
    """ "Category: abuse" means any attack."""
    report, _ = keyed_text.read(_ATTACK)
    assert report is not None
    assert not report.is_complaint


def test_a_site_is_reported_by_its_uri() -> None:
    """The source may be a URI, and then the domain is named beside it."""
    text = _ATTACK.replace("Source: 192.0.2.7", 'Source: "http://bad.example/login?a=1"').replace(
        "abuse\nReport-Type: login-attack", "fraud\nReport-Type: phishing"
    )
    report, _ = keyed_text.read(text)
    assert report is not None
    assert (report.reported_uri, report.reported_domain) == (("http://bad.example/login?a=1",), ("bad.example",))
    assert (report.feedback_type, report.source_ip) == ("fraud", None)


def test_two_sources_are_believed_neither() -> None:
    """Then nothing says what is reported, and the report is refused."""
    report, notes = keyed_text.read(_ATTACK + "Source: 198.51.100.7\n")
    assert report is None
    assert {"field-conflict", "xarf-field-missing"} <= {note.code for note in notes}


def test_the_reported_message_comes_along() -> None:
    """Where one was attached, its own facts fill what the text leaves open."""
    report, _ = keyed_text.read(_ATTACK, Original(b"Message-ID: <1@east.example>\n\nx"))
    assert report is not None
    assert report.message_id == "1@east.example"


@pytest.mark.parametrize(
    "text", ["", "Dear abuse desk,\nSource: our firewall\n", "Subject: x\nDate: y\n", "---\n...\n"]
)
def test_prose_is_not_taken_for_it(text: str) -> None:
    """A letter has colons too."""
    assert not keyed_text.is_shaped(text)


@given(st.text(max_size=300))
def test_any_text_is_answered(text: str) -> None:
    """Nothing is raised."""
    keyed_text.is_shaped(text)
    keyed_text.read("Source: 192.0.2.7\n" + text)
