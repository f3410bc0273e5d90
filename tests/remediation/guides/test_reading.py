"""Language packs: layers, and mistakes that are told with file and line."""

from collections.abc import Callable
from pathlib import Path

import pytest

from comity.model.notice import NoticeKind
from comity.model.outcomes import ComityError
from comity.outlets.files.layered_folders import read_layers
from comity.remediation.guides.level import is_plain, level_of
from comity.remediation.guides.pack import LanguagePack, Packs
from comity.remediation.guides.reading import read_packs

from ..conftest import SHIPPED

Override = Callable[..., Packs]


@pytest.fixture
def override(tmp_path: Path) -> Override:
    """Packs with one file of the operator's own; ``change`` makes it out of the shipped one."""

    def make(name: str, change: Callable[[str], str], folder: str = "own") -> Packs:
        path = tmp_path / folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        shipped = SHIPPED
        for part in name.split("/"):
            shipped = shipped.joinpath(part)
        path.write_text(change(shipped.read_text(encoding="utf-8")), encoding="utf-8")
        return read_packs(read_layers([tmp_path / folder], SHIPPED))

    return make


def test_the_first_folder_goes_before(tmp_path: Path, packs: Packs) -> None:
    """The operator's file before the coalition's, that before what comes with Comity; the rest stays."""
    for folder, word in (("own", "Ours"), ("coalition", "Theirs")):
        path = tmp_path / folder / "en" / "notice"
        path.mkdir(parents=True)
        for name in ("sms.toml", "call.toml") if folder == "coalition" else ("sms.toml",):
            text = SHIPPED.joinpath("en", "notice", name).read_text(encoding="utf-8")
            (path / name).write_text(
                text.replace('"{provider}:', f'"{word} {{provider}}:').replace("Good day", word), encoding="utf-8"
            )
    found = read_packs(read_layers([tmp_path / "own", tmp_path / "coalition"], SHIPPED)).of("en").templates
    assert found[NoticeKind.SMS].text.startswith("Ours")
    assert found[NoticeKind.CALL].text.startswith("Theirs")
    assert found[NoticeKind.MAIL] == packs.of("en").templates[NoticeKind.MAIL]
    assert [found[kind].is_shipped for kind in (NoticeKind.SMS, NoticeKind.CALL, NoticeKind.MAIL)] == [
        False,
        False,
        True,
    ]


def _line_of(text: str, part: str) -> int:
    return text[: text.index(part)].count("\n") + 1


