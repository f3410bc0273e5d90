"""The tables of the first tagged version stand in files: they follow the tables until the tag is set, then never change."""

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from comity.store.metadata import SCHEMA_VERSION
from comity.store.migrations import first_tag
from comity.store.migrations.steps import Steps


@pytest.mark.parametrize("dialect", first_tag.DIALECTS)
def test_the_files_are_those_of_the_tables(dialect: str) -> None:
    """Whoever changes a table before the tag runs script/tables; whoever changes one afterwards writes a step."""
    if first_tag.SEAL:
        assert first_tag.seal() == first_tag.SEAL, "the tables of the first tag are sealed: write a step instead"
    else:
        assert first_tag.path(dialect).read_text(encoding="utf-8") == first_tag.written(dialect), "run script/tables"


def test_the_program_asks_for_the_last_step() -> None:
    """Every command compares this number, without reading the steps."""
    numbers = [step.number for step in Steps().after(0)]
    assert numbers == list(range(1, SCHEMA_VERSION + 1))


def test_every_step_is_said_in_both_languages(root: Path) -> None:
    """Whoever is asked to let it happen reads what it does."""
    for language in ("en", "zh_Hans"):
        said = tomllib.loads((root / f"src/comity/locale/{language}/database.toml").read_text(encoding="utf-8"))
        assert {name for name in said if name.startswith("db.what.")} == {
            f"db.what.{step.number}" for step in Steps().after(0)
        }


def test_the_change_log_speaks_of_the_tag(root: Path) -> None:
    """It has a date when, and only when, the tag is set."""
    heads = [
        line for line in (root / "CHANGELOG.md").read_text(encoding="utf-8").splitlines() if line.startswith("## 0.9.0")
    ]
    assert len(heads) == 1
    assert ("not yet" in heads[0]) is not bool(first_tag.SEAL)


def test_every_table_is_known_wherever_the_store_is_opened(root: Path) -> None:
    """A module of tables that nobody imports is missing in a new store, and is found only by whoever uses it."""
    folder = root / "src/comity/store/tables"
    wanted = {
        ".".join(path.relative_to(root / "src").with_suffix("").parts).removesuffix(".__init__")
        for path in folder.rglob("*.py")
    }
    program = "import sys, comity.store.engine; print(*sorted(sys.modules))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    assert wanted - set(done.stdout.split()) == set()
