"""The first ``comity.toml``: every setting with its sentence, those that were given filled in, the others as remarks.

Answers:    ``first_file(given)`` gives the text; ``given`` maps "room.name" to a value.
Limits:     nothing is invented: what was not given stays a remark.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from textwrap import wrap
from typing import Any, Final

from comity.settings.records import ROOMS

Value = str | int | bool | Sequence[str]

_HEAD: Final = """\
# Settings of Comity. Every setting there is stands here; those with a "#" before them hold their default,
# or nothing: take the "#" away and put in your own. Paths count from this folder.
# Nothing leaves this machine before you say so, peer by peer: comity peer live NAME.
"""


def first_file(given: Mapping[str, Value]) -> str:
    """The text of the file."""
    return "\n".join((_HEAD, *(line for room, record in ROOMS.items() for line in _room(room, record, given))))


def _room(room: str, record: type[Any], given: Mapping[str, Value]) -> Iterator[str]:
    yield f"[{room}]"
    yield from _remark((record.__doc__ or "").strip())
    for one in fields(record):
        yield ""
        yield from _remark(one.metadata["sentence"])
        value = given.get(f"{room}.{one.name}")
        if value is not None:
            yield f"{one.name} = {_as_toml(value)}"
        elif one.default in (None, ()):
            yield f"# {one.name} = {one.metadata['example']}"
        else:
            yield f"# {one.name} = {_as_toml(one.default)}"
    yield ""


def _remark(text: str) -> Iterator[str]:
    for line in wrap(" ".join(text.replace("`", "").split()), 100):
        yield f"# {line}"


def _as_toml(value: Any) -> str:
    if isinstance(value, bool | int):
        return str(value).lower()
    if isinstance(value, str):
        return json.dumps(str(value), ensure_ascii=False)
    return "[" + ", ".join(_as_toml(each) for each in value) + "]"
