"""Write one notice: subject, plain text, and HTML that needs nothing else.

Trust:      templates passed the linter when they were loaded; every value is escaped in HTML.
Standards:  RFC 6561 sections 5.3 and 5.4 (what a notice says), RFC 8908 (the page is shown inside a captive network: no script, no
            asset from elsewhere); HTML carries its own content security policy.
Answers:    ``render(kind, facts, language, ...)`` gives ``Rendered``; ``paragraphs_of`` the same text in its parts, for pages that
            frame it otherwise.
Limits:     an SMS and what the help line says have no HTML. The letter's HTML is laid out for A4 and fits a window envelope.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, tzinfo
from typing import Final

from comity.model.notice import NoticeFacts, NoticeKind
from comity.remediation.guides.pack import LanguagePack, Packs
from comity.remediation.notice.filling import filled, values_of
from comity.remediation.notice.markup import STRONG, STRONG_END, document

_WITH_HTML: Final = frozenset({NoticeKind.PAGE, NoticeKind.MAIL, NoticeKind.LETTER})
_STANDS_OUT: Final = ("reference", "words")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """One notice, ready to be given to whoever brings it; ``html`` is None where its form has none."""

    subject: str
    text: str = field(repr=False)
    html: str | None = field(default=None, repr=False)


def render(
    kind: NoticeKind, facts: NoticeFacts, language: str, *, packs: Packs, zone: tzinfo = UTC, style: str = ""
) -> Rendered:
    """The notice in this language; ``style`` is the style sheet that its HTML carries in itself."""
    pack = packs.of(language)
    subject = filled(pack.templates[kind].subject, values_of(facts, pack, zone=zone))
    parts = paragraphs_of(kind, facts, pack, zone=zone)
    html = None
    if kind in _WITH_HTML:
        standing_out = paragraphs_of(kind, facts, pack, zone=zone, stand_out=True)
        html = document(kind, subject, standing_out, pack=pack, provider=facts.provider_name, style=style)
    return Rendered(subject=subject, text=_plain(kind, parts), html=html)


def paragraphs_of(
    kind: NoticeKind, facts: NoticeFacts, pack: LanguagePack, *, zone: tzinfo, stand_out: bool = False
) -> list[str]:
    """The text of a notice, its holes filled, in paragraphs; with ``stand_out``, signs of ours enclose what is to be compared."""
    template = pack.templates[kind]
    values = values_of(facts, pack, zone=zone)
    if stand_out:
        values = {name: text.replace(STRONG, "").replace(STRONG_END, "") for name, text in values.items()}
        values |= {name: f"{STRONG}{values[name]}{STRONG_END}" for name in _STANDS_OUT}
    values["what"] = filled(template.what[facts.tier], values)
    values["until"] = filled(template.until, values) if facts.deadline else ""
    guide = pack.guides.get(facts.guide) or pack.guides["pc"]
    values["steps"] = "\n".join(f"{number}. {text}" for number, text in enumerate(guide.short, 1))
    parts = [part.strip("\n") for part in filled(template.text, values).split("\n\n")]
    return [part for part in parts if part.strip()]


def _plain(kind: NoticeKind, parts: Sequence[str]) -> str:
    if kind is NoticeKind.SMS:
        return " ".join(" ".join(parts).split())
    lines = [part.removeprefix("# ") if part.startswith("# ") else part for part in parts]
    return "\n\n".join(lines) + "\n"
