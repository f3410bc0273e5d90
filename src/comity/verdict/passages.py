"""What of a message is judged: the beginning of its header, of its text, and facts about its shape.

Trust:      input is a stranger's mail; nothing is raised; output is for hashing, not for showing.
Answers:    ``passages(data, facts)`` gives ``Passages``.
Limits:     the first 3,500 bytes of header and of text. Text is GB 18030: two bytes are a Chinese character, so that four bytes
            are two of them, in whatever charset they came, and ASCII stays ASCII.
"""

import re
from typing import Final, NamedTuple

from comity.formats.mime import ContentFields, Part, content_said, decode_words, scan, scan_read
from comity.formats.mime.charsets import codec_for
from comity.formats.mime.charsets import decode as decode_text
from comity.formats.mime.content import USUAL, usual_content_fields
from comity.formats.mime.multipart import part_ranges
from comity.formats.mime.transfer import decode as decode_transfer
from comity.formats.plain_text import leaves
from comity.formats.remembered import Remembered
from comity.model.verdict import Facts
from comity.verdict.facts import CONTENT, Order, read_lines, told_by_header, unfolded
from comity.verdict.language import language_of

LIMIT: Final = 3500
_PARTS: Final = 20
_USUAL_SIZE: Final = 1 << 16  # bytes; of what is larger, to look twice may take long
_TELLING: Final = 1000  # bytes of the text that tell its language
# So many bytes of base64 and of most quoted-printable give LIMIT bytes.
_ENCODED: Final = {"base64": LIMIT * 2, "quoted-printable": LIMIT * 3}
_PLAIN: Final = frozenset({"", "7bit", "8bit"})
_GB: Final = frozenset({"gb18030", ""})
_TEXT_IN: Final = ("text/", "multipart/", "message/")
_HOLDS_OTHERS: Final = ("multipart/", "message/", "text/rfc822")
_FOLD: Final = re.compile(rb"\r?\n[ \t]+")
_ODD_BEGINNINGS: Final = frozenset((b"", b" ", b"\t", b"\r", b"\n", b">"))
# By the length of the line end before it. An expression finds two bytes in half the time that ``find`` takes.
_EMPTY_LINES: Final = {1: re.compile(rb"\n\n").search, 2: re.compile(rb"\r\n\r\n").search}
_CONTENT: Final = tuple(b"\n" + name for name in CONTENT)
_CODINGS: Final = frozenset(b"bBqQ")
_QUESTION: Final = b"?"[0]
_LETTER: Final = re.compile(rb"[A-Za-z]")


class Passages(NamedTuple):
    """The passages of one message, as bytes in GB 18030, and its facts."""

    header: bytes
    body: bytes
    facts: tuple[bytes, ...]
    order: tuple[bytes, ...] = ()  # facts too: what the order of the fields tells, which many mails share


def passages(data: bytes, facts: Facts | None = None) -> Passages:
    """Read one message as far as the filter looks.

    >>> found = passages("Subject: =?utf-8?B?5Y+R56Wo?=\\n\\n发票".encode("gb18030"))
    >>> found.header.decode("gb18030"), found.body.decode("gb18030")
    ('Subject: 发票\\n', '发票')
    """
    usual = _usual(data)
    if usual is not None:
        header, found, order, said, fields_end, begins = usual
        kind, encoding, charset = said.type or "text/plain", said.encoding, said.params.get("charset")
        parts = _usual_parts(data, said, begins) if kind.startswith("multipart/") else None
        if parts is None and kind.startswith(_HOLDS_OTHERS):
            parts = _parts(scan_read(data, fields_end=fields_end, body_start=begins, said=said))
    else:
        root = scan(data)
        header = _header(root)
        found, order = told_by_header(header)
        kind, encoding, charset, begins = root.content_type, root.encoding, root.charset, root.body_start
        parts = _parts(root) if kind.startswith(_HOLDS_OTHERS) else None
    if parts is None:  # as with most: it is its only leaf
        body = _beginning(data, begins, len(data), encoding, charset)[:LIMIT] if kind.startswith("text/") else b""
        found.append(_KINDS[kind])
    else:
        body = b""
        for kind, source, begins, end, encoding, charset in parts:
            found.append(_KINDS[kind])
            if len(body) < LIMIT and kind.startswith(_TEXT_IN):
                body += _beginning(source, begins, end, encoding, charset)
        body = body[:LIMIT]
    found.append(_size(len(data)))
    if facts:
        found += [f"given {name} {value}".encode("utf-8", "replace") for name, value in facts.items()]
    return _made(Passages, (header, body, tuple(found), order.facts))


_made: Final = tuple.__new__  # for every mail: what the class itself does takes twice as long
# A leaf: its type, the bytes that it is in, from where to where it stands there, its encoding, its charset.
_Leaf = tuple[str, bytes, int, int, str, str | None]


def _parts(root: Part) -> list[_Leaf]:
    """What is looked at of a message that holds others."""
    return [
        (leaf.content_type, leaf.data, leaf.body_start, leaf.end, leaf.encoding, leaf.charset)
        for leaf in leaves(root)[:_PARTS]
    ]


