"""The pages of commands say what the commands take."""

from pathlib import Path

import pytest

from comity.cli import COMMANDS
from comity.cli.reference import page

FOLDER = Path(__file__).parents[2] / "docs" / "reference"


@pytest.mark.parametrize(("language", "name"), [("en", "commands.md"), ("zh", "commands.zh.md")])
def test_the_page_is_current(language: str, name: str) -> None:
    """``script/docs`` writes it."""
    assert (FOLDER / name).read_text(encoding="utf-8") == page(language)


def test_every_command_is_on_it_with_its_own_commands_and_options() -> None:
    """What stands in a table can be typed as it stands there."""
    text = page("en")
    assert all(f"\n### `comity {name}`\n" in text for name in COMMANDS)
    assert "\n#### `comity case list`\n" in text
    assert "\n##### `comity practices guidance give`\n" in text
    assert "| `--dkim rsa\\|ed25519` |" in text
    assert "| `--limit N` |" in text
    assert "| `NUMBER` |" in text


def test_the_language_is_left_as_it_was() -> None:
    """A page in Chinese does not make what follows Chinese."""
    assert "命令" in page("zh")
    assert "命令" not in page("en").replace("[中文]", "")
