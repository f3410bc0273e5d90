"""Two desks that are paired, and their commands."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from comity.cli import main

Said = list[dict[str, Any]]
Run = Callable[..., tuple[int, Said]]


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """Commands of west and east, who are paired."""

    def ran(side: str, *words: str) -> tuple[int, Said]:
        capsys.readouterr()
        status = main([*words, "--json", "--config", str(tmp_path / side / "comity.toml")])
        return status, [json.loads(line) for line in capsys.readouterr().out.splitlines() if line.startswith("{")]

    for side in ("west", "east"):
        assert (
            main(["init", str(tmp_path / side), "--domain", f"{side}.example", "--address", f"fbl@{side}.example"]) == 0
        )
    for ours, theirs in (("west", "east"), ("east", "west")):
        card = ran(theirs, "peer", "card")[1][0]
        (tmp_path / "card").write_text(str(card["card"]))
        ran(ours, "peer", "add", str(tmp_path / "card"))
        assert ran(ours, "peer", "trust", f"{theirs}.example", *card["words"][0].split())[0] == 0
    return ran
