"""The body of one message, as far as it may go: its text, without people, pictures and attachments.

Trust:      input is a stranger's message; output is one text/plain part in UTF-8, base64 where 7 bit does not carry it.
Standards:  RFC 2045 sections 5 and 6, RFC 2046 section 4.1.
Answers:    ``text_of(message)`` the text and the links; ``own_texts(message)`` the parts that they come from;
            ``without_greeting(text)``; ``field_lines(text)`` and ``encoded(text)`` to write it down.
Limits:     64,000 characters, 50 links, the first 100 parts; HTML goes as its text and the links in it, because markup
            can hide a name from whoever looks for it. A mail inside the mail is an attachment, and so is whatever has a name.
"""

import binascii
import re
from collections.abc import Iterator
from html import unescape
from typing import Final

from comity.formats.markup import MARKUP_LIMIT
from comity.formats.markup import text_of as text_of_markup
from comity.formats.mime import Part
from comity.formats.mime.written_in import is_a_file, without_files

TEXT_LIMIT: Final = 64_000
LINK_LIMIT: Final = 50
_PARTS: Final = 100
_HREF: Final = re.compile(
    r"href\s{0,4}=\s{0,4}(?:\"([^\"]{1,2000})\"|'([^']{1,2000})'|([^\s\"'<>]{1,2000}))", re.IGNORECASE
)
_GREETING: Final = re.compile(
    r"^([ \t>*\u3000]{0,8}(?:dear|hi|hello|hey|greetings|good (?:morning|afternoon|evening|day)|attn|attention|"
    r"\u5c0a\u656c\u7684|\u4eb2\u7231\u7684|\u656c\u7231\u7684|\u60a8\u597d|\u4f60\u597d))(?![A-Za-z])([^\n.,:;!?\uff0c\uff1a\uff01\u3002]{1,80})",
    re.IGNORECASE | re.MULTILINE,
)
_UNFIT: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_LINE_LIMIT: Final = 990


def text_of(message: Part) -> str:
    """The text of the message: its plain text parts; of HTML only the text and the links; nothing of anything else."""
    plain: list[str] = []
    markup: list[str] = []
    for part in own_texts(message):
        if part.content_type == "text/plain":
            plain.append(part.text()[:TEXT_LIMIT])
        else:
            markup.append(part.text())
    text = "\n".join(plain) if any(map(str.strip, plain)) else "\n".join(map(_shown, markup))
    text = without_files(text.replace("\r\n", "\n").replace("\r", "\n"))
    return _UNFIT.sub(" ", text)[:TEXT_LIMIT]


def own_texts(message: Part) -> Iterator[Part]:
    """The parts that are the text of the message itself: not attached, not named, no file in truth, not in a mail inside it."""
    waiting, number = [message], 0
    while waiting and number < _PARTS:
        part, number = waiting.pop(), number + 1
        if part.disposition == "attachment" or part.filename or part.content_type.startswith("message/"):
            continue
        if part.content_type in {"text/plain", "text/html"} and not is_a_file(part.content()):
            yield part
        waiting.extend(reversed(part.children))


def _shown(markup: str) -> str:
    groups = (match.groups() for match in _HREF.finditer(markup[: 8 * TEXT_LIMIT]))
    links = dict.fromkeys(unescape(one or two or three).strip() for one, two, three in groups)
    web = [link for link in links if link.lower().startswith(("http://", "https://", "mailto:"))]
    # Where lines of a file end is lost with the line ends of markup.
    return "\n".join([text_of_markup(without_files(markup[:MARKUP_LIMIT])), "", *web[:LINK_LIMIT]])


def without_greeting(text: str) -> str:
    """Take the name out of "Dear Ann Lee," wherever a line begins so.

    >>> without_greeting("Dear Ann Lee,\\nhi\\n\u5c0a\u656c\u7684\u5f20\u4e09\u5148\u751f\uff1a")
    'Dear [redacted],\\nhi\\n\u5c0a\u656c\u7684 [redacted]\uff1a'
    """
    return _GREETING.sub(
        lambda match: f"{match.group(1)} [redacted]" if match.group(2).strip() else match.group(), text
    )


def field_lines(text: str) -> bytes:
    """The MIME fields for ``encoded(text)``."""
    coding = b"7bit" if _is_plain(text) else b"base64"
    charset = b"us-ascii" if text.isascii() else b"utf-8"
    return (
        b"MIME-Version: 1.0\r\nContent-Type: text/plain; charset="
        + charset
        + b"\r\nContent-Transfer-Encoding: "
        + coding
        + b"\r\n"
    )


def encoded(text: str) -> bytes:
    """The body as bytes with CRLF line ends."""
    text = text.replace("\r\n", "\n").rstrip() + "\n"
    if _is_plain(text):
        return text.replace("\n", "\r\n").encode("ascii")
    coded = binascii.b2a_base64(text.encode("utf-8", "replace"), newline=False)
    return b"".join(coded[at : at + 76] + b"\r\n" for at in range(0, len(coded), 76))


def _is_plain(text: str) -> bool:
    return text.isascii() and all(len(line) <= _LINE_LIMIT for line in text.split("\n"))
