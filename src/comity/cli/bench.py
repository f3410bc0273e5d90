"""``comity bench``: measure this program on this machine, beside a peer in the same run.

Answers:    ``bench read``: recall on generated reports of known truth, reports per CPU-second, peak memory, growth.
            ``bench complain`` and ``bench ingest`` stand in ``comity.cli.operate``.
Limits:     loopback and CPU only; bounded by ``--count``.
"""

import json
import resource
import sys
import time
from typing import Annotated

import typer

from comity.cli.desk import bench_web
from comity.cli.judging import bench_poison
from comity.cli.operate import (
    bench_complain,
    bench_ingest,
    bench_lease,
    bench_ledger,
    bench_playbook,
    bench_statement,
)
from comity.cli.progress import progress
from comity.cli.remedy import bench_nation, bench_remedy
from comity.cli.speech import speaker
from comity.model.outcomes import Outcome
from comity.services.operate import bench_read

command = typer.Typer(add_completion=False)


@command.callback()
def _group() -> None:
    """One command a capability; ``read`` is the first."""


command.command("complain")(bench_complain.command)
command.command("ingest")(bench_ingest.command)
command.command("poison")(bench_poison.command)
command.command("lease")(bench_lease.command)
command.command("ledger")(bench_ledger.command)
command.command("nation")(bench_nation.command)
command.command("playbook")(bench_playbook.command)
command.command("remedy")(bench_remedy.command)
command.command("statement")(bench_statement.command)
command.command("web")(bench_web.command)


@command.command("read")
def read(  # noqa: PLR0917 - the options of a command line
    count: Annotated[int, typer.Option(min=10, max=100_000)] = 2000,
    size: Annotated[int, typer.Option(min=2000, max=1_000_000)] = 12_000,
    seed: int = 1,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> Outcome:
    """Measure the reader of feedback."""
    say = speaker().say
    with progress(say("bench.progress"), 3) as line:
        rows = bench_read.recall(max(10, count // 20), seed)
        line.advance()
        grown = bench_read.growth((100_000, 1_000_000, 3_000_000), seed, time.process_time)
        line.advance()
        rate = bench_read.speed(bench_read.samples(max(count, bench_read.FEWEST), size, seed), time.process_time)
        line.advance()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    right = all(found == row.reports for row in rows for found in row.right.values())
    if as_json:
        for row in rows:
            _line({"dialect": row.dialect, "reports": row.reports, "right": row.right, "wrong": row.wrong})
        _line(
            {
                "read_reports_per_cpu_second": round(rate.read_per_second),
                "stdlib_parse_per_cpu_second": round(rate.peer_parse_per_second),
                "ratio": round(rate.ratio, 2),
                "bytes_each": rate.bytes_each,
                "peak_rss_mib": round(peak, 1),
                "growth": [{"bytes": row.size, "microseconds": round(row.microseconds, 1)} for row in grown],
            }
        )
        return Outcome.DONE if right else Outcome.BAD_INPUT
    header = ("bench.dialect", "bench.type", "bench.address", "bench.recipient", "bench.message-id", "bench.wrong")
    _row([say(each) for each in header])
    for row in rows:
        shares = [f"{100 * row.right[name] / row.reports:.1f} %" for name in bench_read.FIELDS]
        _row([row.dialect, *shares, str(row.wrong)])
    _out("")
    _out(say("bench.speed", ours=f"{rate.read_per_second:,.0f}", size=f"{rate.bytes_each:,}"))
    _out(say("bench.peer", peer=f"{rate.peer_parse_per_second:,.0f}", ratio=f"{rate.ratio:.1f}"))
    _out(say("bench.memory", mib=f"{peak:.0f}"))
    for grew in grown:
        _out(say("bench.growth", size=f"{grew.size:,}", time=f"{grew.microseconds:,.0f}"))
    return Outcome.DONE if right else Outcome.BAD_INPUT


def _row(cells: list[str]) -> None:
    _out("".join(cell.ljust(16) if not number else cell.rjust(12) for number, cell in enumerate(cells)))


def _line(row: dict[str, object]) -> None:
    _out(json.dumps(row, ensure_ascii=False))


def _out(text: str) -> None:
    sys.stdout.write(text + "\n")
