"""The pages ``docs/reference/commands.md`` and ``commands.zh.md``: every command, written from what it takes.

Answers:    ``page(language)`` gives the text; ``script/docs`` writes it, a test compares.
"""

import re
from collections.abc import Iterator
from typing import Any, Final

from comity.cli import GROUPS, speech
from comity.cli.dressing import in_our_words
from comity.cli.frame import built
from comity.cli.speech import speaker

_KIND: Final = re.compile(
    r" ?<([^<>]+)>$"
)  # what the library says of a value's kind, in its own words for Python's types
_NUMBERS: Final = frozenset({"int", "int range", "float", "float range"})


def page(language: str) -> str:
    """Every command in one language, in the order of ``comity --help``."""
    speech.choose(language)
    try:
        return "\n".join(_lines()) + "\n"
    finally:
        speech.choose(None)


def _lines() -> Iterator[str]:
    say = speaker().say
    yield f"# {say('reference.title')}"
    yield ""
    yield say("reference.head")
    for group, commands in GROUPS.items():
        yield ""
        yield f"## {say(f'help.group-{group}')}"
        for name, module in commands.items():
            yield from _command(f"comity {name}", built(name, module))


def _command(path: str, command: Any) -> Iterator[str]:
    """One command and what it is made of; ``command`` is click's."""
    yield ""
    yield f"{'#' * (2 + len(path.split()) - 1)} `{path}`"
    yield ""
    yield _prose(command.help or "")
    context = command.context_class(command, info_name=path)
    rows = [parameter.get_help_record(context) for parameter in command.params]
    if any(rows):
        say = speaker().say
        yield ""
        yield f"| {say('reference.takes')} | {say('reference.means')} |"
        yield "|---|---|"
        for written, meaning in filter(None, rows):
            typed = _KIND.sub(_kind if written.startswith("-") else "", written).replace("|", "\\|")
            yield f"| `{typed}` | {_cell(in_our_words(meaning))} |"
    if command.epilog and not getattr(command, "commands", None):
        yield ""
        yield f"    {speaker().say('example.' + path.removeprefix('comity ').replace(' ', '.'))}"
    for name, child in getattr(command, "commands", {}).items():
        yield from _command(f"{path} {name}", child)


def _kind(found: re.Match[str]) -> str:
    """An option's value as it is typed: a number, or one of the words that stand there."""
    return " N" if found[1] in _NUMBERS else f" {found[1]}"


def _prose(text: str) -> str:
    """Paragraphs stay; what could be taken for markup does not."""
    return "\n".join(line.strip().replace("<", "&lt;").replace("*", "\\*") for line in text.strip().splitlines())


def _cell(text: str) -> str:
    return " ".join(_prose(text).split()).replace("|", "\\|")
