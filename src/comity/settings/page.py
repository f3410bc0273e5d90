"""The pages ``docs/settings.md`` and ``docs/settings.zh.md``, written from the records so that they cannot lie.

Answers:    ``page(language)`` gives the text; ``script/docs`` writes it, a test compares.
"""

from dataclasses import MISSING, fields
from enum import Enum
from typing import Any, Final

from comity.locale import FALLBACK, Catalogue, catalogue
from comity.settings.agreements import AgreementEntry
from comity.settings.kinds import Entries
from comity.settings.playbook.records import ActionEntry, PlaybookEntry, RuleEntry, StateEntry, TemplateEntry
from comity.settings.records import ROOMS
from comity.settings.words import in_language

PLAYBOOK_TABLES: Final = {
    "": PlaybookEntry,
    "[[state]]": StateEntry,
    "[[state.on]]": RuleEntry,
    "do": ActionEntry,
    "[[template]]": TemplateEntry,
}


def page(language: str) -> str:
    """Every setting with its sentence, what it takes, its default and an example."""
    words = catalogue(language)
    other = "[中文](settings.zh.md)" if words.language == FALLBACK else "[English](settings.md)"
    heads = [words.say(f"settings-page.{each}") for each in ("title", "head", "file")]
    lines = [f"# {heads[0]}", "", other, "", heads[1], "", heads[2], ""]
    for room, record in ROOMS.items():
        lines += _section(f"[{room}]", record, words)
        for one in fields(record):
            if isinstance(one.metadata["kind"], Entries):
                lines += _section(f"[[{room}.{one.name}]]", one.metadata["kind"].record, words)
    lines += [f"# {words.say('settings-page.agreements')}", "", words.say("settings-page.agreements-text"), ""]
    lines += _section("[[agreement]]", AgreementEntry, words)
    lines += [f"# {words.say('settings-page.playbooks')}", "", words.say("settings-page.playbooks-text"), ""]
    for heading, record in PLAYBOOK_TABLES.items():
        lines += _section(heading or words.say("settings-page.top"), record, words)
    return "\n".join(lines).rstrip() + "\n"


def _section(heading: str, record: type[Any], words: Catalogue) -> list[str]:
    lines = [f"## {heading}", "", in_language(record.__doc__ or "", words.language), ""]
    lines += [words.say("settings-page.columns"), "|---|---|---|---|---|"]
    for one in fields(record):
        facts = one.metadata
        sentence, takes = in_language(facts["sentence"], words.language), words.tell(facts["kind"].wants)
        example = f"`{one.name} = {facts['example']}`"
        lines.append(f"| `{one.name}` | {sentence} | {takes} | {_default(one.default, words)} | {example} |")
    return [*lines, ""]


def _default(value: object, words: Catalogue) -> str:
    if value is MISSING:
        return words.say("settings-page.must")
    if value in (None, ()):
        return words.say("settings-page.none")
    if isinstance(value, tuple):
        return "`[" + ", ".join(f'"{each}"' for each in value) + "]`"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    return f"`{value.value if isinstance(value, Enum) else value}`"
