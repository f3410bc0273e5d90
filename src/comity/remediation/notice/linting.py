"""Find in a template of a notice what would make it look like a trick, or be hard to read.

Trust:      templates are the operator's; a fault keeps them from being used, an advice does not.
Standards:  RFC 6561 section 5 (notices must not look like phishing, nor promise a complete cure); 3GPP TS 23.038 (160 signs of the
            GSM alphabet, else 70 of UCS-2).
Answers:    ``faults(template, pack, facts)`` gives ``Fault`` with the line; ``RULES`` names them, each with a sentence in the
            catalogue (``lint.NAME``); ``sms_room(text)`` how many signs it has and may have.
Limits:     words are looked for, clause by clause: a threat in other words is found by people, in ``comity notice preview``.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC
from typing import Final

from comity.model.notice import NoticeFacts, NoticeKind
from comity.remediation.guides.level import is_plain, level_of
from comity.remediation.guides.pack import LanguagePack, LintWords, NoticeTemplate
from comity.remediation.notice.rendering import paragraphs_of

GSM_SIGNS: Final = 160
UCS2_UNITS: Final = 70
SUBJECT_SIGNS: Final = 90
TEXT_SIGNS: Final = 4000
_GSM: Final = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_GSM_EXTENDED: Final = frozenset("^{}\\[~]|€")
_LINK: Final = re.compile(
    r"(?:https?|ftp|mailto|javascript):|\bwww\.|\b[\w-]+\.(?:com|net|org|cn|info|biz|top|xyz|example)\b/?"
    r"|\b[\w-]+\.[a-z]{2,24}/\w|\b\d{1,3}(?:\.\d{1,3}){3}\b|[\w-]\.(?:中国|公司|网络|网址|在线|手机)",
    re.IGNORECASE,
)
_CLAUSE: Final = re.compile(r"[^.!?。！？；;,，:：\n]+")
_MARKUP: Final = re.compile(r"<[a-zA-Z!/]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing that a rule found; ``is_advice``: it may be used all the same."""

    rule: str
    place: str
    found: str
    is_advice: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Linted:
    """What the rules look at: the entries of one template, and the notice that it makes."""

    template: NoticeTemplate
    texts: Sequence[tuple[str, str]]  # entry, text
    sample: str
    words: LintWords


Found = Iterator[tuple[str, str, int]]  # entry, what was found, where in it
Rule = Callable[[Linted], Found]


def faults(template: NoticeTemplate, pack: LanguagePack, facts: NoticeFacts) -> list[Fault]:
    """All that is wrong with a template; ``facts`` are those of a sample, as long as real ones."""
    texts = [("subject", template.subject), ("text", template.text), ("until", template.until)]
    texts += [(certainty.value, text) for certainty, text in template.what.items()]
    with_it = replace(pack, templates={**pack.templates, template.kind: template})
    sample = "\n".join(paragraphs_of(template.kind, facts, with_it, zone=UTC))
    linted = Linted(template=template, texts=[each for each in texts if each[1]], sample=sample, words=pack.lint)
    return [
        Fault(rule=name, place=_place(template, entry, at), found=found, is_advice=name in ADVICE)
        for name, rule in RULES.items()
        for entry, found, at in rule(linted)
    ]


def _link(linted: Linted) -> Found:
    for entry, text in linted.texts:
        for found in _LINK.finditer(text):
            yield entry, found[0], found.start()


def _markup(linted: Linted) -> Found:
    for entry, text in linted.texts:
        for found in _MARKUP.finditer(text):
            yield entry, found[0], found.start()


def _said(linted: Linted, words: Sequence[str]) -> Found:
    """Clauses with one of the words, unless they say that we do not do it."""
    for entry, text in linted.texts:
        for clause in _CLAUSE.finditer(text):
            word = next((each for each in words if _holds(clause[0], each)), None)
            if word and not any(_holds(clause[0], each) for each in linted.words.negation):
                yield entry, word, clause.start()


def _holds(clause: str, word: str) -> bool:
    if not word.isascii():
        return word in clause
    return re.search(rf"(?<![a-z]){re.escape(word.lower())}s?(?![a-z])", clause.lower()) is not None


def _secret(linted: Linted) -> Found:
    return _said(linted, linted.words.secret)


def _attachment(linted: Linted) -> Found:
    return _said(linted, linted.words.attachment)


def _advertising(linted: Linted) -> Found:
    return _said(linted, linted.words.advertising)


def _blame(linted: Linted) -> Found:
    return _said(linted, linted.words.blame)


def _promise(linted: Linted) -> Found:
    return _said(linted, linted.words.promise)


def _length(linted: Linted) -> Found:
    if linted.template.kind is NoticeKind.SMS:
        used, most = sms_room(linted.sample)
        if used > most:
            yield "text", f"{used} > {most}", 0
        return
    if len(linted.sample) > TEXT_SIGNS:
        yield "text", f"{len(linted.sample)} > {TEXT_SIGNS}", 0
    if len(linted.template.subject) > SUBJECT_SIGNS:
        yield "subject", f"{len(linted.template.subject)} > {SUBJECT_SIGNS}", 0


def _reading(linted: Linted) -> Found:
    level = level_of(linted.sample)
    if not is_plain(level):
        figures = ((name, getattr(level, name)) for name in level.__slots__)
        yield "text", ", ".join(f"{name} {value}" for name, value in figures if value is not None), 0


RULES: Final[Mapping[str, Rule]] = {
    "link": _link,
    "markup": _markup,
    "secret": _secret,
    "attachment": _attachment,
    "advertising": _advertising,
    "blame": _blame,
    "promise": _promise,
    "length": _length,
    "reading": _reading,
}
ADVICE: Final = frozenset({"reading"})


def sms_room(text: str) -> tuple[int, int]:
    """How many signs a text message takes, and how many it may.

    >>> sms_room("Call 10000."), sms_room("请拨打 10000")
    ((11, 160), (9, 70))
    """
    if all(sign in _GSM or sign in _GSM_EXTENDED for sign in text):
        return len(text) + sum(sign in _GSM_EXTENDED for sign in text), GSM_SIGNS
    return len(text.encode("utf-16-le", "surrogatepass")) // 2, UCS2_UNITS


def _place(template: NoticeTemplate, entry: str, at: int) -> str:
    line = template.lines.get(entry, 1)
    if entry == "text" and "\n" in template.text:
        line += 1 + template.text[:at].count("\n")  # a text of many lines begins on the next one
    return f"{template.place}:{line}"
