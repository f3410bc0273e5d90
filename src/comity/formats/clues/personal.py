"""Tell whether ordinary mail looks written by a person, and which numbers of ours it may name.

Trust:      input is a stranger's bytes: anybody can write the number of a case. What is found is looked for, nothing more.
Standards:  RFC 5321 section 4.5.5 (the null sender: answer it not), RFC 3834 section 5.
Answers:    ``numbers(message)``: what has the form of a case's short name or of a notice's reference, None where no person seems to
            have written it: there is no writer, or a mark of a program or of mail that goes to many.
Limits:     the subject and the first 20,000 characters; five numbers.
"""

import re
from itertools import islice
from typing import Final

from comity.formats.clues import automatic
from comity.formats.mime import Part, first_address
from comity.formats.plain_text import readable

_TEXT: Final = 20_000
_MOST: Final = 5
# A case's short name (twelve hexadecimal signs, twenty for a letter's), or twelve digits in fours, as notices show them.
_NUMBER: Final = re.compile(
    r"(?<![0-9A-Za-z])(?:[0-9a-f]{20}|[0-9a-f]{12}|[0-9]{4}[ -][0-9]{4}[ -][0-9]{4})(?![0-9A-Za-z])"
)


def numbers(message: Part) -> tuple[str, ...] | None:
    """What may be a number of ours, without blanks and dashes, in order; None where no person seems to have written it.

    >>> from comity.formats.mime import scan
    >>> numbers(scan(b"From: w@west.example\\nSubject: case 6ca9f00d1234\\n\\nIs 1234-5678-9012 yours?"))
    ('6ca9f00d1234', '123456789012')
    >>> numbers(scan(b"From: w@west.example\\n\\nplease stop")), numbers(scan(b"From: noreply@west.example\\n\\nhello"))
    ((), None)
    """
    headers = message.headers
    if first_address(headers.first("from") or "") is None or (headers.first("return-path") or "").strip() == "<>":
        return None
    text = readable(message)[:_TEXT]
    if automatic.is_bulk(headers) or automatic.mark(message, text) is not None:
        return None
    said = f"{headers.decoded('subject') or ''}\n{text}"
    found = (re.sub(r"[ -]", "", each.group()) for each in _NUMBER.finditer(said))
    return tuple(islice(dict.fromkeys(found), _MOST))
