"""``comity token``: made, shown once, listed without its secret, called back."""

import json
from pathlib import Path

import pytest

from comity.cli import main
from comity.store.engine import open_store


@pytest.fixture
def config(tmp_path: Path) -> list[str]:
    """The options that name a fresh store."""
    (tmp_path / "comity.toml").write_text("", encoding="utf-8")
    store = open_store(tmp_path / "comity.db")
    store.create()
    store.close()
    return ["--config", str(tmp_path / "comity.toml")]


def test_a_token_is_shown_once(config: list[str], capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Standard output has the token alone; nothing shows it again, and the database does not have it."""
    assert main(["token", "add", "desk", "--scope", "cases:read", "--expires", "90d", *config]) == 0
    said = capsys.readouterr()
    token = said.out.strip()
    assert token.startswith("comity_")
    assert token not in said.err
    assert main(["token", "list", "--json", *config]) == 0
    (listed,) = map(json.loads, capsys.readouterr().out.splitlines())
    assert (listed["name"], listed["scopes"], listed["per_minute"]) == ("desk", ["cases:read"], 600)
    secret = token.removeprefix(f"comity_{listed['id']}_").encode()
    assert len(secret) > 20
    assert all(secret not in path.read_bytes() for path in tmp_path.iterdir() if path.is_file())


def test_a_token_is_called_back_by_name(config: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """Its line says so from then on; two of one name are told apart by id."""
    for _ in range(2):
        assert main(["token", "add", "desk", "--scope", "cases:read", *config]) == 0
    assert main(["token", "revoke", "desk", *config]) == 64
    capsys.readouterr()
    assert main(["token", "list", "--json", *config]) == 0
    first = json.loads(capsys.readouterr().out.splitlines()[0])
    assert main(["token", "revoke", first["id"], "--json", *config]) == 0
    assert json.loads(capsys.readouterr().out)["revoked"] is not None
    assert main(["token", "revoke", "desk", *config]) == 0
    assert main(["token", "revoke", "nobody", *config]) == 65
    assert main(["token", "acts", *config]) == 0


@pytest.mark.parametrize(
    "arguments",
    [
        ["desk", "--scope", "everything"],
        [" ", "--scope", "cases:read"],
        ["desk", "--scope", "cases:read", "--expires", "2001-01-01"],
    ],
)
def test_what_makes_no_token_is_said(config: list[str], arguments: list[str]) -> None:
    """A scope that does not exist, no name, a day that is over."""
    assert main(["token", "add", *arguments, *config]) == 64
