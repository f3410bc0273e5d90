"""``comity volume import``: how many mails customers sent, so that complaints become rates.

Answers:    counts for each customer and day; what was known of a customer and day is replaced, so that a file can be given again.
"""

import json
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from comity.cli.configuration import settings
from comity.cli.speech import speaker
from comity.cli.wrapping import put

command = typer.Typer(add_completion=False, no_args_is_help=True)


@command.callback()
def _group() -> None:
    """One command for each thing."""


@command.command("import")
def take_in(
    files: Annotated[list[str], typer.Argument(metavar="FILE...")],
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Take the numbers of mails in; all files or none."""
    from comity.bootstrap.desk import desk_write
    from comity.formats.volume import COLUMNS, read_volume

    counts: Counter[tuple[str, date]] = Counter()
    for name in files:
        found = read_volume(Path(name).read_bytes(), name)
        if found.mistake is not None:
            raise found.mistake.error("volume", ", ".join(COLUMNS))
        counts.update(found.counts)
    with desk_write(settings()) as records:
        records.positions.put_sent(counts)
    customers, days = len({label for label, _ in counts}), len({day for _, day in counts})
    total = sum(counts.values())
    if as_json:
        print(json.dumps({"customers": customers, "days": days, "mails": total}))
    else:
        put(speaker().say("volume.taken", customers=customers, days=days, n=total))
