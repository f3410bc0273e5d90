"""Read which mails left us on which day, and make keyed identities of them: nobody learns an address or a subject from the store.

Trust:      the operator's own file, whole for each day that it names; a line that cannot be read is an error, never skipped: a
            mail that is missing here makes an honest complaint look invented.
Standards:  RFC 4180 (CSV) with a heading of ``day`` and ``message_id``; RFC 5322 section 3.6.4 (Message-ID).
Answers:    ``read_deliveries(lines, name)`` gives day, Message-ID and, where a column ``to`` names one, the domain of the recipient
            of each line, or a ``LineSlip``; ``identity`` the keyed hash.
Limits:     of a recipient the domain alone is read; other columns are passed over. A Message-ID is compared as it stands, without
            its angle brackets, and as a report keeps it (``kept_id``).
"""

import csv
import hmac
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Final

from comity.formats.original import kept_id
from comity.model.line_slip import LineSlip

COLUMNS: Final = ("day", "message_id")
TO: Final = "to"
_LONGEST: Final = 998


def read_deliveries(lines: Iterable[str], name: str) -> Iterator[tuple[date, str, str | None] | LineSlip]:
    """Each line as day, Message-ID and domain of the recipient; a slip ends it.

    >>> list(read_deliveries(["day,message_id", "2026-11-23,<1@shop.example>"], "sent.csv"))
    [(datetime.date(2026, 11, 23), '1@shop.example', None)]
    >>> list(read_deliveries(["day,message_id,to", "2026-11-23,<1@shop.example>,ann@EAST.example"], "sent.csv"))[0][2]
    'east.example'
    """
    reader = csv.reader(lines, strict=True)
    try:
        heading = [cell.strip().lower() for cell in next(reader, [])]
        if any(column not in heading for column in COLUMNS):
            yield LineSlip(place=f"{name}:1", code="columns", text=",".join(heading)[:80])
            return
        day_at, id_at = (heading.index(column) for column in COLUMNS)
        to_at = heading.index(TO) if TO in heading else None
        for row in reader:
            if not any(cell.strip() for cell in row):
                continue
            place = f"{name}:{reader.line_num}"
            message_id = _bare(row[id_at]) if len(row) > id_at else ""
            if len(row) <= day_at or not message_id or len(message_id) > _LONGEST:
                yield LineSlip(place=place, code="line", text=",".join(row)[:80])
                return
            try:
                day = date.fromisoformat(row[day_at].strip())
            except ValueError:
                yield LineSlip(place=place, code="day", text=row[day_at][:80])
                return
            to = "" if to_at is None or len(row) <= to_at else row[to_at].strip()
            domain = _domain(to) if to else None
            if to and domain is None:
                yield LineSlip(place=place, code="to", text=",".join(row)[:80])
                return
            yield day, message_id, domain
    except (csv.Error, UnicodeDecodeError) as error:
        yield LineSlip(place=f"{name}:{reader.line_num + 1}", code="line", text=str(error)[:80])


def identity(key: bytes, message_id: str) -> bytes:
    """What stands in the store for a mail that left us.

    >>> identity(b"key", "<1@shop.example>") == identity(b"key", "1@shop.example")
    True
    """
    return hmac.digest(key, b"delivered\0" + kept_id(_bare(message_id)).encode("utf-8", "replace"), "sha256")[:16]


def _domain(text: str) -> str | None:
    """The domain of a recipient, or a domain as it stands."""
    name = text.strip().rpartition("@")[2].strip("<> ").rstrip(".").lower()
    return name if 0 < len(name) <= 253 and "." in name and name.isprintable() and " " not in name else None


def _bare(message_id: str) -> str:
    return message_id.strip().removeprefix("<").removesuffix(">").strip()
