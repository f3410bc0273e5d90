"""Take the entries of one TOML file of a language pack, and say precisely what is wrong with it.

Trust:      the operator's own files; a slip is answered with file and line.
Standards:  TOML 1.0.
Answers:    ``Table`` gives texts, lists and tables by name, or raises ``ComityError`` (outcome CONFIGURATION).
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from comity.formats.toml_lines import Path as KeyPath
from comity.formats.toml_lines import key_lines
from comity.model.outcomes import ComityError, Outcome

_TOML_LINE: Final = re.compile(r"line (\d+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One file as it lies there."""

    place: str
    text: str
    is_shipped: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """One table of a file, and where it stands."""

    place: str
    entries: Mapping[str, Any]
    lines: Mapping[KeyPath, int]
    path: KeyPath = ()

    def where(self, name: str | None = None) -> str:
        """File and line of an entry, or of the table itself."""
        path = self.path if name is None else (*self.path, name)
        while path and path not in self.lines:
            path = path[:-1]
        return f"{self.place}:{self.lines[path]}" if path else self.place

    def only(self, *names: str) -> None:
        """Refuse entries of other names."""
        for name in self.entries:
            if name not in names:
                raise unfit("guide-unknown", self.where(name), name=name, known=", ".join(names))

    def text(self, name: str, usual: str | None = None) -> str:
        """A text that says something; ``usual`` where there is none."""
        value = self.entries.get(name, usual)
        if value is None:
            raise unfit("guide-missing", self.where(), name=name)
        if not isinstance(value, str) or (name in self.entries and not value.strip()):
            raise unfit("guide-unfit", self.where(name), name=name)
        return value.strip("\n")

    def texts(self, name: str, *, may_miss: bool = False) -> tuple[str, ...]:
        """A list of texts."""
        value = self.entries.get(name, [] if may_miss else None)
        if value is None:
            raise unfit("guide-missing", self.where(), name=name)
        if not isinstance(value, list) or not all(isinstance(each, str) and each.strip() for each in value):
            raise unfit("guide-unfit", self.where(name), name=name)
        return tuple(value)

    def table(self, name: str) -> "Table":
        """A table in it."""
        value = self.entries.get(name)
        if value is None:
            raise unfit("guide-missing", self.where(), name=name)
        if not isinstance(value, dict):
            raise unfit("guide-unfit", self.where(name), name=name)
        return Table(place=self.place, entries=value, lines=self.lines, path=(*self.path, name))

    def tables(self, name: str) -> Iterator["Table"]:
        """The tables of a list, of which there is at least one."""
        value = self.entries.get(name)
        if not value:
            raise unfit("guide-missing", self.where(), name=name)
        if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
            raise unfit("guide-unfit", self.where(name), name=name)
        for at, each in enumerate(value):
            yield Table(place=self.place, entries=each, lines=self.lines, path=(*self.path, name, at))


def table_of(source: Source) -> Table:
    """The entries of a file."""
    try:
        entries = tomllib.loads(source.text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        found = _TOML_LINE.search(str(error))
        line = found[1] if found else str(source.text.count("\n") + 1)
        raise unfit("guide-not-toml", f"{source.place}:{line}", reason=str(error)) from None
    return Table(place=source.place, entries=entries, lines=key_lines(source.text))


def unfit(code: str, place: str, **details: object) -> ComityError:
    """An error in a file of a language pack."""
    said = ", ".join(f"{name} {value}" for name, value in details.items())
    return ComityError(code, f"{code}: {said}", outcome=Outcome.CONFIGURATION, place=place, details=details)
