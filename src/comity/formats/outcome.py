"""Write and read the mail that tells a reporter what was done: text for people, and one JSON part for programs.

Trust:      read: a stranger's bytes, which prove nothing: the caller asks who signed the mail. Written: our own values.
Standards:  RFC 2046 (multipart/mixed), RFC 8259 (the JSON part, base64 so that its bytes arrive as they are), RFC 3834.
Answers:    ``write(message)`` gives bytes; ``read(message)`` gives ``StatedOutcome`` with the JSON part as it is, or None.
Limits:     told by the shape of a JSON part (type "outcome", a report, an outcome), never by From; a part of at most 4 KiB.
"""

import json
from base64 import b64encode
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Final

from comity.formats import arf, header_text
from comity.formats.arf_writer import TLP_FIELD, date_text
from comity.formats.dialects.context import Context
from comity.formats.mime import Part
from comity.formats.plain_text import leaves
from comity.model.feedback import Kind, Reading
from comity.model.tlp import Tlp

_LIMIT: Final = 4096
_PARTS: Final = 20
_WORD: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeMessage:
    """One outcome and the mail that carries it."""

    header_from: str
    organisation: str
    to: str
    subject: str
    written: datetime
    message_id: str
    in_reply_to: str | None  # Message-ID of the report
    text: str
    statement: bytes = field(repr=False)  # the JSON part, word for word
    tlp: Tlp


@dataclass(frozen=True, slots=True, kw_only=True)
class StatedOutcome:
    """What a mail says was done; ``statement`` is the JSON part as it stands."""

    report_name: str
    outcome: str  # the raw word, where it is none of ours too
    statement: bytes = field(repr=False)


def write(message: OutcomeMessage) -> bytes:
    """Give the mail as bytes; addresses and ids are ours, a malformed one raises ValueError."""
    our_address, to = header_text.address(message.header_from), header_text.address(message.to)
    message_id = header_text.message_id(message.message_id)
    if our_address is None or to is None or message_id is None:
        raise ValueError("an outcome needs an address to come from, one to go to, and an id")
    answered = None if message.in_reply_to is None else header_text.message_id(message.in_reply_to)
    boundary = "=_" + sha256(message.statement + message.text.encode()).hexdigest()[:32]
    fields = [
        ("From", f"{header_text.phrase(message.organisation)} <{our_address}>"),
        ("To", f"<{to}>"),
        ("Subject", header_text.words(message.subject)),
        ("Date", date_text(message.written)),
        ("Message-ID", f"<{message_id}>"),
        *([("In-Reply-To", f"<{answered}>"), ("References", f"<{answered}>")] if answered else []),
        ("Auto-Submitted", "auto-generated"),
        (TLP_FIELD, message.tlp.value),
        ("MIME-Version", "1.0"),
    ]
    head = b"".join(filter(None, (header_text.field(name, value) for name, value in fields)))
    head += f'Content-Type: multipart/mixed; boundary="{boundary}"\r\n\r\n'.encode()
    parts = (
        ("text/plain; charset=utf-8", message.text.replace("\n", "\r\n").encode()),
        ('application/json; name="outcome.json"', message.statement),
    )
    body = b"".join(_part(boundary, kind, content) for kind, content in parts)
    return head + body + f"--{boundary}--\r\n".encode()


def _part(boundary: str, kind: str, content: bytes) -> bytes:
    coded = b64encode(content)
    lines = b"\r\n".join(coded[at : at + 76] for at in range(0, len(coded), 76))
    return (
        f"--{boundary}\r\nContent-Type: {kind}\r\nContent-Transfer-Encoding: base64\r\n\r\n".encode() + lines + b"\r\n"
    )


def read(message: Part) -> StatedOutcome | None:
    """Read what a mail says was done; what a mail attached to it says is not its own word."""
    for part in leaves(message)[:_PARTS]:
        if part.content_type == "application/json" and part.end - part.body_start <= 2 * _LIMIT:
            stated = _statement(part.content())
            if stated is not None:
                return stated
    return None


def read_message(message: Part, context: Context) -> Reading | None:
    """Name the mail; what it says is read by ``read``, where somebody asks who signed it."""
    return None if read(message) is None else arf.carried(message, Kind.OUTCOME, "why.outcome", ())


def _statement(data: bytes) -> StatedOutcome | None:
    if len(data) > _LIMIT:
        return None
    try:
        record = json.loads(data)
    except (ValueError, RecursionError):
        return None
    if not isinstance(record, dict) or record.get("type") != "outcome":
        return None
    name, outcome = record.get("report"), record.get("outcome")
    if not isinstance(name, str) or not isinstance(outcome, str) or not 0 < len(name) <= _WORD >= len(outcome) > 0:
        return None
    return StatedOutcome(report_name=name, outcome=outcome, statement=data)
