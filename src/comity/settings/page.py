"""The page ``docs/settings.md``, written from the records so that it cannot lie.

Answers:    ``page()`` gives the text; ``script/docs`` writes it, a test compares.
"""

from dataclasses import fields

from comity.locale import catalogue
from comity.settings.records import ROOMS

_HEAD = """\
# Settings

Written by `script/docs` from `src/comity/settings/records.py`; a test checks that it is current.

Settings stand in a TOML file: the one that `--config` names, else the one that the environment variable `COMITY_CONFIG`
names, else `./comity.toml`. Without a file the defaults below hold. What is said on the command line goes before the file.
Relative paths count from the folder of the file. An unknown name, or a value that does not fit, is an error (exit status 78)
that names the file, the line and the nearest right name.
"""


def page() -> str:
    """Every setting with its sentence, what it takes, its default and an example."""
    words = catalogue("en")
    lines = [_HEAD]
    for room, record in ROOMS.items():
        lines += [f"## [{room}]", "", (record.__doc__ or "").strip(), ""]
        lines += ["| setting | what it says | takes | default | example |", "|---|---|---|---|---|"]
        for one in fields(record):
            facts = one.metadata
            default = "none" if one.default in (None, ()) else f"`{one.default}`"
            takes = words.tell(facts["kind"].wants)
            example = f"`{one.name} = {facts['example']}`"
            lines.append(f"| `{one.name}` | {facts['sentence']} | {takes} | {default} | {example} |")
        lines.append("")
    return "\n".join(lines).rstrip() + "\n"
