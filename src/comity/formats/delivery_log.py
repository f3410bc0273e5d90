"""Read which mails left us on which day, and make keyed identities of them: nobody learns an address or a subject from the store.

Trust:      the operator's own file, whole for each day that it names; a line that cannot be read is an error, never skipped: a
            mail that is missing here makes an honest complaint look invented.
Standards:  RFC 4180 (CSV) with a heading of ``day`` and ``message_id``; RFC 5322 section 3.6.4 (Message-ID).
Answers:    ``read_deliveries(lines, name)`` gives day and Message-ID of each line, or a ``LineSlip``; ``identity`` the keyed hash.
Limits:     other columns are passed over. A Message-ID is compared as it stands, without its angle brackets.
"""

import csv
import hmac
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Final

from comity.model.line_slip import LineSlip

COLUMNS: Final = ("day", "message_id")
_LONGEST: Final = 998


def read_deliveries(lines: Iterable[str], name: str) -> Iterator[tuple[date, str] | LineSlip]:
    """Each line as day and Message-ID; a slip ends it.

    >>> list(read_deliveries(["day,message_id", "2026-11-23,<1@shop.example>"], "sent.csv"))
    [(datetime.date(2026, 11, 23), '1@shop.example')]
    """
    reader = csv.reader(lines, strict=True)
    try:
        heading = [cell.strip().lower() for cell in next(reader, [])]
        if any(column not in heading for column in COLUMNS):
            yield LineSlip(place=f"{name}:1", code="columns", text=",".join(heading)[:80])
            return
        day_at, id_at = (heading.index(column) for column in COLUMNS)
        for row in reader:
            if not any(cell.strip() for cell in row):
                continue
            place = f"{name}:{reader.line_num}"
            message_id = _bare(row[id_at]) if len(row) > id_at else ""
            if len(row) <= day_at or not message_id or len(message_id) > _LONGEST:
                yield LineSlip(place=place, code="line", text=",".join(row)[:80])
                return
            try:
                yield date.fromisoformat(row[day_at].strip()), message_id
            except ValueError:
                yield LineSlip(place=place, code="day", text=row[day_at][:80])
                return
    except (csv.Error, UnicodeDecodeError) as error:
        yield LineSlip(place=f"{name}:{reader.line_num + 1}", code="line", text=str(error)[:80])


def identity(key: bytes, message_id: str) -> bytes:
    """What stands in the store for a mail that left us.

    >>> identity(b"key", "<1@shop.example>") == identity(b"key", "1@shop.example")
    True
    """
    return hmac.digest(key, b"delivered\0" + _bare(message_id).encode("utf-8", "replace"), "sha256")[:16]


def _bare(message_id: str) -> str:
    return message_id.strip().removeprefix("<").removesuffix(">").strip()
