"""``comity coalition overview``: the statements of many pairs about one period beside each other.

Trust:      strangers' files, each checked like one; shown made plain. It needs no store, no key of ours and no membership.
Answers:    lines, ``--json`` objects, and a page. Exit status 65 where something does not hold or contradicts, 75 where a signature
            is still to come, 0 where every pair has signed.
"""

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from comity.cli import days
from comity.cli.prove.signals.desk import AsJson, wrong
from comity.cli.speech import plain, speaker
from comity.cli.wrapping import put
from comity.model.outcomes import Outcome

if TYPE_CHECKING:
    from comity.services.prove.coalition.overview import Overview, Sum

_SUFFIX = ".json"


def overview(  # noqa: PLR0917 - the options of a command line
    period: Annotated[str, typer.Argument(metavar="PERIOD")],
    paths: Annotated[list[Path], typer.Argument(metavar="FILE|DIR...", exists=True)],
    key: Annotated[list[str], typer.Option("--key", metavar="KEY")],
    pair: Annotated[list[str] | None, typer.Option("--pair", metavar="DOMAIN/DOMAIN")] = None,
    due: Annotated[str | None, typer.Option("--due", metavar="DAY")] = None,
    html: Annotated[Path | None, typer.Option("--html", metavar="FILE", dir_okay=False)] = None,
    as_json: AsJson = False,
) -> Outcome:
    """Which pairs signed, who is late, what adds up, and who contradicts whom."""
    from comity.bootstrap.proving import keys_in
    from comity.services.prove.coalition.overview import Asked, Standing
    from comity.services.prove.coalition.overview import overview as put_together

    stretch, now = days.period(period), datetime.now(UTC)
    found = put_together(
        {str(path): _bytes(path) for path in _files(paths)},
        keys_in(key),
        Asked(
            period=stretch,
            pairs=tuple(_pair(each) for each in pair or ()),
            due=None if due is None else days.end(due),
            now=now,
        ),
    )
    if html is not None:
        from comity.cli.prove.statement_show import write_file
        from comity.web.pages.overview import render

        write_file(html, render(found, now).encode("utf-8", "replace"))  # a file may be called anything
    if as_json:
        print(json.dumps(_object(found)))
    else:
        _tell(found, html)
    if found.contradictions or any(each.standing in (Standing.UNSOUND, Standing.TWICE) for each in found.pairs):
        return Outcome.BAD_INPUT
    return Outcome.DONE if found.is_whole else Outcome.TRY_AGAIN


def _files(paths: Sequence[Path]) -> Iterator[Path]:
    for path in paths:
        found = sorted(each for each in path.glob(f"*{_SUFFIX}") if each.is_file()) if path.is_dir() else (path,)
        yield from found


def _bytes(path: Path) -> bytes:
    """What is in it, up to what is too much for a statement."""
    from comity.services.prove.stating.making import LIMIT

    with path.open("rb") as file:
        return file.read(LIMIT + 1)


def _pair(text: str) -> tuple[str, str]:
    one, slash, other = text.lower().partition("/")
    if not slash or not one or not other or one == other:
        raise wrong("overview-pair", text)
    first, second = sorted((one, other))
    return first, second


def _tell(found: "Overview", html: Path | None) -> None:
    from comity.web.pages import overview as words

    say, at = speaker().say, int(speaker().language.startswith("zh"))
    for line in found.pairs:
        put(say("overview.pair", pair=plain(" / ".join(line.pair)), standing=plain(words.standing(line)[at])))
        for fault in line.faults:
            put(f"    {plain(words.fault(fault.code, fault.where)[at])}")
        for file, why in line.passed_over:
            put(f"    {say('overview.passed-over', file=plain(file), why=plain(words.passed_over(why)[at]))}")
    for member in found.members:
        numbers = {"reported": words.number(member.reported), "received": words.number(member.received)}
        put(say("overview.member", member=plain(member.name), signed=member.signed, owed=member.owed, **numbers))
    for total in found.sums:
        hidden = "" if not total.not_shown else say("overview.hidden", n=total.not_shown)
        put(say("overview.sum", what=plain(words.label(total.key)[at]), n=words.number(total), hidden=hidden))
    for each in found.contradictions:
        put(plain(words.said(each)[at]))
        for where, value in each.values:
            put(f"    {plain(where)}: {plain(value)}")
    for name in found.foreign:
        put(say("overview.foreign", file=plain(name)))
    put(say("overview.whole" if found.is_whole else "overview.not-whole"))
    if html is not None:
        put(say("statement.written", path=plain(str(html))))


def _object(found: "Overview") -> dict[str, Any]:
    return {
        "period": found.period.name,
        "whole": found.is_whole,
        "pairs": [
            {
                "pair": list(each.pair),
                "standing": each.standing.value,
                "late": each.is_late,
                "waits_for": list(each.waits_for),
                "file": each.file,
                "sha256": each.sha256,
                "made": each.made,
                "numbers": each.numbers,
                "not_shown": each.hidden,
                "faults": [{"code": fault.code, "where": fault.where} for fault in each.faults],
                "passed_over": [{"file": file, "fault": why and why.code} for file, why in each.passed_over],
            }
            for each in found.pairs
        ],
        "members": [
            {
                "member": each.name,
                "signed": each.signed,
                "owed": each.owed,
                "late": each.late,
                "reported": [each.reported.least, each.reported.most],
                "received": [each.received.least, each.received.most],
            }
            for each in found.members
        ],
        "sums": [_sum(each) for each in found.sums],
        "contradictions": [
            {
                "code": each.code,
                "proof": each.is_proof,
                "by": list(each.by),
                "about": each.about,
                "values": [{"where": where, "says": value} for where, value in each.values],
            }
            for each in found.contradictions
        ],
        "foreign": list(found.foreign),
    }


def _sum(each: "Sum") -> dict[str, Any]:
    return {
        "key": each.key,
        "least": each.least,
        "most": each.most,
        "not_shown": each.not_shown,
        "parts": [
            {
                "reporting": part.reporting,
                "reported": part.reported,
                "values": dict(part.values),
                "proved_by": dict(part.by),
                "statement": part.sha256,
            }
            for part in each.parts
        ],
    }
