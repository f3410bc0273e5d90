"""``comity export parquet``: what was counted, as Parquet files for other programs.

Answers:    a line for each file, or one JSON object.
Limits:     see ``comity.services.integrate.aggregates``; without days, everything that was counted until yesterday.
"""

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from comity.cli import days
from comity.cli.configuration import settings
from comity.cli.speech import plain, speaker
from comity.model.outcomes import ComityError, Outcome

command = typer.Typer(add_completion=False, no_args_is_help=True)
_BEGINNING = date(1970, 1, 1)


@command.callback()
def _group() -> None:
    """What other programs take from here."""


@command.command("parquet")
def parquet(
    folder: Annotated[Path, typer.Argument(metavar="DIR")],
    since: Annotated[str | None, typer.Option("--since", metavar="DAY")] = None,
    until: Annotated[str | None, typer.Option("--until", metavar="DAY")] = None,
    *,
    outside: Annotated[bool, typer.Option("--outside")] = False,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Write the tables."""
    from comity.bootstrap.desk import desk_store
    from comity.outlets.files.parquet import write_parquet
    from comity.services.integrate.aggregates import for_others, tables, whole_months

    words = speaker()
    first = _BEGINNING if since is None else days.day(since)
    yesterday = datetime.now(UTC).date() - timedelta(days=1)
    last = yesterday if until is None else min(days.day(until), yesterday)
    if outside:
        within = whole_months(first, last)
        if within is None:
            raise ComityError("export-no-month", "no whole month lies within these days", outcome=Outcome.USAGE)
        first, last = within
    store, written = desk_store(settings()), dict[str, int]()
    try:
        with store.read() as records:
            for each in (for_others if outside else tables)(records.aggregates, first, last):
                written[each.name] = write_parquet(folder / f"{each.name}.parquet", each.columns, each.rows)
    finally:
        store.close()
    if as_json:
        print(json.dumps({"since": first.isoformat(), "until": last.isoformat(), "rows": written}))
        return
    for name, rows in written.items():
        print(words.say("export.written", file=plain(str(folder / f"{name}.parquet")), n=rows))
