"""``comity capacity``: what this machine needs for a mail and a report, and what a stated load takes.

Answers:    a page for people, or one JSON object with ``measured``, ``load``, ``needs``, ``ends``, ``price``.
Limits:     see ``comity.services.operate.capacity.needs``: what is measured, grown in proportion. Measured by short runs, or taken
            from a file that ``--save`` wrote, on this machine or another.
"""

import json
import math
import shutil
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from comity.cli.progress import progress
from comity.cli.speech import plain, speaker
from comity.cli.wrapping import wrapped
from comity.model.outcomes import ComityError, Outcome
from comity.services.operate.capacity.load import PRESETS, Load
from comity.services.operate.capacity.needs import End, Needs, Price, ends, needs, price

if TYPE_CHECKING:
    from comity.services.operate.capacity.measured import Measured

_WIDTH = 79


def command(  # noqa: PLR0913, PLR0917 - the options of a command line
    preset: Annotated[str, typer.Option("--preset", metavar="NAME")] = "small-isp",
    mailboxes: Annotated[int | None, typer.Option(min=1)] = None,
    mails: Annotated[int | None, typer.Option(min=0)] = None,
    complaints: Annotated[int | None, typer.Option(min=0)] = None,
    incoming: Annotated[int | None, typer.Option(min=0)] = None,
    keep_days: Annotated[int | None, typer.Option(min=1, max=3650)] = None,
    years: Annotated[int | None, typer.Option(min=1, max=100)] = None,
    peak: Annotated[float | None, typer.Option(min=1, max=1000)] = None,
    mail_peak: Annotated[float | None, typer.Option(min=1, max=1000)] = None,
    desks: Annotated[int | None, typer.Option(min=1, max=100_000)] = None,
    busy: Annotated[float, typer.Option(min=0.05, max=0.95)] = 0.6,
    measured: Annotated[Path | None, typer.Option("--measured", metavar="FILE")] = None,
    save: Annotated[Path | None, typer.Option("--save", metavar="FILE")] = None,
    count: Annotated[int, typer.Option(min=200, max=200_000)] = 2000,
    folder: Annotated[Path, typer.Option("--folder", metavar="DIR", file_okay=False)] = Path(),
    core_hour: Annotated[float | None, typer.Option(min=0)] = None,
    gb_month: Annotated[float | None, typer.Option(min=0)] = None,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Work out what a load takes."""
    given = {
        "mailboxes": mailboxes,
        "mails": mails,
        "complaints": complaints,
        "incoming": incoming,
        "keep_days": keep_days,
        "years": years,
        "peak": peak,
        "mail_peak": mail_peak,
        "desks": desks,
    }
    load = _load(preset, {name: value for name, value in given.items() if value is not None})
    found = _measured(measured, count, folder)
    if save is not None:
        _save(found, save)
    free = shutil.disk_usage(folder if folder.is_dir() else Path()).free if measured is None else None
    wanted = needs(load, found, busy=busy)
    last = ends(wanted, found, busy=busy, free_bytes=free)
    money = None
    if core_hour is not None or gb_month is not None:
        money = price(wanted, load, busy=busy, core_hour=core_hour or 0.0, gb_month=gb_month or 0.0)
    if as_json:
        print(json.dumps(_object(found, load, wanted, last=last, money=money)))
        return
    for line in (
        *_said(found),
        "",
        *_asked(load),
        "",
        *_wanted(wanted, load, busy=busy),
        "",
        *_last(last, wanted, load),
    ):
        print(*wrapped(line, _WIDTH) if not line.startswith("  ") else [line], sep="\n")
    if money is not None:
        print("", *_money(money), sep="\n")


def _load(preset: str, given: dict[str, Any]) -> Load:
    if preset not in PRESETS:
        known = ", ".join(PRESETS)
        raise ComityError(
            "capacity-preset", f"{preset} is no preset", outcome=Outcome.USAGE, details={"name": preset, "known": known}
        )
    load = PRESETS[preset]
    if "mailboxes" in given:  # what was not given has the ratios of the preset
        factor = given["mailboxes"] / load.mailboxes
        grown = {name: round(getattr(load, name) * factor) for name in ("mails", "complaints", "incoming")}
        load = replace(load, **grown)
    return replace(load, **given)


def _measured(file: Path | None, count: int, folder: Path) -> "Measured":
    from comity.services.operate.capacity.measured import MOST, read

    if file is not None:
        with file.open("rb") as opened:
            return read(opened.read(MOST), str(file))
    from comity.cli.capacity.measuring import PARTS, measure

    with progress(speaker().say("bench.progress"), PARTS) as bar:
        return measure(count, folder, bar)


def _save(found: "Measured", file: Path) -> None:
    from comity.outlets.files.replacing import replaced
    from comity.services.operate.capacity.measured import written

    with replaced(file) as opened:
        opened.write(written(found))


def _object(found: "Measured", load: Load, wanted: Needs, *, last: list[End], money: Price | None) -> dict[str, Any]:
    said = {name: _finite(value) for name, value in asdict(wanted).items()}
    more = {"cores": wanted.cores, "disk_bytes": wanted.disk_bytes}
    return {
        "measured": {**asdict(found), "at": found.at.isoformat()},
        "load": asdict(load),
        "needs": said | more,
        "ends": [{"part": each.part, "times": _finite(each.times)} for each in last],
        "price": None if money is None else asdict(money),
    }


def _finite(value: Any) -> Any:
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _said(found: "Measured") -> Iterator[str]:
    say, machine = speaker().say, found.machine
    yield say(
        "capacity.machine",
        processor=plain(machine.processor, 60),
        cores=machine.cores,
        memory=f"{machine.memory_mib / 1024:,.0f}",
        system=plain(machine.system, 60),
        python=plain(machine.python, 20),
        at=f"{found.at:%Y-%m-%d %H:%M}",
        program=plain(found.program, 20),
    )
    judged = found.judged
    yield say("capacity.of-a-million")
    yield say("capacity.judged", cpu=_time(judged.cpu * 1e6), size=f"{judged.size:,}", mib=f"{judged.gate_mib:,.0f}")
    for name, each in (("incoming", found.incoming), ("outgoing", found.outgoing)):
        yield say(
            f"capacity.{name}",
            apart=_time(each.apart * 1e6),
            writer=_time(each.writer * 1e6),
            size=f"{each.size:,}",
            rows=_size(each.rows * 1e6),
            raw=_size(each.raw * 1e6),
        )


def _asked(load: Load) -> Iterator[str]:
    say = speaker().say
    yield say("capacity.load", mailboxes=f"{load.mailboxes:,}", n=load.desks)
    yield say("capacity.load-mails", a_day=f"{load.mails:,}", peak=f"{load.mail_peak:g}")
    yield say(
        "capacity.load-reports",
        complaints=f"{load.complaints:,}",
        incoming=f"{load.incoming:,}",
        peak=f"{load.peak:g}",
    )
    yield say("capacity.load-kept", days=load.keep_days, years=load.years)


def _wanted(wanted: Needs, load: Load, *, busy: float) -> Iterator[str]:
    say = speaker().say
    yield say("capacity.needs", busy=f"{busy:.0%}")
    for name, rate, cores, processes in (
        ("gates", wanted.mails_a_second, wanted.judging, wanted.gates),
        ("readers", wanted.complaints_a_second + wanted.incoming_a_second, wanted.reading, wanted.readers),
        ("writers", wanted.complaints_a_second + wanted.incoming_a_second, wanted.writing, wanted.writers),
    ):
        yield say(f"capacity.needs-{name}", rate=f"{rate:,.1f}", cores=f"{cores:,.2f}", n=processes)
    yield say("capacity.needs-memory", size=_size(wanted.memory_mib * 2**20))
    yield say("capacity.needs-disk", raw=_size(wanted.raw_bytes), rows=_size(wanted.rows_bytes), years=load.years)


def _last(last: list[End], wanted: Needs, load: Load) -> Iterator[str]:
    say = speaker().say
    yield say("capacity.ends")
    for each in last:
        times = "∞" if math.isinf(each.times) else f"{each.times:,.3g}" if each.times < 1000 else f"{each.times:,.0f}"
        yield say(f"capacity.ends-{each.part}", times=times)
    yield ""
    yield say(f"capacity.do-{last[0].part}")
    if wanted.desks_wanted > load.desks:
        yield say(
            "capacity.writer-late" if math.isfinite(wanted.backlog_hours) else "capacity.writer-never",
            share=f"{wanted.writer_share:.0%}",
            mean=f"{wanted.writer_mean:.0%}",
            backlog=f"{wanted.backlog:,}",
            hours=f"{wanted.backlog_hours:,.1f}",
            desks=wanted.desks_wanted,
        )


def _money(money: Price) -> Iterator[str]:
    say = speaker().say
    yield say("capacity.price", a_month=f"{money.a_month:,.2f}")
    if money.a_million_mails is not None:
        yield say("capacity.price-mails", money=f"{money.a_million_mails:,.4f}")
    if money.a_million_reports is not None:
        yield say("capacity.price-reports", money=f"{money.a_million_reports:,.2f}")


def _time(seconds: float) -> str:
    return f"{seconds:,.0f} s" if seconds < 7200 else f"{seconds / 3600:,.1f} h"


def _size(size: float) -> str:
    for unit, factor in (("TB", 1e12), ("GB", 1e9), ("MB", 1e6)):
        if size >= factor:
            return f"{size / factor:,.1f} {unit}"
    return f"{size / 1e3:,.0f} kB"
