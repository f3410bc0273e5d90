"""The text that stands in an HTML document.

Trust:      input is a stranger's markup; output is plain text; nothing is fetched, nothing is run.
Answers:    ``text_of(markup)``; nothing is raised.
Limits:     the first 400,000 characters. A scanner, no tree: a tree builder that keeps to the HTML standard re-opens
            formatting elements in every paragraph, and 400 kB of them cost gigabytes (measured with two libraries' parsers).
"""

import re
from collections.abc import Iterator
from html import unescape
from typing import Final

MARKUP_LIMIT: Final = 400_000
_MARK: Final = "\ue000"
# One tag, its quoted values first (a ">" may stand in them), else up to the next angle bracket; or a comment's start.
_TAG: Final = re.compile(
    r"<(?P<close>/?)(?P<name>[A-Za-z][A-Za-z0-9]{0,30}+)(?:(?>[^\"'<>]++|\"[^\"]{0,1000}+\"|'[^']{0,1000}+')*+>|"
    r"[^<>]*+>?)"
    r"|<(?P<other>!--|[!?])"
)
_SILENT: Final = frozenset({"script", "style", "title", "noscript", "template"})
_BLOCK: Final = frozenset(
    {"p", "br", "div", "tr", "li", "h1", "h2", "h3", "h4", "h5", "h6", "table", "blockquote", "ul", "ol", "dl", "dt",
     "dd", "hr", "center", "pre", "body", "section", "article", "header", "footer"}
)  # fmt: skip
_CELL: Final = frozenset({"td", "th"})
_BLANKS: Final = re.compile(r"[ \t\r\n\f\xa0\u200b]+")


def text_of(markup: str) -> str:
    """Give the text: block elements end a line, table cells are divided by tabs, scripts, styles and comments say nothing.

    >>> text_of("<style>p{}</style><div>a&amp;b</div><table><tr><td>IP</td><td>192.0.2.1</td></tr></table>")
    'a&b\\nIP\\t192.0.2.1'
    """
    return _lines("".join(_pieces(markup[:MARKUP_LIMIT].replace(_MARK, " ").replace("\0", " "))))


def _pieces(markup: str) -> Iterator[str]:
    """The text between the tags, with a mark where a line ends and a tab where a cell does."""
    at, in_pre = 0, False
    lower = markup.lower()
    while match := _TAG.search(markup, at):
        yield _between(markup[at : match.start()], in_pre)
        at = match.end()
        other, name = match.group("other"), (match.group("name") or "").lower()
        if other:
            at = _after(markup, "-->" if other == "!--" else ">", at)
        elif name in _SILENT and not match.group("close"):
            at = _after(markup, ">", _after(lower, f"</{name}", at))
        elif name in _BLOCK:
            in_pre = (not match.group("close")) if name == "pre" else in_pre
            yield _MARK
        elif name in _CELL:
            yield "\t"
    yield _between(markup[at:], in_pre)


def _after(text: str, end: str, at: int) -> int:
    """Where it goes on behind ``end``; an element that is never closed swallows the rest, as in a browser."""
    found = text.find(end, at)
    return len(text) if found < 0 else found + len(end)


def _between(text: str, in_pre: bool) -> str:
    text = unescape(text) if "&" in text else text
    text = text.replace("\t", " ")
    return text.replace("\r\n", "\n").replace("\n", _MARK) if in_pre else text


def _lines(text: str) -> str:
    """Collapse white space as HTML does; the marks become line ends, empty lines go."""
    lines: list[str] = []
    for line in text.split(_MARK):
        cells = (_BLANKS.sub(" ", cell).strip() for cell in line.split("\t"))
        shown = "\t".join(cell for cell in cells if cell)
        if shown:
            lines.append(shown)
    return "\n".join(lines)
