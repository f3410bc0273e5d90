"""``comity contact``: whom networks name for abuse, as registries or our own operator say.

Trust:      what a registry says is a stranger's word: nothing is written to an address before a person of ours confirmed it.
Answers:    ``import`` names every line that cannot be used, and then takes nothing (exit status 65) unless told to go on;
            ``show`` takes an address of the network, or of the mailbox. ``--json``: one object a line.
Limits:     dumps are not fetched: where they come from, and under which terms, is the operator's choice.
"""

import json
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from comity.cli.configuration import settings
from comity.cli.desk.account import whom
from comity.cli.progress import progress
from comity.cli.speech import plain, speaker
from comity.cli.wrapping import put
from comity.model.network_contact import ContactState
from comity.model.outcomes import ComityError, Outcome
from comity.services.public.contacts import contact_form, found_form, full_form

if TYPE_CHECKING:
    from comity.model.network_contact import Contact, FoundContact
    from comity.services.complain.contacts.importing import ContactsImported, SlipAt
    from comity.store.records import Records

command = typer.Typer(add_completion=False, no_args_is_help=True)

AsJson = Annotated[bool, typer.Option("--json")]
By = Annotated[str, typer.Option("--by", metavar="NAME")]
Address = Annotated[str, typer.Argument(metavar="ADDRESS")]


def _rows(*, write: bool = False) -> "AbstractContextManager[Records]":
    from comity.bootstrap.desk import desk_read, desk_write

    return (desk_write if write else desk_read)(settings())


@command.command("import")
def import_files(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", exists=True, dir_okay=False)],
    *,
    day: Annotated[datetime | None, typer.Option("--date", formats=["%Y-%m-%d"], metavar="YYYY-MM-DD")] = None,
    keep_going: Annotated[bool, typer.Option("--keep-going")] = False,
    as_json: AsJson = False,
) -> Outcome:
    """Take these files in."""
    from comity.bootstrap.consumers.contacts import import_contacts

    stated = day.date() if day else None
    with progress(speaker().say("contact.progress")) as bar:
        done = import_contacts(settings(), files, day=stated, keep_going=keep_going, told=bar.advance)
    for each in _objects(done) if as_json else _lines(done):
        print(each)
    return Outcome.BAD_INPUT if done.mistaken else Outcome.DONE


@command.command("list")
def show_all(
    state: Annotated[ContactState | None, typer.Option("--state")] = None,
    most: Annotated[int, typer.Option("--most", min=1, max=100_000)] = 50,
    as_json: AsJson = False,
) -> None:
    """Every address, and where it stands."""
    with _rows() as rows:
        found = rows.network_contacts.all(() if state is None else (state,), most=most)
        counts, imports = rows.network_contacts.counts(), rows.network_contacts.imports()
    for each in found:
        print(json.dumps(contact_form(each)) if as_json else _line(each))
    if as_json:
        return
    say = speaker().say
    if len(found) == most:
        put(say("contact.more", n=most))
    for name, n in sorted(counts.items()):
        put(say("contact.count", n=n, state=say(f"contact.state.{name}")))
    for row in imports:
        put(say("contact.imported", source=plain(row.source), ranges=row.ranges, day=row.day))
    if not counts:
        put(say("contact.none"))


@command.command("show")
def show(
    name: Annotated[str, typer.Argument(metavar="ADDRESS")],
    as_json: AsJson = False,
) -> None:
    """Who is told about an IP address; or one mailbox, with its history."""
    from comity.bootstrap.consumers.contacts import who_is_told
    from comity.formats import ip
    from comity.services.complain.contacts.acting import find

    address = ip.canonical(name)
    if "@" not in name and address is None:
        raise ComityError("contact-address", f"{name} is no address", outcome=Outcome.USAGE, place=name)
    with _rows() as rows:
        found = None if address is None else who_is_told(settings(), rows, address)
        if address is not None and found is None:
            raise ComityError("contact-none", f"nobody for {name}", outcome=Outcome.UNKNOWN, place=name)
        contact = find(rows.network_contacts, name if found is None else found.address)
        ranges = rows.network_contacts.ranges_of(contact.address)
        history = rows.network_contacts.history(contact.address)
    if as_json:
        told = {"ip": address, "told": None if found is None else found_form(found)}
        print(json.dumps(told | full_form(contact, ranges, history)))
        return
    put(_line(contact))
    for each in (found,) if found is not None else ranges:
        put("  " + _found_line(each))
    for event in history:
        act = speaker().say(f"contact.act.{event.act}")
        put(
            f"  {event.at:%Y-%m-%d %H:%M} UTC  {act}  {whom(event.actor, most=40)}  {plain(event.note or '', 80)}".rstrip()
        )


