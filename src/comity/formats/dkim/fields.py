"""A message as DKIM looks at it: header fields in order, found by name from the bottom, and hashes of the body.

Trust:      input is a stranger's bytes; nothing is raised.
Standards:  RFC 6376 section 3.4 (what is hashed), 5.4.2 (fields of one name are taken from the bottom up).
Answers:    ``fields_of`` gives ``Fields`` for bytes or a scanned part.
Limits:     those of the mail scanner; each canonical form is made once a message.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from hashlib import sha256
from typing import Final

from comity.formats.dkim.canonical import crlf, relaxed_body, relaxed_field, simple_body
from comity.formats.mime import Part, scan

# The scanner's own idea of a field, over the block that the scanner found: (field, name, value). A record for each
# field, as ``Headers.items`` gives, would double the price of a verification.
_FIELD: Final = re.compile(rb"^(([!-9;-~]++)[ \t]*+:([^\n]*+(?>\n[ \t][^\n]*+)*+))", re.MULTILINE)

_LINES_ALIKE: Final = 1 << 18  # bytes of header fields: what the scanner looks at whatever the line ends


class Fields:
    """Header fields with CRLF inside and none at their end, and the body with CRLF."""

    __slots__ = ("_bodies", "_digests", "_fields", "_plain", "_relaxed", "body", "positions")

    def __init__(self, fields: Sequence[tuple[bytes, bytes, bytes]], body: bytes, plain: bool = False) -> None:
        """``fields`` gives (whole field, name, value) from the top down, CR at the end or not.

        ``plain`` says that the only white space in the fields is what DKIM takes for white space.
        """
        self._fields, self._plain, self.body = fields, plain, body
        self._relaxed: dict[int, bytes] = {}
        self._bodies: dict[bool, bytes] = {}
        self._digests: dict[tuple[bool, int | None], tuple[bytes | None, int]] = {}
        self.positions: dict[bytes, list[int]] = {}
        for at, (_, name, _) in enumerate(fields):
            lower = name.lower()
            if lower in self.positions:
                self.positions[lower].append(at)
            else:
                self.positions[lower] = [at]

    def line(self, at: int, relaxed: bool) -> bytes:
        """One field in its canonical form, without its line end."""
        if not relaxed:
            return self._fields[at][0].removesuffix(b"\r")
        line = self._relaxed.get(at)
        if line is None:
            whole, name, value = self._fields[at]
            line = (
                name.lower() + b":" + b" ".join(value.split())
                if self._plain
                else relaxed_field(whole.removesuffix(b"\r"))
            )
            self._relaxed[at] = line
        return line

    def signed(self, names: Iterable[bytes], relaxed: bool, itself: int | None) -> list[bytes]:
        """The fields that a list of names selects, in its order; a name more often than its field selects nothing.

        ``itself`` is the signature that is checked: h= never means that one.
        """
        left: dict[bytes, list[int]] = {}
        chosen: list[bytes] = []
        for name in names:
            places = left.get(name)
            if places is None:
                places = left[name] = [at for at in self.positions.get(name, ()) if at != itself]
            if places:
                chosen.append(self.line(places.pop(), relaxed))
        return chosen

    def repeated(self, names: Iterable[bytes], itself: int | None) -> tuple[bytes, ...]:
        """The names that stand in the header more often than in a list: their upper fields are not signed."""
        found = []
        for name, count in Counter(names).items():
            places = self.positions.get(name)
            if places is not None and len(places) - (itself in places) > count:
                found.append(name)
        return tuple(found)

    def body_hash(self, relaxed: bool, length: int | None) -> tuple[bytes | None, int]:
        """SHA-256 over the first ``length`` octets of the canonical body, and how many octets come after them.

        None where the body is shorter than that.
        """
        answer = self._digests.get((relaxed, length))
        if answer is None:
            body = self._bodies.get(relaxed)
            if body is None:
                body = self._bodies[relaxed] = relaxed_body(self.body) if relaxed else simple_body(self.body)
            if length is None:
                answer = sha256(body).digest(), 0
            elif length > len(body):
                answer = None, 0
            else:
                answer = sha256(memoryview(body)[:length]).digest(), len(body) - length
            self._digests[relaxed, length] = answer
        return answer


def fields_of(message: bytes | Part | Fields) -> Fields:
    """Split a message; line ends become CRLF first, as they were on the wire. What was split stays as it is."""
    if isinstance(message, Fields):
        return message
    raw = message if isinstance(message, bytes) else message.raw
    part = message if isinstance(message, Part) else scan(raw)
    header, body = part.headers.raw, part.body
    if (
        b"\r" not in raw and len(header) <= _LINES_ALIKE
    ):  # a file of a system whose lines end with LF: the parts are the same
        header, body = crlf(header), crlf(body)
    elif (wire := crlf(raw)) is not raw:
        part = scan(wire)
        header, body = part.headers.raw, part.body
    plain = b"\x0b" not in header and b"\x0c" not in header and header.count(b"\r") == header.count(b"\r\n")
    return Fields(_FIELD.findall(header), body, plain)
