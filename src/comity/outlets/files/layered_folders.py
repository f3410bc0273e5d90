"""Read the files of language packs out of several folders: the first that has a file gives it.

Trust:      folders are the operator's and the coalition's; the last one comes with Comity.
Answers:    ``read_layers(folders, shipped)`` gives the sources by language and name.
Limits:     ``*.toml`` alone, at most two folders deep; a file of more than 256 KiB is an error: no text for
            people is so long.
"""

from collections.abc import Iterator, Sequence
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Final

from comity.model.outcomes import ComityError, Outcome
from comity.remediation.guides.reading import NEUTRAL
from comity.remediation.guides.tables import Source

_LIMIT: Final = 256 << 10
_END: Final = ".toml"


def read_layers(folders: Sequence[Path], shipped: Traversable) -> dict[str, dict[str, Source]]:
    """All files, by the language that their folder is named after."""
    found: dict[str, dict[str, Source]] = {}
    layers = [(folder, False) for folder in folders] + [(shipped, True)]
    for folder, is_shipped in layers:
        if not folder.is_dir():
            raise _wrong("guide-no-folder", str(folder))
        for language, name, entry in _entries(folder):
            if name not in found.setdefault(language, {}):
                found[language][name] = _read(entry, is_shipped=is_shipped)
    return found


def _entries(folder: Traversable) -> Iterator[tuple[str, str, Traversable]]:
    """Language, name and file of each."""
    for entry in folder.iterdir():
        if entry.name.endswith(_END):
            yield NEUTRAL, entry.name, entry
        elif entry.is_dir() and not entry.name.startswith((".", "_")):
            for inner in entry.iterdir():
                if inner.name.endswith(_END):
                    yield entry.name, inner.name, inner
                elif inner.is_dir():
                    for last in inner.iterdir():
                        if last.name.endswith(_END):
                            yield entry.name, f"{inner.name}/{last.name}", last


def _read(entry: Traversable, *, is_shipped: bool) -> Source:
    with entry.open("rb") as file:
        data = file.read(_LIMIT + 1)
    if len(data) > _LIMIT:
        raise _wrong("guide-large", str(entry))
    try:
        text = data.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        raise _wrong("guide-not-utf8", f"{entry}:{data.count(bytes([10]), 0, error.start) + 1}") from None
    return Source(place=str(entry), text=text, is_shipped=is_shipped)


def _wrong(code: str, place: str) -> ComityError:
    return ComityError(code, code, outcome=Outcome.CONFIGURATION, place=place)
