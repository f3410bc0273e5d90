"""Leaves: what the ledger says of one event, as canonical bytes; the payload it commits to stays outside.

Trust:      leaves may come from the other side: ``read`` answers None for anything that is not canonical.
Standards:  JSON (RFC 8259) in the one form of RFC 8785 for what a leaf may hold: text, whole numbers, true, false, null,
            lists and objects; keys sorted, no white space, UTF-8.
Answers:    ``canonical(record)``, ``read(data)``, ``commitment(salt, payload)``.
Limits:     4 KiB a leaf; numbers are whole and below 2**53; keys are ASCII. Erasing payload and salt leaves the leaf as it is.
"""

import json
from collections.abc import Mapping
from enum import StrEnum
from hashlib import sha256
from typing import Any, Final

LIMIT: Final = 4096
_SAFE: Final = 1 << 53


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
    STATEMENT = "statement"


COUNTED: Final = frozenset({LeafType.REPORT, LeafType.NOT_SPAM})  # what is a report, and stands in the counts


def canonical(record: Mapping[str, Any]) -> bytes:
    """The bytes of a leaf; ValueError where it holds what a leaf may not hold, or is too long.

    >>> canonical({"type": "report", "id": "r1", "tlp": None})
    b'{"id":"r1","tlp":null,"type":"report"}'
    """
    _check(record)
    data = _written(record)
    if len(data) > LIMIT:
        raise ValueError(f"a leaf of {len(data)} bytes, {LIMIT} is the most")
    return data


def _written(record: Mapping[str, Any]) -> bytes:
    return json.dumps(record, ensure_ascii=False, separators=(",", ":"), sort_keys=True, allow_nan=False).encode()


def _whole(text: str) -> int:
    number = int(text[:20])
    if abs(number) >= _SAFE:
        raise ValueError(text[:20])
    return number


def _refuse(text: str) -> Any:
    raise ValueError(text[:20])


_DECODER: Final = json.JSONDecoder(parse_float=_refuse, parse_int=_whole, parse_constant=_refuse)


def _check(value: Any) -> None:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            if not isinstance(key, str) or not key.isascii():
                raise ValueError(f"a key of a leaf is ASCII text, not {key!r}")
            _check(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            _check(inner)
    elif isinstance(value, bool) or value is None or isinstance(value, str):
        return
    elif not isinstance(value, int) or abs(value) >= _SAFE:
        raise ValueError(f"a leaf holds text and whole numbers, not {value!r}")


def read(data: bytes) -> dict[str, Any] | None:
    """Read a leaf; None unless these are exactly the bytes that ``canonical`` gives for what they say.

    >>> read(b'{"id":"r1","type":"report"}'), read(b'{"type": "report"}')
    ({'id': 'r1', 'type': 'report'}, None)
    """
    if len(data) > LIMIT:
        return None
    try:
        record = _DECODER.decode(data.decode("utf-8"))
        if not data.isascii():
            _check(record)
        if isinstance(record, dict) and _written(record) == data:
            return record
    except (ValueError, RecursionError):
        pass
    return None


def commitment(salt: bytes, payload: bytes) -> str:
    """What a leaf says of its payload: nothing to whoever has not both, and proof of it to whoever has.

    >>> commitment(b"s" * 16, b"payload")[:12]
    'e82e31295bae'
    """
    return sha256(salt + payload).hexdigest()
