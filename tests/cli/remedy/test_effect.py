"""``comity effect``: what helped, in words and as JSON."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from comity.cli import main

NOW = datetime.now(UTC).replace(microsecond=0)
DAY = timedelta(days=1)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A desk whose one line was seen 33 days ago, in a feed that went on to deliver."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("COMITY_CONFIG", raising=False)
    assert main(["init", ".", "--language", "en"]) == 0
    settings = (tmp_path / "comity.toml").read_text(encoding="utf-8")
    (tmp_path / "own.csv").write_text("prefix\n192.0.2.0/24\n")
    settings = settings.replace("[effect]\n", "[effect]\nsilent_days = 20\n", 1)
    settings = settings.replace("[own]\n", '[own]\nfiles = ["own.csv"]\n', 1)
    (tmp_path / "comity.toml").write_text(settings, encoding="utf-8")
    began = NOW - DAY * 60
    (tmp_path / "leases.csv").write_text(
        f"address,ports,subscriber,began,ended\n192.0.2.7,,line-7,{began.isoformat()},{NOW.isoformat()}\n"
    )
    assert main(["lease", "import", "leases.csv"]) == 0
    rows = ["timestamp,src_ip,src_port,src_asn,src_geo,family"]
    rows.append(f"{NOW - DAY * 29:%Y-%m-%d %H:%M:%S},192.0.2.7,4455,64500,ZZ,mirai")
    rows += [f"{NOW - DAY * at:%Y-%m-%d %H:%M:%S},203.0.113.9,4455,64500,ZZ,mirai" for at in range(1, 28)]
    (tmp_path / "2026-11-28-event4_sinkhole-x.csv").write_text("\n".join(rows) + "\n")
    assert main(["sighting", "import", "2026-11-28-event4_sinkhole-x.csv", "--trusted", "shadowserver"]) == 0
    return tmp_path


def test_what_helped_is_shown(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One line was found and is clean by silence; each line fits the terminal."""
    capsys.readouterr()
    assert main(["effect", "show", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["found"], found["clean"], found["comparison"]) == (1, 1, None)
    assert found["sources"][0] | {"weight": 0} == {
        "source": "shadowserver",
        "days_seen": 0,
        "days": 0,
        "silent_days_needed": None,
        "right": 0,
        "wrong": 0,
        "weight": 0,
        "wrong_share": None,
        "silent_days": None,
    }
    for language, words in (("en", "Clean of all"), ("zh", "已清除占比")):
        assert main(["effect", "show", "--language", language]) == 0
        shown = capsys.readouterr().out
        assert words in shown
        assert max(map(len, shown.splitlines())) <= 80


def test_silence_closes_and_says_so(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The case is closed once, with what its silence is."""
    capsys.readouterr()
    assert main(["effect", "close", "--json"]) == 0
    closed = json.loads(capsys.readouterr().out)
    assert (closed["basis"], closed["needed"], closed["silent_days"]) == ("assumed", 20, 28)
    assert main(["effect", "close"]) == 0
    assert "0 cases closed" in capsys.readouterr().out
    assert main(["effect", "group", closed["case"]]) == 0
    assert "not compared" in capsys.readouterr().out


def test_a_comparison_needs_a_beginning(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The error names the line and the remedy."""
    path = place / "comity.toml"
    settings = path.read_text(encoding="utf-8").replace("[effect]\n", '[effect]\ncomparison = "channel"\n')
    path.write_text(settings, encoding="utf-8")
    assert main(["effect", "show"]) == 78
    assert "comparison_began" in capsys.readouterr().err
    path.write_text(settings.replace("[effect]\n", "[effect]\ncomparison_began = 2026-01-01\n"), encoding="utf-8")
    assert main(["effect", "show", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["comparison"]["new"] == 0
