"""A stranger's HTML as it was laid out, without anything in it that could load, lead away, send or run.

Trust:      input is a stranger's markup; what comes out still belongs into a frame that may do nothing.
Standards:  WHATWG HTML (names of elements); CSS 2.2 (the few properties that are let through).
Answers:    ``quiet(markup)`` gives markup; nothing is raised. A link becomes underlined text with its address as a hint, a picture
            its alternative text.
Limits:     the first 400,000 characters; elements and attributes of a short list, style sheets not at all. The list says what may
            stand there: an element that nobody has thought of yet is not on it.
"""

import re
from html import escape
from html.parser import HTMLParser
from typing import Final

from comity.formats.markup import MARKUP_LIMIT

_KEPT: Final = frozenset(
    {"p", "br", "div", "span", "center", "font", "b", "i", "u", "s", "em", "strong", "small", "big", "sub", "sup", "tt", "code",
     "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "dl", "dt", "dd", "hr", "pre", "blockquote", "table", "thead",
     "tbody", "tfoot", "tr", "td", "th", "caption", "section", "article", "header", "footer", "main"}
)  # fmt: skip
_VOID: Final = frozenset({"br", "hr"})
_SILENT: Final = frozenset(
    {"script", "style", "title", "noscript", "template", "svg", "math", "iframe", "object", "textarea"}
)
_NUMBERS: Final = frozenset({"width", "height", "border", "cellpadding", "cellspacing", "colspan", "rowspan", "size"})
_WORDS: Final = frozenset({"align", "valign", "bgcolor", "color", "dir", "face"})
_NUMBER: Final = re.compile(r"[0-9]{1,4}%?")
_WORD: Final = re.compile(r"[#0-9A-Za-z ,-]{1,60}")
_PROPERTY: Final = re.compile(
    r"(?:color|background-color|font-size|font-weight|font-style|font-family|text-align|text-decoration|line-height|width|"
    r"max-width|height|padding(?:-[a-z]+)?|margin(?:-[a-z]+)?|border(?:-[a-z]+)?|display|visibility|vertical-align|white-space|"
    r"opacity|direction|overflow)"
)
_VALUE: Final = re.compile(r"[#%.,0-9A-Za-z '\"-]{1,120}|rgba?\([0-9., %]{1,40}\)")
_MARKED: Final = re.compile(
    r"<!\[[^>]{0,1000}>?"
)  # conditional comments of one mail program; the parser breaks off at odd ones
_ADDRESS_LIMIT: Final = 500


def quiet(markup: str) -> str:
    """What may be shown of it.

    >>> quiet('<p onclick=x()>Pay <a href="http://bad.example/">now</a><img src="http://bad.example/1.gif" alt="Bank">')
    '<p>Pay <u title="http://bad.example/">now</u><span class="picture">[Bank]</span>'
    """
    reader = _Quiet()
    reader.feed(_MARKED.sub("", markup[:MARKUP_LIMIT]).replace("\0", "\ufffd"))
    reader.close()
    return "".join(reader.pieces)


class _Quiet(HTMLParser):
    """Writes what is on the list again, from its own words."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self._silent: list[str] = []  # elements whose content says nothing

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """An element begins."""
        if self._silent or tag in _SILENT:
            if tag in _SILENT and len(self._silent) < 100:
                self._silent.append(tag)
            return
        said = {name: value or "" for name, value in reversed(attrs)}
        if tag == "img":
            self.pieces.append(f'<span class="picture">[{escape(said.get("alt", "").strip()[:200] or "…")}]</span>')
        elif tag == "a":
            self.pieces.append(f'<u title="{escape(said.get("href", "")[:_ADDRESS_LIMIT])}">')
        elif tag in _KEPT:
            self.pieces.append(f"<{tag}{_attributes(said)}>")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """HTML knows no element that ends itself, but those without content."""
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        """An element ends."""
        if self._silent:
            if tag in self._silent:
                while self._silent and self._silent.pop() != tag:
                    pass
        elif tag == "a":
            self.pieces.append("</u>")
        elif tag in _KEPT and tag not in _VOID:
            self.pieces.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        """Text."""
        if not self._silent:
            self.pieces.append(escape(data))


def _attributes(said: dict[str, str]) -> str:
    kept = [
        f' {name}="{escape(value.strip())}"'
        for name, value in said.items()
        if (name in _NUMBERS and _NUMBER.fullmatch(value.strip()))
        or (name in _WORDS and _WORD.fullmatch(value.strip()))
    ]
    style = _style(said.get("style", ""))
    return "".join(kept) + (f' style="{escape(style)}"' if style else "")


def _style(text: str) -> str:
    """The declarations that only say how something looks: none that places it over other things, none that loads."""
    kept = []
    for each in text[:2000].split(";")[:40]:
        name, _, value = each.partition(":")
        name, value = name.strip().lower(), value.strip()
        if _PROPERTY.fullmatch(name) and _VALUE.fullmatch(value):
            kept.append(f"{name}:{value}")
    return ";".join(kept)
