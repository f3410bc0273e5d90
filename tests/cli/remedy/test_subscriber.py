"""``comity subscriber`` and the ladder on the command line: from a list and a feed to a notice, and forgetting."""

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from comity.cli import main

HEAD = "timestamp,src_ip,src_port,src_asn,src_geo,family\n"
ROOMS = {
    "[own]": 'files = ["own.csv"]',
    "[help]": 'provider = "East Broadband"\nportal = "help.east.example"\nhelp_line = "10000"',
    "[playbook]": 'use = "mine.toml"\nlive = ["notice", "raise", "wait", "close"]',
}


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A desk with two lines, a feed that names both, and the ladder in use without quiet hours."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("COMITY_CONFIG", raising=False)
    assert main(["init", ".", "--language", "en"]) == 0
    settings = (tmp_path / "comity.toml").read_text(encoding="utf-8")
    for room, entries in ROOMS.items():
        assert f"\n{room}\n" in settings
        settings = settings.replace(f"\n{room}\n", f"\n{room}\n{entries}\n", 1)
    (tmp_path / "comity.toml").write_text(settings, encoding="utf-8")
    (tmp_path / "own.csv").write_text("prefix\n192.0.2.0/24\n")
    now = datetime.now(UTC).replace(microsecond=0)
    began = (now - timedelta(days=2)).isoformat()
    rows = [f"192.0.2.{at},,line-{at},{began},{now.isoformat()}\n" for at in (7, 8)]
    (tmp_path / "leases.csv").write_text("address,ports,subscriber,began,ended\n" + "".join(rows))
    assert main(["lease", "import", "leases.csv"]) == 0
    seen = now - timedelta(hours=3)
    rows = [f"{seen:%Y-%m-%d %H:%M:%S},192.0.2.{at},4455,64500,ZZ,mirai\n" for at in (7, 8)]
    (tmp_path / "2026-11-28-event4_sinkhole-x.csv").write_text(HEAD + "".join(rows))
    return tmp_path


