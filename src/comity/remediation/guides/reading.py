"""Read language packs out of their files.

Trust:      the operator's and the coalition's files go before those that come with Comity, and are held to the linter of notices.
Answers:    ``read_packs(files)`` gives ``Packs`` or raises ``ComityError`` (outcome CONFIGURATION) with file and line;
            ``CHECKED`` names what every language must have.
Limits:     a language is whole or not there: each has the files, families, guides, steps, pages and ids of English.
"""

from collections.abc import Mapping
from hashlib import sha256
from typing import Final

from comity.model.notice import Certainty, NoticeKind
from comity.remediation.guides.pack import (
    FALLBACK,
    UNKNOWN_FAMILY,
    Dates,
    DeviceGuide,
    FamilyKind,
    FamilyNote,
    LanguagePack,
    LintWords,
    NoticeTemplate,
    Packs,
    PublicPage,
    Question,
    Section,
    Step,
)
from comity.remediation.guides.tables import Source, Table, table_of, unfit
from comity.remediation.notice.filling import check_holes, holes_in
from comity.remediation.notice.reference import WordLists

NEUTRAL: Final = ""  # files that no language has for itself
FAMILIES: Final = "families.toml"
DEVICES: Final = ("pc", "phone", "router", "camera", "server")
PAGES: Final = ("what", "signs", "prevention", "first-aid", "notices")

Files = Mapping[str, Mapping[str, Source]]  # by language, then by name, as "notice/mail.toml"


def read_packs(files: Files) -> Packs:
    """Every language that there is a folder for."""
    neutral = _whole(files.get(NEUTRAL, {}), FAMILIES, "guides")
    families = {
        name: FamilyKind(
            names=frozenset(each.texts("names", may_miss=True)), device=_one_of(each, "device", known=DEVICES)
        )
        for name, each in ((name, neutral.table(name)) for name in neutral.entries)
    }
    if UNKNOWN_FAMILY not in families:
        raise unfit("guide-missing", neutral.place, name=UNKNOWN_FAMILY)
    languages = {name: _pack(name, found, families) for name, found in sorted(files.items()) if name != NEUTRAL}
    if FALLBACK not in languages:
        raise unfit("guide-missing", neutral.place, name=FALLBACK)
    _same_words(languages, files)
    return Packs(languages=languages, families=families, version=_version(files))


def _pack(language: str, files: Mapping[str, Source], families: Mapping[str, FamilyKind]) -> LanguagePack:
    about = _whole(files, "language.toml", language)
    about.only("tag", "name", "months", "day", "moment", "seen_once", "seen_between")
    words = _whole(files, "words.toml", language)
    lint = _whole(files, "lint.toml", language)
    notes = _whole(files, FAMILIES, language)
    site = _whole(files, "site.toml", language)
    questions = _whole(files, "questions.toml", language)
    return LanguagePack(
        language=language,
        tag=about.text("tag"),
        name=about.text("name"),
        dates=Dates(
            months=about.texts("months"),
            day=about.text("day"),
            moment=about.text("moment"),
            seen_once=about.text("seen_once", "{first}"),
            seen_between=about.text("seen_between", "{first} \u2013 {last}"),
        ),
        words={name: site.text(name) for name in site.entries},
        pair_words=WordLists(first=words.texts("first"), second=words.texts("second")),
        lint=LintWords(**{name: lint.texts(name) for name in LintWords.__slots__}),
        families={name: _note(notes.table(name)) for name in families},
        guides={name: _guide(name, _whole(files, f"device/{name}.toml", language)) for name in DEVICES},
        pages={name: _page(name, _whole(files, f"public/{name}.toml", language)) for name in PAGES},
        questions=tuple(_question(each) for each in questions.tables("question")),
        templates={kind: _template(kind, files, language) for kind in NoticeKind},
    )


def _whole(files: Mapping[str, Source], name: str, language: str) -> Table:
    if name not in files:
        raise unfit("guide-no-file", language, name=f"{language}/{name}")
    return table_of(files[name])


def _one_of(table: Table, name: str, *, known: tuple[str, ...]) -> str:
    value = table.text(name)
    if value not in known:
        raise unfit("guide-unknown", table.where(name), name=value, known=", ".join(known))
    return value


def _note(table: Table) -> FamilyNote:
    table.only("title", "does")
    return FamilyNote(title=table.text("title"), does=table.text("does"))


def _guide(name: str, table: Table) -> DeviceGuide:
    table.only("title", "lead", "short", "step")
    steps = tuple(
        Step(key=each.text("key"), title=each.text("title"), text=each.text("text")) for each in table.tables("step")
    )
    return DeviceGuide(
        name=name, title=table.text("title"), lead=table.text("lead"), short=table.texts("short"), steps=steps
    )


def _page(name: str, table: Table) -> PublicPage:
    table.only("title", "nav", "lead", "section")
    sections = tuple(
        Section(
            heading=each.text("heading"),
            text=each.text("text", usual=""),
            items=each.texts("items", may_miss=True),
            is_ordered=each.entries.get("ordered") is True,
        )
        for each in table.tables("section")
    )
    return PublicPage(
        name=name, title=table.text("title"), nav=table.text("nav"), lead=table.text("lead"), sections=sections
    )


def _question(table: Table) -> Question:
    answers = table.table("answers")
    known = {name: answers.text(name) for name in answers.entries}
    return Question(
        key=table.text("key"),
        text=table.text("text"),
        answers=known,
        right=_one_of(table, "right", known=tuple(known)),
        why=table.text("why"),
    )


def _template(kind: NoticeKind, files: Mapping[str, Source], language: str) -> NoticeTemplate:
    name = f"notice/{kind.value}.toml"
    table = _whole(files, name, language)
    table.only("subject", "text", "until", *Certainty)
    template = NoticeTemplate(
        kind=kind,
        subject=table.text("subject", usual=""),
        text=table.text("text"),
        until=table.text("until", usual=""),
        what={each: table.table(each.value).text("what") for each in Certainty},
        place=table.place,
        is_shipped=files[name].is_shipped,
        lines={str(path[0]): line for path, line in table.lines.items() if len(path) == 1},
    )
    check_holes(template)
    return template


def _same_words(languages: Mapping[str, LanguagePack], files: Files) -> None:
    """A translation that forgot a text is found when it is loaded, and not by a reader."""
    english = languages[FALLBACK]
    for language, pack in languages.items():
        place = files[language]["site.toml"].place
        for name, text in english.words.items():
            if name not in pack.words:
                raise unfit("guide-missing", place, name=name)
            if holes_in(text) != holes_in(pack.words[name]):
                raise unfit("guide-holes-differ", place, name=name)
        for name, guide in english.guides.items():
            if [each.key for each in guide.steps] != [each.key for each in pack.guides[name].steps]:
                raise unfit("guide-steps-differ", files[language][f"device/{name}.toml"].place, name=name)
        ours = [(each.key, each.right, set(each.answers)) for each in english.questions]
        if ours != [(each.key, each.right, set(each.answers)) for each in pack.questions]:
            raise unfit("guide-steps-differ", files[language]["questions.toml"].place, name="question")


def _version(files: Files) -> str:
    digest = sha256()
    for language in sorted(files):
        for name in sorted(files[language]):
            digest.update(f"{language}/{name}\0{files[language][name].text}\0".encode())
    return digest.hexdigest()[:12]
