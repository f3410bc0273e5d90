"""The fields of one feedback part, tolerant of every way they are written.

Trust:      input is a stranger's bytes; values are safe to store, not to print unescaped.
Standards:  RFC 5965 section 3, RFC 6591 section 3, RFC 6692.
Answers:    ``Fields``: values by canonical name in order, with findings for what breaks the standard.
Limits:     the first 64 KiB and 500 lines; field names are matched without case.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from itertools import filterfalse
from typing import Final

from comity.formats import ip
from comity.formats.mime import parse_date
from comity.formats.mime.charsets import decode
from comity.formats.remembered import Remembered
from comity.model.findings import Finding, finding

# A name and its colon. Some write one word more: "Source-IP Address: ...".
_NAME: Final = re.compile(r"([A-Za-z][A-Za-z0-9_-]{0,60}+)(?: [A-Za-z]{2,8})?[ \t]*+:")
_FOLD: Final = re.compile(r"\n[ \t]++(?=[^\n])")
_BYTES: Final = 65536
_LINES: Final = 500
_MISSPELT: Final = {
    "source_ip": "source-ip",
    "sourceip": "source-ip",
    "source-ip-address": "source-ip",
    "source": "source-ip",
    "feedback_type": "feedback-type",
    "feedbacktype": "feedback-type",
    "original-mailfrom": "original-mail-from",
    "original_mail_from": "original-mail-from",
    "original-from": "original-mail-from",
    "original-rcpt": "original-rcpt-to",
    "original-rcptto": "original-rcpt-to",
    "original_rcpt_to": "original-rcpt-to",
    "original-recipient": "original-rcpt-to",
    "removal-recipient": "original-rcpt-to",  # from the drafts before RFC 5965
    "reported_domain": "reported-domain",
    "reported-url": "reported-uri",
    "reported_uri": "reported-uri",
    "arrival_date": "arrival-date",
    "sourceport": "source-port",
    "source_port": "source-port",
}
_NO_KEY: Final = ""


def _key(written: str) -> str:
    """The canonical name, by what stands up to a colon and with it."""
    match = _NAME.fullmatch(written)
    return match.group(1).lower() if match else _NO_KEY


_key_of: Final = Remembered(_key, most=4096, longest=80, nothing=_NO_KEY).__getitem__
_REDACTED: Final = re.compile(r"(?i)redact|x\.x|xxx|hidden|\*{2}|anonym|removed|unknown|n/?a\b|none|^-+$")
_ONCE: Final = frozenset(
    {
        "feedback-type", "user-agent", "version", "original-envelope-id", "original-mail-from", "arrival-date",
        "received-date", "reporting-mta", "source-ip", "source-port", "incidents",
    }
)  # fmt: skip


class Fields:
    """The fields of one feedback part; ``findings`` grows while values are asked for."""

    __slots__ = ("_first", "_repeated", "findings", "first", "has", "one")

    has: Callable[[str], bool]  # whether the field stands there, if only with nothing in it

    # Where each field stands once and none is empty, as in most reports, both are the method of a dict.
    first: Callable[[str], str | None]  # the first value that is not empty
    one: Callable[[str], str | None]  # that of a field that may stand once; None where two values contradict each other

    def __init__(self, data: bytes) -> None:
        """Take the feedback part's decoded bytes."""
        self.findings: list[Finding] = []
        self._repeated: dict[str, list[str]] = {}  # every value of a field that stands more than once
        self._first = first = self._taken(data)
        self.has = first.__contains__
        if not _MISSPELT.keys().isdisjoint(first):
            self._respell()
        if self._repeated:
            self._remark()
            values = _Values(first, self._repeated, self.findings)
            self.first, self.one = values.first, values.one
        elif "" in first.values():
            self._remark()
            self.first = self.one = {key: text for key, text in first.items() if text}.get
        else:
            self.first = self.one = first.get

    def _taken(self, data: bytes) -> dict[str, str]:
        """The first value of each field, line by line: half as long as one expression, for names are mostly the usual ones."""
        block = data[:_BYTES].decode("latin-1")  # a character a byte; what is not ASCII is decoded value by value
        if "\r" in block:
            block = block.replace("\r\n", "\n").replace("\r", "\n")
        if "\n " in block or "\n\t" in block:
            block = _FOLD.sub(" ", block)
        lines = block.split("\n")
        if len(lines) > _LINES or len(data) > _BYTES:
            lines = lines[:_LINES]
            self.findings.append(finding("size-limit", "feedback-part"))
        while lines and not lines[-1]:
            lines.pop()
        first: dict[str, str] = {}
        key_of, is_ascii = _key_of, block.isascii()
        for line in lines:
            # Split at the blank behind its colon a line leaves a value that is not copied once more to be stripped.
            written, _, value = line.partition(" ")
            key = key_of(written)
            if not key:  # not everybody writes the blank, some write another before the colon
                written, colon, value = line.partition(":")
                key = key_of(written + colon)
                if not key:
                    continue
            text = value.strip()
            if not is_ascii:
                text = decode(text.encode("latin-1"), None)[0].strip()
            if key not in first:
                first[key] = text
            else:
                self._repeated.setdefault(key, [first[key]]).append(text)
        return first

    def _respell(self) -> None:
        for wrong in sorted(_MISSPELT.keys() & self._first.keys()):
            right = _MISSPELT[wrong]
            if wrong == "source" and ip.canonical(self._first[wrong]) is None:
                continue  # Validity's "Source" names the complaint's channel
            if right not in self._first:
                self._first[right] = self._first.pop(wrong)
                if wrong in self._repeated:
                    self._repeated[right] = self._repeated.pop(wrong)
                self.findings.append(finding("field-misspelt", right, wrong))

    def _remark(self) -> None:
        for key, text in self._first.items():
            if key in self._repeated:
                if key in _ONCE:
                    self.findings.append(finding("field-repeated", key))
            elif not text:
                self.findings.append(finding("field-empty", key))

    def __contains__(self, name: str) -> bool:
        return name in self._first

    def values(self, name: str) -> Sequence[str]:
        """Every value as it stands, in order."""
        value = self._first.get(name)
        if value is None:
            return ()
        return self._repeated.get(name) or (value,)

    def all(self, name: str) -> tuple[str, ...]:
        """Every distinct value that is not empty, in order."""
        if name in self._repeated:
            return _distinct(self._repeated[name])
        value = self._first.get(name)
        return (value,) if value else ()

    def unknown(self, known: frozenset[str]) -> dict[str, str]:
        """What nobody here knows, kept as it came."""
        first, repeated = self._first, self._repeated
        return {
            key: "\n".join(repeated[key]) if key in repeated else first[key]
            for key in filterfalse(known.__contains__, first)
        }

    def addresses(self, name: str) -> tuple[str, ...]:
        """Every valid address that the field's values name, in order, each once."""
        found = [address for value in self.values(name) if (address := _address_in(value))]
        return tuple(found) if len(found) < 2 else tuple(dict.fromkeys(found))

    def address(self, name: str) -> str | None:
        """The one address of a field; a redacted or impossible value and two different ones give None, and say so."""
        values = found = self.values(name)
        if len(values) == 1 and ip.is_plain(values[0]):
            pass
        elif not values or (not values[0] and len(values) == 1):
            return None
        else:
            found = self.addresses(name)
        if len(found) > 1:
            self.findings.append(finding("address-conflict", name, " | ".join(found)))
            return None
        if not found:
            code = "address-redacted" if any(map(_REDACTED.search, values)) else "field-malformed"
            self.findings.append(finding(code, name, values[0]))
            return None
        if ip.is_private(found[0]):
            self.findings.append(finding("address-private", name, found[0]))
        return found[0]

    def number(self, name: str, low: int, high: int) -> int | None:
        """A whole number within bounds."""
        value = self.one(name)
        if value is None:
            return None
        word = value.split()[0]
        if word.isascii() and word.isdigit() and len(word) < 12 and low <= int(word) <= high:
            return int(word)
        self.findings.append(finding("field-malformed", name, value))
        return None

    def date(self, names: Iterable[str]) -> tuple[datetime | None, str | None]:
        """The first of these fields that holds a date, and its name."""
        for name in names:
            value = self.one(name)
            if value is not None:
                parsed = parse_date(value)
                if parsed is not None:
                    return parsed, name
                self.findings.append(finding("date-unreadable", name, value))
        return None, None


class _Values:
    """The answers of a feedback part in which a field is repeated or empty."""

    __slots__ = ("_findings", "_first", "_repeated")

    def __init__(self, first: dict[str, str], repeated: dict[str, list[str]], findings: list[Finding]) -> None:
        self._first = first
        self._repeated = repeated
        self._findings = findings

    def first(self, name: str) -> str | None:
        value = self._first.get(name)
        if value or name not in self._repeated:
            return value or None
        return next(filter(None, self._repeated[name]), None)

    def one(self, name: str) -> str | None:
        if name not in self._repeated:
            return self._first.get(name) or None
        distinct = _distinct(self._repeated[name])
        if len(distinct) > 1:
            self._findings.append(finding("field-conflict", name, " | ".join(distinct)))
            return None
        return distinct[0] if distinct else None


def _distinct(values: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(filter(None, values)))


def _address_in(value: str) -> str | None:
    """An address may be followed by a host name or a port: "192.0.2.1 (mx.example)", "192.0.2.1:25"."""
    address = ip.canonical(value)
    if address is None and value.strip():
        word = value.split(None, 1)[0].rstrip(",;.")
        address = ip.canonical(word.partition(":")[0] if word.count(":") == 1 else word)
    return address
