"""The catalogues: what people read is whole, in both languages."""

import re
import tomllib
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from string import Formatter

import pytest

import comity
from comity.locale import LANGUAGES, Catalogue, _loaded, catalogue
from comity.model.findings import CODES


def _holes(template: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(template) if name is not None}


def _pairs() -> Iterator[tuple[Catalogue, Catalogue]]:
    english = catalogue("en")
    return ((english, catalogue(language)) for language in LANGUAGES if language != "en")


def test_every_language_has_the_same_ids() -> None:
    """Nobody meets a bracketed id because a translation was forgotten; only singulars may differ."""
    for english, other in _pairs():
        assert {name for name in english if not name.endswith(".one")} == {
            name for name in other if not name.endswith(".one")
        }


def test_every_language_has_the_same_holes() -> None:
    """No translation drops a number or a name, none asks for one that is not given."""
    differing = [
        name
        for english, other in _pairs()
        for name in english
        if name in other and _holes(english.template(name) or "") != _holes(other.template(name) or "")
    ]
    assert differing == []


def test_a_singular_stands_beside_its_plural() -> None:
    """``id.one`` needs ``id``, and may leave out only the number."""
    for language in LANGUAGES:
        words = catalogue(language)
        for name in words:
            if name.endswith(".one"):
                plural = words.template(name.removesuffix(".one"))
                assert plural is not None, name
                assert _holes(plural) - _holes(words.template(name) or "") <= {"n"}, name


def test_an_id_stands_in_one_file_of_a_language_only() -> None:
    """Merged files cannot overwrite each other's sentences unseen."""
    for language in LANGUAGES:
        seen: dict[str, str] = {}
        for entry in files("comity.locale").joinpath(language).iterdir():
            for name, sentence in tomllib.loads(entry.read_text(encoding="utf-8")).items():
                assert isinstance(sentence, str), (entry.name, name)
                assert name not in seen, (name, entry.name, seen.get(name))
                seen[name] = entry.name


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_finding_has_a_sentence(language: str) -> None:
    """A postmaster never reads a bare code."""
    words = catalogue(language)
    assert [code for code in CODES if f"finding.{code}" not in words] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_sentence_is_about_a_code_that_does_not_exist(language: str) -> None:
    """The catalogue does not keep words for findings that nobody makes any more."""
    assert [name for name in catalogue(language) if name.startswith("finding.") and name[8:] not in CODES] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_mark_that_tells_a_kind_has_a_sentence(language: str) -> None:
    """``comity read`` says why it takes an item for what it is; a bare id would say nothing."""
    source = Path(comity.__file__).parent
    ids = {
        found
        for path in source.rglob("*.py")
        for found in re.findall(r'"(why\.[a-z0-9.-]+)"', path.read_text(encoding="utf-8"))
    }
    assert len(ids) > 20
    assert [each for each in sorted(ids) if each not in catalogue(language)] == []


def test_chinese_is_chinese() -> None:
    """Every Chinese sentence that has words has Han characters in it."""
    plain_in_every_language = {
        name
        for name in catalogue("zh")
        if not any("\u4e00" <= sign <= "\u9fff" for sign in catalogue("zh").template(name) or "")
    }
    assert {
        name for name in plain_in_every_language if catalogue("en").template(name) != catalogue("zh").template(name)
    } == set()


def test_chinese_has_chinese_punctuation() -> None:
    """Beside Chinese characters stand full-width commas, colons, question marks and brackets."""
    words = catalogue("zh")
    half_width = re.compile("[\u4e00-\u9fff\uff09\u201d][,;:?!()]|[,;:?!()][\u4e00-\u9fff\u201c]")
    assert [name for name in words if half_width.search(words.template(name) or "")] == []


@pytest.mark.parametrize("wanted", ["zh", "zh-CN", "zh_Hans", "zh_CN.UTF-8", "ZH-hans-CN", "zh_CN.GB18030", "zh_TW"])
def test_chinese_locales_find_chinese(wanted: str) -> None:
    """Whatever name the system gives the language, the reader gets it."""
    assert catalogue(wanted).language == "zh_Hans"
    assert catalogue(wanted).html_language == "zh-Hans"


@pytest.mark.parametrize("wanted", ["en", "en_US", "en-GB", "C", "C.UTF-8", "POSIX", "", None, "tlh", "_", "."])
def test_everybody_else_reads_english(wanted: str | None) -> None:
    """A language that we do not have is no error."""
    assert catalogue(wanted).language == "en"


def test_saying_never_raises() -> None:
    """A slip in code or catalogue costs a bracket or a brace on the page, not the page."""
    words = Catalogue("en", {"hello": "hello {name}", "wrong": "{n:d} cases", "odd": "{", "inner": "{name.first}"})
    assert words.say("absent", name="west") == "[absent]"
    assert words.say("hello") == "hello {name}"
    assert words.say("wrong", n="many") == "{n:d} cases"
    assert words.say("odd", n=1) == "{"
    assert words.say("inner", name="west") == "{name.first}"


def test_one_case_is_not_one_cases() -> None:
    """Where a language has a singular, it is used for one."""
    words = Catalogue("en", {"cases": "{n:,} cases", "cases.one": "one case"})
    assert [words.say("cases", n=n) for n in (0, 1, 2, 1000)] == ["0 cases", "one case", "2 cases", "1,000 cases"]


def test_a_sentence_is_found_before_the_other_files_are_taken_apart() -> None:
    """Each id stands quoted at the beginning of a line, where it is looked for; one that is nowhere is in brackets."""
    for language in LANGUAGES:
        for entry in files("comity.locale").joinpath(language).iterdir():
            text = entry.read_text(encoding="utf-8") if entry.name.endswith(".toml") else ""
            assert [name for name in tomllib.loads(text) if f'\n"{name}" =' not in "\n" + text] == []
        words = _loaded.__wrapped__(language)
        assert words.say("verdict.spam") == catalogue(language).say("verdict.spam")
        assert "no-such-id" not in words
        assert list(words) == list(dict.fromkeys(words))
        assert set(words) == set(catalogue(language))


@pytest.mark.parametrize(
    "name",
    [
        "agreement.trial",
        "agreement.holds",
        "backup.channel",
        "close.line",
        "contact.bounces",
        "counters.aligned",
        "data.table",
        "db.channel",
        "db.differs",
        "lease.taken",
        "lease.not-taken",
        "ledger.deliveries.taken",
        "ledger.holds",
        "notice.check.given",
        "owed.head.old",
        "playbook.when.reports",
        "portal.check.wait",
        "sighting.taken",
        "source.alarm.not-joined",
        "source.listed.taken",
        "volume.taken",
    ],
)
def test_one_is_not_said_to_be_several(name: str) -> None:
    """What is often counted as one, a lease, a leaf, a report, is said in the singular."""
    assert not re.search(r"\b(1|one) [a-z]+s\b", catalogue("en").say(name, n=1)), name


@pytest.mark.parametrize("name", ["backup.made", "backup.holds"])
def test_several_counts_stand_behind_their_names(name: str) -> None:
    """Where a sentence counts more than one thing, none of them is a plural that may be one."""
    said = catalogue("en").say(name, n=12, size="1.0", leaves=1, ledgers=1, folder="copy", made="today")
    assert not re.search(r"\b1 [a-z]+s\b", said)
