"""``comity sighting import``: from a file to a case, in words and as JSON."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from comity.cli import main

HEAD = "timestamp,src_ip,src_port,src_asn,src_geo,family\n"


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A desk with one line, and a feed that names it, somebody else, and tomorrow."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("COMITY_CONFIG", raising=False)
    assert main(["init", ".", "--language", "en"]) == 0
    settings = (tmp_path / "comity.toml").read_text(encoding="utf-8")
    (tmp_path / "own.csv").write_text("prefix\n192.0.2.0/24\n")
    if "[own]\n" in settings:
        settings = settings.replace("[own]\n", '[own]\nfiles = ["own.csv"]\n', 1)
    else:
        settings += '\n[own]\nfiles = ["own.csv"]\n'
    (tmp_path / "comity.toml").write_text(settings, encoding="utf-8")
    now = datetime.now(UTC).replace(microsecond=0)
    began = now - timedelta(days=2)
    (tmp_path / "leases.csv").write_text(
        f"address,ports,subscriber,began,ended\n192.0.2.7,,line-7,{began.isoformat()},{now.isoformat()}\n"
    )
    assert main(["lease", "import", "leases.csv"]) == 0
    seen, tomorrow = now - timedelta(hours=3, seconds=7), now + timedelta(days=1)
    rows = [f"{seen:%Y-%m-%d %H:%M:%S},{who},4455,64500,ZZ,mirai\n" for who in ("192.0.2.7", "203.0.113.9")]
    rows.append(f"{tomorrow:%Y-%m-%d %H:%M:%S},192.0.2.7,4455,64500,ZZ,mirai\n")
    (tmp_path / "2026-11-28-event4_sinkhole-x.csv").write_text(HEAD + "".join(rows))
    return tmp_path


def test_a_feed_becomes_a_case(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each row is in one place, the case is the line's, and a second time everything is known."""
    command = ["sighting", "import", "2026-11-28-event4_sinkhole-x.csv", "--trusted", "shadowserver", "--json"]
    capsys.readouterr()
    assert main(command) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["sightings"], found["left"], found["lines"]) == (3, {"from-the-future": 1, "not-ours": 1}, 1)
    assert len(found["opened"]) == 1
    assert main(["case", "show", found["opened"][0], "--language", "en"]) == 0
    assert "line-7" in capsys.readouterr().out
    assert main(command) == 0
    assert json.loads(capsys.readouterr().out)["opened"] == []


@pytest.mark.parametrize(("language", "words"), [("en", "lie in the future"), ("zh", "时间在未来")])
def test_reasons_are_said_in_words(place: Path, capsys: pytest.CaptureFixture[str], language: str, words: str) -> None:
    """Whoever reads it learns what was left, in both languages."""
    capsys.readouterr()
    assert main(["sighting", "import", "2026-11-28-event4_sinkhole-x.csv", "--language", language]) == 0
    assert words in capsys.readouterr().out


def test_what_cannot_be_read_is_named(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A picture is no feed: it is named, and the exit status says so."""
    (place / "bad.csv").write_bytes(bytes(range(256)) * 9)
    capsys.readouterr()
    assert main(["sighting", "import", "bad.csv", "--language", "en"]) == 65
    assert "bad.csv: " in capsys.readouterr().out


def test_a_book_that_came_late_still_makes_the_case(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Sightings that named nobody are weighed again when the same file is given after a book has come."""
    now = datetime.now(UTC).replace(microsecond=0)
    seen = now - timedelta(hours=3, seconds=7)
    row = f"{seen:%Y-%m-%d %H:%M:%S},192.0.2.8,4455,64500,ZZ,mirai\n"
    (place / "2026-11-28-event4_sinkhole-y.csv").write_text(HEAD + row)
    command = ["sighting", "import", "2026-11-28-event4_sinkhole-y.csv", "--trusted", "shadowserver", "--json"]
    capsys.readouterr()
    assert main(command) == 0
    first = json.loads(capsys.readouterr().out)
    assert (first["opened"], first["left"]) == ([], {"no-lease": 1})
    began = (now - timedelta(days=2)).isoformat()
    (place / "late.csv").write_text(
        f"address,ports,subscriber,began,ended\n192.0.2.8,,line-8,{began},{now.isoformat()}\n"
    )
    assert main(["lease", "import", "late.csv"]) == 0
    capsys.readouterr()
    assert main(command) == 0
    second = json.loads(capsys.readouterr().out)
    assert (second["repeats"], len(second["opened"]), second["left"]) == (1, 1, {})
    assert main(command) == 0
    assert json.loads(capsys.readouterr().out)["opened"] == []


@pytest.mark.parametrize("source", [None, "centre.example"])
def test_what_a_command_held_stands_among_the_alarms(
    place: Path, capsys: pytest.CaptureFixture[str], source: str | None
) -> None:
    """Nobody reads what a command says at night; whoever releases the file ends the alarm, another file does not."""
    now = datetime.now(UTC).replace(microsecond=0)
    began, seen = now - timedelta(days=2), now - timedelta(hours=3)
    lines = [f"192.0.2.{n},,line-{n},{began.isoformat()},{now.isoformat()}\n" for n in range(20, 60)]
    (place / "more.csv").write_text("address,ports,subscriber,began,ended\n" + "".join(lines))
    assert main(["lease", "import", "more.csv"]) == 0
    rows = [f"{seen:%Y-%m-%d %H:%M:%S},192.0.2.{n},4455,64500,ZZ,mirai\n" for n in range(20, 60)]
    (place / "2026-11-29-event4_sinkhole-x.csv").write_text(HEAD + "".join(rows))
    command = ["sighting", "import", "2026-11-29-event4_sinkhole-x.csv", *(["--source", source] if source else [])]

    def alarms() -> list[tuple[str, str, object]]:
        capsys.readouterr()
        main(["source", "alarms", "--json"])
        found = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
        return [(each["source"], each["kind"], each["facts"]["n"]) for each in found]

    assert main(command) == 75
    assert main(command) == 75
    assert alarms() == [(source or "hand", "too-many", 40)]
    assert main([*command[:2], "2026-11-28-event4_sinkhole-x.csv", *command[3:], "--release"]) == 0
    assert len(alarms()) == 1
    assert main([*command, "--release"]) == 0
    assert alarms() == []
