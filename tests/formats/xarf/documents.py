"""Documents of our own to vary in tests: the smallest good one of each version."""

from base64 import b64encode
from typing import Any

REPORTED_MESSAGE = (
    b"Received: from out.east.example ([192.0.2.7]) by mx.west.example; Sun, 1 Mar 2026 08:00:00 +0000\r\n"
    b"DKIM-Signature: v=1; a=ed25519-sha256; d=east.example; s=k; h=from; bh=x; b=y\r\n"
    b"From: Sale <sale@east.example>\r\nMessage-ID: <cheap-1@east.example>\r\nSubject: =?utf-8?B?5L+D6ZSA?=\r\n\r\nbuy\r\n"
)


def spam(**changes: Any) -> dict[str, Any]:
    """A good XARF v4 report of spam; a change to None takes the field away."""
    party = {"org": "West Mail", "contact": "abuse@west.example", "domain": "west.example"}
    document = {
        "xarf_version": "4.2.0",
        "report_id": "3f0f8c5e-2b50-4a57-9d3e-0f6f1f0b7a11",
        "timestamp": "2026-03-01T16:00:00+08:00",
        "reporter": dict(party),
        "sender": dict(party),
        "source_identifier": "192.0.2.7",
        "source_port": 25025,
        "category": "messaging",
        "type": "spam",
        "protocol": "smtp",
        "smtp_from": "bounce-7@east.example",
        "evidence_source": "user_complaint",
        "evidence": [{"content_type": "message/rfc822", "payload": b64encode(REPORTED_MESSAGE).decode("ascii")}],
    }
    return {name: value for name, value in (document | changes).items() if value is not None}


def attack(**changes: Any) -> dict[str, Any]:
    """A good XARF v4 report of a login attack."""
    fields = {
        "category": "connection",
        "type": "login_attack",
        "protocol": "tcp",
        "first_seen": "2026-03-01T07:55:00Z",
        "evidence_source": "honeypot",
        "smtp_from": None,
        "evidence": None,
    }
    return spam(**(fields | changes))


def legacy(report: dict[str, Any] | None = None, **changes: Any) -> dict[str, Any]:
    """A good XARF v3 report of spam."""
    body = {
        "ReportClass": "Activity",
        "ReportType": "Spam",
        "Date": "2026-03-01T08:00:00Z",
        "SourceIp": "192.0.2.7",
        "SourcePort": 25025,
        "SmtpMailFromAddress": "bounce-7@east.example",
        "SmtpRcptToAddress": "li@west.example",
        "Samples": [
            {
                "ContentType": "message/rfc822",
                "Base64Encoded": True,
                "Payload": b64encode(REPORTED_MESSAGE).decode("ascii"),
            }
        ],
    }
    body = {name: value for name, value in (body | (report or {})).items() if value is not None}
    document = {
        "Version": "3",
        "ReporterInfo": {
            "ReporterOrg": "West Mail",
            "ReporterOrgDomain": "west.example",
            "ReporterOrgEmail": "abuse@west.example",
        },
        "Disclosure": True,
        "Report": body,
    }
    return {name: value for name, value in (document | changes).items() if value is not None}
