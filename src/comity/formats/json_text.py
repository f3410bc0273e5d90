"""Read a stranger's JSON without being hurt by it.

Trust:      input is a stranger's bytes; output is plain dicts, lists and scalars, safe to walk without a depth check of one's own.
Standards:  RFC 8259; UTF-16 and UTF-32 (RFC 4627 section 3), GB 18030, a byte order mark and JSON Lines are read tolerantly.
Answers:    ``load(data)`` gives ``Loaded(documents, findings)``; nothing is raised, no document means it is not JSON.
Limits:     32 MiB, 64 levels, 20,000 containers, 200,000 commas, 1,000 documents; numbers beyond 19 digits and NaN become None;
            a key that repeats with another value is dropped.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from comity.formats.mime.charsets import decode
from comity.model.findings import Finding, finding

SIZE_LIMIT: Final = 32 << 20
DEPTH_LIMIT: Final = 64
# A document is refused before it is parsed if its signs say that it would unfold to far more memory than it has bytes.
CONTAINER_LIMIT: Final = 20_000
COMMA_LIMIT: Final = 200_000
DOCUMENT_LIMIT: Final = 1_000
_FINDING_LIMIT: Final = 20
_DIGITS: Final = 19
_SURROGATE: Final = re.compile("[\ud800-\udfff\x00]")
_BLANK: Final = re.compile(r"[ \t\r\n\ufeff\x1e]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """The JSON documents that stood in the input, in order, and what was remarked."""

    documents: tuple[Any, ...] = ()
    findings: tuple[Finding, ...] = ()


class _Reader:
    """One parse: collects remarks, because the hooks of ``json`` have nowhere else to put them."""

    def __init__(self) -> None:
        self.findings: list[Finding] = []
        self.decoder = json.JSONDecoder(
            object_pairs_hook=self._object,
            parse_int=self._integer,
            parse_float=self._float,
            parse_constant=self._constant,
        )

    def note(self, code: str, where: str | None = None, detail: str | None = None) -> None:
        if len(self.findings) < _FINDING_LIMIT:
            self.findings.append(finding(code, where, detail))

    def _object(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) == len(pairs):
            return found
        seen: dict[str, Any] = {}
        conflicting: dict[str, bool] = {}
        for key, value in pairs:
            if key in seen:
                conflicting[key] = conflicting.get(key, False) or seen[key] != value
            else:
                seen[key] = value
        for key, is_conflict in conflicting.items():
            self.note("field-conflict" if is_conflict else "json-key-repeated", key[:80])
            if is_conflict:  # neither value is believed
                del seen[key]
        return seen

    def _integer(self, digits: str) -> int | None:
        if len(digits) > _DIGITS:  # int() is quadratic and refuses beyond 4,300 digits
            self.note("json-number-unusable", None, digits[:40])
            return None
        return int(digits)

    def _float(self, digits: str) -> float | None:
        value = float(digits) if len(digits) <= 100 else float("inf")
        if value in {float("inf"), float("-inf")}:
            self.note("json-number-unusable", None, digits[:40])
            return None
        return value

    def _constant(self, name: str) -> None:
        self.note("json-number-unusable", None, name)

    def documents(self, text: str) -> Iterator[Any]:
        """One document, or several that follow each other (JSON Lines)."""
        at = _BLANK.match(text).end()  # type: ignore[union-attr]  # the pattern matches everywhere
        for _ in range(DOCUMENT_LIMIT):
            if at >= len(text):
                return
            try:
                document, at = self.decoder.raw_decode(text, at)
            except RecursionError:
                self.note("depth-limit", f"character {at}")
                return
            except ValueError as fault:
                self.note("json-malformed", f"character {getattr(fault, 'pos', at)}")
                return
            yield document
            at = _BLANK.match(text, at).end()  # type: ignore[union-attr]
        self.note("json-document-limit")


def load(data: bytes | str) -> Loaded:
    """Read all JSON documents in ``data``.

    >>> load(b'{"a": 1, "a": 2, "b": NaN}').documents
    ({'b': None},)
    >>> load(b"no").findings[0].code
    'json-malformed'
    """
    if len(data) > SIZE_LIMIT:
        return Loaded(findings=(finding("size-limit", None, str(len(data))),))
    reader = _Reader()
    text = data if isinstance(data, str) else _text(data, reader)
    if text.count("{") + text.count("[") > CONTAINER_LIMIT or text.count(",") > COMMA_LIMIT:
        reader.note("json-too-complex")
        return Loaded(findings=tuple(reader.findings))
    documents: list[Any] = []
    # Lone surrogates can be written as escapes only; they would break whoever encodes the value later.
    suspicious = "\\u" in text or "\x00" in text
    for document in reader.documents(text):
        if _too_deep(document):
            reader.note("depth-limit")
            continue
        documents.append(_scrubbed(document) if suspicious else document)
    return Loaded(documents=tuple(documents), findings=tuple(reader.findings))


def _text(data: bytes, reader: _Reader) -> str:
    if data[:3] == b"\xef\xbb\xbf":
        data = data[3:]
    if data[:4] in {b"\xff\xfe\x00\x00", b"\x00\x00\xfe\xff"}:
        return data.decode("utf-32", "replace")
    if data[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        return data.decode("utf-16", "replace")
    if len(data) >= 4 and 0 in data[:4]:  # RFC 4627 section 3: the pattern of NULs in the first four bytes
        if data[:3] == b"\0\0\0" or data[1:4] == b"\0\0\0":
            return data.decode("utf-32-be" if not data[0] else "utf-32-le", "replace")
        return data.decode("utf-16-be" if not data[0] else "utf-16-le", "replace")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        reader.note("charset-damaged")
        return decode(data, None)[0]


def _too_deep(document: Any) -> bool:
    """Walk level by level: what is deeper than the cap is refused, so that callers may recurse."""
    level: list[Any] = [document]
    for _ in range(DEPTH_LIMIT):
        level = [
            child
            for each in level
            if isinstance(each, dict | list)
            for child in (each.values() if isinstance(each, dict) else each)
        ]
        if not level:
            return False
    return True


def _scrubbed(value: Any) -> Any:
    """Replace lone surrogates and NUL, which databases and encoders refuse."""
    if isinstance(value, str):
        return _SURROGATE.sub("\ufffd", value)
    if isinstance(value, list):
        return [_scrubbed(each) for each in value]
    if isinstance(value, dict):
        return {_SURROGATE.sub("\ufffd", key): _scrubbed(each) for key, each in value.items()}
    return value
