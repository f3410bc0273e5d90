"""Mail that nobody complains about, whoever sent it."""

import pytest

from comity.feedback.reportable import refusal
from comity.formats.arf_writer import REPORT_ID_FIELD
from comity.formats.mime import scan
from comity.model.agreement import FeedbackProvider

WEST = FeedbackProvider(
    domain="west.example", address="feedback@west.example", organisation="West", reporting_mta="mx.west.example"
)
REPORT = "Content-Type: multipart/report; report-type={}; boundary=b\n\n--b\nContent-Type: {}\n\nx\n--b--\n"


@pytest.mark.parametrize(
    ("mail", "reason"),
    [
        ("", "unreadable"),
        ("no header at all", "unreadable"),
        (REPORT.format("feedback-report", "message/feedback-report"), "is-report"),
        (REPORT.format('"Feedback-Report"', "message/feedback-report"), "is-report"),
        (REPORT.format("tlsrpt", "application/tlsrpt+gzip"), "is-report"),
        (REPORT.format("delivery-status", "message/delivery-status"), "is-bounce"),
        (REPORT.format("disposition-notification", "message/disposition-notification"), "is-bounce"),
        (REPORT.format('""', "message/delivery-status"), "is-bounce"),
        ("Content-Type: message/delivery-status\n\nx", "is-bounce"),
        ("Content-Type: message/feedback-report\n\nx", "is-report"),
        ("Auto-Submitted: auto-replied (vacation)\n\nx", "is-auto-reply"),
        ("Precedence: auto_reply\n\nx", "is-auto-reply"),
        ("X-Autoreply: yes\n\nx", "is-auto-reply"),
        (f"{REPORT_ID_FIELD}: cr1-a\n\nx", "loop"),
        ("From: West <FEEDBACK@west.example>\n\nx", "loop"),
    ],
)
def test_loops_and_machines_have_names(mail: str, reason: str) -> None:
    """Each mark of a report, a bounce or an answer is a no of its own."""
    assert refusal(scan(mail.encode()), WEST) == reason


@pytest.mark.parametrize(
    "mail",
    [
        "Subject: buy\n\nx",
        "Auto-Submitted: auto-generated\nPrecedence: bulk\nSubject: newsletter\n\nx",
        "Return-Path: <>\nSubject: buy\n\nx",
        "From: feedback@west.example.north.example\n\nx",
        "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: message/rfc822\n\nx\n--b--\n",
    ],
)
def test_spam_that_says_it_is_a_machine_is_spam(mail: str) -> None:
    """A newsletter, a null sender or an attached mail is no way out of a complaint."""
    assert refusal(scan(mail.encode()), WEST) is None