@command.command("confirm")
def confirm(
    address: Address,
    *,
    by: By = "operator",
    again: Annotated[bool, typer.Option("--again")] = False,
    as_json: AsJson = False,
) -> None:
    """Say that a person looked at it, and that it is the right one."""
    from comity.services.complain.contacts import acting

    with _rows(write=True) as rows:
        changed = acting.confirm(rows.network_contacts, address, actor=by, now=datetime.now(UTC), again=again)
    print(json.dumps(contact_form(changed)) if as_json else _line(changed))


@command.command("stop")
def stop(
    address: Address,
    *,
    by: By = "operator",
    reason: Annotated[str | None, typer.Option("--reason", metavar="TEXT")] = None,
    as_json: AsJson = False,
) -> None:
    """Write to it no more."""
    from comity.services.complain.contacts import acting

    with _rows(write=True) as rows:
        changed = acting.stop(rows.network_contacts, address, actor=by, now=datetime.now(UTC), note=reason)
    print(json.dumps(contact_form(changed)) if as_json else _line(changed))


@command.command("probe")
def probe(
    address: Annotated[str | None, typer.Argument(metavar="[ADDRESS]")] = None,
    *,
    by: By = "operator",
    as_json: AsJson = False,
) -> None:
    """Ask by mail whether it is the right one."""
    from comity.bootstrap.consumers.contacts import probing
    from comity.services.complain.contacts import acting

    now, asks = datetime.now(UTC), probing(settings())
    with _rows(write=True) as rows:
        if address is None:
            asked = asks.due(rows, actor=by, now=now)
        else:
            asked = [asks.probe(rows, acting.find(rows.network_contacts, address), actor=by, now=now)]
    for each in asked:
        print(
            json.dumps(contact_form(each)) if as_json else speaker().say("contact.asked", address=plain(each.address))
        )
    if not asked and not as_json:
        put(speaker().say("contact.nobody-due"))


def _line(each: "Contact") -> str:
    say = speaker().say
    since = f"{each.since:%Y-%m-%d}"
    line = say("contact.line", address=plain(each.address), state=say(f"contact.state.{each.state.value}"), since=since)
    return line + (say("contact.bounces", n=each.bounces) if each.bounces else "")


def _found_line(each: "FoundContact") -> str:
    say = speaker().say
    way = say(f"contact.way.{each.way.value}")
    return say("contact.found", network=each.network, way=way, source=plain(each.source), day=each.day.isoformat())


def _lines(done: "ContactsImported") -> list[str]:
    words = speaker()
    lines = [_slip_line(each) for each in done.slips]
    if len(done.slips) < done.mistaken:
        lines.append(words.say("data.more-mistakes", n=done.mistaken - len(done.slips)))
    if not done.taken:
        return [*lines, words.say("contact.not-taken")]
    day = done.day.isoformat() if done.day else ""
    told, fresh = f"{done.told:,}", f"{done.fresh:,}"
    source = plain(done.source or "", 20)
    return [
        *lines,
        words.say("contact.taken", source=source, ranges=f"{done.ranges:,}", told=told, fresh=fresh, day=day),
    ]


def _slip_line(each: "SlipAt") -> str:
    place = plain(each.name, 200) + (f":{each.slip.line}" if each.slip.line else "")
    return f"{place}: {speaker().say(f'contact.slip.{each.slip.code}', detail=plain(each.slip.detail, 60))}"


def _objects(done: "ContactsImported") -> list[str]:
    lines: list[dict[str, Any]] = [
        {"file": each.name, "line": each.slip.line or None, "mistake": each.slip.code, "detail": each.slip.detail}
        for each in done.slips
    ]
    lines.append({
        "source": done.source,
        "date": done.day and done.day.isoformat(),
        "ranges": done.ranges,
        "told": done.told,
        "fresh": done.fresh,
        "mistakes": done.mistaken,
        "taken": done.taken,
    })  # fmt: skip
    return [json.dumps(each, ensure_ascii=True) for each in lines]
