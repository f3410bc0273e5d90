"""The fields of one feedback part, tolerant of every way they are written.

Trust:      input is a stranger's bytes; values are safe to store, not to print unescaped.
Standards:  RFC 5965 section 3, RFC 6591 section 3, RFC 6692.
Answers:    ``Fields``: values by canonical name in order, with findings for what breaks the standard.
Limits:     the first 64 KiB and 500 fields; field names are matched without case.
"""

import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

from comity.formats import ip
from comity.formats.mime import parse_date
from comity.formats.mime.charsets import decode
from comity.model.findings import Finding, finding

_FIELD: Final = re.compile(
    r"^([A-Za-z][A-Za-z0-9_-]{0,60}+)(?: [A-Za-z]{2,8})?[ \t]*+:[ \t]*+([^\r\n]*+(?:\r?\n[ \t]++[^\r\n]++)*+)", re.MULTILINE
)
_FOLD: Final = re.compile(r"\r?\n[ \t]+")
_BYTES: Final = 65536
_FIELDS: Final = 500
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
_REDACTED: Final = re.compile(r"(?i)redact|x\.x|xxx|hidden|\*{2}|anonym|removed|unknown|n/?a\b|none|^-+$")
_ONCE: Final = frozenset(
    {
        "feedback-type", "user-agent", "version", "original-envelope-id", "original-mail-from", "arrival-date",
        "received-date", "reporting-mta", "source-ip", "source-port", "incidents",
    }
)  # fmt: skip


class Fields:
    """The fields of one feedback part; ``findings`` grows while values are asked for."""

    __slots__ = ("_first", "_repeated", "findings")

    def __init__(self, data: bytes) -> None:
        """Take the feedback part's decoded bytes."""
        self.findings: list[Finding] = []
        self._first: dict[str, str] = {}
        self._repeated: dict[str, list[str]] = {}  # every value of a field that stands more than once
        values = self._first
        found = _FIELD.findall(data[:_BYTES].decode("latin-1"))
        if len(data) > _BYTES or len(found) > _FIELDS:
            self.findings.append(finding("size-limit", "feedback-part"))
        for name, value in found[:_FIELDS]:
            key = name.lower()
            text = value.rstrip() if value.isascii() and "\n" not in value else _text(value)
            if key not in values:
                values[key] = text
            elif key in self._repeated:
                self._repeated[key].append(text)
            else:
                self._repeated[key] = [values[key], text]
        if not _MISSPELT.keys().isdisjoint(values):
            self._respell()
        if self._repeated or "" in values.values():
            self._remark()

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

    def first(self, name: str) -> str | None:
        """The first value that is not empty."""
        value = self._first.get(name)
        if value or name not in self._repeated:
            return value or None
        return next(filter(None, self._repeated[name]), None)

    def all(self, name: str) -> tuple[str, ...]:
        """Every distinct value that is not empty, in order."""
        value = self._first.get(name)
        if name not in self._repeated:
            return (value,) if value else ()
        return tuple(dict.fromkeys(filter(None, self._repeated[name])))

    def one(self, name: str) -> str | None:
        """The value of a field that may stand once; None where two values contradict each other."""
        if name not in self._repeated:
            return self._first.get(name) or None
        distinct = self.all(name)
        if len(distinct) > 1:
            self.findings.append(finding("field-conflict", name, " | ".join(distinct)))
            return None
        return distinct[0] if distinct else None

    def unknown(self, known: frozenset[str]) -> dict[str, str]:
        """What nobody here knows, kept as it came."""
        return {
            key: "\n".join(self._repeated[key]) if key in self._repeated else text
            for key, text in self._first.items()
            if key not in known
        }

    def addresses(self, name: str) -> tuple[str, ...]:
        """Every valid address that the field's values name, in order, each once."""
        found = (_address_in(value) for value in self.values(name))
        return tuple(dict.fromkeys(address for address in found if address))

    def address(self, name: str) -> str | None:
        """The one address of a field; a redacted or impossible value and two different ones give None, and say so."""
        values = self.values(name)
        if not values or (not values[0] and len(values) == 1):
            return None
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


def _text(value: str) -> str:
    """A value that is folded or not ASCII; it comes a character a byte."""
    if not value.isascii():
        value = decode(value.encode("latin-1"), None)[0]
    return _FOLD.sub(" ", value).rstrip()


def _address_in(value: str) -> str | None:
    """An address may be followed by a host name or a port: "192.0.2.1 (mx.example)", "192.0.2.1:25"."""
    address = ip.canonical(value)
    if address is None and value.strip():
        word = value.split(None, 1)[0].rstrip(",;.")
        address = ip.canonical(word.partition(":")[0] if word.count(":") == 1 else word)
    return address
