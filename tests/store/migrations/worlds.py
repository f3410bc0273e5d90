"""A later version of the program, for the time of a test: with two steps more than this one."""

from pathlib import Path
from typing import Final

import pytest

from comity.store.migrations import steps

NEXT: Final = Path(__file__).with_name("next")
FOLDERS: Final = (steps.OURS, NEXT)


def of_a_later_program(patched: pytest.MonkeyPatch, number: int = 3) -> None:
    """From now on the program knows these steps, and stores have to be of this version."""
    patched.setattr("comity.store.migrations.steps.FOLDERS", FOLDERS)
    for each in ("migrations.version", "dialects.moving"):
        patched.setattr(f"comity.store.{each}.SCHEMA_VERSION", number)
    patched.setattr("comity.store.migrations.first_tag.SEAL", "set")
