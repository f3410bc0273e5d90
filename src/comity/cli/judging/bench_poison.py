"""``comity bench poison``: what 1, 10, 50 colluders among the reporters reach.

Answers:    a row for each number of colluders, one JSON object a line with ``--json``.
"""

import json
import sys
from dataclasses import asdict
from typing import Annotated

import typer

from comity.cli.progress import progress
from comity.cli.speech import speaker


def command(seed: int = 1, as_json: Annotated[bool, typer.Option("--json")] = False) -> None:
    """Measure."""
    from comity.services.operate import bench_poison  # numpy, which no other bench on this command line needs

    say = speaker().say
    with progress(say("bench.progress"), 4) as line:
        rows = []
        for colluders in (0, 1, 10, 50):
            rows.append(bench_poison.poison(colluders, seed))
            line.advance()
    for row in rows:
        if as_json:
            sys.stdout.write(json.dumps(asdict(row)) + "\n")
        else:
            words = say("poison.row", **asdict(row))
            sys.stdout.write(words + (f" {say('poison.refused')}" if row.refused_model else "") + "\n")
