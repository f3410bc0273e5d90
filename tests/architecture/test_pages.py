"""The pages about the code are true."""

import re
import tomllib
from pathlib import Path

import pytest

from comity.cli import COMMANDS, main
from comity.remediation.notice.reference import read

PAGES = [
    "README.md",
    "README.zh.md",
    "CONTRIBUTING.md",
    "docs/journey.md",
    "docs/concepts.md",
    "docs/quickstart.md",
    "docs/settings.md",
    "docs/quirks.md",
    "docs/spec-questions.md",
]


@pytest.mark.parametrize("page", PAGES)
def test_the_page_is_there(root: Path, page: str) -> None:
    """Every page that others point to exists and says something."""
    assert len((root / page).read_text(encoding="utf-8")) > 400


def test_the_journey_is_true(root: Path) -> None:
    """Every path on the journey page exists."""
    named = re.findall(r"`(src/comity/[^`]+)`", (root / "docs/journey.md").read_text(encoding="utf-8"))
    assert len(named) > 5
    assert [path for path in named if not (root / path).exists()] == []


def test_the_journey_is_whole(root: Path) -> None:
    """Every module of the services is on the journey page."""
    text = (root / "docs/journey.md").read_text(encoding="utf-8")
    modules = (root / "src/comity/services").rglob("*.py")
    names = [path.relative_to(root).as_posix() for path in modules if path.name != "__init__.py"]
    assert [name for name in names if f"`{name}`" not in text] == []


def test_links_lead_somewhere(root: Path) -> None:
    """No relative link or picture in a page is dead."""
    dead = []
    for page in [*root.glob("*.md"), *root.glob("docs/**/*.md"), *root.glob("changes/*.md"), *root.glob("bench/*.md")]:
        for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)|(?:src|href)=\"([^\"#]+)\"", page.read_text(encoding="utf-8")):
            link = target[0] or target[1]
            if "://" not in link and not link.startswith("mailto:") and not (page.parent / link).exists():
                dead.append((page.name, link))
    assert dead == []


def test_commands_on_pages_exist(root: Path) -> None:
    """A page that shows ``comity WORD`` shows a command that there is."""
    unknown = set()
    for page in [*root.glob("*.md"), *root.glob("docs/*.md"), *root.glob("changes/*.md")]:
        blocks = re.findall(r"```(?:sh|console|text)?\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
        for line in "\n".join(blocks).splitlines():
            if match := re.match(r"(?:\$ )?comity ([a-z]+)", line):
                unknown |= {(page.name, match[1])} if match[1] not in COMMANDS else set()
    assert unknown == set()


def test_examples_of_notices_pass_their_own_check(root: Path) -> None:
    """A reference on a page is one that the command takes."""
    page = (root / "docs/how-to/notices.md").read_text(encoding="utf-8")
    shown = re.findall(r"comity notice check ([0-9-]+)", page)
    assert shown
    assert all(read(each) for each in shown)


def test_the_look_up_on_the_page_of_leases_is_answered_by_its_table(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whoever copies table and command gets the line of the table."""
    page = (root / "docs/how-to/leases.md").read_text(encoding="utf-8")
    table = re.search(r"```csv\n(.*?)```", page, re.DOTALL)
    command = re.search(r"^comity (lease whose .*)$", page, re.MULTILINE)
    assert table
    assert command
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("COMITY_CONFIG", raising=False)
    assert main(["init", "."]) == 0
    (tmp_path / "book.csv").write_text(table[1], encoding="utf-8")
    assert main(["lease", "import", "book.csv"]) == 0
    capsys.readouterr()
    assert main([*command[1].split(), "--json"]) == 0
    assert "line-7" in capsys.readouterr().out


def test_examples_of_the_sealed_role_name_it(root: Path) -> None:
    """What only the role may do is shown with the role."""
    page = (root / "docs/how-to/sealed.md").read_text(encoding="utf-8").replace("\\\n", "")
    acts = re.findall(r"comity sealed (?:log|hold|handoff|release|destroy) [^\n`]*(?:\n *--[^`]*)?`", page)
    shown = [each for each in acts if "--why" in each]
    assert len(shown) >= 4
    assert [each for each in shown if "--by" not in each] == []


def test_decisions_are_numbered_without_gaps(root: Path) -> None:
    """Each decision has the next number, and says context, choice and price."""
    pages = sorted((root / "docs/decisions").glob("[0-9]*.md"))
    assert [page.name[:4] for page in pages] == [f"{number:04}" for number in range(1, len(pages) + 1)]
    assert len(pages) >= 6
    for page in pages:
        text = page.read_text(encoding="utf-8")
        assert all(f"## {part}" in text for part in ("Context", "Choice", "Price")), page.name


def test_changes_have_notes(root: Path) -> None:
    """There is a note for postmasters, with the way back."""
    notes = sorted((root / "changes").glob("[0-9]*.md"))
    assert notes
    assert all("way back" in note.read_text(encoding="utf-8").lower() for note in notes)


def test_questions_and_quirks_are_numbered(root: Path) -> None:
    """A docstring that cites Q7 finds one Q7."""
    text = (root / "docs/spec-questions.md").read_text(encoding="utf-8")
    numbers = [int(number) for number in re.findall(r"^#+ Q(\d+)", text, re.MULTILINE)]
    assert numbers == sorted(set(numbers))
    cited = {
        int(number)
        for path in (root / "src").rglob("*.py")
        for number in re.findall(r"spec-questions\.md Q(\d+)", path.read_text(encoding="utf-8"))
    }
    assert cited <= set(numbers)


def test_the_package_carries_what_it_needs(root: Path) -> None:
    """Catalogues, templates and the marker for types are in the built package; versions of Python agree."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    data = project["tool"]["setuptools"]["package-data"]["comity"]
    for path in (root / "src/comity").rglob("*"):
        if path.is_file() and path.suffix not in (".py", ".pyc"):
            assert any(path.relative_to(root / "src/comity").match(pattern) for pattern in data), path
    assert project["project"]["requires-python"] == ">=3.11"
    assert project["tool"]["ruff"]["target-version"] == "py311"


def test_the_locked_versions_belong_to_this_project(root: Path) -> None:
    """script/locked.txt pins every package that pyproject.toml asks for, and names no place to fetch them from."""
    text = (root / "script/locked.txt").read_text(encoding="utf-8")
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    asked = [*project["project"]["dependencies"], *project["dependency-groups"]["dev"]]
    pinned = {line.split("==")[0] for line in text.splitlines() if "==" in line}
    missing = {re.split(r"[<>=\[ ]", each)[0].lower() for each in asked} - pinned
    assert not missing, f"not in script/locked.txt, make it anew: {sorted(missing)}"
    assert "://" not in text


def test_nothing_names_the_machine_it_was_written_on(root: Path, tracked: list[Path]) -> None:
    """The repository holds on any machine: no file names the folder it lies in, its neighbours or anybody's home."""
    marks = [f"{root}/", f"{root.parent}/", f"{Path.home()}/"]
    marks = [mark.encode() for mark in marks if mark.count("/") > 2]
    named = [(str(path), mark) for path in tracked for mark in marks if mark in path.read_bytes()]
    assert named == []
