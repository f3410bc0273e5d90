"""Mailbox addresses out of header fields.

Trust:      input is a stranger's text; nothing is raised; an address is only "what stands where an address belongs".
Standards:  RFC 5322 section 3.4, read tolerantly.
Answers:    ``addresses(value)``, ``first_address(value)``, ``domain_of(address)``.
Limits:     linear time; the first 2,000 addresses of a field.
"""

import re
from typing import Final

from comity.formats.mime.words import decode_words
from comity.model.record import record

_SPECIAL: Final = re.compile(r'["(),:;<>\\]')
_SIMPLE: Final = re.compile(r"[^\s\"(),:;<>@\\\[\]]+@[^\s\"(),:;<>@\\]+")
_MOST: Final = 2000


@record
class Mailbox:
    """One mailbox of an address list: the name people see, decoded, and the address as written."""

    display: str | None
    address: str


def addresses(value: str) -> tuple[Mailbox, ...]:
    """Read an address list; groups are flattened, comments dropped, entries without an address left out.

    >>> addresses('"Desk, Abuse" <abuse@west.example>, (x) postmaster@west.example')[0]
    Mailbox(display='Desk, Abuse', address='abuse@west.example')
    """
    value = value.strip()
    if _SIMPLE.fullmatch(value):
        return (Mailbox(display=None, address=value),)
    angled = _ANGLED.fullmatch(value)
    if angled:
        called = decode_words(value[: angled.start(1) - 1]).strip()
        return (Mailbox(display=called or None, address=angled.group(1)),)
    found: list[Mailbox] = []
    is_quoted = '"@' in value  # asked once: a value may have as many entries as signs
    for text, angle in _entries(value):
        if len(found) >= _MOST:
            break
        address = angle.strip() if angle is not None else text.strip()
        if angle is None and " " in address and not is_quoted:
            # "abuse@west.example abuse desk": take what looks like an address, else nothing. A quoted local part is whole.
            match = _SIMPLE.search(address[:1000])
            address = match.group() if match else ""
        address = address.strip("<> \t")
        if "@" in address or (angle is not None and address):
            display = decode_words(text).strip() if angle is not None else None
            found.append(Mailbox(display=display or None, address=address))
    return tuple(found)


def _entries(value: str) -> list[tuple[str, str | None]]:
    """Split at commas outside quotes, comments and angles into (text, what stood in angles)."""
    entries: list[tuple[str, str | None]] = []
    text: list[str] = []
    angle: list[str] | None = None
    closed: str | None = None
    quoted, depth, position = False, 0, 0
    for match in _SPECIAL.finditer(value):
        start, special = match.start(), match.group()
        if start < position:
            continue
        target = angle if angle is not None else text
        if depth == 0:
            target.append(value[position:start])
        position = match.end()
        if special == "\\":
            if depth == 0:
                target.append(value[position : position + 1])
            position += 1
        elif quoted:
            quoted = special != '"'
            if quoted or angle is not None:
                target.append(special)
        elif depth or special in "()":
            depth = depth + 1 if special == "(" else max(0, depth - 1) if special == ")" else depth
        elif special == '"':
            quoted = True
            if angle is not None:
                target.append(special)
        elif special == "<":
            angle = []
        elif special == ">" and angle is not None:
            closed, angle = "".join(angle), None
        elif special in ",;" and angle is None:
            entries.append(("".join(text), closed))
            text, closed = [], None
        elif special == ":" and angle is None:
            # A group name ends here; inside angles a colon belongs to an obsolete route or an IPv6 literal.
            text = []
        else:
            target.append(special)
    if depth == 0 and position < len(value):
        (angle if angle is not None else text).append(value[position:])
    entries.append(("".join(text), closed if angle is None else "".join(angle)))
    return entries


def first_address(value: str) -> str | None:
    """Give the first address of a field, None where it has none.

    >>> first_address("Abuse desk <abuse@west.example>"), first_address("undisclosed-recipients:;")
    ('abuse@west.example', None)
    """
    match = _ANGLED.fullmatch(value.strip())
    if match:
        return match.group(1)
    found = addresses(value)
    return found[0].address if found else None


_ANGLED: Final = re.compile(r"[^\"(),:;<>\\]{0,200}<([^\s\"(),:;<>@\\]++@[^\s\"(),:;<>@\\]++)>")


def domain_of(address: str | None) -> str | None:
    """Give the domain of an address in lower case without a final dot, None where there is none.

    >>> domain_of("Abuse@West.Example."), domain_of("<>")
    ('west.example', None)
    """
    if not address or "@" not in address:
        return None
    return address.rpartition("@")[2].strip("> \t").rstrip(".").lower() or None
