"""The first ``comity.toml``: every setting with its sentence, those that were given filled in, the others as remarks.

Answers:    ``first_file(given, language)`` gives the text; ``given`` maps "room.name" to a value.
Limits:     nothing is invented: what was not given stays a remark.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from textwrap import wrap
from typing import Any, Final

from comity.locale import FALLBACK, Catalogue, catalogue
from comity.settings.records import ROOMS
from comity.settings.words import in_language

Value = str | int | bool | Sequence[str]

_WIDTH: Final = 100
_WIDE: Final = 50  # signs of a line where each takes two columns
# What stays together where no blanks part words: a run of other signs, or one Chinese character with the closing signs behind it.
_PIECE: Final = re.compile(r"(?:[!-~]+|[^!-~])[，。：；？！、）》”]*")


def first_file(given: Mapping[str, Value], language: str = FALLBACK) -> str:
    """The text of the file."""
    words = catalogue(language)
    rooms = (line for room, record in ROOMS.items() for line in _room(room, record, given, words=words))
    return "\n".join((*(f"# {line}" for line in words.say("first-file.head").split("\n")), "", *rooms))


def _room(room: str, record: type[Any], given: Mapping[str, Value], *, words: Catalogue) -> Iterator[str]:
    yield f"[{room}]"
    yield from _remark((record.__doc__ or "").strip(), words)
    for one in fields(record):
        yield ""
        yield from _remark(one.metadata["sentence"], words)
        value = given.get(f"{room}.{one.name}")
        if value is not None:
            yield f"{one.name} = {_as_toml(value)}"
        elif one.default in (None, ()):
            yield f"# {one.name} = {one.metadata['example']}"
        else:
            yield f"# {one.name} = {_as_toml(one.default)}"
    yield ""


def _remark(text: str, words: Catalogue) -> Iterator[str]:
    said = in_language(text, words.language).replace("`", "")
    for line in wrap(said, _WIDTH) if words.language == FALLBACK else _wide(said):
        yield f"# {line}"


def _wide(text: str) -> Iterator[str]:
    """Lines of a text in which a line may end between any two signs."""
    line = ""
    for piece in _PIECE.findall(text):
        if len(line + piece) > _WIDE:
            yield line.rstrip()
            line = ""
        line = (line + piece).lstrip()
    yield line


def _as_toml(value: Any) -> str:
    if isinstance(value, bool | int):
        return str(value).lower()
    if isinstance(value, str):
        return json.dumps(str(value), ensure_ascii=False)
    return "[" + ", ".join(_as_toml(each) for each in value) + "]"
