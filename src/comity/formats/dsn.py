"""Read whether a mail says that another mail was not delivered, for good or for now.

Trust:      input is a stranger's bytes; nobody but the holder of the bounce address is believed, which the caller checks.
Standards:  RFC 3464 section 2 (fields of a delivery status), RFC 3463 (class 5: permanent).
Answers:    ``read(message)``: ``Delivery`` or None where it is no delivery status (a vacation message, say).
Limits:     the first 50 recipients; where they differ, the worst counts.
"""

import re
from dataclasses import dataclass
from itertools import islice
from typing import Final

from comity.formats.mime import Part, scan

_TYPES: Final = frozenset({"message/delivery-status", "message/global-delivery-status"})
_GAP: Final = re.compile(rb"\r?\n[ \t]*\r?\n")
_STATUS: Final = re.compile(r"([245])\.\d{1,3}\.\d{1,3}")
_SAID: Final = re.compile(r"(?<![\d.])[45]\.\d{1,3}\.\d{1,3}(?!\.?\d)")
_PARTS: Final = 50
_RECIPIENTS: Final = 50
_TEXT: Final = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """What became of a mail; ``permanent`` where it will not be tried again."""

    permanent: bool
    status: str | None
    text: str | None  # what the other host said


def status_in(text: str) -> str | None:
    """The code of a failure in what a host said, None where there is none.

    >>> status_in("550 5.1.1 <a@b.example>: user unknown"), status_in("550 no"), status_in("seen from 192.5.1.1")
    ('5.1.1', None, None)
    """
    found = _SAID.search(text)
    return None if found is None else found[0]


def read(message: Part) -> Delivery | None:
    """Read a delivery status.

    >>> data = b"Content-Type: message/delivery-status\\n\\nReporting-MTA: dns; a.example\\n\\nAction: failed\\nStatus: 5.1.1\\n"
    >>> read(scan(data)).permanent
    True
    """
    for part in islice(message.walk(), _PARTS):
        if part.content_type in _TYPES:
            return _worst(part.content())
    failed = message.headers.first("x-failed-recipients")
    return None if failed is None else Delivery(permanent=True, status=None, text=None)


def _worst(content: bytes) -> Delivery | None:
    found: Delivery | None = None
    for block in islice(_GAP.split(content.strip()), _RECIPIENTS + 1):
        headers = scan(block + b"\n\n").headers
        action = (headers.first("action") or "").strip().lower()
        status = _STATUS.search(headers.first("status") or "")
        if not action and status is None:
            continue  # what is said about the whole mail
        permanent = action == "failed" and (status is None or status[1] == "5")
        if found is None or (permanent and not found.permanent):
            said = headers.first("diagnostic-code")
            found = Delivery(permanent=permanent, status=status and status[0], text=said and said[:_TEXT])
    return found