def own_playbook(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert main(["playbook", "show", "ladder", "--text"]) == 0
    text = capsys.readouterr().out.replace('quiet_hours = "21:00-08:00"\n', "")
    (place / "mine.toml").write_text(text, encoding="utf-8")


def said(capsys: pytest.CaptureFixture[str], *command: str, status: int = 0) -> dict[str, object]:
    capsys.readouterr()
    assert main([*command, "--json"]) == status
    found: dict[str, object] = json.loads(capsys.readouterr().out.splitlines()[0])
    return found


def test_from_a_list_and_a_feed_to_a_notice(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each line is told by what reaches it; the case says what was seen, in both languages; then one is forgotten."""
    own_playbook(place, capsys)
    (place / "list.csv").write_text("subscriber,language,phone\nline-7,zh-CN,12345\n", encoding="utf-8")
    assert said(capsys, "subscriber", "import", "list.csv") == {"taken": 1, "replaced": 0, "known": 1}
    feed = said(capsys, "sighting", "import", "2026-11-28-event4_sinkhole-x.csv", "--trusted", "shadowserver")
    assert said(capsys, "playbook", "turn")["informed"] == 2
    assert "line-7" in (place / "notices" / "sms.csv").read_text(encoding="utf-8")
    assert len(list((place / "notices" / "letter").glob("*.html"))) == 1
    opened = feed["opened"]
    assert isinstance(opened, list)
    assert said(capsys, "case", "show", opened[0])["infestation"]
    for language, words in (("en", "Infected: "), ("zh", "感染：")):
        assert main(["case", "show", opened[0], "--language", language]) == 0
        assert words in capsys.readouterr().out
    held = said(capsys, "subscriber", "show", "line-7")["held"]
    assert isinstance(held, list)
    assert {each["what"] for each in held} == {"leases", "sightings", "notices", "cases"}
    assert said(capsys, "subscriber", "forget", "line-7")["forgotten"] is True
    for language, words in (("en", "stays: "), ("zh", "仍保留：")):
        assert main(["subscriber", "forget", "line-7", "--language", language]) == 0
        assert words in capsys.readouterr().out
    assert said(capsys, "subscriber", "show", "nobody", status=65)["contact"] is None


def test_a_line_that_strangers_use_stays_one(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Forgetting how its subscriber is reached must not lead to a notice about what strangers did."""
    (place / "list.csv").write_text("subscriber,mail,hotspot\nline-7,wang@mail.example,yes\n", encoding="utf-8")
    assert main(["subscriber", "import", "list.csv"]) == 0
    capsys.readouterr()
    for _ in range(2):
        contact = said(capsys, "subscriber", "forget", "line-7")["contact"]
        assert isinstance(contact, dict)
        assert (contact["mail"], contact["hotspot"]) == (None, True)
    assert main(["subscriber", "forget", "line-7", "--language", "en"]) == 0
    assert "strangers use the line" in capsys.readouterr().out


def test_a_bad_list_is_not_taken_in(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The line is named, with what to do; nothing of the list is kept, nor is what it would have replaced dropped."""
    own_playbook(place, capsys)
    (place / "good.csv").write_text("subscriber,mail\nline-7,wang@mail.example\n", encoding="utf-8")
    (place / "bad.csv").write_text("subscriber,mail\nline-8,li@mail.example\nline-9,li\n", encoding="utf-8")
    assert main(["subscriber", "import", "good.csv"]) == 0
    capsys.readouterr()
    assert main(["subscriber", "import", "bad.csv", "--replace", "--language", "en"]) == 65
    told = capsys.readouterr().err
    assert "bad.csv:3" in told
    assert "leave the cell empty" in told
    assert said(capsys, "subscriber", "show", "line-7")["contact"]
    assert said(capsys, "subscriber", "show", "line-8")["contact"] is None


def test_a_form_that_does_not_reach_is_told(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """By hand too: why, and what to do."""
    own_playbook(place, capsys)
    feed = said(capsys, "sighting", "import", "2026-11-28-event4_sinkhole-x.csv", "--trusted", "shadowserver")
    opened = feed["opened"]
    assert isinstance(opened, list)
    assert main(["notice", "send", opened[0], "--kind", "sms", "--language", "en"]) == 78
    assert "comity subscriber import" in capsys.readouterr().err
    assert said(capsys, "notice", "send", opened[0], "--kind", "letter")["family"] == "mirai"
    for language in ("en", "zh"):
        assert main(["case", "show", opened[0], "--language", language]) == 0
        assert "-)" not in capsys.readouterr().out.replace("-）", "-)")  # who gave no reason is named without one


def test_a_language_that_there_is_not_is_refused(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Nobody is written to in a language that was not asked for: those that there are, are named."""
    own_playbook(place, capsys)
    feed = said(capsys, "sighting", "import", "2026-11-28-event4_sinkhole-x.csv", "--trusted", "shadowserver")
    opened = feed["opened"]
    assert isinstance(opened, list)
    for language in ("en", "zh"):
        send = ["notice", "send", opened[0], "--kind", "letter"]
        assert main([*send, "--in", "fr", "--language", language]) == 64
        assert "en, zh-Hans" in capsys.readouterr().err
    assert main(["notice", "list", opened[0], "--json"]) == 0
    assert capsys.readouterr().out == ""
    for wanted, tag in (("en-GB", "en"), ("zh", "zh_Hans")):
        case = opened[wanted == "zh"]
        assert said(capsys, "notice", "send", case, "--kind", "letter", "--in", wanted)["language"] == tag


def test_a_page_says_paused_where_that_is_so(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A line that is not confined gets no page that says so, unless a person knows that another program confines it."""
    own_playbook(place, capsys)
    feed = said(capsys, "sighting", "import", "2026-11-28-event4_sinkhole-x.csv", "--trusted", "shadowserver")
    opened = feed["opened"]
    assert isinstance(opened, list)
    send = ["notice", "send", opened[0], "--kind", "page"]
    assert main([*send, "--language", "en"]) == 64
    assert "--confined" in capsys.readouterr().err
    assert not (place / "notices").exists()
    given = said(capsys, *send, "--confined")
    assert "most of the internet is paused" in Path(str(given["path"])).read_text(encoding="utf-8")


def test_a_garden_is_seen_and_left(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A person confines a line on its case, the own program does it, and a person lets it out again."""
    own_playbook(place, capsys)
    log, script = place / "log", place / "garden"
    script.write_text(f'#!/bin/sh\necho "$1 $(cat)" >> {log}\n', encoding="utf-8")
    script.chmod(0o700)
    text = (place / "comity.toml").read_text(encoding="utf-8")
    live = 'live = ["notice", '
    command = f'garden_command = ["{script}"]\n{live}"garden", "webhook", '
    (place / "comity.toml").write_text(text.replace(live, command), encoding="utf-8")
    feed = said(capsys, "sighting", "import", "2026-11-28-event4_sinkhole-x.csv", "--trusted", "shadowserver")
    opened = feed["opened"]
    assert isinstance(opened, list)
    case = opened[0]
    assert main(["case", "happened", case, "api", "--word", "self-not-me"]) == 0
    assert main(["case", "act", case, "confine", "--by", "ann"]) == 0
    assert said(capsys, "playbook", "turn")["gardens"] == 1
    assert said(capsys, "garden", "list")["case"] == case
    assert main(["garden", "list", "--language", "en"]) == 0
    assert "walled garden" in capsys.readouterr().out
    assert said(capsys, "garden", "release", case, "--why", "a nurse lives there")["released"] is True
    assert said(capsys, "playbook", "turn")["gardens"] == 1
    assert main(["garden", "release", case, "--language", "en"]) == 65
    assert "comity garden list" in capsys.readouterr().err
    assert [line.split()[0] for line in log.read_text(encoding="utf-8").splitlines()] == ["confine", "release"]
    assert "a nurse lives there" in log.read_text(encoding="utf-8")
    assert main(["garden", "list", "--language", "zh"]) == 0
    assert "围栏网络中没有线路" in capsys.readouterr().out


def test_who_held_an_address_is_told_by_the_clock_of_the_books(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """From when to when, to the second, and by which clock."""
    at = (datetime.now(UTC) - timedelta(hours=3)).isoformat()
    capsys.readouterr()
    assert main(["lease", "whose", "192.0.2.7", "--at", at, "--language", "en"]) == 0
    moment = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC"
    assert re.fullmatch(rf"192\.0\.2\.7  line-7 \(held it from {moment} to {moment}\)\n", capsys.readouterr().out)
