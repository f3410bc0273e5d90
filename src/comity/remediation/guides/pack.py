"""All that subscribers read in one language, and what is known of families in any.

Answers:    ``Packs`` with a ``LanguagePack`` a language: templates of notices, guides, family notes, public pages, questions.
Limits:     texts are plain: blank lines part paragraphs, "- " begins an item, "# " a heading, ``{hole}`` is filled.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from comity.model.notice import Certainty, NoticeKind
from comity.remediation.notice.reference import WordLists

FALLBACK: Final = "en"
UNKNOWN_FAMILY: Final = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeTemplate:
    """The words of one kind of notice; ``lines`` says on which line of ``place`` each entry begins."""

    kind: NoticeKind
    subject: str
    text: str
    until: str
    what: Mapping[Certainty, str]
    place: str
    is_shipped: bool
    lines: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One thing to do on a device."""

    key: str
    title: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceGuide:
    """What to do with one kind of device; ``short`` is what fits into a notice."""

    name: str
    title: str
    lead: str
    short: tuple[str, ...]
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FamilyNote:
    """What a family is and does, in plain words."""

    title: str
    does: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A part of a public page."""

    heading: str
    text: str
    items: tuple[str, ...]
    is_ordered: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicPage:
    """One page of the public site."""

    name: str
    title: str
    nav: str
    lead: str
    sections: tuple[Section, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One question about the public pages."""

    key: str
    text: str
    answers: Mapping[str, str]
    right: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LintWords:
    """The words that the linter looks for."""

    negation: tuple[str, ...]
    secret: tuple[str, ...]
    attachment: tuple[str, ...]
    advertising: tuple[str, ...]
    blame: tuple[str, ...]
    promise: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Dates:
    """How a day, a moment, and a time that something was seen are written."""

    months: tuple[str, ...]
    day: str
    moment: str
    seen_once: str
    seen_between: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LanguagePack:
    """One language; ``words`` are the short texts of pages, by id."""

    language: str  # the name of its folder
    tag: str  # BCP 47
    name: str
    dates: Dates
    words: Mapping[str, str]
    pair_words: WordLists
    lint: LintWords
    families: Mapping[str, FamilyNote]
    guides: Mapping[str, DeviceGuide]
    pages: Mapping[str, PublicPage]
    questions: tuple[Question, ...]
    templates: Mapping[NoticeKind, NoticeTemplate]

    def family(self, name: str) -> FamilyNote:
        """The note of a family, that of unknown ones where there is none."""
        return self.families.get(name) or self.families[UNKNOWN_FAMILY]

    def text(self, word_id: str, /, **arguments: object) -> str:
        """A short text with its holes filled."""
        return self.words[word_id].format_map(arguments)


@dataclass(frozen=True, slots=True, kw_only=True)
class FamilyKind:
    """A family as feeds name it, and the device it lives on."""

    names: frozenset[str]
    device: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Packs:
    """Every language; ``version`` changes when any text does."""

    languages: Mapping[str, LanguagePack]
    families: Mapping[str, FamilyKind]
    version: str

    def of(self, wanted: str | None) -> LanguagePack:
        """The pack that serves best whoever asks for ``wanted`` (a folder's name or a BCP 47 tag); English where none does."""
        return self.speaks(wanted or "") or self.languages[FALLBACK]

    def speaks(self, wanted: str) -> LanguagePack | None:
        """The pack for a tag: the same one, else one that begins with the same language."""
        asked = wanted.strip().lower().replace("_", "-")
        tags = {pack.tag.lower(): pack for pack in self.languages.values()}
        primary = asked.partition("-")[0]
        return tags.get(asked) or next((tags[tag] for tag in sorted(tags) if tag.partition("-")[0] == primary), None)

    def family_of(self, said: str | None) -> str:
        """The family that a feed's word means: by its name, or by a name it begins with, as in ``mirai.variant``."""
        name = (said or "").strip().lower().replace(" ", "-")
        for family, kind in self.families.items():
            if name == family or name in kind.names:
                return family
        parts = {part for part in name.replace("/", ".").replace(":", ".").replace("_", ".").split(".") if part}
        for family, kind in self.families.items():
            if parts & kind.names or any(name.startswith(f"{each}-") for each in kind.names):
                return family
        return UNKNOWN_FAMILY

    def guide_of(self, family: str) -> str:
        """The guide for the device that a family lives on."""
        return (self.families.get(family) or self.families[UNKNOWN_FAMILY]).device
