"""A coordinator with a folder of statements and public keys: lines, an object, a page, and an exit status that says how it is."""

import json
import os
from html import unescape
from pathlib import Path

import pytest
from rich.cells import cell_len

from comity.cli import main
from comity.ledger.pairing import card_of
from comity.web.pages import overview as page

from ...services.prove.coalition.three_networks import EAST, PUBLIC, SOUTH, WEST, pair, signed
from ...web.accessible import faults

KEYS = [word for name in (WEST, EAST, SOUTH) for word in ("--key", PUBLIC[name].encoded())]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two of three pairs have signed; west tells each of them something else of itself."""
    made = tmp_path_factory.mktemp("statements")
    (made / "ew.json").write_bytes(signed(*pair(WEST, EAST, {"complaint": 40, "bot": 15}), found=(40, None)))
    (made / "sw.json").write_bytes(signed(*pair(WEST, SOUTH, {"complaint": 25}), found=(90, None)))
    return made


def test_the_exit_status_says_how_it_is(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Whole, waiting for somebody, or contradicting: a timer needs no more."""
    one, both = str(folder / "ew.json"), f"{EAST}/{WEST}"
    assert main(["coalition", "overview", "2026-11", one, *KEYS, "--pair", both]) == 0
    assert main(["coalition", "overview", "2026-11", one, *KEYS]) == 75
    assert main(["coalition", "overview", "2026-11", str(folder), *KEYS]) == 65
    assert main(["coalition", "overview", "2026-99", one, *KEYS]) == 64
    assert main(["coalition", "overview", "2026-11", one, *KEYS, "--pair", "west.example"]) == 64
    capsys.readouterr()


def test_a_card_names_one_member(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A card holds two keys: the one that calls the other back belongs to no member of its own that would owe statements."""
    cards = list[str]()
    for name in (WEST, EAST):
        card = tmp_path / f"{name}.card"
        card.write_text(card_of(name, PUBLIC[name].public, bytes(32)).text(), encoding="utf-8")
        cards += ["--key", str(card)]
    assert main(["coalition", "overview", "2026-11", str(folder / "ew.json"), *cards, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [each["pair"] for each in told["pairs"]] == [[EAST, WEST]]


def test_the_object_has_what_each_sum_is_made_of(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["coalition", "overview", "2026-11", str(folder), *KEYS, "--due", "2020-01-01", "--json"])
    told = json.loads(capsys.readouterr().out)
    assert not told["whole"]
    assert {tuple(each["pair"]): (each["standing"], each["late"]) for each in told["pairs"]} == {
        (EAST, SOUTH): ("missing", True),
        (EAST, WEST): ("signed", False),
        (SOUTH, WEST): ("signed", False),
    }
    (lie,) = told["contradictions"]
    assert (lie["code"], lie["by"], lie["proof"]) == ("told-otherwise", [WEST], False)
    signatures = {each["sha256"] for each in told["pairs"] if each["sha256"]}
    reports = next(each for each in told["sums"] if each["key"] == "report")
    assert reports["least"] == sum(min(part["values"].values()) for part in reports["parts"]) == 80
    for part in reports["parts"]:
        assert part["statement"] in signatures
        assert set(part["proved_by"]) == set(part["values"])


@pytest.mark.parametrize(
    ("language", "words"),
    [
        (
            "en",
            ("LATE", "TO BE EXPLAINED: west.example", "This is not whole", "wanted from east.example, south.example"),
        ),
        ("zh", ("已逾期", "待说明：west.example", "尚不完整", "应由 east.example, south.example 提交")),
    ],
)
def test_both_languages_say_it(
    folder: Path, capsys: pytest.CaptureFixture[str], language: str, words: tuple[str, ...]
) -> None:
    main(["--language", language, "coalition", "overview", "2026-11", str(folder), *KEYS, "--due", "2020-01-01"])
    said = capsys.readouterr().out
    assert all(cell_len(line) <= 80 for line in said.splitlines())
    for each in words:
        assert "".join(each.split()) in "".join(said.split())


def test_the_page_has_both_languages_and_does_nothing(folder: Path, tmp_path: Path) -> None:
    """It loads and runs nothing; what a stranger's file is called is text."""
    odd = tmp_path / "<img src=x>.json"
    odd.write_bytes((folder / "ew.json").read_bytes())
    out = tmp_path / "overview.html"
    main(["coalition", "overview", "2026-11", str(odd), str(folder), *KEYS, "--html", str(out)])
    text = out.read_text(encoding="utf-8")
    assert faults(text, "en") == []
    assert "<img" not in text
    assert "<script" not in text
    assert "default-src 'none'" in unescape(text)
    assert "Joint statements of a coalition" in text
    assert "联盟联合声明一览" in text
    assert "found 40" in text
    assert "found 90" in text


def test_every_name_has_its_words() -> None:
    """Each contradiction and each standing is said in both languages; a name without words would fail on the day of need."""
    from comity.services.prove.coalition.contradictions import Contradiction
    from comity.services.prove.coalition.overview import PairLine, Standing

    for code in ("two-statements", "overlap", "two-histories", "two-closes", "told-otherwise", "counted-otherwise"):
        made = Contradiction(code=code, is_proof=True, by=(WEST,), about="infestations", values=())
        assert all(WEST in each for each in page.said(made))
    for each in Standing:
        line = PairLine(pair=(EAST, WEST), standing=each, is_late=False, waits_for=(EAST,))
        assert all(page.standing(line))


def test_a_folder_may_hold_anything(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A folder that is called like a file, and a file with a name that is no text: both stop nothing."""
    (tmp_path / "old.json").mkdir()
    (tmp_path / os.fsdecode(b"\xff.json")).write_bytes((folder / "ew.json").read_bytes())
    out = tmp_path / "overview.html"
    pairs = ("--pair", f"{EAST}/{WEST}", "--html", str(out))
    assert main(["coalition", "overview", "2026-11", str(tmp_path), *KEYS, *pairs]) == 0
    assert "?.json" in out.read_text("utf-8")
    capsys.readouterr()
