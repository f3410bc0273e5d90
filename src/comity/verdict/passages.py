"""What of a message is judged: the beginning of its header, of its text, and facts about its shape.

Trust:      input is a stranger's mail; nothing is raised; output is for hashing, not for showing.
Answers:    ``passages(data, facts)`` gives ``Passages``.
Limits:     the first 3,500 bytes of header and of text. Text is GB 18030: two bytes are a Chinese character, so that four bytes
            are two of them, in whatever charset they came, and ASCII stays ASCII.
"""

import re
from functools import lru_cache
from typing import Final, NamedTuple

from comity.formats.mime import ContentFields, Part, content_said, decode_words, scan, scan_read
from comity.formats.mime.charsets import codec_for
from comity.formats.mime.charsets import decode as decode_text
from comity.formats.mime.transfer import decode as decode_transfer
from comity.formats.plain_text import leaves
from comity.model.verdict import Facts
from comity.verdict.facts import facts_of, read_lines, unfolded
from comity.verdict.language import language_of

LIMIT: Final = 3500
_PARTS: Final = 20
_TELLING: Final = 1000  # bytes of the text that tell its language
# So many bytes of base64 and of most quoted-printable give LIMIT bytes.
_ENCODED: Final = {"base64": LIMIT * 2, "quoted-printable": LIMIT * 3}
_PLAIN: Final = frozenset({"", "7bit", "8bit"})
_GB: Final = frozenset({"gb18030", ""})
_TEXT_IN: Final = ("text/", "multipart/", "message/")
_HOLDS_OTHERS: Final = ("multipart/", "message/", "text/rfc822")
_FOLD: Final = re.compile(rb"\r?\n[ \t]+")
_ODD_BEGINNINGS: Final = frozenset((b"", b" ", b"\t", b"\r", b"\n", b">"))
_CONTENT: Final = (b"\ncontent-type", b"\ncontent-transfer-encoding", b"\ncontent-disposition")
_COLON: Final = b":"[0]
_LETTER: Final = re.compile(rb"[A-Za-z]")


class Passages(NamedTuple):
    """The passages of one message, as bytes in GB 18030, and its facts."""

    header: bytes
    body: bytes
    facts: tuple[bytes, ...]


def passages(data: bytes, facts: Facts | None = None) -> Passages:
    """Read one message as far as the filter looks.

    >>> found = passages("Subject: =?utf-8?B?5Y+R56Wo?=\\n\\n发票".encode("gb18030"))
    >>> found.header.decode("gb18030"), found.body.decode("gb18030")
    ('Subject: 发票\\n', '发票')
    """
    usual = _usual(data)
    if usual is not None:
        header, found, said, fields_end, begins = usual
        kind, encoding, charset = said.type or "text/plain", said.encoding, said.params.get("charset")
        holds_others = kind.startswith(_HOLDS_OTHERS)
        root = scan_read(data, fields_end=fields_end, body_start=begins, said=said) if holds_others else None
    else:
        root = scan(data)
        header = _header(root)
        found = facts_of(header)
        kind, encoding, charset, begins = root.content_type, root.encoding, root.charset, root.body_start
        holds_others = kind.startswith(_HOLDS_OTHERS)
    if holds_others and root is not None:
        body = b""
        for leaf in leaves(root)[:_PARTS]:
            kind = leaf.content_type
            found.append(_kind(kind))
            if len(body) < LIMIT and kind.startswith(_TEXT_IN):
                body += _beginning(leaf.data, leaf.body_start, leaf.end, leaf.encoding, leaf.charset)
        body = body[:LIMIT]
    else:  # as most are: it is its only leaf
        body = _beginning(data, begins, len(data), encoding, charset)[:LIMIT] if kind.startswith("text/") else b""
        found.append(_kind(kind))
    found.append(_size(len(data)))
    if facts:
        found += [f"given {name} {value}".encode("utf-8", "replace") for name, value in facts.items()]
    return Passages(header, body, tuple(found))


_Usual = tuple[bytes, list[bytes], ContentFields, int, int]


def _usual(data: bytes) -> _Usual | None:
    """Header, facts and what it says of the body, out of one pass; None for a header that is long, or odd in any way.

    Then come where the fields end and where the body begins. Four mails of five are usual, and need not be scanned.
    """
    if data[:1] in _ODD_BEGINNINGS or data.startswith(b"From "):
        return None
    line_end = 2 if data[(first := data.find(b"\n")) - 1 : first] == b"\r" else 1
    stop = data.find(b"\n\n" if line_end == 1 else b"\r\n\r\n", 0, LIMIT) + line_end
    header = data[:stop]
    if stop < line_end or b"=?" in header or not header.isascii():
        return None
    text = header
    if b"\r" in text and b"\r" in (text := text.replace(b"\r\n", b"\n")):
        return None
    text = unfolded(b"\n" + text)
    lower = text.lower()
    lines = lower.split(b"\n")
    found, fields = read_lines(lines)
    if fields != len(lines) - 2:  # of which the first and the last are empty
        return None
    values: list[str | None] = []
    for name in _CONTENT:
        at = lower.find(name)
        if at < 0:
            values.append(None)
            continue
        at += len(name)
        if lower[at] != _COLON:
            return None
        values.append(text[at + 1 : text.find(b"\n", at)].decode("ascii").strip())
    return header, found, content_said(*values), stop, stop + line_end


@lru_cache(maxsize=256)
def _kind(kind: str) -> bytes:
    return b"kind " + kind.encode("latin-1", "replace")


def _size(length: int) -> bytes:
    """How long it is, to a half or a third."""
    size = length.bit_length()
    return b"size %d %d" % (size, length >> max(0, size - 2) & 1)


def _header(root: Part) -> bytes:
    raw = root.headers.raw[: LIMIT * 2]
    if b"=?" not in raw:
        return raw[:LIMIT]
    text = decode_words(_FOLD.sub(b" ", raw).decode("latin-1"))
    return text.encode("gb18030", "replace")[:LIMIT]


def _beginning(data: bytes, begins: int, end: int, encoding: str, charset: str | None) -> bytes:  # noqa: PLR0917 - as above
    """The first bytes of what a leaf says that stands there, its encoding undone."""
    data = data[begins : min(end, begins + _ENCODED.get(encoding, LIMIT))]
    if encoding not in _PLAIN:
        data = decode_transfer(data, encoding)[0][:LIMIT]
    if data.isascii() or (codec_for(charset or "") or "") in _GB:
        return data
    return decode_text(data, charset)[0].encode("gb18030", "replace")


def language(found: Passages) -> str:
    """The language of the text, by its first letters."""
    body = found.body[:_TELLING]
    if body.isascii():
        return "latin" if _LETTER.search(body) else "none"
    return language_of(body.decode("gb18030", "replace"))
