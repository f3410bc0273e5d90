"""Text made searchable: full-width signs made ASCII, "defanged" addresses and links made whole, places kept.

Trust:      input is a stranger's text; a link made whole is still never fetched.
Answers:    ``level(text)`` gives a ``Levelled``; ``Levelled.origin(offset)`` leads back into the text as it was.
"""

import re
from bisect import bisect_right
from dataclasses import dataclass
from typing import Final

# Full-width ASCII, the ideographic space and colon: one character for one character, so places stay.
_WIDE: Final = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {
    0x3000: 0x20,
    0xA0: 0x20,
    0x2010: 0x2D,
    0x2011: 0x2D,
}
_WIDE_SIGN: Final = re.compile("[\uff01-\uff5e\u3000\xa0\u2010\u2011]")
_IDEOGRAPHIC_DOT: Final = re.compile(r"(?<=[0-9])[。·．](?=[0-9])")
_DEFANGED: Final = re.compile(
    r"(?P<dot>[\[({]\s?(?:\.|dot)\s?[\])}])|(?P<at>[\[({]\s?(?:@|at)\s?[\])}])|(?P<colon>\[:\](?://)?|\[://\])"
    r"|(?P<scheme>\b[hH][xX]{2}[pP](?=s?\[?:))|(?P<bare>(?<=[0-9])\s\.\s(?=[0-9]))",
    re.IGNORECASE,
)
_HINTS: Final = (
    "[.", "(.", "{.", "[ .", "( .", "[dot", "(dot", "{dot", "[ dot", "( dot", "hxxp",
    "[at", "(at", "{at", "[ at", "( at", "[@", "(@", "{@", "[:", " . ",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Levelled:
    """Searchable text, and the places where its offsets jump against the text it came from."""

    text: str
    _starts: tuple[int, ...]
    _shifts: tuple[int, ...]

    def origin(self, offset: int) -> int:
        """Give the offset in the text as it was."""
        at = bisect_right(self._starts, offset) - 1
        return offset + (self._shifts[at] if at >= 0 else 0)


def level(text: str) -> Levelled:
    """Make text searchable.

    >>> seen = level("from １９２．０．２．１ to hxxp://bad[.]example")
    >>> seen.text, seen.origin(seen.text.index("example"))
    ('from 192.0.2.1 to http://bad.example', 31)
    """
    if not text.isascii():
        text = text.translate(_WIDE) if _WIDE_SIGN.search(text) else text
        text = _IDEOGRAPHIC_DOT.sub(".", text) if "。" in text or "·" in text else text
    lower = text.lower()
    if not any(hint in lower for hint in _HINTS):
        return Levelled(text=text, _starts=(), _shifts=())
    pieces: list[str] = []
    starts: list[int] = []
    shifts: list[int] = []
    at = length = 0
    for match in _DEFANGED.finditer(text):
        whole = {"dot": ".", "bare": ".", "at": "@", "scheme": "http"}.get(match.lastgroup or "", "://")
        if match.group() == "[:]":
            whole = ":"
        pieces += [text[at : match.start()], whole]
        length += match.start() - at + len(whole)
        at = match.end()
        starts.append(length)
        shifts.append(at - length)
    pieces.append(text[at:])
    return Levelled(text="".join(pieces), _starts=tuple(starts), _shifts=tuple(shifts))
