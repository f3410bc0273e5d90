"""What of a message is judged: the beginning of its header, of its text, and facts about its shape.

Trust:      input is a stranger's mail; nothing is raised; output is for hashing, not for showing.
Answers:    ``passages(data, facts)`` gives ``Passages``.
Limits:     the first 3,500 bytes of header and of text. Text is GB 18030: two bytes are a Chinese character, so that four bytes
            are two of them, in whatever charset they came, and ASCII stays ASCII.
"""

import re
from dataclasses import dataclass
from itertools import islice
from typing import Final

from comity.formats.mime import Part, decode_words, scan
from comity.formats.mime.charsets import codec_for
from comity.formats.mime.charsets import decode as decode_text
from comity.formats.mime.transfer import decode as decode_transfer
from comity.formats.plain_text import leaves
from comity.model.verdict import Facts
from comity.verdict.facts import facts_of
from comity.verdict.language import language_of

LIMIT: Final = 3500
_PARTS: Final = 20
_TELLING: Final = 1000  # bytes of the text that tell its language
_ENCODED: Final = LIMIT * 2  # base64 and most quoted-printable give LIMIT bytes out of so many
_MARKED_QP: Final = LIMIT * 3
_GB: Final = frozenset({"gb18030", ""})
_TEXT_IN: Final = ("text/", "multipart/", "message/")
_FOLD: Final = re.compile(rb"\r?\n[ \t]+")
_LETTER: Final = re.compile(rb"[A-Za-z]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Passages:
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
    root = scan(data)
    body = bytearray()
    shape: list[str] = []
    for leaf in islice(leaves(root), _PARTS):
        kind = leaf.content_type
        shape.append(kind)
        if len(body) < LIMIT and kind.startswith(_TEXT_IN):
            body += _beginning(leaf)
    header = _header(root)
    size = len(data).bit_length()
    about = [b"kind " + kind.encode("latin-1", "replace") for kind in shape]
    about.append(b"size %d %d" % (size, len(data) >> max(0, size - 2) & 1))
    about += [f"given {name} {value}".encode("utf-8", "replace") for name, value in (facts or {}).items()]
    return Passages(header=header, body=bytes(body[:LIMIT]), facts=(*facts_of(header), *about))


def _header(root: Part) -> bytes:
    raw = root.headers.raw[: LIMIT * 2]
    if b"=?" not in raw:
        return raw[:LIMIT]
    text = decode_words(_FOLD.sub(b" ", raw).decode("latin-1"))
    return text.encode("gb18030", "replace")[:LIMIT]


def _beginning(leaf: Part) -> bytes:
    """The first bytes of what a leaf says, its encoding undone."""
    encoding = leaf.encoding
    length = {"base64": _ENCODED, "quoted-printable": _MARKED_QP}.get(encoding, LIMIT)
    data = leaf.data[leaf.body_start : min(leaf.end, leaf.body_start + length)]
    if encoding not in ("", "7bit", "8bit"):
        data = decode_transfer(data, encoding)[0]
    data = data[:LIMIT]
    if data.isascii():
        return data
    codec = codec_for(leaf.charset or "") or ""
    if codec in _GB:
        return data
    return decode_text(data, leaf.charset)[0].encode("gb18030", "replace")


def language(found: Passages) -> str:
    """The language of the text, by its first letters."""
    body = found.body[:_TELLING]
    if body.isascii():
        return "latin" if _LETTER.search(body) else "none"
    return language_of(body.decode("gb18030", "replace"))
