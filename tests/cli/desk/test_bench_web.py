"""``comity bench web`` on a small desk: every page is asked, and answers."""

import json
from pathlib import Path

import pytest

from comity.cli import main


def test_every_page_is_measured(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each as often as its turn came, none answered otherwise than with a page."""
    words = ["bench", "web", "--reports", "200", "--cases", "40", "--rate", "28", "--seconds", "2", "--json"]
    assert main([*words, "--folder", str(tmp_path)]) == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert sum(row["asked"] for row in rows) == 56
    assert {row["wrong"] for row in rows} == {0}
    assert {"/flows", "/remedy", "/audit", "/metrics", "/en/check"} <= {row["path"] for row in rows}
    assert all(row["asked"] == 2 and row["bytes"] > 1000 for row in rows)
    assert list(tmp_path.iterdir()) == []
