"""A later version of the program, for the time of a test: with two steps more than this one.

Limits:     the two stand in ``next`` as if they followed the first tag; here they are numbered after whatever steps there are now.
"""

import atexit
import shutil
import tempfile
from pathlib import Path
from typing import Final

import pytest

from comity.store.metadata import SCHEMA_VERSION
from comity.store.migrations import steps

LAST: Final = SCHEMA_VERSION


def _numbered() -> Path:
    """The later steps, with the numbers that they have today."""
    folder = Path(tempfile.mkdtemp(prefix="comity-next-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    for each in Path(__file__).with_name("next").glob("v*.py"):
        number, _, words = each.stem.removeprefix("v").partition("_")
        text = each.read_text(encoding="utf-8")
        for later in (3, 2, 1):
            text = text.replace(f'"{later:04}"', f'"{later + LAST - 1:04}"')
        (folder / f"v{int(number) + LAST - 1:04}_{words}.py").write_text(text, encoding="utf-8")
    return folder


NEXT: Final = _numbered()
FOLDERS: Final = (steps.OURS, NEXT)


def of_a_later_program(patched: pytest.MonkeyPatch, number: int = LAST + 2) -> None:
    """From now on the program knows these steps, and stores have to be of this version."""
    patched.setattr("comity.store.migrations.steps.FOLDERS", FOLDERS)
    for each in ("migrations.version", "dialects.moving"):
        patched.setattr(f"comity.store.{each}.SCHEMA_VERSION", number)
    patched.setattr("comity.store.migrations.first_tag.SEAL", "set")
    # Its tables are not those of the program that runs here: what it would make, nobody can compare.
    patched.setattr("comity.store.migrations.checking.differences", lambda *_: [])
