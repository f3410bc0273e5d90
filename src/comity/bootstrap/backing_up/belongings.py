"""Which files belong to a desk: those beside its settings, those that its settings name, the versions of its model.

Answers:    ``belongings(settings, file)`` gives ``Belongings``.
Limits:     of the folder of the settings only what lies in it directly, and no file above ``MOST``: mailboxes, logs and tables
            that can be imported again may lie there; what was passed over is named. Databases are copied another way. Of the
            folders that settings name only those with texts: mail and exports are made anew.
"""

from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass
from pathlib import Path
from typing import Final

from comity.bootstrap.data import prefix_path
from comity.bootstrap.desk import DATABASE, database_file
from comity.bootstrap.gates import spool_path
from comity.bootstrap.judging import model_path
from comity.outlets.models.shelf import ModelShelf
from comity.settings import Settings

MOST: Final = 64 << 20
_OF_A_DATABASE: Final = ("", "-wal", "-shm", "-journal", ".sender", ".worker")


@dataclass(frozen=True, slots=True, kw_only=True)
class Belongings:
    """What is copied, and what lay there and is not."""

    files: tuple[Path, ...]
    left_out: tuple[str, ...]


def belongings(settings: Settings, file: Path) -> Belongings:
    """Look for them."""
    home = file.parent.absolute()
    # Where the store lies on a server, a file of that name is what was carried there, and the backup's own copy is called so.
    stores = (spool_path(settings), database_file(settings) or home / DATABASE)
    passed = {Path(f"{each.absolute()}{ending}") for each in stores for ending in _OF_A_DATABASE}
    passed.add(prefix_path(settings).absolute())  # comity data import makes it again
    shelf = ModelShelf(model_path(settings)).folder
    texts = [each for each in (settings.help.templates, settings.help.coalition_templates) if each is not None]
    candidates = [file, *_named(settings), *_beside(home), *(inner for each in (shelf, *texts) for inner in _in(each))]
    found: dict[Path, None] = {}
    left_out: list[str] = []
    for path in dict.fromkeys(each.absolute() for each in candidates):
        if path in passed or not (path.is_file() or path.is_symlink()):
            continue
        # A link that leads nowhere was to lead to something of ours.
        if not path.is_file() or path.stat().st_size > MOST:
            left_out.append(path.name if path.parent == home else str(path))
        else:
            found[path] = None
    folders = {shelf.absolute(), *(each.absolute() for each in texts)}
    left_out += [f"{each.name}/" for each in sorted(home.iterdir()) if each.is_dir() and each not in folders]
    return Belongings(files=tuple(found), left_out=tuple(left_out))


def _beside(home: Path) -> Iterator[Path]:
    """Files in the folder of the settings, and links to files; what begins with a dot is half written, or none of ours."""
    for each in sorted(home.iterdir()):
        if not each.name.startswith(".") and (each.is_file() or each.is_symlink()):
            yield each


def _named(value: object) -> Iterator[Path]:
    """Every path in the settings."""
    if isinstance(value, Path):
        yield value
    elif isinstance(value, tuple | list):
        for each in value:
            yield from _named(each)
    elif is_dataclass(value):
        for each in fields(value):
            yield from _named(getattr(value, each.name))


def _in(folder: Path) -> list[Path]:
    return sorted(each for each in folder.rglob("*") if each.is_file()) if folder.is_dir() else []
