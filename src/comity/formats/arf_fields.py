"""The fields of one feedback part, tolerant of every way they are written.

Trust:      input is a stranger's bytes; values are safe to store, not to print unescaped.
Standards:  RFC 5965 section 3, RFC 6591 section 3, RFC 6692.
Answers:    ``Fields``: values by canonical name in order, with findings for what breaks the standard.
Limits:     the first 64 KiB and 500 fields; field names are matched without case.
"""

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Final

from comity.formats import ip
from comity.formats.mime import parse_date
from comity.formats.mime.charsets import decode
from comity.model.findings import Finding, finding

_FIELD: Final = re.compile(
    rb"^([A-Za-z][A-Za-z0-9_-]{0,60})(?: [A-Za-z]{2,8})?[ \t]*+:[ \t]*+([^\r\n]*+(?:\r?\n[ \t]++[^\r\n]++)*+)", re.M
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

    __slots__ = ("_values", "findings")

    def __init__(self, data: bytes) -> None:
        """Take the feedback part's decoded bytes."""
        self.findings: list[Finding] = []
        values: dict[str, list[str]] = {}
        ascii_only = data.isascii()
        found = _FIELD.findall(data[:_BYTES])
        if len(data) > _BYTES or len(found) > _FIELDS:
            self.findings.append(finding("size-limit", "feedback-part"))
        for name, raw in found[:_FIELDS]:
            key = name.decode("ascii").lower()
            text = raw.decode("ascii") if ascii_only else decode(raw, None)[0]
            if "\n" in text:
                text = _FOLD.sub(" ", text)
            text = text.rstrip()
            if key in values:
                values[key].append(text)
            else:
                values[key] = [text]
        self._values = values
        if not _MISSPELT.keys().isdisjoint(values):
            self._respell()
        for key, texts in values.items():
            if len(texts) > 1 and key in _ONCE:
                self.findings.append(finding("field-repeated", key))
            elif not texts[0] and len(texts) == 1:
                self.findings.append(finding("field-empty", key))

    def _respell(self) -> None:
        for wrong in sorted(_MISSPELT.keys() & self._values.keys()):
            right = _MISSPELT[wrong]
            if wrong == "source" and ip.canonical(self._values[wrong][0]) is None:
                continue  # Validity's "Source" names the complaint's channel
            if right not in self._values:
                self._values[right] = self._values.pop(wrong)
                self.findings.append(finding("field-misspelt", right, wrong))

    def __contains__(self, name: str) -> bool:
        return name in self._values

    def first(self, name: str) -> str | None:
        """The first value that is not empty."""
        for value in self._values.get(name, ()):
            if value:
                return value
        return None

    def all(self, name: str) -> tuple[str, ...]:
        """Every distinct value that is not empty, in order."""
        values = self._values.get(name)
        return tuple(dict.fromkeys(filter(None, values))) if values else ()

    def one(self, name: str) -> str | None:
        """The value of a field that may stand once; None where two values contradict each other."""
        values = self._values.get(name)
        if values is None:
            return None
        if len(values) == 1:
            return values[0] or None
        distinct = self.all(name)
        if len(distinct) > 1:
            self.findings.append(finding("field-conflict", name, " | ".join(distinct)))
            return None
        return distinct[0] if distinct else None

    def unknown(self, known: frozenset[str]) -> dict[str, str]:
        """What nobody here knows, kept as it came."""
        return {key: "\n".join(texts) for key, texts in self._values.items() if key not in known}

    def addresses(self, name: str) -> tuple[str, ...]:
        """Every valid address that the field's values name, in order, each once."""
        found = (ip.canonical(_first_word(value)) for value in self._values.get(name, ()))
        return tuple(dict.fromkeys(address for address in found if address))

    def address(self, name: str) -> str | None:
        """The one address of a field; a redacted or impossible value and two different ones give None, and say so."""
        values = self._values.get(name)
        if not values or not values[0] and len(values) == 1:
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
        present = [name for name in names if name in self._values]
        for name in present:
            value = self.one(name)
            if value is not None:
                parsed = parse_date(value)
                if parsed is not None:
                    return parsed, name
                self.findings.append(finding("date-unreadable", name, value))
        return None, None


def _first_word(value: str) -> str:
    """An address may be followed by a host name or a port: "192.0.2.1 (mx.example)", "192.0.2.1:25"."""
    word = value.split(None, 1)[0].rstrip(",;.") if value.strip() else ""
    return word.partition(":")[0] if word.count(":") == 1 else word
