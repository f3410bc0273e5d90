"""The page ``docs/settings.md``, written from the records so that it cannot lie.

Answers:    ``page()`` gives the text; ``script/docs`` writes it, a test compares.
"""

from dataclasses import MISSING, fields
from enum import Enum
from typing import Any

from comity.locale import Catalogue, catalogue
from comity.settings.agreements import AgreementEntry
from comity.settings.kinds import Entries
from comity.settings.playbook.records import ActionEntry, PlaybookEntry, RuleEntry, StateEntry, TemplateEntry
from comity.settings.records import ROOMS

_HEAD = """\
# Settings

Written by `script/docs` from `src/comity/settings/records.py`; a test checks that it is current.

Settings stand in a TOML file: the one that `--config` names, else the one that the environment variable `COMITY_CONFIG`
names, else `./comity.toml`. Without a file the defaults below hold. What is said on the command line goes before the file.
Relative paths count from the folder of the file. An unknown name, or a value that does not fit, is an error (exit status 78)
that names the file, the line and the nearest right name.
"""

_AGREEMENTS = """\
The networks that `comity complain` reports to stand in a TOML file of their own (`--agreements`, else `complain.agreements`).
It may hold the tables above too, so that one file is enough; what stands there goes before `comity.toml`.
"""

_PLAYBOOKS = """\
What is done about cases by itself stands in a TOML file of its own, which `playbook.use` names; how to write one:
[how-to/playbooks.md](how-to/playbooks.md).
"""
_PLAYBOOK_TABLES = {
    "Top of the file": PlaybookEntry,
    "[[state]]": StateEntry,
    "[[state.on]]": RuleEntry,
    "do": ActionEntry,
    "[[template]]": TemplateEntry,
}


def page() -> str:
    """Every setting with its sentence, what it takes, its default and an example."""
    words = catalogue("en")
    lines = [_HEAD]
    for room, record in ROOMS.items():
        lines += _section(f"[{room}]", record, words)
        for one in fields(record):
            if isinstance(one.metadata["kind"], Entries):
                lines += _section(f"[[{room}.{one.name}]]", one.metadata["kind"].record, words)
    lines += ["# Agreements", "", _AGREEMENTS]
    lines += _section("[[agreement]]", AgreementEntry, words)
    lines += ["# Playbooks", "", _PLAYBOOKS]
    for heading, record in _PLAYBOOK_TABLES.items():
        lines += _section(heading, record, words)
    return "\n".join(lines).rstrip() + "\n"


def _section(heading: str, record: type[Any], words: Catalogue) -> list[str]:
    lines = [f"## {heading}", "", (record.__doc__ or "").strip(), ""]
    lines += ["| setting | what it says | takes | default | example |", "|---|---|---|---|---|"]
    for one in fields(record):
        facts = one.metadata
        takes = words.tell(facts["kind"].wants)
        example = f"`{one.name} = {facts['example']}`"
        lines.append(f"| `{one.name}` | {facts['sentence']} | {takes} | {_default(one.default)} | {example} |")
    return [*lines, ""]


def _default(value: object) -> str:
    if value is MISSING:
        return "must be there"
    if value in (None, ()):
        return "none"
    if isinstance(value, tuple):
        return "`[" + ", ".join(f'"{each}"' for each in value) + "]`"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    return f"`{value.value if isinstance(value, Enum) else value}`"
