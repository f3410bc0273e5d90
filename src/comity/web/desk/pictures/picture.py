"""One picture with its numbers: what a page shows, and what somebody takes away.

Trust:      names in a picture may be strangers' words: they are cut, cleaned of signs that act, and escaped.
Standards:  SVG 2 without script; WCAG 2.2: a name in words, a table beside it, nothing told by colour alone; RFC 4180.
Answers:    ``Picture``, ``Table``; ``svg_file(picture)`` and ``csv_file(picture)`` stand alone; ``plain_label`` cuts a name.
Limits:     on a page the colours come from the style sheet; a file that stands alone carries its own, for light paper.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from markupsafe import Markup

from comity.formats.cells import csv_bytes

Cell = str | int | float | None

WIDE: Final = 760
NARROW: Final = 340  # of a drawing that a phone shows at its full size
_STYLE: Final = (
    "text{font:13px system-ui,'Noto Sans','Noto Sans CJK SC',sans-serif;fill:#17212b}.soft{fill:#51606e}"
    ".grid{stroke:#dbe1e7}.frame{stroke:#75838f;fill:none}.line{fill:none;stroke-width:2}"
    ".s0{stroke:#0a5a78;fill:#0a5a78}.s1{stroke:#a2221a;fill:#a2221a}.s2{stroke:#1c6b3a;fill:#1c6b3a}"
    ".s3{stroke:#764900;fill:#764900}.s4{stroke:#5b3a8c;fill:#5b3a8c}.line.s0,.line.s1,.line.s2,.line.s3,.line.s4{fill:none}"
    ".s1.line{stroke-dasharray:7 4}.s2.line{stroke-dasharray:2 3}.s3.line{stroke-dasharray:10 3 2 3}"
    ".s4.line{stroke-dasharray:1 5}.before{opacity:.55;stroke-width:1.5}.band{stroke:none;opacity:.14}"
    ".flow{fill:#0a5a78;opacity:.28}.node{fill:#0a5a78}.promise{stroke:#764900;stroke-dasharray:4 4}"
    ".box{fill:#ebeff3;stroke:#75838f}.box.full{fill:#e2f0f6;stroke:#0a5a78}.way,.tip{fill:none;stroke:#75838f;stroke-width:1.5}"
    ".dot{opacity:.75}.hit{fill:none;pointer-events:all}"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """The numbers; ``head`` is in words. Numbers stand to the right."""

    head: Sequence[str]
    rows: Sequence[Sequence[Cell]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """One picture; ``name`` is that of its files, ``is_empty`` where there is nothing to draw."""

    name: str
    title: str
    label: str  # what it shows, for whoever does not see it
    high: int
    drawing: Markup
    table: Table
    notes: Sequence[str] = ()
    is_empty: bool = False
    has_days: bool = False  # one can choose a stretch of it
    wide: int = WIDE
    narrow: tuple[Markup, int] | None = None  # the same for a phone, as wide as NARROW, and how high it is

    @property
    def svg(self) -> Markup:
        """As it stands on a page; where there are two drawings, the style sheet shows one of them."""
        if self.narrow is not None:
            drawing, high = self.narrow
            broad = self._svg(" broad", (self.wide, self.high), self.drawing)
            return broad + self._svg(" narrow", (NARROW, high), drawing)
        return self._svg("" if self.wide == WIDE else " slim", (self.wide, self.high), self.drawing)

    def _svg(self, name: str, size: tuple[int, int], drawing: Markup) -> Markup:
        return Markup(
            '<svg class="pic{}"{} viewBox="0 0 {} {}" role="img" aria-label="{}" tabindex="0">{}</svg>'
        ).format(name, Markup(" data-days") if self.has_days else "", *size, self.label, drawing)


def svg_file(picture: Picture) -> bytes:
    """The picture as a file of its own."""
    return (
        Markup(
            '<svg xmlns="http://www.w3.org/2000/svg" width="{0}" height="{1}" viewBox="0 0 {0} {1}" role="img">'
            '<title>{2}</title><style>{3}</style><rect width="{0}" height="{1}" fill="#fff"/>{4}</svg>\n'
        )
        .format(picture.wide, picture.high, picture.label, Markup(_STYLE), picture.drawing)  # noqa: S704 - ours
        .encode("utf-8")
    )


def csv_file(picture: Picture) -> bytes:
    """Its numbers as a file."""
    return csv_bytes([picture.table.head, *picture.table.rows])


def plain_label(text: str, most: int = 28) -> str:
    """A stranger's name as it stands in a picture.

    >>> plain_label("a" + chr(0x202E) + "b"), plain_label("x" * 40, 5)
    ('a�b', 'xxxx…')
    """
    kept = "".join(sign if sign.isprintable() else "\ufffd" for sign in text)
    return kept if len(kept) <= most else f"{kept[: most - 1]}…"
