"""A mail that carries a DMARC aggregate report or an SMTP TLS report.

Trust:      input is a stranger's bytes; subject lines and names are not believed, the attachment is looked at.
Standards:  RFC 7489 section 7.2.1.1, RFC 8460 section 5.
Answers:    ``read(message, context)``: a Reading of kind AGGREGATE, None where no part is one.
Limits:     20 attachments among the first 50 parts; attached messages are not looked into.
"""

from itertools import islice
from typing import Final

from comity.formats import aggregate, archives, arf
from comity.formats.dialects.context import Context
from comity.formats.mime import Part
from comity.formats.plain_text import leaves
from comity.model.feedback import Reading

_PART_LIMIT: Final = 20
_TYPES: Final = ("application/", "text/xml", "text/json")
_NAMES: Final = (".xml", ".json", ".gz", ".zip")


def read(message: Part, context: Context) -> Reading | None:
    """Read one mail."""
    for part in islice(filter(_may_be, leaves(message)), _PART_LIMIT):
        data = part.content()
        if archives.kind(data) or data[:_LOOK].lstrip()[:1] in {b"<", b"{", b"\xef"}:
            found = aggregate.read(data, part.filename)
            if found is not None:
                return arf.carried(message, found.kind, found.why, (), found.findings)
    return None


_LOOK: Final = 200


def _may_be(part: Part) -> bool:
    return part.content_type.startswith(_TYPES) or (part.filename or "").lower().endswith(_NAMES)
