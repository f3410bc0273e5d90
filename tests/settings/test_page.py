"""The pages about the settings, and the sentences on them in both languages."""

import re
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import pytest

from comity.settings import parse
from comity.settings.agreements import AgreementEntry
from comity.settings.kinds import Entries
from comity.settings.page import PLAYBOOK_TABLES, page
from comity.settings.records import ROOMS, Settings
from comity.settings.words import chinese, in_language

ROOT = Path(__file__).parents[2]


CODE = re.compile(r"`[^`]*`")
SHOWN = {  # what the writer of a setting puts in himself is said in his language
    "`postgresql://NAME@HOST/DATABASE`",
    "`box+anything@domain`",
    "`ADDRESS,COHORT`",
    "`spam PATH`",
    "`ham PATH`",
}


def sentences() -> Iterator[str]:
    """Every sentence that a setting or its table says."""
    nested = [
        one.metadata["kind"].record
        for record in ROOMS.values()
        for one in fields(record)
        if isinstance(one.metadata["kind"], Entries)
    ]
    for record in (*ROOMS.values(), *nested, AgreementEntry, *PLAYBOOK_TABLES.values()):
        yield " ".join((record.__doc__ or "").split())
        yield from (one.metadata["sentence"] for one in fields(record))


@pytest.mark.parametrize(("language", "file"), [("en", "settings.md"), ("zh", "settings.zh.md")])
def test_the_page_is_current(language: str, file: str) -> None:
    """Both pages are what the code says; ``script/docs`` writes them."""
    assert (ROOT / "docs" / file).read_text(encoding="utf-8") == page(language)


def test_every_sentence_is_said_in_chinese() -> None:
    """None is forgotten, none is kept of a setting that is no more, none is of another wording than the one it translates."""
    assert set(sentences()) == set(chinese())


def test_what_is_typed_is_the_same_in_both_languages() -> None:
    """A name, a command or a value is not translated; and what should be, is."""
    for english, said in chinese().items():
        wanted = sorted(each for each in CODE.findall(english) if each not in SHOWN)
        assert [each for each in wanted if each not in CODE.findall(said)] == [], english
        assert len(CODE.findall(said)) == len(CODE.findall(english)), english
        assert re.search(r"[\u4e00-\u9fff]", said), english
        assert not re.search(r"[,;!?] ?[\u4e00-\u9fff]|[\u4e00-\u9fff][,;:!?]", CODE.sub("", said)), english


def test_a_sentence_is_said_in_the_readers_language() -> None:
    """One without Chinese comes back as it is."""
    assert in_language("Networks of our own.", "zh-CN") != in_language("Networks of our own.", "fr")
    assert in_language("Said nowhere.", "zh") == "Said nowhere."


def test_every_example_is_accepted() -> None:
    """What the page shows can be copied."""
    text = "".join(
        f"[{room}]\n" + "".join(f"{one.name} = {one.metadata['example']}\n" for one in fields(record))
        for room, record in ROOMS.items()
    )
    settings = parse(text, Path("comity.toml"))
    for room, record in ROOMS.items():
        assert all(getattr(getattr(settings, room), one.name) not in (None, ()) for one in fields(record))


def test_every_room_of_the_record_is_a_table_of_the_file() -> None:
    """A room that is added to one of the two is added to the other."""
    assert [one.name for one in fields(Settings) if one.name != "file"] == list(ROOMS)
