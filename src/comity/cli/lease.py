"""``comity lease import FILE...`` and ``comity lease whose ADDRESS --at TIME``: which subscriber held an address at a moment.

Trust:      books and questions are the operator's own; names in the books are shown with control characters removed.
Answers:    ``import`` names every line that cannot be used, and takes nothing of that book (exit status 65); ``whose`` names the
            subscriber, or why nobody can be named. ``--json``: one object a line.
Limits:     nothing is written down by ``whose``: it is the same answer that a report would get.
"""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import typer

from comity.cli.configuration import settings
from comity.cli.progress import progress
from comity.cli.speech import plain, speaker
from comity.model.outcomes import ComityError, Outcome

if TYPE_CHECKING:
    from comity.attribution.subscriber import Holder, Unsure
    from comity.services.operate.lease_import import BookMistake, BookRead, LeasesImported

command = typer.Typer(add_completion=False, no_args_is_help=True)

_JSON = Annotated[bool, typer.Option("--json")]
_ZONE = Annotated[str | None, typer.Option("--zone", metavar="ZONE")]


@command.command("import")
def import_books(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", exists=True, dir_okay=False)],
    *,
    zone: _ZONE = None,
    keep_going: Annotated[bool, typer.Option("--keep-going")] = False,
    as_json: _JSON = False,
) -> Outcome:
    """Take these books in."""
    from comity.bootstrap.data import import_leases

    with progress(speaker().say("lease.progress")) as bar:
        done = import_leases(settings(), files, zone_of(zone), keep_going=keep_going, told=bar.advance)
    for each in _objects(done) if as_json else _lines(done):
        print(each)
    return Outcome.BAD_INPUT if done.mistaken else Outcome.DONE


@command.command("whose")
def whose(
    address: Annotated[str, typer.Argument(metavar="ADDRESS")],
    *,
    at: Annotated[str, typer.Option("--at", metavar="TIME")],
    port: Annotated[int | None, typer.Option("--port", min=0, max=65535)] = None,
    zone: _ZONE = None,
    as_json: _JSON = False,
) -> Outcome:
    """Name the subscriber."""
    from comity.bootstrap.data import whose_of
    from comity.bootstrap.desk import desk_read
    from comity.formats import ip
    from comity.model.case import Evidence, EvidenceClass

    canonical = ip.canonical(address)
    if canonical is None:
        raise ComityError("address-unfit", f"{address} is no address", outcome=Outcome.USAGE, place=address)
    seen = _moment(at, zone)
    evidence = Evidence(
        evidence_class=EvidenceClass.OTHER, source_ip=canonical, source_ip_from="field", source_port=port, seen=seen
    )
    whose = whose_of(settings())
    whose.fetch([evidence])
    with desk_read(settings()) as rows:
        found = whose.holder(evidence, rows.leases)
    print(json.dumps(_object(canonical, seen, found), ensure_ascii=True) if as_json else _answer(canonical, found))
    return Outcome.DONE


def zone_of(name: str | None) -> ZoneInfo | None:
    """The zone of this name; None where there is no name."""
    try:
        return None if name is None else ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ComityError("zone-unknown", f"{name} is no time zone", outcome=Outcome.USAGE, place=str(name)) from None


def _moment(text: str, zone: str | None) -> datetime:
    from comity.formats.leases.clock import Clock

    found = Clock(zone_of(zone) or UTC).read(text)
    if isinstance(found, str) or found.first != found.last:
        code = found if isinstance(found, str) else "no-such-time"
        raise ComityError(f"lease-{code}", f"{text} is no moment", outcome=Outcome.USAGE, place=text)
    return found.first


def _lines(done: "LeasesImported") -> list[str]:
    words = speaker()
    lines = [_mistake_line(each) for each in done.mistakes]
    if len(done.mistakes) < done.mistaken:
        lines.append(words.say("data.more-mistakes", n=done.mistaken - len(done.mistakes)))
    return lines + [_book_line(each) for each in done.books]


def _mistake_line(each: "BookMistake") -> str:
    place = plain(each.name, 200) + (f":{each.line}" if each.line is not None else "")
    return f"{place}: {speaker().say(f'lease.mistake.{each.mistake.code}', detail=plain(each.mistake.detail, 60))}"


def _book_line(each: "BookRead") -> str:
    words, name = speaker(), plain(each.name, 80)
    if not each.taken:
        return words.say("lease.not-taken", name=name, n=each.mistaken)
    shape = words.say(f"lease.shape.{each.shape.value}") if each.shape else ""
    return words.say(
        "lease.taken",
        name=name,
        shape=shape,
        n=f"{each.leases:,}",
        added=f"{each.added:,}",
        changed=f"{each.changed:,}",
    )


def _objects(done: "LeasesImported") -> list[str]:
    lines: list[dict[str, Any]] = [
        {"file": each.name, "line": each.line, "mistake": each.mistake.code, "detail": each.mistake.detail}
        for each in done.mistakes
    ]
    lines += [
        {
            "file": each.name,
            "shape": each.shape,
            "leases": each.leases,
            "added": each.added,
            "changed": each.changed,
            "mistakes": each.mistaken,
            "taken": each.taken,
        }
        for each in done.books
    ]
    return [json.dumps(each, ensure_ascii=True) for each in lines]


def _answer(address: str, found: "Holder | Unsure | None") -> str:
    from comity.attribution.subscriber import Holder

    words = speaker()
    if found is None:
        return words.say("lease.unknown", address=address)
    if isinstance(found, Holder):
        until = _told(found.lease.ended) if found.lease.ended else words.say("lease.still")
        return words.say(
            "lease.holder",
            address=address,
            subscriber=plain(found.subscriber, 60),
            since=_told(found.lease.began),
            until=until,
        )
    among = ", ".join(plain(each, 40) for each in found.candidates)
    return f"{address}  {words.say(f'case.question.{found.reason}', among=among)}"


def _told(moment: datetime) -> str:
    """To the second, and by which clock: that is what an address changes hands by."""
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def _object(address: str, seen: datetime, found: "Holder | Unsure | None") -> dict[str, Any]:
    from comity.attribution.subscriber import Holder, Unsure

    lease = found.lease if isinstance(found, Holder) else None
    return {
        "address": address,
        "at": seen.isoformat(),
        "subscriber": found.subscriber if isinstance(found, Holder) else None,
        "unsure": found.reason if isinstance(found, Unsure) else None,
        "candidates": list(found.candidates) if isinstance(found, Unsure) else [],
        "began": lease and lease.began.isoformat(),
        "ended": lease.ended.isoformat() if lease is not None and lease.ended is not None else None,
    }
