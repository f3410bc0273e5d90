"""``comity ledger close-day``: close days by hand, as the worker does by itself when a day is over.

Answers:    a line for each close, or ``--json`` lines. A day that is closed stays as it is.
"""

import json
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from comity.cli import days
from comity.cli.configuration import settings
from comity.cli.speech import plain, speaker
from comity.cli.wrapping import put

if TYPE_CHECKING:
    from comity.services.prove.closing import Closed


def command(
    day: Annotated[str | None, typer.Argument(metavar="[DAY]")] = None,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Close every open day up to and including DAY; without it, up to yesterday."""
    from comity.bootstrap.desk import desk_store
    from comity.bootstrap.proving import close_days

    now = datetime.now(UTC)
    through = now.date() - timedelta(days=1) if day is None else days.day(day)
    with closing(desk_store(settings())) as store:
        closed = close_days(settings(), store, through, now=now)
    say = speaker().say
    for each in closed:
        if as_json:
            print(json.dumps(_object(each)))
            continue
        counts = (each.cells or {}).get("day", {})
        put(
            say(
                "close.line",
                day=each.said.day.isoformat(),
                channel=plain(each.channel.origin),
                n=counts.get("report", 0),
                outcomes=counts.get("outcome", 0),
                late=sum(each.said.late.values()),
            )
        )
    if not closed and not as_json:
        put(say("close.nothing", day=through.isoformat()))


def _object(closed: "Closed") -> dict[str, object]:
    return {
        "channel": closed.channel.origin,
        "day": closed.said.day.isoformat(),
        "position": closed.position,
        "leaves": [closed.said.start, closed.said.end],
        "late": dict(closed.said.late),
        "cells": closed.said.cells,
        "cells_root": closed.said.root.hex(),
        "counts": {key: n for key, n in (closed.cells or {}).get("day", {}).items() if n},
    }
