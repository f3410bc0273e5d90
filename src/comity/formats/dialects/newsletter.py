"""Tell bulk mail that came to the abuse mailbox by itself: newsletters, mailing lists, advertising with a way out.

Trust:      input is a stranger's bytes; "bulk" is what the mail says of itself.
Standards:  RFC 2369 (List-Unsubscribe), RFC 2919 (List-Id), RFC 8058, RFC 2076 (Precedence).
Answers:    ``read(message, context)``: a Reading of kind NEWSLETTER without reports, None where it is something else.
Limits:     an abuse mailbox that is itself a list adds the same fields to every complaint: a text that speaks like a complaint is
            none of these.
"""

from typing import Final

from comity.formats import arf
from comity.formats.clues import complaint
from comity.formats.clues.automatic import is_bulk
from comity.formats.dialects.context import Context
from comity.formats.mime import Part
from comity.formats.plain_text import readable
from comity.model.feedback import Kind, Reading

_TOO_MUCH: Final = 4


def read(message: Part, context: Context) -> Reading | None:
    """Name a bulk mail."""
    if not is_bulk(message.headers):
        return None
    if message.content_type == "multipart/digest":
        return arf.carried(message, Kind.NEWSLETTER, "why.digest", ())
    weight = complaint.weigh(f"{message.headers.decoded('subject') or ''}\n{readable(message)}")
    if weight.points_at_reader and weight.total >= _TOO_MUCH:
        return None
    return arf.carried(message, Kind.NEWSLETTER, "why.bulk-fields", ())
