"""Write Authentication-Results, and tell which of those that came in bear our name.

Trust:      results hold strangers' text (addresses, domains): whatever it is, it stays inside its property.
Standards:  RFC 8601 section 2.2 (grammar), 2.7 (methods), 5 (a border takes away what bears its own name).
Answers:    ``written(authserv_id, results)`` gives the value; ``bears(value, authserv_id)``.
Limits:     ``RESULT_LIMIT`` results, 200 characters a value.
"""

import re
from collections.abc import Iterable
from itertools import islice
from typing import Final

from comity.formats.authres import MethodResult, parse

RESULT_LIMIT: Final = 30
_VALUE_LIMIT: Final = 200
_WORD: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_PLAIN: Final = re.compile(r"[A-Za-z0-9!#$%&'*+/^_`{|}~.@-]+")
_UNPRINTABLE: Final = re.compile(r"[^ -~]")
_COMMENT: Final = re.compile(r"[^A-Za-z0-9 .:=_-]")


def written(authserv_id: str, results: Iterable[MethodResult]) -> str:
    """The value of the field, a result a line, folded with LF.

    >>> found = MethodResult(method="spf", result="pass", properties={"smtp.mailfrom": "a b@east.example"})
    >>> written("mx.west.example", [found]).split()
    ['mx.west.example;', 'spf=pass', 'smtp.mailfrom="a', 'b@east.example"']
    >>> written("mx.west.example", [])
    'mx.west.example; none'
    """
    lines = [_line(each) for each in islice(results, RESULT_LIMIT) if _WORD.fullmatch(each.method)]
    return ";\n\t".join([authserv_id, *lines]) if lines else f"{authserv_id}; none"


def _line(one: MethodResult) -> str:
    parts = [f"{one.method}={one.result if _WORD.fullmatch(one.result) else 'none'}"]
    if one.comment:
        parts.append(f"({_COMMENT.sub(' ', one.comment)[:_VALUE_LIMIT]})")
    if one.reason:
        parts.append(f"reason={_value(one.reason)}")
    parts += [f"{name}={_value(value)}" for name, value in one.properties.items() if _WORD.fullmatch(name)]
    return " ".join(parts)


def _value(text: str) -> str:
    if _PLAIN.fullmatch(text) and len(text) <= _VALUE_LIMIT:
        return text
    text = _UNPRINTABLE.sub("?", text[:_VALUE_LIMIT])
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def bears(value: str, authserv_id: str) -> bool:
    """Whether a field claims to be written by this host, however its name is dressed.

    >>> bears("MX.West.Example. 1; spf=pass", "mx.west.example"), bears("(by) mx.west.example ; none", "mx.west.example")
    (True, True)
    >>> bears("mx.east.example; spf=pass", "mx.west.example")
    False
    """
    parsed = parse(value)
    return parsed is not None and (parsed.authserv_id or "").rstrip(".") == authserv_id.rstrip(".").lower()
