"""Write and read the mail that tells a reporter what was done: text for people, and one JSON part for programs.

Trust:      read: a stranger's bytes, which prove nothing: the caller asks who signed the mail. Written: our own values.
Standards:  RFC 2046 (multipart/mixed), RFC 8259 (the JSON part, base64 so that its bytes arrive as they are), RFC 3834.
Answers:    ``write(message)`` gives bytes; ``read(message)`` gives ``StatedOutcome`` with the JSON part as it is, or None.
Limits:     told by the shape of a JSON part (type "outcome", a report, an outcome), never by From; a part of at most 4 KiB.
"""

import json
from dataclasses import dataclass, field
from typing import Final

from comity.formats import arf
from comity.formats.arf_writer import TLP_FIELD
from comity.formats.dialects.context import Context
from comity.formats.mime import Part
from comity.formats.plain_text import leaves
from comity.formats.two_part_mail import MailPart, TwoPartMail
from comity.model.feedback import Kind, Reading
from comity.model.tlp import Tlp

_LIMIT: Final = 4096
_PARTS: Final = 20
_WORD: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeMessage(TwoPartMail):
    """One outcome and the mail that carries it."""

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
    part = MailPart('application/json; name="outcome.json"', message.statement)
    return message.with_part(part, "auto-generated", [(TLP_FIELD, message.tlp.value)])


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
