"""Read a settings file, and say precisely what is wrong with it.

Standards:  TOML 1.0.
Answers:    ``read_settings(path)`` and ``parse(text, path)`` give ``Settings`` or raise ``ComityError`` with file, line and remedy.
Limits:     relative paths count from the folder of the file; a file of more than 1 MiB is refused.
"""

import difflib
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import Field, fields
from pathlib import Path
from typing import Any, Final

from comity.formats.toml_lines import Path as KeyPath
from comity.formats.toml_lines import key_lines
from comity.locale import catalogue
from comity.model.message import Message
from comity.model.outcomes import ComityError, Outcome
from comity.settings.kinds import RefusedError
from comity.settings.records import ROOMS, Settings

_LIMIT: Final = 1 << 20
_TOML_PLACE: Final = re.compile(r" \(at (?:line (\d+), column \d+|end of document)\)$")


def read_settings(path: Path) -> Settings:
    """Read one settings file."""
    try:
        with path.open("rb") as file:
            data = file.read(_LIMIT + 1)
    except OSError as error:
        raise _wrong("settings-unreadable", str(path), reason=error.strerror or str(error)) from None
    if len(data) > _LIMIT:
        raise _wrong("settings-large", str(path))
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise _wrong("settings-not-utf8", f"{path}:{line}") from None
    return parse(text.replace("\r\n", "\n"), path)


def parse(text: str, path: Path) -> Settings:
    """Read settings out of a text that stands, or could stand, at ``path``.

    >>> parse('[identity]\\ndomain = "west.example"', Path("comity.toml")).identity.domain
    'west.example'
    """
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = _TOML_PLACE.search(str(error))
        line = (found and found[1]) or text.count("\n") + 1
        raise _wrong("settings-not-toml", f"{path}:{line}", reason=_TOML_PLACE.sub("", str(error))) from None
    except RecursionError:
        raise _wrong("settings-not-toml", str(path), reason=Message("error.settings-nested")) from None
    return Settings(**dict(_rooms(table, path, key_lines(text))), file=path)


def _rooms(table: Mapping[str, Any], path: Path, lines: Mapping[KeyPath, int]) -> Iterator[tuple[str, Any]]:
    for room, entries in table.items():
        place = _place(path, lines, (room,))
        if room not in ROOMS:
            raise _unknown((room,), ROOMS, place)
        if not isinstance(entries, dict):
            raise _unfit((room,), entries, Message("wants.table"), place=place)
        known: dict[str, Field[Any]] = {one.name: one for one in fields(ROOMS[room])}
        values: dict[str, object] = {}
        for key, value in entries.items():
            place = _place(path, lines, (room, key))
            if key not in known:
                raise _unknown((room, key), known, place)
            kind = known[key].metadata["kind"]
            try:
                values[key] = kind.take(value, path.parent)
            except RefusedError:
                raise _unfit((room, key), value, kind.wants, place=place) from None
        yield room, ROOMS[room](**values)


def _place(path: Path, lines: Mapping[KeyPath, int], key: KeyPath) -> str:
    return f"{path}:{lines[key]}" if key in lines else str(path)


def _unknown(key: tuple[str, ...], known: Mapping[str, object], place: str) -> ComityError:
    """The error for a name that is no setting: with the nearest that is, or where the right name would belong."""
    name = ".".join(key)
    elsewhere = [
        f"{room}.{one.name}" for room, record in ROOMS.items() for one in fields(record) if one.name == key[-1]
    ]
    near = [".".join((*key[:-1], one)) for one in difflib.get_close_matches(key[-1], known, n=1)]
    if not near and not elsewhere:
        return _wrong("setting-unknown", place, name=name, known=", ".join(known))
    return _wrong("setting-unknown-near", place, name=name, near=(near or elsewhere)[0])


def _unfit(key: tuple[str, ...], value: object, wants: Message, *, place: str) -> ComityError:
    shown: Message | str = _as_toml(value)
    if isinstance(value, list | dict):
        shown = Message("value.list" if isinstance(value, list) else "value.table")
    return _wrong("setting-unfit", place, name=".".join(key), value=shown, wants=wants)


def _as_toml(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return f'"{value}"' if isinstance(value, str) else str(value)


def _wrong(code: str, place: str, **details: object) -> ComityError:
    message = catalogue("en").say(f"error.{code}", **details)
    return ComityError(code, message, outcome=Outcome.CONFIGURATION, place=place, details=details)
