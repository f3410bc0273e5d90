"""Records as bytes that can be signed: one form for each record, and nothing else is read.

Trust:      ``read`` takes anybody's bytes and answers None for anything that is not canonical.
Standards:  JSON (RFC 8259) in the one form of RFC 8785 for text, whole numbers, true, false, null, lists and objects: keys sorted,
            no white space, UTF-8.
Answers:    ``written(record)``, ``read(data, limit)``; ``check(value)`` raises ValueError for what has no such form.
Limits:     numbers are whole and below 2**53; keys are ASCII.
"""

import json
from collections.abc import Mapping
from typing import Any, Final

_SAFE: Final = 1 << 53
_PLAIN: Final = frozenset({str, bool, type(None)})  # have one form, whatever they say
_ENCODER: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True, allow_nan=False)


def written(record: Any) -> bytes:
    """The one form of a record.

    >>> written({"b": 1, "a": None})
    b'{"a":null,"b":1}'
    """
    return _ENCODER.encode(record).encode()


def _whole(text: str) -> int:
    number = int(text[:20])
    if abs(number) >= _SAFE:
        raise ValueError(text[:20])
    return number


def _refuse(text: str) -> Any:
    raise ValueError(text[:20])


_DECODER: Final = json.JSONDecoder(parse_float=_refuse, parse_int=_whole, parse_constant=_refuse)


def check(value: Any) -> None:
    """Raise ValueError where a value holds what has no one form."""
    kind = type(value)
    if kind is int and -_SAFE < value < _SAFE:
        return
    if kind is dict or isinstance(value, Mapping):
        for key, inner in value.items():
            if not isinstance(key, str) or not key.isascii():
                raise ValueError(f"a key is ASCII text, not {key!r}")
            if type(inner) not in _PLAIN:
                check(inner)
    elif kind is list or kind is tuple or isinstance(value, list | tuple):
        for inner in value:
            if type(inner) not in _PLAIN:
                check(inner)
    elif kind in _PLAIN or isinstance(value, bool | str):
        return
    elif not isinstance(value, int) or abs(value) >= _SAFE:
        raise ValueError(f"text and whole numbers have one form, not {value!r}")


def read(data: bytes, limit: int) -> dict[str, Any] | None:
    """Read a record of at most ``limit`` bytes; None unless these are exactly the bytes that ``written`` gives for what they say.

    >>> read(b'{"id":"r1"}', 100), read(b'{"id": "r1"}', 100), read(b'{"id":"r1"}', 5)
    ({'id': 'r1'}, None, None)
    """
    if len(data) > limit:
        return None
    try:
        record = _DECODER.decode(data.decode("utf-8"))
        if not data.isascii():
            check(record)
        if isinstance(record, dict) and written(record) == data:
            return record
    except (ValueError, RecursionError):
        pass
    return None
