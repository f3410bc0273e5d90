"""HTML of a notice out of its paragraphs: headings, lists, and nothing that loads or runs.

Trust:      paragraphs hold values of the operator and words of ours; all of them are escaped.
Standards:  HTML; CSP level 3, as a meta element, because the page may be served by a gateway that sets no header.
Answers:    ``document(...)`` gives a whole page, ``blocks(paragraphs)`` its inner part.
"""

import re
from base64 import b64encode
from collections.abc import Iterator, Sequence
from hashlib import sha256
from html import escape
from typing import Final

from comity.model.notice import NoticeKind
from comity.remediation.guides.pack import LanguagePack

STRONG, STRONG_END = "\ue010", "\ue011"  # private signs around what is to be compared
_ITEM: Final = re.compile(r"- (.*)")
_STEP: Final = re.compile(r"\d{1,2}\. (.*)")


def document(
    kind: NoticeKind, subject: str, paragraphs: Sequence[str], *, pack: LanguagePack, provider: str, style: str
) -> str:
    """The whole page."""
    digest = b64encode(sha256(style.encode("utf-8")).digest()).decode("ascii")
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; base-uri 'none'; form-action 'none'"
    guard = "" if kind is NoticeKind.MAIL else f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
    return (
        f'<!DOCTYPE html>\n<html lang="{escape(pack.tag)}">\n<head>\n<meta charset="utf-8">\n{guard}'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n<meta name="referrer" content="no-referrer">\n'
        f'<title>{escape(subject)}</title>\n<link rel="icon" href="data:,">\n<style>{style}</style>\n</head>\n'
        f'<body class="notice {kind.value}">\n<header><p class="provider">{escape(provider)}</p></header>\n'
        f"<main>\n<h1>{escape(subject)}</h1>\n{blocks(paragraphs)}\n</main>\n</body>\n</html>\n"
    )


def blocks(paragraphs: Sequence[str]) -> str:
    """Headings, lists and paragraphs."""
    return "\n".join(_block(each) for each in paragraphs)


def _block(paragraph: str) -> str:
    if paragraph.startswith("# "):
        return f"<h2>{_line(paragraph[2:])}</h2>"
    lines = paragraph.split("\n")
    for mark, element in ((_ITEM, "ul"), (_STEP, "ol")):
        if all(mark.fullmatch(line) for line in lines):
            return f"<{element}>{''.join(_items(lines, mark))}</{element}>"
    return f"<p>{'<br>'.join(_line(line) for line in lines)}</p>"


def _items(lines: Sequence[str], mark: "re.Pattern[str]") -> Iterator[str]:
    for line in lines:
        found = mark.fullmatch(line)
        yield f"<li>{_line(found[1] if found else line)}</li>"


def _line(text: str) -> str:
    return escape(text).replace(STRONG, '<strong class="mark">').replace(STRONG_END, "</strong>")
