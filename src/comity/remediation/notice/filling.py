"""Holes of templates: which there are, what fills them, and on which line a wrong one stands.

Trust:      values are ours, or the operator's name and numbers; they are filled in once, so that a hole in a value stays text.
Answers:    ``check_holes(template)`` raises ``ComityError`` with file, line and hole; ``filled(text, values)`` fills;
            ``values_of(facts, pack, ...)`` gives what fills the holes of a notice.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime, tzinfo
from string import Formatter
from typing import TYPE_CHECKING, Final

from comity.model.notice import NoticeFacts, NoticeKind
from comity.remediation.guides.tables import unfit
from comity.remediation.notice.reference import shown

if TYPE_CHECKING:
    from comity.remediation.guides.pack import Dates, LanguagePack, NoticeTemplate

_ODD_BRACE: Final = re.compile(r"\{(?![a-z_]+\})[^\n]{0,20}")
# What may fill a notice. "seen" is when it was seen: once, or from and until. "steps" are the short steps of the device's guide,
# each on a line; "until" is there with a deadline only.
PLAIN: Final = (
    "reference",
    "words",
    "provider",
    "portal",
    "help_line",
    "family",
    "does",
    "seen",
    "seen_first",
    "seen_last",
    "deadline",
)
HOLES: Final = ("what", "until", "steps", *PLAIN)
# Without these, a notice could not be checked.
NEEDED: Final[Mapping[NoticeKind, tuple[str, ...]]] = {
    NoticeKind.PAGE: ("what", "reference", "words", "help_line"),
    NoticeKind.MAIL: ("what", "reference", "words", "help_line", "portal"),
    NoticeKind.LETTER: ("what", "reference", "words", "help_line", "portal"),
    NoticeKind.CALL: ("what", "reference", "words", "help_line"),
    NoticeKind.SMS: ("what", "reference", "help_line"),
}


def holes_in(text: str) -> set[str]:
    """The holes of a text; ValueError where its braces do not match.

    >>> sorted(holes_in("{b} and {a}"))
    ['a', 'b']
    """
    return {
        name + (f":{form}" if form else "") + (f"!{turn}" if turn else "")
        for _, name, form, turn in Formatter().parse(text)
        if name is not None
    }


def check_holes(template: "NoticeTemplate") -> None:
    """Every hole of a template is one that is filled, and those without which it could not be checked are there."""
    for entry, text, known in _texts(template):
        try:
            found = holes_in(text)
        except ValueError as error:
            odd = _ODD_BRACE.search(text)
            place = _place(template, entry, text, sign=odd[0] if odd else None)
            raise unfit("guide-braces", place, reason=str(error)) from None
        for hole in sorted(found - set(known)):
            place = _place(template, entry, text, sign="{" + hole)
            raise unfit("guide-hole", place, hole="{" + hole + "}", known=", ".join(known))
    for hole in NEEDED[template.kind]:
        if hole not in holes_in(template.text):
            raise unfit("guide-hole-missing", _place(template, "text", template.text), hole="{" + hole + "}")


def _texts(template: "NoticeTemplate") -> Iterator[tuple[str, str, tuple[str, ...]]]:
    yield "subject", template.subject, PLAIN
    yield "text", template.text, HOLES
    yield "until", template.until, PLAIN
    for certainty, text in template.what.items():
        yield certainty.value, text, PLAIN


def _place(template: "NoticeTemplate", entry: str, text: str, *, sign: str | None = None) -> str:
    """File and line: the line of the entry, and as many further as stand before the sign."""
    line = template.lines.get(entry, 1)
    if sign is not None and "\n" in text:
        line += 1 + text[: max(text.find(sign), 0)].count("\n")  # the text of many lines begins on the next one
    return f"{template.place}:{line}"


def filled(text: str, values: Mapping[str, str]) -> str:
    """A text with its holes filled."""
    return Formatter().vformat(text, (), dict(values))


def values_of(facts: NoticeFacts, pack: "LanguagePack", *, zone: tzinfo) -> dict[str, str]:
    """What fills the plain holes."""
    family = pack.family(facts.family)
    first, last = (moment(each, pack.dates, zone) for each in (facts.seen_first, facts.seen_last))
    seen = pack.dates.seen_once if first == last else pack.dates.seen_between
    return {
        "reference": shown(facts.reference),
        "words": facts.word_pair,
        "provider": facts.provider_name,
        "portal": facts.portal,
        "help_line": facts.help_line,
        "family": family.title,
        "does": family.does,
        "seen": seen.replace("{first}", first).replace("{last}", last),
        "seen_first": first,
        "seen_last": last,
        "deadline": day(facts.deadline, pack.dates, zone) if facts.deadline else "",
    }


def day(when: datetime, dates: "Dates", zone: tzinfo) -> str:
    """A day, as people write it."""
    return _written(when.astimezone(zone), dates, dates.day)


def moment(when: datetime, dates: "Dates", zone: tzinfo) -> str:
    """A moment, as people write it."""
    return _written(when.astimezone(zone), dates, dates.moment)


def _written(local: datetime, dates: "Dates", form: str) -> str:
    return form.format(
        day=local.day, month=dates.months[local.month - 1], year=local.year, time=f"{local.hour:02}:{local.minute:02}"
    )
