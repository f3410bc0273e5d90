"""May this file go along with a letter of ours? By its content, whatever it is called.

Trust:      the file is our own people's; it goes to somebody outside, so only what shows itself to be harmless in kind goes.
Standards:  the signatures of PDF (ISO 32000), PNG and JPEG; RFC 2183 and RFC 2231 (the name of an attachment).
Answers:    ``attachment(name, data)`` gives an ``Attachment``, or why not: ``name``, ``empty``, ``large``, ``kind``.
            ``disposition(name)`` says the name in a field.
Limits:     ``MOST`` files of ``SIZE`` octets together. Text (txt, log, csv, json) is UTF-8 without control characters. A reported
            mail does not go along: it names who complained (``kind``).
"""

from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final
from urllib.parse import quote

from comity.formats import header_text

MOST: Final = 5
SIZE: Final = 5 << 20
KINDS: Final = "txt, log, csv, json, pdf, png, jpg"
_NAME: Final = 100
_TEXT: Final = {"txt": "text/plain", "log": "text/plain", "csv": "text/csv", "json": "application/json"}
_SIGNED: Final = {
    "pdf": ("application/pdf", b"%PDF-"),
    "png": ("image/png", b"\x89PNG\r\n\x1a\n"),
    "jpg": ("image/jpeg", b"\xff\xd8\xff"),
    "jpeg": ("image/jpeg", b"\xff\xd8\xff"),
}
_WHITE: Final = frozenset("\t\n\r\f")


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A file that goes along."""

    name: str
    media_type: str
    data: bytes = field(repr=False)

    @property
    def digest(self) -> str:
        """SHA-256, as hexadecimal digits."""
        return sha256(self.data).hexdigest()


def attachment(name: str, data: bytes) -> Attachment | str:
    """The file as it goes along, or the named reason why it does not.

    >>> attachment("log.txt", b"17:02 closed").media_type, attachment("log.txt", b"MZ\\x00"), attachment("a.exe", b"MZ")
    ('text/plain', 'kind', 'kind')
    """
    if not name or len(name) > _NAME or not name.isprintable() or set(name) & set('/\\"<>|:*?'):
        return "name"
    if header_text.field("Content-Disposition", disposition(name)) is None:
        return "name"
    if not data:
        return "empty"
    if len(data) > SIZE:
        return "large"
    ending = name.rpartition(".")[2].lower()
    if ending in _SIGNED:
        media_type, begins = _SIGNED[ending]
        return Attachment(name=name, media_type=media_type, data=data) if data.startswith(begins) else "kind"
    if ending in _TEXT and _is_text(data):
        return Attachment(name=name, media_type=_TEXT[ending], data=data)
    return "kind"


def disposition(name: str) -> str:
    """The value of Content-Disposition.

    >>> disposition("log.txt"), disposition("日志.txt")
    ('attachment; filename="log.txt"', "attachment; filename*=UTF-8''%E6%97%A5%E5%BF%97.txt")
    """
    if name.isascii():
        return f'attachment; filename="{name}"'
    return f"attachment; filename*=UTF-8''{quote(name, safe='')}"


def _is_text(data: bytes) -> bool:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return False
    return all(sign >= " " or sign in _WHITE for sign in text)
