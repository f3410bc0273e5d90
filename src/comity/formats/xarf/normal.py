"""From an XARF document of any version to a FeedbackReport: what the versions have in common.

Trust:      values are a stranger's; payloads are decoded, never run, and only a reported message is kept.
Answers:    small pure functions: ``source``, ``evidence``, ``flattened``, ``feedback_type``, ``build``.
Limits:     100 extra fields of 1,000 characters; a reported message of 10 MiB; ``_internal`` and ``InternalProcessing``
            are the reporter's own notes and never come out.
"""

import binascii
from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple
from urllib.parse import urlsplit

from comity.formats import ip, original
from comity.formats.mime import scan
from comity.formats.xarf import shapes
from comity.model.feedback import FeedbackReport
from comity.model.findings import Finding, finding

EXTRA_LIMIT: Final = 100
VALUE_LIMIT: Final = 1_000
ORIGINAL_LIMIT: Final = 10 << 20
NEVER_KEPT: Final = frozenset({"_internal", "InternalProcessing"})
_MESSAGE_TYPES: Final = frozenset(
    {"message/rfc822", "message/global", "text/email", "application/rfc822", "text/rfc822"}
)
_HEADER_TYPES: Final = frozenset({"text/rfc822-headers", "message/rfc822-headers"})
# The words of the IANA registry for ARF; what has no word of its own there is "other".
_ARF_WORDS: Final = {
    "messaging/spam": "abuse",
    "messaging/bulk_messaging": "abuse",
    "content/phishing": "fraud",
    "content/fraud": "fraud",
    "content/malware": "virus",
}

Values = dict[str, Any]


class Original(NamedTuple):
    """The reported message that a document carries as evidence."""

    data: bytes | None
    headers_only: bool = False
    findings: tuple[Finding, ...] = ()


def feedback_type(reported_class: str) -> str:
    """The ARF word for an XARF class.

    >>> feedback_type("content/phishing"), feedback_type("connection/ddos")
    ('fraud', 'other')
    """
    return _ARF_WORDS.get(reported_class, "other")


def source(identifier: str, rule: str) -> tuple[Values, list[Finding]]:
    """Take the source for what it is: an address, a URI or a domain; anything else is nothing we could look up.

    >>> source("2001:DB8::1", "xarf:source_identifier")[0]["source_ip"]
    '2001:db8::1'
    >>> source("https://bad.example/x", "xarf:source_identifier")[0]["reported_domain"]
    ('bad.example',)
    """
    text = identifier.strip()
    address = ip.canonical(text)
    if address is not None:
        notes = [finding("address-private", rule, address)] if ip.is_private(address) else []
        return {"source_ip": address, "source_ip_from": rule}, notes
    if "://" in text and shapes.uri(text):
        return locations((text,)), []
    if shapes.domain(text):
        return {"reported_domain": (text.rstrip(".").lower(),)}, []
    return {}, [finding("address-unknown", rule, text)]


def locations(texts: Iterable[str]) -> Values:
    """Reported URIs, each once, and the domains or the address they lead to."""
    uris = tuple(dict.fromkeys(text for text in texts if shapes.uri(text)))
    domains = tuple(dict.fromkeys(host for text in uris if (host := host_of(text)) is not None))
    return {key: value for key, value in (("reported_uri", uris), ("reported_domain", domains)) if value}


def host_of(uri: str) -> str | None:
    """The domain in a URI, in lower case; None for an address or where there is none."""
    try:
        host = urlsplit(uri).hostname
    except ValueError:
        return None
    return host.rstrip(".") if host and shapes.domain(host) else None


def merged(*parts: Values) -> Values:
    """One set of values out of several: lists are joined, otherwise the first says."""
    found: Values = {}
    for part in parts:
        for key, value in part.items():
            if isinstance(value, tuple):
                found[key] = tuple(dict.fromkeys((*found.get(key, ()), *value)))
            else:
                found.setdefault(key, value)
    return found


def evidence(items: Iterable[tuple[str, str, bool]], where: str) -> Original:
    """The first reported message among (content type, payload, is base64); other payloads are not kept."""
    for index, (content_type, payload, encoded) in enumerate(items):
        kind = content_type.partition(";")[0].strip().lower()
        if kind not in _MESSAGE_TYPES and kind not in _HEADER_TYPES:
            continue
        place = f"{where}[{index}]"
        if len(payload) > ORIGINAL_LIMIT * 4 // 3 + 4:
            return Original(None, findings=(finding("size-limit", place, str(len(payload))),))
        data = _decoded(payload) if encoded else payload.encode("utf-8", "replace")
        if data is None:
            return Original(None, findings=(finding("encoding-damaged", place),))
        return Original(data, kind in _HEADER_TYPES)
    return Original(None)


def _decoded(payload: str) -> bytes | None:
    if not shapes.base64(payload):
        return None
    signs = payload.encode("ascii").translate(None, b" \r\n\t=")
    try:
        return binascii.a2b_base64(signs + b"=" * (-len(signs) % 4))
    except binascii.Error:
        return None


def flattened(document: Mapping[str, Any], without: frozenset[str]) -> dict[str, str]:
    """Every remaining field as text under its path: what nobody here knows is kept.

    >>> flattened({"a": {"b": 1}, "c": [True, "x"], "_internal": {"d": 2}}, frozenset())
    {'a.b': '1', 'c': 'true, x'}
    """
    found: dict[str, str] = {}
    waiting = [(key, value) for key, value in reversed(list(document.items())) if key not in without]
    while waiting and len(found) < EXTRA_LIMIT:
        path, value = waiting.pop()
        if path.rpartition(".")[2] in NEVER_KEPT or value is None or len(path) > 200:
            continue
        if isinstance(value, dict):
            waiting.extend((f"{path}.{key}", each) for key, each in reversed(list(value.items())))
        elif isinstance(value, list):
            if all(not isinstance(each, dict | list) for each in value[:50]):
                found[path] = ", ".join(map(_word, value[:50]))[:VALUE_LIMIT]
            else:
                waiting.extend((f"{path}[{index}]", each) for index, each in reversed([*enumerate(value[:50])]))
        elif value != "":
            found[path] = _word(value)[:VALUE_LIMIT]
    return found


def _word(value: Any) -> str:
    return value if isinstance(value, str) else str(value).lower()


def build(
    values: Values, reported: Original, *, extra: Mapping[str, str], provenance: Mapping[str, str]
) -> FeedbackReport:
    """The report: what the document says first, what the reported message says of itself where the document is silent."""
    rules = dict(provenance)
    if reported.data is not None:
        said = original.facts(scan(reported.data).headers)
        for name in ("message_id", "subject", "header_from", "dkim_domain", "feedback_id"):
            value = getattr(said, name)
            if value and not values.get(name):
                values[name] = value
                rules[name] = "original"
        values["original"] = reported.data
        values["original_headers_only"] = reported.headers_only
    if values.get("source_ip_from"):
        rules["source_ip"] = values["source_ip_from"]
    return FeedbackReport(**values, provenance=rules, extra=dict(extra))


def text_of(document: Any, *path: str) -> str | None:
    """The text at a path; None where there is none, or something else."""
    for name in path:
        if not isinstance(document, dict):
            return None
        document = document.get(name)
    return document if isinstance(document, str) and document else None


def port_of(value: Any) -> int | None:
    """A port number; None where the value is none."""
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value // 1:
        return None
    return int(value) if 1 <= value <= 65535 else None