def _usual_parts(data: bytes, said: ContentFields, begins: int) -> list[_Leaf] | None:
    """The same of a small multipart whose parts are leaves, each with a short header of whole fields; None of any other."""
    boundary = said.params.get("boundary", "").rstrip()
    if not boundary or said.type == "multipart/digest" or len(data) > _USUAL_SIZE:
        return None
    empty_line, line_end = (b"\r\n\r\n", 2) if data[begins - 2 : begins - 1] == b"\r" else (b"\n\n", 1)
    found: list[_Leaf] = []
    delimiter = b"\n--" + boundary.encode("utf-8", "surrogateescape")
    for start, end in part_ranges(data, delimiter, start=begins, end=len(data)):
        # A part that ends before its empty line has none: it is no usual one.
        stop = data.find(empty_line, start, min(end, start + USUAL)) + line_end
        fields = usual_content_fields(data[start:stop]) if stop >= line_end else None
        if fields is None or (kind := fields.type or "text/plain").startswith(_HOLDS_OTHERS):
            return None
        found.append((kind, data, stop + line_end, end, fields.encoding, fields.params.get("charset") or None))
        if len(found) == _PARTS:
            break
    return found or None


_Usual = tuple[bytes, list[bytes], Order, ContentFields, int, int]


def _usual(data: bytes) -> _Usual | None:
    """Header, facts, order and what it says of the body, out of one pass; None for a header that is long, or odd in any way.

    Then come where the fields end and where the body begins. Of a hundred mails 98 are usual, and need not be scanned.
    """
    line_end = 2 if data[(first := data.find(b"\n")) - 1 : first] == b"\r" else 1
    begin = first + 1 if data.startswith(b"From ") else 0  # it came out of a mailbox
    empty_line = _EMPTY_LINES[line_end](data, begin, begin + LIMIT)
    if empty_line is None or data[begin : begin + 1] in _ODD_BEGINNINGS:
        return None
    stop = empty_line.start() + line_end
    text = header = data[begin:stop]
    if b"\r" in text and b"\r" in (text := text.replace(b"\r\n", b"\n")):
        return None
    text = unfolded(b"\n" + text)
    lower = text.lower()
    if b"?" not in text or b"=?" not in text:  # to look for one sign takes a tenth of the time
        lines = lower.split(b"\n")
    else:
        is_even = header.count(b"\r") == (header.count(b"\n") if line_end == 2 else 0)
        decoded = _decoded(text) if is_even and text.isascii() else None
        if decoded is None:
            return None
        lines = decoded.lower().split(b"\n")
        header = decoded[1:] if line_end == 1 else decoded[1:].replace(b"\n", b"\r\n")
        if len(header) > LIMIT:
            return None
    found, order = read_lines(lines)
    if order.fields != len(lines) - 2:  # of which the first and the last are empty
        return None
    if True not in order.content:
        return header, found, order, _SAYS_NOTHING, stop, stop + line_end
    values: list[bytes | None] = []
    for name, is_there in zip(_CONTENT, order.content, strict=True):
        at = lower.find(name) + len(name) if is_there else 0
        values.append(text[at : text.find(b"\n", at)] if is_there else None)
    behind = tuple(values)
    # A boundary is the only one of its kind.
    said = _said_behind(behind) if behind[0] is not None and b"boundary" in behind[0] else _SAID[behind]
    return None if said is None else (header, found, order, said, stop, stop + line_end)


def _said_behind(names: tuple[bytes | None, ...]) -> ContentFields | None:
    """What is said of the body, by what stands behind the names of the ``CONTENT`` fields; None where that is odd."""
    values: list[str | None] = []
    for behind in names:
        if behind is not None and not (behind.startswith(b":") and behind.isascii()):
            return None
        values.append(None if behind is None else behind[1:].decode("ascii").strip())
    return content_said(*values)


_SAID: Final = Remembered(
    _said_behind, most=512, longest=USUAL, size=lambda names: sum(len(behind) for behind in names if behind)
)


_SAYS_NOTHING: Final = content_said(None, None)


def _decoded(text: bytes) -> bytes | None:
    """An unfolded header, each of its lines decoded by itself; None where that might not be what decoding all at once gives."""
    lines = text.split(b"\n")
    for number, line in enumerate(lines):
        at = line.find(b"=?")
        if at < 0:
            continue
        last = line.rfind(b"?")
        # A name with words in it, or a word that may end in a later line.
        if not 0 < line.find(b":") < at or (line[last - 1] in _CODINGS and line[last - 2] == _QUESTION):
            return None
        told = _with_words(line)
        if b"\n" in told or b"\r" in told:
            return None
        lines[number] = told
    return b"\n".join(lines)


# A line of ASCII with its encoded words decoded: names of authors come again, and subjects of what is answered.
_with_words: Final = Remembered[bytes, bytes](
    lambda line: decode_words(line.decode("ascii")).encode("gb18030", "replace"), most=1024, longest=200
).__getitem__

# What is said of a part of this type.
_KINDS: Final = Remembered[str, bytes](lambda kind: b"kind " + kind.encode("latin-1", "replace"), most=256, longest=80)


_SIZES: Final = tuple(b"size %d %d" % divmod(number, 2) for number in range(128))


def _size(length: int) -> bytes:
    """How long it is, to a half or a third."""
    size = length.bit_length()
    return _SIZES[2 * size + (length >> max(0, size - 2) & 1)]


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
