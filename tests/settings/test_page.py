"""The page about the settings."""

from dataclasses import fields
from pathlib import Path

from comity.settings import parse
from comity.settings.page import page
from comity.settings.records import ROOMS, Settings

ROOT = Path(__file__).parents[2]


def test_the_page_is_current() -> None:
    """docs/settings.md is what the code says; ``script/docs`` writes it."""
    assert (ROOT / "docs/settings.md").read_text(encoding="utf-8") == page()


def test_every_example_is_accepted() -> None:
    """What the page shows can be copied."""
    text = "".join(
        f"[{room}]\n" + "".join(f"{one.name} = {one.metadata['example']}\n" for one in fields(record))
        for room, record in ROOMS.items()
    )
    settings = parse(text, Path("comity.toml"))
    for room, record in ROOMS.items():
        assert all(getattr(getattr(settings, room), one.name) not in (None, ()) for one in fields(record))


def test_every_room_of_the_record_is_a_table_of_the_file() -> None:
    """A room that is added to one of the two is added to the other."""
    assert [one.name for one in fields(Settings) if one.name != "file"] == list(ROOMS)
