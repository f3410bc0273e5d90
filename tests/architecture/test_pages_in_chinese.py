"""Pages for users say the same in both languages: the same commands and settings, in the same order, and a way to the other."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TWINS = sorted(
    page for page in ROOT.glob("docs/**/*.zh.md") if page.parent.name != "reference" and page.name != "settings.zh.md"
)
HAN = re.compile("[\u4e00-\u9fff]")


def _blocks(text: str) -> list[str]:
    """What is to be typed or written into a file; a remark in it may be translated."""
    found = re.findall(r"^```[a-z.]*\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    return [re.sub(r"(?m)^\s*#.*\n|[ \t]+#.*$", "", block) for block in found]


def _shape(text: str) -> list[str]:
    """Headings by their depth, rows of tables, the beginnings of lists."""
    bare = re.sub(r"^```.*?^```", "", text, flags=re.DOTALL | re.MULTILINE)
    return re.findall(r"^(#+ |\||- |\d+\. )", bare, re.MULTILINE)


def _links(text: str) -> list[str]:
    """Where the page leads, in either language."""
    targets = re.findall(r"\]\(([^)\s]+)\)", text)[1:]  # the first is the other language
    return sorted(each.replace(".zh.md", ".md") for each in targets)


@pytest.mark.parametrize("page", TWINS, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_both_languages_say_the_same(page: Path) -> None:
    """What is changed in one page and not in its twin is found here."""
    chinese, twin = page.read_text(encoding="utf-8"), page.with_name(page.name.replace(".zh.md", ".md"))
    english = twin.read_text(encoding="utf-8")
    assert f"[English]({twin.name})" in chinese.splitlines()[2]
    assert f"[简体中文]({page.name})" in english.splitlines()[2]
    assert len(HAN.findall(chinese)) > 100
    assert _blocks(chinese) == _blocks(english)
    assert _shape(chinese) == _shape(english)
    assert _links(chinese) == _links(english)


@pytest.mark.parametrize("page", TWINS, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_remarks_beside_commands_are_in_chinese(page: Path) -> None:
    """Whoever reads Chinese alone reads what a command is for; names of columns and files stand as they are."""
    blocks = re.findall(r"^```[a-z.]*\n(.*?)^```", page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    remarks = [remark for block in blocks for remark in re.findall(r"(?m)(?:^|[ \t])#[ \t](.*)$", block)]
    assert [each for each in remarks if re.search("[a-z] [a-z]", each) and not HAN.search(each)] == []


def test_chinese_sentences_lead_to_chinese_pages() -> None:
    """A remedy names the page in the language of whoever reads it, where there is one."""
    texts = ROOT.glob("src/comity/locale/zh_Hans/*.toml")
    named = {name for each in texts for name in re.findall(r"docs/[a-z/-]+\.md", each.read_text("utf-8"))}
    assert named
    assert [each for each in named if (ROOT / each.replace(".md", ".zh.md")).exists()] == []


def test_there_are_pages_in_chinese() -> None:
    """The test above has something to look at."""
    assert len(TWINS) >= 2


def test_one_thing_has_one_name() -> None:
    """Desk, reference, loop: what is called three ways reads as three things, on pages, in settings, in any word of ours."""
    texts = [*ROOT.glob("*.zh.md"), *ROOT.glob("docs/**/*.zh.md"), *ROOT.glob("src/comity/**/zh_Hans*/**/*.toml")]
    texts += ROOT.glob("src/comity/**/zh_Hans.toml")
    assert len(texts) > 50
    said = {each: re.findall("案件台|工作台|查询编号|反馈回路", each.read_text(encoding="utf-8")) for each in texts}
    assert {str(each.relative_to(ROOT)): names for each, names in said.items() if names} == {}
