"""``comity capacity`` measures, keeps what it measured, and says what a load takes in both languages."""

import json
from pathlib import Path

import pytest

from comity.cli import main
from comity.cli.wrapping import _columns

from ..services.operate.test_capacity import MEASURED


@pytest.fixture
def kept(tmp_path: Path) -> str:
    from comity.services.operate.capacity.measured import written

    path = tmp_path / "kept.json"
    path.write_bytes(written(MEASURED))
    return str(path)


def test_this_machine_is_measured_and_nothing_is_left(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Two hundred of each: every number is there, the file says the same again, and no folder stays."""
    folder, file = tmp_path / "work", tmp_path / "kept.json"
    words = ["capacity", "--count", "200", "--folder", str(folder), "--save", str(file), "--json"]
    assert main(words) == 0
    (told,) = [json.loads(line) for line in capfd.readouterr().out.splitlines()]
    assert list(folder.iterdir()) == []
    measured = told["measured"]
    assert measured["judged"]["cpu"] > 0
    assert measured["judged"]["gate_mib"] > 10
    for way in ("incoming", "outgoing"):
        assert all(measured[way][name] > 0 for name in ("writer", "rows", "raw", "apart_mib", "writer_mib")), way
    assert {each["part"] for each in told["ends"]} == {"writer", "cores", "memory", "disk"}
    assert main(["capacity", "--measured", str(file), "--json"]) == 0
    (again,) = [json.loads(line) for line in capfd.readouterr().out.splitlines()]
    assert (again["measured"], again["needs"]) == (measured, told["needs"])


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("preset", ["small-isp", "national", "coalition"])
def test_it_fits_a_terminal(kept: str, capsys: pytest.CaptureFixture[str], language: str, preset: str) -> None:
    """Eighty columns, no hole left open, whatever the load."""
    words = ["capacity", "--preset", preset, "--measured", kept, "--core-hour", "0.05", "--gb-month", "0.1"]
    assert main([*words, "--language", language]) == 0
    out = capsys.readouterr().out
    assert max(map(_columns, out.splitlines())) <= 80, max(out.splitlines(), key=_columns)
    assert "{" not in out
    assert "[capacity" not in out


def test_what_is_given_counts_and_the_rest_keeps_its_ratio(kept: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Half the mailboxes have half the mails; a number that is given stands."""
    words = ["capacity", "--measured", kept, "--mailboxes", "25000", "--complaints", "7", "--peak", "3", "--json"]
    assert main(words) == 0
    load = json.loads(capsys.readouterr().out)["load"]
    assert (load["mails"], load["complaints"], load["incoming"], load["peak"]) == (500_000, 7, 500, 3)


def test_a_writer_that_never_catches_up_is_said(kept: str, capsys: pytest.CaptureFixture[str]) -> None:
    """What no machine can do is an answer too, in words and as JSON."""
    words = ["capacity", "--preset", "national", "--complaints", "99000000", "--measured", kept]
    assert main([*words, "--language", "en"]) == 0
    assert "never catches up" in capsys.readouterr().out
    assert main([*words, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["needs"]["backlog_hours"] is None


@pytest.mark.parametrize(("words", "status"), [(("--preset", "moon"), 64), (("--measured", "gone.json"), 65)])
def test_what_cannot_be_is_said(kept: str, words: tuple[str, str], status: int) -> None:
    """An unknown preset, a file that is not there."""
    given = () if words[0] == "--measured" else ("--measured", kept)
    assert main(["capacity", *words, *given]) == status
