"""``comity sample``: a desk with made-up data is loaded by the demonstration's own networks, shown, and removed."""

import json
import os
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
