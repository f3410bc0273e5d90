"""``comity counters import|aligned``: how many mails were delivered where, so that complaints become rates; what they claimed.

Answers:    counters by hour, domain, network of the source and folder; the same counter given again is replaced. Where the same
            hours were counted in another way, too, that is said: both together are twice the mail. ``aligned``: the
            share of the mail that claims a domain for which it was proved, a line each, or one JSON object a line.
"""

import json
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from comity.cli.configuration import settings
from comity.cli.lease import zone_of
from comity.cli.speech import plain, speaker
from comity.cli.wrapping import put
from comity.model.outcomes import ComityError, Outcome

if TYPE_CHECKING:
    from collections.abc import Mapping

    from comity.store.records import Records

command = typer.Typer(add_completion=False, no_args_is_help=True)


@command.callback()
def _group() -> None:
    """One command for each thing."""


@command.command("import")
def take_in(
    files: Annotated[list[str], typer.Argument(metavar="FILE...")],
    *,
    dovecot: Annotated[bool, typer.Option("--dovecot")] = False,
    postfix: Annotated[bool, typer.Option("--postfix")] = False,
    instead: Annotated[bool, typer.Option("--instead")] = False,
    zone: Annotated[str, typer.Option("--zone", metavar="ZONE")] = "UTC",
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Take counters in; all files or none."""
    from comity.bootstrap.desk import desk_write
    from comity.formats.inbox_counters import COLUMNS, read_dovecot, read_table
    from comity.formats.maillog.inboxes import read_postfix

    if dovecot and postfix:
        raise ComityError("counters-which", "one of both", outcome=Outcome.USAGE)
    counts: Counter[tuple[datetime, str, str, str]] = Counter()
    passed_over = 0
    for name in [", ".join(files)] if postfix else files:
        if postfix:  # one log, in the order in which its parts are given
            lines = chain.from_iterable(_lines(each) for each in files)
            found = read_postfix(lines, zone_of(zone) or UTC, datetime.now(UTC))
        else:
            found = read_dovecot(_lines(name)) if dovecot else read_table(Path(name).read_bytes(), name)
        if found.mistake is not None:
            raise found.mistake.error("counters", ", ".join(COLUMNS))
        counts.update(found.counts)
        passed_over += found.passed_over
    with desk_write(settings()) as records:
        beside = _beside(records, counts, instead=instead)
        records.cards.put_delivered(counts)
    total, inbox = sum(counts.values()), sum(n for key, n in counts.items() if key[3] == "inbox")
    if as_json:
        numbers = {"counters": len(counts), "mails": total, "inbox": inbox, "passed_over": passed_over}
        print(json.dumps(numbers | {"beside": beside}))
        return
    put(speaker().say("counters.taken", counters=len(counts), n=total, inbox=inbox, passed_over=passed_over))
    if beside:
        put(speaker().say("counters.beside", n=beside))


def _beside(records: "Records", counts: "Mapping[tuple[datetime, str, str, str], int]", *, instead: bool) -> int:
    """How many mails of the same hours are counted by other counters; none of them with ``instead``."""
    if instead:
        records.cards.drop_hours(hour for hour, *_ in counts)
    mails, hours = records.cards.beside(counts)
    if mails and settings().delivery.count_inboxes:
        raise ComityError(
            "counters-both-ways",
            f"{mails} mails of these hours are counted already",
            outcome=Outcome.BAD_INPUT,
            details={"n": mails, "hours": hours},
        )
    return mails


@command.command("aligned")
def aligned(
    days: Annotated[int, typer.Option("--days", min=1, max=90)] = 7,
    domains: Annotated[int, typer.Option("--domains", min=0, max=10_000)] = 20,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Show what share of the mail that claims a domain was proved to be of it."""
    from comity.bootstrap.desk import desk_read
    from comity.bootstrap.proving import agreements_of
    from comity.services.complain.cards.claimed import shares

    until = datetime.now(UTC).date()
    since = until - timedelta(days=days - 1)
    with desk_read(settings()) as records:
        found = shares(records.claimed, agreements_of(settings()), since=since, until=until, most=domains)
    say = speaker().say
    if not found and not as_json:
        put(say("counters.nothing-claimed", since=since, until=until))
    for each in found:
        counts = each.counts
        percents = {
            "aligned_percent": round(100 * each.aligned, 2),
            "low_percent": round(100 * each.low, 2),
            "high_percent": round(100 * each.high, 2),
        }
        if as_json:
            row = {"kind": each.kind, "name": each.name, "since": since.isoformat(), "until": until.isoformat()}
            numbers = {"mails": counts.mails, "aligned": counts.aligned, "spam": counts.spam}
            print(json.dumps(row | numbers | percents))
            continue
        name = say("counters.others") if each.kind == "domain" and each.name == "*" else plain(each.name, 40)
        name = say(f"counters.kind.{each.kind}", name=name)
        put(say("counters.aligned", name=name, n=counts.mails, aligned=f"{percents['aligned_percent']:.1f}"))
        bounds = {name: f"{percents[f'{name}_percent']:.1f}" for name in ("low", "high")}
        put("    " + say("counters.aligned-more", spam=counts.spam, **bounds))


def _lines(name: str) -> Iterator[str]:
    with Path(name).open(encoding="utf-8", errors="replace") as lines:
        yield from lines
