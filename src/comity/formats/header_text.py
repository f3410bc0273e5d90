"""Write header fields that carry strangers' values without letting them out of their line.

Trust:      every value may be a stranger's; what is written is one field, whatever the value was.
Standards:  RFC 5322 section 2.2 (fields, folding, 998 octets) and 3.2 (atoms, quoted strings), RFC 2047 (encoded words).
Answers:    ``field`` gives the bytes of one folded field or None where the value cannot stand in one; ``words`` makes any text
            fit to stand there; ``address``, ``domain``, ``message_id`` and ``token`` give the value back, or None where it is not
            of that form.
Limits:     addresses, domains and ids are ASCII (a domain in other letters becomes its A-label); nothing is guessed or repaired.
"""

import re
from base64 import b64encode
from typing import Final

LINE: Final = 78  # RFC 5322 section 2.1.1: SHOULD
LINE_MAX: Final = 998  # the same: MUST
VALUE_MAX: Final = 8000
ADDRESS_MAX: Final = 254  # RFC 5321 section 4.5.3.1.3, without the angle brackets
_LOCAL_MAX: Final = 64

_NAME = re.compile(r"[!-9;-~]+")
_LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+")
_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")
_ID = re.compile(r"[!-;=?-~]+")  # printable, no blank, no angle bracket
_TOKEN = re.compile(r"[A-Za-z0-9._:@+/=-]+")
_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]+")
_ENCODED_BYTES: Final = (
    36  # 48 signs of base64 and 12 of frame: with a name before them within the 76 of RFC 2047 section 2
)


def field(name: str, value: str) -> bytes | None:
    """The field ``name: value``, folded, with CRLF; None where it would need more than one field or a line too long.

    >>> field("Subject", "hello")
    b'Subject: hello\\r\\n'
    >>> field("Subject", "hello\\r\\nBcc: all") is None
    True
    """
    if not _NAME.fullmatch(name) or not (value.isascii() and value.isprintable()) or len(value) > VALUE_MAX:
        return None
    if value and len(name) + len(value) <= LINE - 2 and value == " ".join(value.split()):
        return f"{name}: {value}\r\n".encode("ascii")  # most are
    lines, line = list[str](), f"{name}:"
    for word in value.split():
        if len(line) + 1 + len(word) > LINE and line.strip() and (lines or line != f"{name}:"):
            lines.append(line)
            line = ""
        line += f" {word}"
    lines.append(line)
    if any(len(line) > LINE_MAX for line in lines):
        return None
    return "\r\n".join(lines).encode("ascii") + b"\r\n"


def words(text: str, limit: int = 400) -> str:
    """Any text as ASCII that may stand in an unstructured field: controls become blanks, other letters encoded words.

    >>> words("hello\\r\\nBcc: all")
    'hello Bcc: all'
    >>> words("发票")
    '=?utf-8?B?5Y+R56Wo?='
    """
    text = " ".join("".join(sign if sign.isprintable() else " " for sign in text[: limit * 2]).split())[:limit].rstrip()
    if text.isascii() and "=?" not in text and all(len(word) < LINE for word in text.split()):
        return text
    encoded, piece = list[str](), b""
    for sign in text:
        octets = sign.encode("utf-8", "replace")
        if len(piece) + len(octets) > _ENCODED_BYTES:
            encoded.append(_encoded_word(piece))
            piece = b""
        piece += octets
    return " ".join([*encoded, _encoded_word(piece)])


def _encoded_word(octets: bytes) -> str:
    return f"=?utf-8?B?{b64encode(octets).decode('ascii')}?="


def phrase(text: str, limit: int = 100) -> str:
    """Any text as the display name before an address.

    >>> phrase('West "Mail", Inc.')
    '"West \\\\"Mail\\\\", Inc."'
    """
    written = words(text, limit)
    if written.startswith("=?") or _ATOMS.fullmatch(written):
        return written
    return '"' + written.replace("\\", "\\\\").replace('"', '\\"') + '"'


def address(text: str) -> str | None:
    """The mailbox ``local@domain`` if it can be written to: a dot-atom at a domain name, nothing else.

    >>> address("feedback@East.example"), address("a@b@c.example"), address("x@[192.0.2.1]"), address("a b@c.example")
    ('feedback@east.example', None, None, None)
    """
    local, at, host = text.rpartition("@")
    host_name = domain(host)
    if not at or host_name is None or len(local) > _LOCAL_MAX or not _LOCAL.fullmatch(local):
        return None
    if local.startswith(".") or local.endswith(".") or ".." in local or "." not in host_name:
        return None
    written = f"{local}@{host_name}"
    return written if len(written) <= ADDRESS_MAX else None


def domain(text: str) -> str | None:
    """The domain name in lower-case A-labels, None where it is none.

    >>> domain("Mail.East.Example."), domain("例子.example"), domain("a..b"), domain("../etc")
    ('mail.east.example', 'xn--fsqu00a.example', None, None)
    """
    name = text.removesuffix(".")
    if not 0 < len(name) <= 253:
        return None
    if not name.isascii():
        try:
            name = name.encode("idna").decode("ascii")
        except UnicodeError:
            return None
    name = name.lower()
    return name if len(name) <= 253 and all(map(_LABEL.fullmatch, name.split("."))) else None


def message_id(text: str) -> str | None:
    """The id without its angle brackets if it can stand in a field, None otherwise."""
    bare = text[1:-1] if text.startswith("<") and text.endswith(">") else text
    return bare if len(bare) <= LINE_MAX - 40 and _ID.fullmatch(bare) else None


def path(text: str) -> str | None:
    """The reverse- or forward-path ``<mailbox>`` as it was seen, ``<>`` for the null one; None where it cannot stand there.

    >>> path("bounce-17@list.example"), path("<>"), path("a@b\\r\\nBcc: c@d")
    ('<bounce-17@list.example>', '<>', None)
    """
    if text == "<>":
        return text
    bare = text[1:-1] if text.startswith("<") and text.endswith(">") else text
    return f"<{bare}>" if len(bare) <= ADDRESS_MAX + 66 and _ID.fullmatch(bare) else None


def token(text: str, limit: int = 200) -> str | None:
    """One word of an id, a media type or a host name with port; None where it is more than that."""
    return text if len(text) <= limit and _TOKEN.fullmatch(text) else None
