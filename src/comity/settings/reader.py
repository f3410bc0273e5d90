"""Read a settings file, and say precisely what is wrong with it.

Standards:  TOML 1.0.
Answers:    ``read_settings(path)`` and ``parse(text, path)`` give ``Settings`` or raise ``ComityError`` with file, line and remedy.
Limits:     relative paths count from the folder of the file; a file of more than 1 MiB is refused.
"""

import difflib
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import MISSING, Field, dataclass, fields
from pathlib import Path
from typing import Any, Final

from comity.formats.toml_lines import Path as KeyPath
from comity.formats.toml_lines import key_lines
from comity.locale import catalogue
from comity.model.message import Message
from comity.model.outcomes import FILE_ERRORS, ComityError, Outcome
from comity.settings.api import api_mistakes
from comity.settings.desk.sealed import sealed_mistakes
from comity.settings.effect import effect_mistakes
from comity.settings.help import help_mistakes
from comity.settings.kinds import Entries, RefusedError, Secret
from comity.settings.pages import pages_mistakes
from comity.settings.playbook.room import webhook_mistakes
from comity.settings.portal import portal_mistakes
from comity.settings.records import ROOMS, Settings
from comity.settings.retention import retention_mistakes
from comity.settings.sending import sending_mistakes
from comity.settings.sources import loop_mistakes
from comity.settings.watch import watch_mistakes

_LIMIT: Final = 1 << 20
# A key of more than 32 parts; what stands in text, and is none, has not so many in a row.
_LONG_KEY: Final = re.compile(
    r"""(?<![A-Za-z0-9_-])(?>(?:[A-Za-z0-9_-]++|"[^"\n]{0,200}+"|'[^'\n]{0,200}+')[ \t]{0,9}+\.[ \t]{0,9}+){32}"""
)
_TWICE: Final = ("Cannot declare", "Cannot overwrite")
_TOML_PLACE: Final = re.compile(r" \(at (?:line (\d+), column \d+|end of document)\)$")


def read_settings(path: Path) -> Settings:
    """Read one settings file."""
    return parse(read_text(path), path)


def read_text(path: Path) -> str:
    """The text of a settings file, or of one written in the same way."""
    try:
        with path.open("rb") as file:
            data = file.read(_LIMIT + 1)
    except OSError as error:
        known = FILE_ERRORS.get(error.errno or 0)
        reason = Message(f"error.{known}") if known else error.strerror or str(error)
        raise wrong("settings-unreadable", str(path), reason=reason) from None
    if len(data) > _LIMIT:
        raise wrong("settings-large", str(path))
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise wrong("settings-not-utf8", f"{path}:{line}") from None
    return text.replace("\r\n", "\n")


def parse(text: str, path: Path) -> Settings:
    """Read settings out of a text that stands, or could stand, at ``path``.

    >>> parse('[identity]\\ndomain = "west.example"', Path("comity.toml")).identity.domain
    'west.example'
    """
    return settings_of(table_of(text, path), Where(path, key_lines(text)))


def table_of(text: str, path: Path) -> dict[str, Any]:
    """The tables of a TOML text; an error in it is told with its line.

    >>> table_of("a" + ".a" * 100_000 + " = 1", Path("comity.toml"))
    Traceback (most recent call last):
    comity.model.outcomes.ComityError: ...
    """
    if (
        endless := _LONG_KEY.search(text)
    ) is not None:  # the library's time and memory grow with the square of its parts
        at = text.count("\n", 0, endless.start()) + 1
        raise wrong("settings-not-toml", f"{path}:{at}", reason=Message("error.settings-nested"))
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = _TOML_PLACE.search(str(error))
        line = int((found and found[1]) or text.count("\n") + 1)
        if (twice := _first_of(text.split("\n"), line, str(error))) is not None:
            name, first = twice
            raise wrong("settings-twice", f"{path}:{line}", name=name, first=first) from None
        raise wrong("settings-not-toml", f"{path}:{line}", reason=_TOML_PLACE.sub("", str(error))) from None
    except RecursionError:
        raise wrong("settings-not-toml", str(path), reason=Message("error.settings-nested")) from None


def _first_of(lines: Sequence[str], line: int, error: str) -> tuple[str, int] | None:
    """What stands in this line a second time, and in which line it stands first; None where that is not what is wrong."""
    if not error.startswith(_TWICE):
        return None
    name = _named(lines[line - 1])
    is_table = name.startswith("[")
    for number in range(line - 1, 0, -1):
        there = _named(lines[number - 1])
        if there == name:
            return name, number
        if there.startswith("[") and not is_table:
            return None
    return None


def _named(line: str) -> str:
    """The table that a line begins, or the key that it sets."""
    return (line.partition("#")[0] if line.lstrip().startswith("[") else line.partition("=")[0]).strip()


