"""``comity demo``: the whole loop, once, on this machine."""

import json
import os
import re
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from comity.cli import main
from comity.locale import LANGUAGES, catalogue

ROOT = Path(__file__).parents[2]
DEMO = ROOT / "src" / "comity" / "cli" / "demo"
STEPS = [
    "pairing",
    "agreeing",
    "observing",
    "complaining",
    "deciding",
    "going-live",
    "making-cases",
    "delivering-twice",
    "answering",
    "person",
    "other-way",
    "proving",
    "helping",
    "silence",
    "stating",
    "giving",
    "amending",
    "healing",
    "comparing",
    "stating-https",
    "lying",
    "compared",
    "listing",
    "summing-up",
    "end",
]


def start(*options: str) -> subprocess.Popen[str]:
    """The command as a process of its own; a crowded disk is no reason for it to fail."""
    command = [sys.executable, "-m", "comity", "demo", *options]
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "COLUMNS": "80", "PYTHONIOENCODING": "utf-8"}
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, encoding="utf-8", env=environment)


def test_the_loop_runs(tmp_path: Path) -> None:
    """Complaint, report, case, answer: every step holds; both programs are ended; what was kept can be looked at and proved."""
    kept = tmp_path / "kept"
    with start("--json", "--keep", str(kept)) as process:
        said = [json.loads(line) for line in process.communicate(timeout=900)[0].splitlines()]
    assert [each for each in said if not each["holds"]] == []
    assert process.returncode == 0
    assert [each["step"] for each in said] == STEPS
    assert len(list((kept / "south.example" / "inbox").iterdir())) == 2
    for name in ("west.example", "east.example"):
        assert main(["ledger", "verify", "--config", str(kept / name / "comity.toml")]) == 0
        log = (kept / name / "serve.log").read_text(encoding="utf-8")
        assert "died" not in log
        assert log.splitlines()[-1:] != []


def test_the_story_ends_when_it_is_told_to(tmp_path: Path) -> None:
    """Stopped in the middle, everything that was started is ended, and the folder is gone."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "TMPDIR": str(tmp_path), "COLUMNS": "80"}
    command = [sys.executable, "-m", "comity", "demo", "--language", "zh"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, encoding="utf-8", env=environment) as process:
        assert process.stdout is not None
        said = []
        while "comity outbox preview" not in (line := process.stdout.readline()):
            assert line, said
            said.append(line)
        process.send_signal(signal.SIGTERM)
        process.stdout.read()
        # Where it comes while a class is being made out of text, CPython itself ends by SIGINT in the end: the same for a shell.
        assert process.wait(300) in (130, -signal.SIGINT)
    assert list(tmp_path.iterdir()) == []
    running = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(FileNotFoundError, ProcessLookupError):  # others end while we look
            running.append(path.read_bytes())
    assert running
    assert not any(os.fsencode(tmp_path) in each for each in running)
    assert "点击" in "".join(said)


def test_a_folder_with_something_in_it_is_left_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing is written over."""
    (tmp_path / "mine.txt").write_text("mine")
    assert main(["demo", "--keep", str(tmp_path), "--language", "en"]) == 64
    assert "is not empty" in capsys.readouterr().err
    assert [each.name for each in tmp_path.iterdir()] == ["mine.txt"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_sentence_of_the_story_exists(language: str) -> None:
    """The ids are put together in the code, so they are looked for here."""
    source = "\n".join(path.read_text(encoding="utf-8") for path in DEMO.glob("*.py"))
    said = set(re.findall(r"""\b(?:tell|detail)\(\s*"([a-z-]+)"[,)]""", source))
    steps = set(re.findall(r"""\bstep\(\s*"([a-z-]+)"[,)]""", source))
    checks = set(re.findall(r"""\bcheck\(\s*"([a-z-]+)"[,)]""", source))
    assert len(steps) == len(STEPS) - 1
    assert len(checks) > 20
    assert len(said) > 6
    ids = {*said, *steps, *(f"{each}.what" for each in steps), *(f"check.{each}" for each in checks)}
    assert sorted(each for each in ids if f"demo.{each}" not in catalogue(language)) == []
