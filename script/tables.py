"""What ``script/tables`` runs."""

import re
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from tests.store.migrations import building

from comity.store.migrations import first_tag

VERSION = "0.9.0"
ROOT = Path(__file__).parents[1]


def changed(path: str, pattern: str, text: str) -> None:
    """One line of a file, which must be there."""
    file = ROOT / path
    new, n = re.subn(pattern, text, file.read_text(encoding="utf-8"), flags=re.MULTILINE)
    if n != 1:
        sys.exit(f"{path}: no line, or more than one, like {pattern}")
    file.write_text(new, encoding="utf-8")


def main(words: list[str]) -> None:
    """Write them; with ``--seal`` for the last time."""
    if words not in ([], ["--seal"]):
        sys.exit("script/tables [--seal]")
    if first_tag.SEAL:
        sys.exit("The first tag is set: its tables stay as they are, and a change is a step (docs/releasing.md).")
    for each in first_tag.DIALECTS:
        first_tag.path(each).write_text(first_tag.written(each), encoding="utf-8")
    with tempfile.TemporaryDirectory() as folder:
        building.main(Path(folder))
    if words:
        changed(
            "src/comity/store/migrations/first_tag.py", r'^SEAL: Final = ""$', f'SEAL: Final = "{first_tag.seal()}"'
        )
        changed("src/comity/__init__.py", r'^__version__ = ".*"$', f'__version__ = "{VERSION}"')
        kubernetes = ROOT / "contrib/container/kubernetes.yaml"
        text = kubernetes.read_text(encoding="utf-8")
        kubernetes.write_text(re.sub(r"image: comity:\S+", f"image: comity:{VERSION}", text), encoding="utf-8")
        changed("CHANGELOG.md", r"^## 0\.9\.0.*$", f"## {VERSION} ({datetime.now(UTC):%Y-%m-%d})")


if __name__ == "__main__":
    main(sys.argv[1:])
