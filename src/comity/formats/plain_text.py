"""The text of a message as a person would read it.

Trust:      input is a stranger's mail; output is text, never markup, and still a stranger's: escape it before showing it.
Answers:    ``read_text(part)`` gives a ``PlainText``, ``readable(part)`` only its text; nothing is raised, nothing is fetched.
Limits:     the first 200,000 characters and 2,000 lines; 50 parts, 30 of them for text, among the first 1,000 of 16 levels;
            what an attached message says is not its carrier's text.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain, islice
from typing import Final

from comity.formats.markup import text_of
from comity.formats.mime import Part

TEXT_LIMIT: Final = 200_000
LINE_LIMIT: Final = 2_000
LEAF_LIMIT: Final = 50
_LOOKED_AT: Final = 1000  # parts of any kind, of which a mail may have ten thousand
_DEEPEST: Final = 16  # levels: to find out where a part ends may take as long as the whole mail, for each level anew
_PART_LIMIT: Final = 30
_STUB: Final = 60  # a text/plain part shorter than this often says only "your program cannot show HTML"
_LINE_ENDS: Final = re.compile(r"\r\n?|\u2028|\u2029|\x85|\x0b|\x0c")
_NOT_TEXT: Final = frozenset({"text/html", "text/csv", "text/xml", "text/calendar", "text/rtf", "text/css"})
_TEXT_NAMES: Final = (".txt", ".log")


@dataclass(frozen=True, slots=True, kw_only=True)
class PlainText:
    """The readable text, line ends made LF, and whether something was left out because of the caps."""

    text: str
    cut: bool


@lru_cache(maxsize=1)
def read_text(part: Part) -> PlainText:
    """Give the readable text of a message: its plain parts in order, HTML only where no plain part says anything.

    The last answer is kept, because one message is shown to several dialects.
    """
    plain: list[str] = []
    markup: list[str] = []
    room = TEXT_LIMIT
    for leaf in leaves(part)[:_PART_LIMIT]:
        if leaf.content_type == "text/html":
            markup.append(leaf.text())
        elif _is_text(leaf) and room > 0:
            text = _LINE_ENDS.sub("\n", leaf.text()[: room + 1])
            plain.append(text)
            room -= len(text)
    text = "\n\n".join(plain)
    if markup and len(text.strip()) < _STUB:
        shown = "\n\n".join(text_of(each) for each in markup[:3])
        text = shown if len(shown.strip()) > len(text.strip()) else text
    return _capped(text)


def readable(part: Part) -> str:
    """Give the best readable text of a message, capped.

    >>> from comity.formats.mime import scan
    >>> readable(scan(b"Content-Type: text/html\\n\\n<p>from <b>192.0.2.1</b><br>at noon<script>x()</script>"))
    'from 192.0.2.1\\nat noon'
    """
    return read_text(part).text


@lru_cache(maxsize=1)
def leaves(part: Part) -> tuple[Part, ...]:
    """The parts without children, in order, attached messages left out (they are not the carrier's words): fifty at most.

    The last answer is kept, because one message is shown to several dialects.
    """
    return tuple(islice(_leaves(part), LEAF_LIMIT))


def _leaves(part: Part) -> Iterator[Part]:
    waiting = [iter((part,))]
    for _ in range(_LOOKED_AT):
        while (each := next(waiting[-1], None)) is None:
            waiting.pop()
            if not waiting:
                return
        kind = each.content_type
        if kind.startswith("multipart/"):
            children = each.each_child() if len(waiting) <= _DEEPEST else iter(())
            first = next(children, None)
            if first is None:
                yield each
            else:
                waiting.append(chain((first,), children))
        elif not kind.startswith(("message/", "text/rfc822")):
            yield each


def _is_text(leaf: Part) -> bool:
    kind = leaf.content_type
    if kind.startswith("multipart/"):
        return True  # a multipart without a boundary: what stands there is one text
    if kind.startswith("text/"):
        return kind not in _NOT_TEXT
    return kind == "application/octet-stream" and (leaf.filename or "").lower().endswith(_TEXT_NAMES)


def _capped(text: str) -> PlainText:
    cut = len(text) > TEXT_LIMIT
    text = text[:TEXT_LIMIT]
    lines = text.split("\n", LINE_LIMIT)
    if len(lines) > LINE_LIMIT:
        text, cut = "\n".join(lines[:LINE_LIMIT]), True
    return PlainText(text=text, cut=cut)
