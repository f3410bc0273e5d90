"""``comity sample``: a desk with made-up data is loaded by the demonstration's own networks, shown, and removed."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx
import pytest
from rich.cells import cell_len

from comity.bootstrap.pages import desk_work
from comity.bootstrap.pages.sample_desk import sample_work
from comity.bootstrap.pages.sampling import NETWORK, SampleFolder
from comity.cli import main
from comity.gates.web import WebPlace
from comity.model.account import PERMITS, Role, Signed
from comity.model.listener import Listener
from comity.settings import read_settings
from comity.web.desk.app import desk_app
from comity.web.desk.places import PLACES, REAL
from comity.web.desk.work import DeskWork

from ..web.on_loopback import on_loopback

ROOT = Path(__file__).parents[2]
# Pages that need not have a row: pictures, words, or what only settings of one's own bring.
WITHOUT_ROWS = {"today", "webhooks", "settings", "filter", "flows", "playbook", "access-log", "peers"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """A desk with sample data beside it."""

    folder: Path
    before: dict[str, str]  # the files of the real desk, by their content
    said: dict[str, Any]


def _comity(folder: Path, *words: str) -> dict[str, Any]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    command = [sys.executable, "-m", "comity", *words, "--json", "--config", str(folder / "comity.toml")]
    ran = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=900)
    assert ran.returncode == 0, ran.stderr
    found: dict[str, Any] = json.loads(ran.stdout)
    return found


def _files(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file() and "comity-sample" not in path.parts
    }


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Loaded]:
    """Loaded once."""
    folder = tmp_path_factory.mktemp("real")
    assert main(["init", str(folder), "--language", "en"]) == 0
    before = _files(folder)
    yield Loaded(folder=folder, before=before, said=_comity(folder, "sample", "load"))


def test_every_page_shows_something(loaded: Loaded) -> None:
    """Cases, peers, complaints, statements: no list of the sample desk is empty, and none answers with an error."""
    settings = read_settings(loaded.folder / "comity.toml")
    since = SampleFolder(settings).loaded()
    assert since is not None
    role = Role.ADMINISTRATOR
    now = since.since
    ann = Signed(
        account="ann", role=role, permits=PERMITS[role], csrf="x", language="en", session=b"s", since=now, seen=now
    )
    real = desk_work(settings, lambda event, **facts: None, DeskWork, put=lambda _: pytest.fail("no mail is taken in"))
    work = sample_work(SampleFolder(settings), replace(real, find=lambda records, token, at: ann), work=DeskWork)
    paths = {each.name: each.path for _, group in PLACES for each in group if each.name not in REAL}
    paths |= {each: f"/remedy/{each}" for each in ("notices", "garden")} | {"models": "/filter/models"}
    with ExitStack() as stack:
        port = stack.enter_context(on_loopback(WebPlace(name="desk", app=desk_app(work), listener=Listener(port=0))))
        client = stack.enter_context(
            httpx.Client(base_url=f"http://127.0.0.1:{port}", cookies={"comity": "x"}, trust_env=False, timeout=60)
        )
        shown = {name: client.get(path) for name, path in paths.items()}
    work.store.close()
    real.store.close()
    assert {name: each.status_code for name, each in shown.items() if each.status_code != 200} == {}
    assert [name for name, each in shown.items() if "Nothing here is real" not in each.text] == []
    assert [name for name, each in shown.items() if name not in WITHOUT_ROWS and "data-row" not in each.text] == []
    assert "west.example" in shown["peers"].text
    assert "<svg" in shown["flows"].text
    assert "<svg" in shown["filter"].text


# Everything that lists or shows something of a desk, and of one thing on it.
LISTINGS = (
    "case list --all", "urgent list --all", "sealed list", "letter list", "shunt list", "playbook list", "playbook show",
    "suppress list", "source list", "source show hand", "source alarms", "report weekly", "outbox list", "outbox preview",
    "outbox sent", "outbox not-sent", "redaction log", "consumer list", "consumer show harbour", "consumer card",
    "counters aligned", "contact list", "learn status", "model show", "model list", "notice lint", "garden list", "effect show",
    "effect answers", "peer list", "peer show west", "agreement list", "ledger status", "ledger scrub", "ledger disputes",
    "ledger verify", "statement list", "recourse list", "recourse washing", "signal list --all", "signal rules",
    "practices list", "practices measure", "practices show feedback-loop", "coalition digest", "account list",
    "account sessions", "token list", "retention show", "retention holds", "search find home", "search index --show",
)  # fmt: skip
# Moments without a zone, and what a catalogue gives where it has no sentence.
NO_ZONE = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d(?! ?(?:UTC|to|到|至|（UTC))")
NO_WORDS = re.compile(r"(?<!\[)\[[a-z-]+(?:\.[a-z-]+)+\](?!\])|\b(?:None|True|False)\b|desk-page")


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_listing_fits_a_terminal(loaded: Loaded, capsys: pytest.CaptureFixture[str], language: str) -> None:
    """Eighty columns, wide signs counted twice; a sentence where there is nothing; no id where words are missing."""
    desk = str(Path(loaded.said["folder"]) / NETWORK / "comity.toml")
    capsys.readouterr()
    cases = [each["case"] for each in _said(capsys, desk, "case", "list", "--json")]
    said = {
        each: _lines(capsys, desk, language, *each.split()) for each in (*LISTINGS, *(f"case show {c}" for c in cases))
    }
    wide = {each: line for each, lines in said.items() for line in lines if cell_len(line) > 80}
    assert {
        each: line for each, line in wide.items() if str(loaded.folder) not in line
    } == {}  # a path is as long as it is
    assert [each for each, lines in said.items() if not "".join(lines).strip()] == []
    assert [line for lines in said.values() for line in lines if NO_WORDS.search(line)] == []


@pytest.mark.parametrize(
    ("language", "opened", "waits"), [("en", "Comity, by itself", "cleaning"), ("zh", "Comity 自动", "清理中")]
)
def test_a_case_is_shown_in_words(
    loaded: Loaded, capsys: pytest.CaptureFixture[str], language: str, *, opened: str, waits: str
) -> None:
    """Who acted and where its playbook stands are said as pages say them, each moment with its zone; JSON keeps its codes."""
    desk = str(Path(loaded.said["folder"]) / NETWORK / "comity.toml")
    capsys.readouterr()
    (helped,) = [each["case"] for each in _said(capsys, desk, "case", "list", "--json") if each["label"] == "line-2041"]
    lines = _lines(capsys, desk, language, "case", "show", helped)
    assert any(opened in line for line in lines)
    assert any(waits in line and "ladder" in line for line in lines)
    assert not any(line.endswith("…") for line in lines)
    done = next(n for n, line in enumerate(lines) if line.endswith(("(times are UTC):", "（UTC 时间）：")))
    assert NO_ZONE.findall(" ".join(line.strip() for line in lines[:done])) == []
    (whole,) = _said(capsys, desk, "case", "show", helped, "--json")
    assert whole["playbook"]["state"] == "cleaning"
    assert whole["events"][0]["actor"] == "comity"


def _lines(capsys: pytest.CaptureFixture[str], desk: str, language: str, *words: str) -> list[str]:
    main([*words, "--language", language, "--config", desk])
    return capsys.readouterr().out.splitlines()


def _said(capsys: pytest.CaptureFixture[str], desk: str, *words: str) -> list[dict[str, Any]]:
    assert main([*words, "--config", desk]) == 0
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_the_real_desk_is_as_it_was(loaded: Loaded) -> None:
    """No file of it was touched, and no process of the sample networks is left."""
    assert loaded.said["sample"] == "loaded"
    assert loaded.said["cases"] > 5
    assert _files(loaded.folder) == loaded.before
    kept = {each.name for each in Path(loaded.said["folder"]).iterdir() if each.is_dir()}
    assert kept == {NETWORK}
    commands = [each.read_bytes() for each in Path("/proc").glob("[0-9]*/cmdline") if _is_there(each)]
    assert [each for each in commands if str(loaded.folder).encode() in each and b"serve" in each] == []


def _is_there(path: Path) -> bool:
    try:
        return bool(path.read_bytes())
    except OSError:
        return False


def test_it_is_loaded_once_and_removed_completely(loaded: Loaded) -> None:
    """A second time is refused; what is removed leaves no file behind."""
    assert _comity(loaded.folder, "sample", "status")["sample"] == "loaded"
    assert main(["sample", "load", "--config", str(loaded.folder / "comity.toml")]) == 64
    assert _comity(loaded.folder, "sample", "remove")["was_there"]
    assert not Path(loaded.said["folder"]).exists()
    assert _files(loaded.folder) == loaded.before
    assert _comity(loaded.folder, "sample", "remove")["was_there"] is False
    assert _comity(loaded.folder, "sample", "status")["sample"] == "none"
