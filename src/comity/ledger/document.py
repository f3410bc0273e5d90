"""Documents between networks: a record in its one form of bytes, under the signatures of those who stand by it.

Trust:      a document may come from anybody; ``read_document`` believes only keys it is given, and raises nothing.
Standards:  C2SP signed-note; JSON in the form of RFC 8785 for text, whole numbers, true, false, null, lists and objects.
Answers:    ``write``, ``add_signature``, ``read_document``; ``bundle`` and ``read_bundle`` for many of them in one message.
Limits:     32 KiB a document, 200 documents and 4 MiB a message; a number is whole and below 2**53.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from comity.formats import canonical_json
from comity.ledger import note
from comity.ledger.posting import Fault, loaded

LIMIT: Final = 32 << 10
MOST_DOCUMENTS: Final = 200
MOST_BYTES: Final = 4 << 20
_NAME_SIGNS: Final = frozenset("abcdefghijklmnopqrstuvwxyz-")


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """What a document says: its kind (``signal``), its record, who signed it, and the note itself."""

    kind: str
    record: Mapping[str, Any]
    signers: tuple[str, ...]
    note: str


def write(kind: str, record: Mapping[str, Any], *, name: str, key: Ed25519PrivateKey) -> str:
    """The document with one signature; ValueError where it is too long or holds what a document may not hold."""
    text = text_of(kind, record)
    if text is None:
        raise ValueError("a document holds text and whole numbers, and at most 32 KiB")
    return note.sign(text, name, key)


def text_of(kind: str, record: Mapping[str, Any]) -> str | None:
    """The text that is signed; None where it is too long or holds what a document may not hold.

    >>> text_of("signal", {"b": 1, "a": None})
    'comity-signal/v1\\n{"a":null,"b":1}\\n'
    """
    try:
        canonical_json.check(record)
        data = canonical_json.written(record)
    except (ValueError, RecursionError):
        return None
    return f"comity-{kind}/v1\n{data.decode()}\n" if len(data) <= LIMIT else None


def add_signature(document: str, *, name: str, key: Ed25519PrivateKey) -> str:
    """The same document with one more signature under it."""
    text = document.rpartition("\n\n")[0] + "\n"
    return note.with_lines(document, note.lines_of(note.sign(text, name, key)))


def kind_of(document: str) -> str | None:
    """What a document calls itself, before anything is believed of it.

    >>> kind_of("comity-signal/v1\\n{}\\n\\n"), kind_of("hello")
    ('signal', None)
    """
    first = document.partition("\n")[0]
    kind = first.removeprefix("comity-").removesuffix("/v1")
    return kind if f"comity-{kind}/v1" == first and 0 < len(kind) <= 40 and set(kind) <= _NAME_SIGNS else None


def issuer_of(document: str) -> str | None:
    """Whose a document says that it is, before anything is believed of it."""
    record = _record(document.partition("\n\n")[0])
    issuer = record.get("issuer") if record is not None else None
    return issuer if isinstance(issuer, str) else None


def read_document(document: str, keys: Iterable[note.Verifier]) -> Document | Fault:
    """Read a document of which at least one signature is of a key that we know, and none of those is wrong."""
    kind, record = kind_of(document), _record(document.partition("\n\n")[0])
    if kind is None or record is None:
        return Fault(code="document-malformed")
    signed = note.opened(document, keys)
    if signed is None or not signed.signers:
        return Fault(code="document-not-signed")
    return Document(kind=kind, record=record, signers=signed.signers, note=document)


def bundle(documents: Sequence[str]) -> bytes:
    """The message that carries documents."""
    return json.dumps({"documents": list(documents)}, ensure_ascii=False, separators=(",", ":")).encode()


def read_bundle(data: bytes) -> tuple[str, ...] | Fault:
    """The documents of a message.

    >>> read_bundle(bundle(["one"])), read_bundle(b"[]").code
    (('one',), 'message-malformed')
    """
    if len(data) > MOST_BYTES:
        return Fault(code="message-too-large")
    said = loaded(data)
    found = said.get("documents") if isinstance(said, dict) and set(said) == {"documents"} else None
    if not isinstance(found, list) or not all(isinstance(each, str) and _is_utf8(each) for each in found):
        return Fault(code="message-malformed")
    if not 0 < len(found) <= MOST_DOCUMENTS:
        return Fault(code="message-malformed", where="documents")
    return tuple(found)


def _record(text: str) -> dict[str, Any] | None:
    _, newline, data = text.partition("\n")
    return canonical_json.read(data.encode("utf-8", "replace"), LIMIT) if newline else None


def _is_utf8(text: str) -> bool:
    return not any("\ud800" <= sign <= "\udfff" for sign in text)
