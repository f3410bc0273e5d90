"""The settings that differ from their default, or all of them, for people to read.

Trust:      whatever may hold a secret is hidden: by the name of the setting, and passwords inside of addresses.
Answers:    ``shown(settings, language)`` gives a ``Room`` with ``Setting`` records for each table in which anything is set;
            with ``everything``, those that are not set, too.
Limits:     paths of files that hold secrets are shown; what is in them is not read.
"""

import re
from collections.abc import Iterator
from dataclasses import MISSING, dataclass, fields, is_dataclass
from enum import Enum
from typing import Any, Final

from comity.settings import Settings
from comity.settings.records import ROOMS
from comity.settings.words import in_language

HIDDEN: Final = "••••"
_SECRET: Final = re.compile(r"(^|_)(password|secret|token|passphrase)s?($|_)")
_WHERE: Final = ("_file", "_files", "_variable", "_domains")  # says where a secret is, and not what it is
_IN_ADDRESS: Final = re.compile(r"(?<=://)([^/@:\s]*):\S*@")
_IN_QUERY: Final = re.compile(r"([?&](?:password|passwd|pwd|secret|token|key|api_?key)=)[^&#\s]*", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One setting."""

    name: str
    value: str
    default: str | None  # None: nothing
    sentence: str
    example: str
    given: bool  # whether it differs from its default


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """One table of the file."""

    name: str
    sentence: str
    settings: tuple[Setting, ...]


def shown(settings: Settings, language: str, *, everything: bool = False) -> list[Room]:
    """Every table in which anything is set, or every table, in the order of the file."""
    rooms = [
        Room(
            name=name,
            sentence=in_language(record.__doc__ or "", language),
            settings=tuple(
                each for each in _settings(getattr(settings, name), record, language) if everything or each.given
            ),
        )
        for name, record in ROOMS.items()
    ]
    return [each for each in rooms if each.settings]


def _settings(room: Any, record: type[Any], language: str) -> Iterator[Setting]:
    for one in fields(record):
        value = getattr(room, one.name)
        given = not (value == one.default or (one.default is MISSING and value in (None, (), "")))
        default = None if one.default is MISSING or one.default in (None, ()) else text_of(one.name, one.default)
        yield Setting(
            name=one.name,
            value=text_of(one.name, value) if given else "",
            default=default,
            sentence=in_language(str(one.metadata["sentence"]), language),
            example=f"{one.name} = {one.metadata['example']}",
            given=given,
        )


def text_of(name: str, value: object) -> str:
    """A value as people read it, without what may be a secret.

    >>> text_of("password", "x"), text_of("database", "postgresql://comity:x@db/comity")
    ('••••', 'postgresql://comity:••••@db/comity')
    >>> text_of("database", "postgresql://comity:x/y@db/comity"), text_of("to", "https://a.example/in?id=1&token=x")
    ('postgresql://comity:••••@db/comity', 'https://a.example/in?id=1&token=••••')
    """
    if value is not None and _SECRET.search(name) and not name.endswith(_WHERE):
        return HIDDEN
    if is_dataclass(value) and not isinstance(value, type):
        parts = [(one.name, getattr(value, one.name)) for one in fields(value)]
        return ", ".join(f"{part} = {text_of(part, each)}" for part, each in parts if each not in (None, (), ""))
    if isinstance(value, tuple | list | frozenset):
        return "\n".join(text_of(name, each) for each in value)
    if isinstance(value, bool):
        return str(value).lower()
    text = str(value.value if isinstance(value, Enum) else value)
    return _IN_QUERY.sub(rf"\1{HIDDEN}", _IN_ADDRESS.sub(rf"\1:{HIDDEN}@", text))