@pytest.mark.parametrize(
    ("name", "old", "new", "code"),
    [
        ("en/notice/mail.toml", "call us at {help_line}", "call us at {helpline}", "guide-hole"),
        ("en/notice/letter.toml", "{provider}\n\"\"\"", "{provider.name}\n\"\"\"", "guide-hole"),
        ("zh_Hans/notice/page.toml", "限制最迟到{deadline}结束", "限制最迟到{what}结束", "guide-hole"),
        ("en/notice/page.toml", "{steps}", "{steps", "guide-braces"),
        ("en/notice/page.toml", "[likely]", "[probably]", "guide-unknown"),
        ("en/device/pc.toml", "title = \"Install all updates\"", "title = 7", "guide-unfit"),
        ("en/public/what.toml", "nav = ", "name = ", "guide-unknown"),
        ("en/words.toml", "\"amber\"", "amber", "guide-not-toml"),
        ("families.toml", "device = \"router\"", "device = \"toaster\"", "guide-unknown"),
        ("zh_Hans/questions.toml", "right = \"ask\"", "right = \"nobody\"", "guide-unknown"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_its_line(override: Override, name: str, old: str, new: str, code: str) -> None:
    """File, line, and what is wrong there."""
    seen = []

    def change(text: str) -> str:
        assert old in text
        seen.append(text.replace(old, new, 1))
        return seen[0]

    with pytest.raises(ComityError) as caught:
        override(name, change)
    assert caught.value.code == code
    file, _, line = (caught.value.place or "").rpartition(":")
    assert file.endswith(name)
    near = new if code != "guide-hole" else new[new.index("{") :]
    assert abs(int(line) - _line_of(seen[0], near)) <= (1 if code == "guide-braces" else 0)


@pytest.mark.parametrize(("kind", "hole"), [("mail", "{reference}"), ("sms", "{help_line}"), ("letter", "{portal}")])
def test_a_notice_that_could_not_be_checked_is_refused(override: Override, kind: str, hole: str) -> None:
    """Without reference, words or a way to ask, a template is no notice."""
    with pytest.raises(ComityError) as caught:
        override(f"en/notice/{kind}.toml", lambda text: text.replace(hole, "that"))
    assert caught.value.code == "guide-hole-missing"
    assert caught.value.details["hole"] == hole


@pytest.mark.parametrize(
    ("name", "old", "new", "code"),
    [
        ("zh_Hans/site.toml", "\"my.seen\"", "\"my.saw\"", "guide-missing"),
        ("zh_Hans/site.toml", "共 {all} 步", "共步", "guide-holes-differ"),
        ("zh_Hans/device/router.toml", "key = \"restart\"", "key = \"again\"", "guide-steps-differ"),
    ],
)  # fmt: skip
def test_a_translation_that_forgot_something_is_refused(
    override: Override, name: str, old: str, new: str, code: str
) -> None:
    """Each language has the same ids, holes and steps: nobody meets a gap on a page."""
    with pytest.raises(ComityError) as caught:
        override(name, lambda text: text.replace(old, new, 1))
    assert caught.value.code == code


def test_a_language_is_a_folder(tmp_path: Path) -> None:
    """A folder with the same files is a language: notices, guides and pages have it, and no code is changed."""
    for entry in SHIPPED.joinpath("en").iterdir():
        inner = (
            [(entry.name, entry)] if entry.is_file() else [(f"{entry.name}/{one.name}", one) for one in entry.iterdir()]
        )
        for name, file in inner:
            path = tmp_path / "de" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(file.read_text(encoding="utf-8").replace('tag = "en"', 'tag = "de"'), encoding="utf-8")
    found = read_packs(read_layers([tmp_path], SHIPPED))
    assert [each.tag for each in found.languages.values()] == ["de", "en", "zh-Hans"]
    assert found.of("de-AT").tag == "de"
    (tmp_path / "de" / "lint.toml").unlink()
    with pytest.raises(ComityError) as caught:
        read_packs(read_layers([tmp_path], SHIPPED))
    assert (caught.value.code, caught.value.details["name"]) == ("guide-no-file", "de/lint.toml")


@pytest.mark.parametrize("data", [b"\xff\xfe", b"a = 1\n" * 50_000])
def test_a_file_that_is_no_text_is_refused(tmp_path: Path, data: bytes) -> None:
    """Not UTF-8, or as large as no text for people is."""
    (tmp_path / "en").mkdir()
    (tmp_path / "en" / "site.toml").write_bytes(data)
    with pytest.raises(ComityError):
        read_layers([tmp_path], SHIPPED)


def _texts(pack: LanguagePack) -> dict[str, str]:
    found = {"families": "\n".join(f"{note.title}\n{note.does}" for note in pack.families.values())}
    for guide in pack.guides.values():
        steps = (f"{step.title}\n{step.text}" for step in guide.steps)
        found[guide.name] = "\n".join((guide.lead, *guide.short, *steps))
    for page in pack.pages.values():
        parts = (part for each in page.sections for part in (each.heading, each.text, *each.items))
        found[page.name] = "\n".join(filter(None, (page.lead, *parts)))
    found["questions"] = "\n".join("\n".join((each.text, *each.answers.values(), each.why)) for each in pack.questions)
    found["site"] = "\n".join(pack.words.values())
    return found


@pytest.mark.parametrize("language", ["en", "zh_Hans"])
def test_everything_is_easy_to_read(packs: Packs, language: str) -> None:
    """Each guide, note and page keeps the bounds of its language: eighth year of school; short clauses of common characters."""
    levels = {name: level_of(text) for name, text in _texts(packs.of(language)).items()}
    assert len(levels) == 13
    assert {name: level for name, level in levels.items() if not is_plain(level)} == {}


def test_the_measure_tells_hard_from_easy() -> None:
    """An official's sentence is out of bounds in both languages, and so are rare characters."""
    hard = "Notwithstanding the aforementioned considerations, subscribers are obligated to facilitate remediation activities."
    assert not is_plain(level_of(hard))
    assert is_plain(level_of("Turn it off. Wait a bit. Turn it on again."))
    official = "鉴于上述设备业已被识别为存在安全隐患之联网终端故而请贵用户务必于规定期限以内自行完成全部相关处置工作"
    assert not is_plain(level_of(official + "并及时予以书面反馈。"))
    assert not is_plain(level_of("饕餮魑魅，魍魉踟蹰。"))
    assert is_plain(level_of("拔掉电源，等半分钟，再插上。"))
