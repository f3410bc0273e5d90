"""A peer that gives no receipts: named before reports for it are held, and when they are."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from comity.bootstrap import settings_for
from comity.bootstrap.checking.ledger import ledger
from comity.cli import main

TERMS = '[ours]\njurisdictions = ["CN"]\n[theirs]\njurisdictions = ["US"]\n'


@pytest.fixture
def east(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[Path]:
    """A desk that is paired with west, and keeps a ledger with it."""
    for side in ("west", "east"):
        words = ["--domain", f"{side}.example", "--address", f"fbl@{side}.example"]
        assert main(["init", str(tmp_path / side), *words]) == 0
    capsys.readouterr()
    main(["peer", "card", "--json", "--config", str(tmp_path / "west/comity.toml")])
    card = json.loads(capsys.readouterr().out)
    (tmp_path / "west.card").write_text(card["card"])
    file = tmp_path / "east/comity.toml"
    file.write_text(
        file.read_text().replace("[exchange]\n", '[exchange]\npeers = ["west.example https://127.0.0.1:9"]\n')
    )
    main(["peer", "add", str(tmp_path / "west.card"), "--config", str(file)])
    assert main(["peer", "trust", "west.example", *card["words"][0].split(), "--config", str(file)]) == 0
    yield file


def test_who_gives_no_receipt_is_named(east: Path) -> None:
    """Nothing in the first hours; then the peer with its hours; past the window, that reports are held."""
    settings, now = settings_for(str(east), {}, east.parent), datetime.now(UTC)

    def found(**later: float) -> list[tuple[str, str]]:
        checks = ledger(settings, now + timedelta(**later))
        return [(each.finding, each.condition.value) for each in checks if each.finding != "ledger"]

    assert found(days=30) == []
    (east.parent / "terms.toml").write_text(TERMS)
    words = ["agreement", "propose", "west.example", "--terms", str(east.parent / "terms.toml")]
    assert main([*words, "--config", str(east)]) == 0  # a leaf, which nobody takes
    assert found(hours=1) == []
    assert found(hours=7) == [("ledger-behind", "odd")]
    assert found(hours=73) == [("ledger-window-closed", "odd")]
