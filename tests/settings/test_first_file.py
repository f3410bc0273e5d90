"""The first settings file: everything explained, nothing invented."""

import re
from dataclasses import fields
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from comity.settings import Settings, parse
from comity.settings.first_file import first_file
from comity.settings.records import ROOMS

PLACE = Path("comity.toml")


def test_nothing_is_invented() -> None:
    """With nothing given, the file says nothing that the defaults do not."""
    settings = parse(first_file({}), PLACE)
    assert all(getattr(settings, room) == getattr(Settings(), room) for room in ROOMS)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_setting_stands_there_with_its_sentence(language: str) -> None:
    """Whoever reads the file needs no other page; taking the "#" away gives a valid file."""
    text = first_file({}, language)
    for record in ROOMS.values():
        for one in fields(record):
            assert f"\n# {one.name} = " in text
    lines = text.splitlines()
    valued = "\n".join(
        line.removeprefix("# ")
        if any(line.startswith(f"# {one.name} = ") for r in ROOMS.values() for one in fields(r))
        else line
        for line in lines
    )
    parse(valued, PLACE)


def test_the_file_speaks_the_language_of_whoever_makes_it() -> None:
    """A Chinese postmaster reads Chinese, in lines of a width that a terminal shows; the settings are the same."""
    chinese, english = first_file({}, "zh"), first_file({}, "en")
    remarks = [line for line in chinese.splitlines() if line.startswith("# ") and " = " not in line]
    assert sum(not re.search("[\u4e00-\u9fff]", line) for line in remarks) < len(remarks) / 10
    assert max(cell_len(line) for line in remarks) <= 104
    assert parse(chinese, PLACE) == parse(english, PLACE)
    named = re.compile(r"(?m)^(?:\[.*|(?:# )?[a-z_]+ = .*)$")
    assert named.findall(chinese) == named.findall(english)


@given(name=st.text(st.characters(blacklist_categories=("C", "Z")), min_size=1, max_size=40))
def test_what_was_given_comes_back(name: str) -> None:
    """Whatever signs a name holds."""
    settings = parse(
        first_file({"identity.organisation": name, "own.networks": ["192.0.2.0/24", "2001:db8::/32"]}), PLACE
    )
    assert settings.identity.organisation == name
    assert [str(each) for each in settings.own.networks] == ["192.0.2.0/24", "2001:db8::/32"]
