"""A mail as a person reads it before it leaves: what stands there encoded is undone, and says so; all else stands as it is.

Trust:      our own mail, which holds strangers' words: what comes out is text to be shown through ``plain`` or escaped.
Standards:  RFC 2045 section 6 (transfer encodings), RFC 2047 (encoded words), by way of ``comity.formats.mime``.
Answers:    ``readable(data)`` gives ``Passage`` after ``Passage``, in the order of the bytes.
Limits:     ``LINES`` lines in all, the last passage says that it was cut. What is no text is left out, with its size. A mail in a
            mail that is encoded as a whole is undone once; what is encoded in it stands as it is.
"""

import re
from collections.abc import Iterator
from typing import Final

from comity.formats.mime import Part, decode_words, scan
from comity.formats.mime.charsets import decode_as
from comity.model.record import record

LINES: Final = 2000
PARTS: Final = 300
_UNDONE: Final = frozenset({"base64", "quoted-printable"})
_TEXTS: Final = ("text/", "message/", "application/json", "application/xml")
_WORD: Final = re.compile(r"=\?[!-~]{1,60}\?[bBqQ]\?[!-~]{0,200}\?=")
WORDS: Final = "encoded-words"
_KIND: Final = 80  # characters of what a part calls itself


@record
class Passage:
    """Some lines that stand together; ``undone`` is what was undone to read them, None where they stand so."""

    lines: tuple[str, ...]
    undone: str | None = None
    content_type: str | None = None  # of a part that was undone
    octets: int = 0  # of a part that is no text, and is left out
    is_cut: bool = False


def readable(data: bytes) -> tuple[Passage, ...]:
    """The passages of a mail.

    >>> mail = b"Subject: =?utf-8?B?5oqV6K+J?=\\nContent-Transfer-Encoding: base64\\n\\n5L2g5aW9\\n"
    >>> [(each.undone, each.lines[-1]) for each in readable(mail) if each.undone]
    [('encoded-words', 'Subject: \u6295\u8bc9'), ('base64', '\u4f60\u597d')]
    """
    found: list[Passage] = []
    left = LINES
    for each in _passages(data):
        if len(each.lines) > left:
            kept = each.lines[:left]
            return (*found, Passage(lines=kept, undone=each.undone, content_type=each.content_type, is_cut=True))
        left -= len(each.lines)
        found.append(each)
    return tuple(found)


def _passages(data: bytes) -> Iterator[Passage]:
    at = 0
    for number, part in enumerate(_encoded(scan(data))):
        if number >= PARTS:
            break
        yield from _as_it_is(data[at : part.body_start])
        yield _undone(part)
        at = part.end
    yield from _as_it_is(data[at:])


def _encoded(part: Part) -> Iterator[Part]:
    """The parts whose content is encoded, in the order of the bytes; what lies in one of them is not looked for."""
    if part.encoding in _UNDONE and not part.content_type.startswith("multipart/"):
        if part.body_start < part.end:  # of a header alone there is nothing to undo
            yield part
        return
    for each in part.children:
        yield from _encoded(each)


def _undone(part: Part) -> Passage:
    content, kind = part.content(), part.content_type[:_KIND]
    if not part.content_type.startswith(_TEXTS):
        return Passage(lines=(), undone=part.encoding, content_type=kind, octets=max(1, len(content)))
    text, _, _ = decode_as(content, part.charset)
    return Passage(lines=tuple(text.splitlines()), undone=part.encoding, content_type=kind)


def _as_it_is(data: bytes) -> Iterator[Passage]:
    """Lines that need no undoing, but for encoded words among them."""
    lines: list[str] = []
    was_word = False
    for line in data.decode("utf-8", "replace").splitlines():
        is_word = _WORD.search(line) is not None
        if is_word != was_word and lines:
            yield Passage(lines=tuple(lines), undone=WORDS if was_word else None)
            lines = []
        was_word = is_word
        lines.append(_with_words(line) if is_word else line)
    if lines:
        yield Passage(lines=tuple(lines), undone=WORDS if was_word else None)


def _with_words(line: str) -> str:
    text = line.lstrip()
    return line[: len(line) - len(text)] + decode_words(text)
