"""Write one XARF v4 document about a mail that somebody complained about, or say what it lacks to be valid.

Trust:      our own names and ids; every other value is a stranger's and was redacted before. What comes out is held against the
            rules of our own reader.
Standards:  XARF v4, schema 4.2.0: messaging/spam over smtp demands the envelope sender and the port that the mail came from;
            RFC 9562 section 5.4 (the id).
Answers:    ``document(message)`` gives bytes, or a name of ``LACKS``: then ARF can say what XARF cannot.
Limits:     one mail, one document; nothing is made up: without a port there is none.
"""

import json
from base64 import b64encode
from datetime import UTC
from hashlib import sha256
from typing import Final

from comity.formats import original
from comity.formats.arf_writer import FeedbackMessage
from comity.formats.mime import scan
from comity.formats.xarf import shapes, version4
from comity.model.agreement import Definition

VERSION: Final = "4.2.0"
# Why there is no document; each a step of the decision.
LACKS: Final = frozenset(
    {
        "xarf-complaints-only",  # "not spam", or information without a complaint
        "xarf-no-word-for-replay",
        "xarf-source-unknown",
        "xarf-port-unknown",
        "xarf-port-hidden",  # known, and not shown at the tier: it would tell recipients apart
        "xarf-time-unknown",
        "xarf-sender-unknown",
        "xarf-null-sender",
        "xarf-not-valid",
    }
)
_SOURCES: Final = {
    Definition.COMPLAINT: "user_complaint",
    Definition.TRAP: "spamtrap",
    Definition.FILTER: "automated_filter",
}
_SUBJECT: Final = 500
_TEXT: Final = 200
_EVIDENCE: Final = 5 << 20
_REDACTED: Final = "[redacted]"


def document(message: FeedbackMessage) -> bytes | str:
    """One document as ASCII, or what it lacks."""
    said = message.feedback_report
    lack = _lack(message)
    if lack is not None:
        return lack
    arrived = said.arrival_date
    evidence = said.original or b""
    organisation = {
        "org": message.organisation[:_TEXT],
        "contact": message.header_from,
        "domain": message.header_from.rpartition("@")[2],
    }
    record = {
        "xarf_version": VERSION,
        "report_id": _uuid(said.report_id or message.message_id),
        "timestamp": arrived.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if arrived else None,
        "reporter": organisation,
        "sender": organisation,
        "source_identifier": said.source_ip,
        "source_port": said.source_port,
        "category": "messaging",
        "type": "spam",
        "protocol": "smtp",
        "smtp_from": said.original_mail_from,
        "smtp_to": next(filter(shapes.email, said.original_rcpt_to), None),
        "subject": _subject(message.subject),
        "message_id": _message_id(evidence),
        "evidence_source": _SOURCES.get(message.definition),
        "evidence": [
            {
                "content_type": "text/rfc822-headers" if said.original_headers_only else "message/rfc822",
                "payload": b64encode(evidence).decode("ascii"),
                "hash": f"sha256:{sha256(evidence).hexdigest()}",
                "size": len(evidence),
            }
        ]
        if 0 < len(evidence) <= _EVIDENCE
        else None,
        "tags": [message.tlp.value.lower(), f"definition:{message.definition.value}"],
    }
    record = {name: value for name, value in record.items() if value is not None}
    stated, findings = version4.read(record)
    if stated is None or findings:
        return "xarf-not-valid"
    return json.dumps(record, ensure_ascii=True, indent=1).encode("ascii")


def _lack(message: FeedbackMessage) -> str | None:
    said = message.feedback_report
    answers = (
        ("xarf-complaints-only", said.feedback_type != "abuse" or message.definition not in _SOURCES),
        ("xarf-no-word-for-replay", message.replay is not None),
        ("xarf-source-unknown", said.source_ip is None),
        ("xarf-port-unknown", said.source_port is None),
        ("xarf-time-unknown", said.arrival_date is None),
        ("xarf-sender-unknown", said.original_mail_from is None),
        ("xarf-null-sender", version4.is_null_sender(said.original_mail_from)),
        ("xarf-sender-unknown", not shapes.email(said.original_mail_from or "")),
    )
    return next((name for name, lacks in answers if lacks), None)


def _uuid(name: str) -> str:
    """The form that readers expect (version 4), out of an id that is a keyed hash and so as good as chance.

    >>> _uuid("cr1-abc") == _uuid("cr1-abc"), _uuid("cr1-abc")[14]
    (True, '4')
    """
    signs = sha256(name.encode("utf-8")).hexdigest()
    variant = "89ab"[int(signs[16], 16) & 3]
    return f"{signs[:8]}-{signs[8:12]}-4{signs[13:16]}-{variant}{signs[17:20]}-{signs[20:32]}"


def _subject(subject: str | None) -> str | None:
    return None if subject in (None, "", _REDACTED) else str(subject)[:_SUBJECT]


def _message_id(evidence: bytes) -> str | None:
    found = original.bare_id(scan(evidence).headers.first("message-id"))
    return f"<{found}>" if found and len(found) <= _TEXT - 2 else None
