"""What of a message is judged: the beginning of its header, of its text, and facts about its shape.

Trust:      input is a stranger's mail; nothing is raised; output is for hashing, not for showing.
Answers:    ``passages(data, facts)`` gives ``Passages``.
Limits:     the first 3,500 bytes of header and of text. Text is GB 18030: two bytes are a Chinese character, so that four bytes
            are two of them, in whatever charset they came, and ASCII stays ASCII.
"""

import re
from functools import lru_cache
from typing import Final, NamedTuple

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
# So many bytes of base64 and of most quoted-printable give LIMIT bytes.
_ENCODED: Final = {"base64": LIMIT * 2, "quoted-printable": LIMIT * 3}
_PLAIN: Final = frozenset({"", "7bit", "8bit"})
_GB: Final = frozenset({"gb18030", ""})
_TEXT_IN: Final = ("text/", "multipart/", "message/")
_HOLDS_OTHERS: Final = ("multipart/", "message/", "text/rfc822")
_FOLD: Final = re.compile(rb"\r?\n[ \t]+")
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
    root = scan(data)
    kind = root.content_type
    about: list[bytes] = []
    if kind.startswith(_HOLDS_OTHERS):
        body = b""
        for leaf in leaves(root)[:_PARTS]:
            kind = leaf.content_type
            about.append(_kind(kind))
            if len(body) < LIMIT and kind.startswith(_TEXT_IN):
                body += _beginning(leaf)
        body = body[:LIMIT]
    else:  # as most are: it is its only leaf
        body = _beginning(root)[:LIMIT] if kind.startswith("text/") else b""
        about.append(_kind(kind))
    header = _header(root)
    about.append(_size(len(data)))
    if facts:
        about += [f"given {name} {value}".encode("utf-8", "replace") for name, value in facts.items()]
    found = facts_of(header)
    found += about
    return Passages(header, body, tuple(found))


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


def _beginning(leaf: Part) -> bytes:
    """The first bytes of what a leaf says, its encoding undone."""
    encoding, begins = leaf.encoding, leaf.body_start
    data = leaf.data[begins : min(leaf.end, begins + _ENCODED.get(encoding, LIMIT))]
    if encoding not in _PLAIN:
        data = decode_transfer(data, encoding)[0][:LIMIT]
    if data.isascii() or (codec_for(leaf.charset or "") or "") in _GB:
        return data
    return decode_text(data, leaf.charset)[0].encode("gb18030", "replace")


def language(found: Passages) -> str:
    """The language of the text, by its first letters."""
    body = found.body[:_TELLING]
    if body.isascii():
        return "latin" if _LETTER.search(body) else "none"
    return language_of(body.decode("gb18030", "replace"))
