"""Reading ARF reports: what damaged and hostile fields come to."""

import pytest

from comity.formats import arf
from comity.model.feedback import Kind, Reading


def _report(fields: bytes) -> Reading:
    reading = arf.read(
        b"From: fbl@west.example\nContent-Type: multipart/report; boundary=b\n\n--b\n\nhello\n--b\n"
        b"Content-Type: message/feedback-report\n\n" + fields + b"\n--b\n"
        b"Content-Type: message/rfc822\n\nSubject: spam\n\nspam\n--b--\n"
    )
    assert reading is not None
    return reading


@pytest.mark.parametrize("value", [b";", b"; abuse", b" ;x=y", b";;"])
def test_a_type_that_is_only_parameters_is_no_type(value: bytes) -> None:
    """The report is read all the same, complains of nothing, and says what is wrong."""
    reading = _report(b"Feedback-Type: " + value + b"\nUser-Agent: x\nVersion: 1\nSource-IP: 192.0.2.7\n")
    assert reading.kind is Kind.ARF
    assert (reading.reports[0].feedback_type, reading.reports[0].is_complaint) == (None, False)
    assert reading.reports[0].source_ip == "192.0.2.7"
    assert "field-malformed" in [note.code for note in reading.findings]


def test_a_report_about_a_report_is_marked() -> None:
    """Two systems that answer each other's reports would never end: whoever acts on it must see that."""
    inner = b"Content-Type: multipart/report; report-type=feedback-report; boundary=i\n\n--i\n\nx\n--i--\n"
    reading = arf.read(
        b"Content-Type: multipart/report; boundary=b\n\n--b\nContent-Type: message/feedback-report\n\n"
        b"Feedback-Type: abuse\nUser-Agent: x\nVersion: 1\n\n--b\nContent-Type: message/rfc822\n\n" + inner + b"--b--\n"
    )
    assert reading is not None
    assert "report-about-report" in [note.code for note in reading.findings]
    assert "report-about-report" not in [note.code for note in _report(b"Feedback-Type: abuse\n").findings]
