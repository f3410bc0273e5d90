"""Show a stranger's text so that it can neither act nor lie about its shape.

Trust:      any text comes in; what comes out is escaped HTML that holds no control, direction or invisible sign.
Standards:  Unicode TR 36 (direction and invisible signs), TR 39 (look-alikes), RFC 5891 (domain names in ASCII).
Answers:    ``visible(text)`` for running text, ``visible_lines(text)`` for a text of several lines,
            ``visible_domain(name)`` for names where look-alikes matter,
            ``bare(text)`` for titles and attributes; ``coded(sentence)`` for sentences of ours that name what is typed.
Limits:     an invisible sign is shown as its number, also where a language or an emoji means it. More than three marks on one
            letter are cut, because stacked marks cover the lines around them.
"""

import re
import unicodedata
from typing import Final

from markupsafe import Markup, escape

_MARKS: Final = 3
LIMIT: Final = 300
# Letters and signs that hide nothing, of the scripts that most texts here are written in: the others are looked at one by one.
_PLAIN: Final = re.compile(r"[ -~\u00a1-\u00ac\u00ae-\u02ff\u3001-\u3029\u4e00-\u9fff\uff01-\uff5e]*")


def visible(text: str, limit: int = LIMIT) -> Markup:
    """The text in a ``bdi`` element, so that its direction ends with it.

    >>> print(visible("a" + chr(0x202E) + "<b>"))
    <bdi>a<span class="sign">U+202E</span>&lt;b&gt;</bdi>
    """
    cut = len(text) > limit
    if cut:
        text = text[: limit - 1] + "…"
    if _PLAIN.fullmatch(text):
        return Markup(f"<bdi>{escape(text)}</bdi>")  # noqa: S704 - escaped here
    pieces: list[str] = []
    marks = 0
    for sign in text:
        category = unicodedata.category(sign)
        marks = marks + 1 if category in ("Mn", "Me") else 0
        if category in ("Cc", "Cf", "Co", "Cn", "Zl", "Zp") or _is_blank(sign):
            pieces.append(f'<span class="sign">U+{ord(sign):04X}</span>')
        elif category == "Cs":
            pieces.append("\ufffd")
        elif marks <= _MARKS:
            pieces.append(str(escape(sign)))
    return Markup("<bdi>" + "".join(pieces) + "</bdi>")  # noqa: S704  # every piece is escaped or ours


def visible_lines(text: str, width: int = 4000) -> Markup:
    """A text of several lines, each in an element of its own, for a place that keeps line ends.

    >>> print(visible_lines("a<b\\r\\nc"))
    <bdi>a&lt;b</bdi>
    <bdi>c</bdi>
    """
    lines = text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", "    ").split("\n")
    return Markup("\n").join(visible(line, width) for line in lines)


def bare(text: str, limit: int = LIMIT) -> str:
    """The text where no element can stand (a title, an attribute): what would act or hide becomes a replacement sign.

    >>> bare("a" + chr(0x202E) + "b")
    'a\ufffdb'
    """
    text = text if len(text) <= limit else text[: limit - 1] + "…"
    if _PLAIN.fullmatch(text):
        return text
    acts = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
    return "".join("\ufffd" if unicodedata.category(sign) in acts or _is_blank(sign) else sign for sign in text)


def coded(sentence: str) -> Markup:
    """A sentence of ours with what stands between backticks as code.

    >>> print(coded("Set `a < b` there."))
    Set <code>a &lt; b</code> there.
    """
    parts = sentence.split("`")
    return Markup("").join(Markup("<code>{}</code>").format(each) if n % 2 else each for n, each in enumerate(parts))


def visible_domain(name: str) -> Markup:
    """A domain; one that is not plain ASCII is shown in its wire form too, where look-alikes look different.

    >>> print(visible_domain("b" + chr(0x0430) + "nk.example"))
    <bdi>bаnk.example</bdi> <span class="wire"><bdi>xn--bnk-6cd.example</bdi></span>
    """
    if name.isascii():
        return visible(name)
    try:
        wire = name.encode("idna").decode("ascii")
    except UnicodeError:
        wire = name.encode("punycode").decode("ascii", "replace")
    return Markup('{} <span class="wire">{}</span>').format(visible(name), visible(wire))


def _is_blank(sign: str) -> bool:
    """Letters by their category that are seen by nobody: fillers and the blank Braille pattern."""
    return (
        sign in "\u115f\u1160\u3164\uffa0\u2800\u17b4\u17b5\u034f"
        or "\ufe00" <= sign <= "\ufe0f"
        or "\U000e0100" <= sign <= "\U000e01ef"
    )