@dataclass(frozen=True, slots=True)
class Where:
    """The file that is read, and the line of each key in it."""

    path: Path
    lines: Mapping[KeyPath, int]

    def of(self, key: KeyPath) -> str:
        """How to name the place of a key."""
        return f"{self.path}:{self.lines[key]}" if key in self.lines else str(self.path)


def settings_of(table: Mapping[str, Any], where: Where) -> Settings:
    """Settings out of the tables of a file."""
    rooms = rooms_of(table, where)
    mistakes = (
        *watch_mistakes(rooms, where.path),
        *sending_mistakes(rooms),
        *webhook_mistakes(rooms),
        *api_mistakes(rooms),
        *loop_mistakes(rooms),
        *help_mistakes(rooms),
        *sealed_mistakes(rooms),
        *effect_mistakes(rooms),
        *pages_mistakes(rooms),
        *portal_mistakes(rooms),
        *retention_mistakes(rooms),
    )
    for code, key, details in mistakes:
        raise wrong(code, where.of(key), **details)
    return Settings(**rooms, file=where.path)


def rooms_of(table: Mapping[str, Any], where: Where, besides: tuple[str, ...] = ()) -> dict[str, Any]:
    """The record of each room that the file has a table for; ``besides`` are names that may stand there too."""
    return dict(_rooms(table, where, besides))


def _rooms(table: Mapping[str, Any], where: Where, besides: tuple[str, ...]) -> Iterator[tuple[str, Any]]:
    for room, entries in table.items():
        if room not in ROOMS:
            raise unknown((room,), dict.fromkeys((*ROOMS, *besides)), where.of((room,)))
        yield room, ROOMS[room](**values_of((room,), entries, ROOMS[room], where=where))


def values_of(key: KeyPath, entries: object, record: type[Any], *, where: Where) -> dict[str, object]:
    """The entries of the table at ``key`` as values for ``record``; unknown names and unfit values are errors."""
    if not isinstance(entries, dict):
        raise unfit(key, entries, Message("wants.table"), place=where.of(key))
    known: dict[str, Field[Any]] = {one.name: one for one in fields(record)}
    values: dict[str, object] = {}
    for name, value in entries.items():
        place = where.of((*key, name))
        if name not in known:
            raise unknown((*key, name), known, place)
        kind = known[name].metadata["kind"]
        try:
            values[name] = kind.take(value, where.path.parent)
            if isinstance(kind, Entries):
                values[name] = _entries((*key, name), value, kind.record, where=where)
        except RefusedError as refused:
            if refused.at is None or refused.wants is None:
                shown = "***" if isinstance(kind, Secret) else value
                raise unfit((*key, name), shown, kind.wants, place=place) from None
            entry = (*key, name, refused.at)
            place = where.of(entry if entry in where.lines else (*key, name))
            raise unfit((*key, name), value[refused.at], refused.wants, place=place) from None
    return values


def _entries(key: KeyPath, entries: list[object], record: type[Any], *, where: Where) -> tuple[Any, ...]:
    """The tables of a list as records; each has what must be there."""
    needed = [one.name for one in fields(record) if one.default is MISSING]
    taken: list[Any] = []
    for number, entry in enumerate(entries):
        values = values_of((*key, number), entry, record, where=where)
        missing = next((name for name in needed if name not in values), None)
        if missing is not None:
            name = ".".join(part for part in key if isinstance(part, str))
            raise wrong("setting-missing", where.of((*key, number)), name=f"{name}.{missing}")
        taken.append(record(**values))
    return tuple(taken)


def unknown(key: KeyPath, known: Mapping[str, object], place: str) -> ComityError:
    """The error for a name that is no setting: with the nearest that is, or where the right name would belong."""
    *above, last = (part for part in key if isinstance(part, str))
    name = ".".join((*above, last))
    elsewhere = [f"{room}.{one.name}" for room, record in ROOMS.items() for one in fields(record) if one.name == last]
    near = [".".join((*above, one)) for one in difflib.get_close_matches(last, known, n=1)]
    if not near and not elsewhere:
        return wrong("setting-unknown", place, name=name, known=", ".join(known))
    return wrong("setting-unknown-near", place, name=name, near=(near or elsewhere)[0])


def unfit(key: KeyPath, value: object, wants: Message, *, place: str) -> ComityError:
    """The error for a value that its setting does not take."""
    shown: Message | str = _as_toml(value)
    if isinstance(value, list | dict):
        shown = Message("value.list" if isinstance(value, list) else "value.table")
    return wrong(
        "setting-unfit", place, name=".".join(part for part in key if isinstance(part, str)), value=shown, wants=wants
    )


def _as_toml(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return f'"{value}"' if isinstance(value, str) else str(value)


def wrong(code: str, place: str, **details: object) -> ComityError:
    """An error of the configuration, in the words of the catalogue."""
    message = catalogue("en").say(f"error.{code}", **details)
    return ComityError(code, message, outcome=Outcome.CONFIGURATION, place=place, details=details)
