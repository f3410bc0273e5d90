"""XML in a notice, read as a list of leaves: no document, no entities, no schema.

Trust:      a stranger's markup; nothing is resolved, expanded or fetched, so there is nothing to bomb.
Standards:  ACNS 1.2 by its element names.
Answers:    ``find(text)``: (path, value) of every leaf and every attribute, in order.
Limits:     2,000 leaves, 40 levels; what is no XML gives what it gives.
"""

import re
from dataclasses import dataclass
from html import unescape
from typing import Final

_TOKEN: Final = re.compile(r"<(?P<close>/?)(?P<name>[A-Za-z_][A-Za-z0-9_:.-]{0,60}+)(?P<rest>[^<>]{0,4000}+)>")
_ATTRIBUTE: Final = re.compile(
    r"([A-Za-z_][A-Za-z0-9_:.-]{0,60})\s{0,5}=\s{0,5}(?:\"([^\"]{0,2000})\"|"
    r"'([^']{0,2000})')"
)
_MOST: Final = 2_000
_DEEP: Final = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf:
    """One value: the names of its element and the one around it ("source/ip_address"), and the number of its record.

    Attributes of one element share a record, and so do the leaves of one parent.
    """

    path: str
    value: str
    record: int


def find(text: str) -> list[Leaf]:
    """Find the leaves.

    >>> find("<Source><IP_Address>192.0.2.1</IP_Address></Source>")
    [Leaf(path='source/ip_address', value='192.0.2.1', record=1)]
    >>> find('<url_info url="http://bad.example/" ip="192.0.2.1" />')[1]
    Leaf(path='url_info@ip', value='192.0.2.1', record=1)
    """
    found: list[Leaf] = []
    stack: list[tuple[str, int]] = []
    records = 0
    opened_at = -1
    for match in _TOKEN.finditer(text):
        if len(found) >= _MOST:
            break
        name = match.group("name").lower().rpartition(":")[2]
        if match.group("close"):
            if stack and stack[-1][0] == name:
                _, record = stack.pop()
                value = text[opened_at : match.start()] if opened_at >= 0 else ""
                if opened_at >= 0 and value.strip() and len(value) < 1000:
                    parent = f"{stack[-1][0]}/" if stack else ""
                    number = stack[-1][1] if stack else record
                    found.append(Leaf(path=parent + name, value=unescape(value.strip()), record=number))
            opened_at = -1
            continue
        records += 1
        rest = match.group("rest")
        for attribute in _ATTRIBUTE.finditer(rest):
            value = attribute.group(2) if attribute.group(2) is not None else attribute.group(3)
            found.append(Leaf(path=f"{name}@{attribute.group(1).lower()}", value=unescape(value), record=records))
        opened_at = -1
        if not rest.endswith("/") and len(stack) < _DEEP:
            stack.append((name, records))
            opened_at = match.end()
    return found
