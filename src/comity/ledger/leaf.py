"""Leaves: what the ledger says of one event, as canonical bytes; the payload it commits to stays outside.

Trust:      leaves may come from the other side: ``read`` answers None for anything that is not canonical.
Standards:  JSON (RFC 8259) in the one form of RFC 8785 for what a leaf may hold: text, whole numbers, true, false, null,
            lists and objects; keys sorted, no white space, UTF-8.
Answers:    ``canonical(record)``, ``read(data)``, ``commitment(salt, payload)``.
Limits:     4 KiB a leaf; numbers are whole and below 2**53; keys are ASCII. Erasing payload and salt leaves the leaf as it is.
"""

from collections.abc import Mapping
from enum import StrEnum
from hashlib import sha256
from typing import Any, Final

from comity.formats import canonical_json

LIMIT: Final = 4096


class LeafType(StrEnum):
    """What a leaf is about."""

    REPORT = "report"
    NOT_SPAM = "not-spam"
    OUTCOME = "outcome"
    CORRECTION = "correction"
    RETRACT = "retract"
    DISPUTE = "dispute"
    KEY = "key"
    OPENING = "opening"
    DAY_CLOSE = "day-close"
    RECOURSE = "recourse"
    AGREEMENT = "agreement"
    STATEMENT = "statement"
    SIGNAL = "signal"


REFUSED: Final = (
    "refused"  # what a copy files a leaf under that its reader refuses: it stands in the tree, and in no count
)
COUNTED: Final = frozenset({LeafType.REPORT, LeafType.NOT_SPAM})  # what is a report, and stands in the counts


def canonical(record: Mapping[str, Any]) -> bytes:
    """The bytes of a leaf; ValueError where it holds what a leaf may not hold, or is too long.

    >>> canonical({"type": "report", "id": "r1", "tlp": None})
    b'{"id":"r1","tlp":null,"type":"report"}'
    """
    canonical_json.check(record)
    data = canonical_json.written(record)
    if len(data) > LIMIT:
        raise ValueError(f"a leaf of {len(data)} bytes, {LIMIT} is the most")
    return data


def read(data: bytes) -> dict[str, Any] | None:
    """Read a leaf; None unless these are exactly the bytes that ``canonical`` gives for what they say.

    >>> read(b'{"id":"r1","type":"report"}'), read(b'{"type": "report"}')
    ({'id': 'r1', 'type': 'report'}, None)
    """
    return canonical_json.read(data, LIMIT)


def commitment(salt: bytes, payload: bytes) -> str:
    """What a leaf says of its payload: nothing to whoever has not both, and proof of it to whoever has.

    >>> commitment(b"s" * 16, b"payload")[:12]
    'e82e31295bae'
    """
    return sha256(salt + payload).hexdigest()
