"""``comity subscriber import|show|forget``: how subscribers are reached, what is held of one, and forgetting.

Trust:      the operator's own list; labels pass ``plain``.
Answers:    lines or ``--json``. A list is taken in as a whole or not at all: the first line that cannot be read is named.
Limits:     with ``--replace`` the list is all there is; whoever is not in it is no longer known.
"""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from comity.cli.configuration import settings
from comity.cli.speech import plain, speaker
from comity.cli.wrapping import put
from comity.model.outcomes import Outcome

if TYPE_CHECKING:
    from comity.model.infestation import SubscriberContact
    from comity.services.remedy.forgetting import KnownSubscriber

command = typer.Typer(add_completion=False, no_args_is_help=True)

_LOT = 5000
_WHO = Annotated[str, typer.Argument(metavar="SUBSCRIBER")]
_JSON = Annotated[bool, typer.Option("--json")]


@command.command("import")
def take_in(
    files: Annotated[list[str], typer.Argument(metavar="FILE...")],
    *,
    replace: Annotated[bool, typer.Option("--replace")] = False,
    as_json: _JSON = False,
) -> None:
    """Take lists in; all files or none."""
    from comity.bootstrap.desk import desk_write

    now, taken, gone = datetime.now(UTC), 0, 0
    with desk_write(settings()) as records:
        if replace:
            gone = records.contacts.clear(records.holds.spared(now).subscribers)
        for name in files:
            lot: list[SubscriberContact] = []
            for each in _read(name, now):
                lot.append(each)
                taken += 1
                if len(lot) == _LOT:
                    records.contacts.put(lot)
                    lot = []
            records.contacts.put(lot)
        total = records.contacts.count()
    if as_json:
        print(json.dumps({"taken": taken, "replaced": gone, "known": total}))
    else:
        put(speaker().say("subscriber.taken", n=taken, known=total))


@command.command()
def show(subscriber: _WHO, as_json: _JSON = False) -> Outcome:
    """What is held of one."""
    from comity.bootstrap.desk import desk_read
    from comity.bootstrap.retention import terms
    from comity.services.remedy.forgetting import known

    with desk_read(settings()) as records:
        found = known(records, subscriber, terms(settings()), now=datetime.now(UTC))
    if as_json:
        print(json.dumps(_object(subscriber, found), ensure_ascii=False))
    else:
        print("\n".join(_lines(subscriber, found)))
    return Outcome.DONE if found.contact or found.held else Outcome.UNKNOWN


@command.command()
def forget(subscriber: _WHO, as_json: _JSON = False) -> Outcome:
    """Forget one, and say what stays."""
    from comity.bootstrap.desk import desk_write
    from comity.bootstrap.retention import terms
    from comity.services.remedy import forgetting

    now = datetime.now(UTC)
    with desk_write(settings()) as records:
        before = forgetting.known(records, subscriber, terms(settings()), now=now)
        after = forgetting.forget(records, subscriber, terms(settings()), now=now)
    if as_json:
        is_gone = before.contact is not None and not before.holds
        print(json.dumps({"forgotten": is_gone, **_object(subscriber, after)}, ensure_ascii=False))
        return Outcome.DONE
    words = speaker()
    if before.holds:
        print("\n".join([words.say("subscriber.on-hold", label=plain(subscriber, 60)), *_held(after)]))
        return Outcome.CONFLICT
    put(words.say("subscriber.forgotten" if before.contact else "subscriber.no-contact", label=plain(subscriber, 60)))
    stays = [words.say("subscriber.hotspot-stays")] if after.contact is not None else []
    print("\n".join([*stays, *_held(after)]) or words.say("subscriber.nothing"))
    return Outcome.DONE


def _read(name: str, now: datetime) -> "Iterator[SubscriberContact]":
    from comity.formats.contacts import COLUMNS, read_contacts
    from comity.model.line_slip import LineSlip

    with Path(name).open("rb") as file:
        for each in read_contacts(file, plain(name, 200), now):
            if isinstance(each, LineSlip):
                raise each.error("contact", ", ".join(COLUMNS))
            yield each


def _lines(subscriber: str, found: "KnownSubscriber") -> Iterator[str]:
    words = speaker()
    yield plain(subscriber, 70)
    contact = found.contact
    if contact is None:
        yield words.say("subscriber.no-contact", label=plain(subscriber, 60))
    else:
        for name in ("language", "mail", "phone"):
            yield words.say(f"subscriber.{name}", text=plain(getattr(contact, name) or "-", 60))
        if contact.is_hotspot:
            yield words.say("subscriber.hotspot")
    for case in found.cases:
        state = words.say(f"case.state.{case.state.value}")
        yield words.say("subscriber.case", case=case.case_id, state=state, day=f"{case.opened:%Y-%m-%d}")
    yield from _held(found)


def _held(found: "KnownSubscriber") -> Iterator[str]:
    words = speaker()
    for each in found.held:
        until = f"{each.until:%Y-%m-%d}" if each.until else words.say("subscriber.with-case")
        what = words.say(f"subscriber.what.{each.what}", n=each.n)
        yield words.say("subscriber.held", n=each.n, what=what, until=until)
        yield "    " + words.say(f"subscriber.why.{each.what}")
        law = each.term.least if each.term is not None else None
        if law is not None:
            facts = {"country": law.jurisdiction, "days": law.least_days, "law": plain(law.law or "-", 200)}
            yield "    " + words.say("subscriber.law", **facts)
    for hold in found.holds:
        said = words.say("subscriber.hold", n=hold.hold_id, until=f"{hold.until:%Y-%m-%d}", by=plain(hold.by, 60))
        yield f"{said} {plain(hold.why, 200)}"


def _object(subscriber: str, found: "KnownSubscriber") -> dict[str, Any]:
    contact = found.contact
    return {
        "subscriber": subscriber,
        "contact": contact
        and {
            "language": contact.language,
            "mail": contact.mail,
            "phone": contact.phone,
            "hotspot": contact.is_hotspot,
            "taken": contact.taken.isoformat(),
        },
        "cases": [each.case_id for each in found.cases],
        "held": [
            {
                "what": each.what,
                "n": each.n,
                "until": each.until and each.until.isoformat(),
                "days": each.term and each.term.days,
                "law": each.term and each.term.least and each.term.least.law,
            }
            for each in found.held
        ],
        "holds": [
            {"hold": each.hold_id, "by": each.by, "why": each.why, "until": each.until.isoformat()}
            for each in found.holds
        ],
    }
