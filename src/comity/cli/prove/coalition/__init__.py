"""``comity coalition``: who the members are and how they are reached, and what there is to do with each.

Trust:      an entry is its member's own words, signed; shown made plain. Whoever hands the directory on has no power over it.
Answers:    lines of at most 80 columns, or ``--json`` objects.
"""

import json
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from comity.cli import days
from comity.cli.configuration import settings
from comity.cli.prove.coalition import minutes
from comity.cli.prove.coalition.overview import overview
from comity.cli.prove.signals import exchanging
from comity.cli.prove.signals.desk import AsJson, wrong
from comity.cli.speech import plain, refusal, speaker
from comity.cli.wrapping import put, wrapped
from comity.model.outcomes import Outcome

if TYPE_CHECKING:
    from comity.model.coalition import KeptMember, PeerDigest
    from comity.model.message import Message

command = typer.Typer(add_completion=False, no_args_is_help=True)
command.command("give")(exchanging.give)
command.command("write")(exchanging.write)
command.command("record")(minutes.write_minutes)
command.command("minutes")(minutes.show)
command.command("actions")(minutes.actions)
command.command("report")(minutes.report_action)
command.command("overview")(overview)
_LIMIT = 8 << 20


@command.command("announce")
def announce(  # noqa: PLR0917 - the options of a command line
    organisation: Annotated[str, typer.Option("--organisation", metavar="NAME")],
    organisation_zh: Annotated[str, typer.Option("--organisation-zh", metavar="NAME")],
    contact: Annotated[list[str], typer.Option("--contact", metavar="CONTACT")],
    until: Annotated[str, typer.Option("--until", metavar="DAY")],
    to: Annotated[list[str] | None, typer.Option("--to", metavar="PEER")] = None,
    as_json: AsJson = False,
) -> None:
    """Sign our own entry, in the place of the one before."""
    from comity.accord.coalition import ROLES, contact_of
    from comity.bootstrap.desk import desk_write
    from comity.bootstrap.parties import ledger_key, own_domain
    from comity.model.coalition import Member
    from comity.services.prove.coalition import directory as members

    contacts = []
    for each in contact:
        found = contact_of(each)
        if found is None:
            raise wrong("member-contact", each, roles=", ".join(ROLES))
        contacts.append(found)
    now, ours = datetime.now(UTC).replace(microsecond=0), own_domain(settings())
    with desk_write(settings()) as records:
        before = records.coalition.member(ours)
        said = Member(
            issuer=ours,
            version=1 if before is None else before.said.version + 1,
            organisation={"en": organisation, "zh": organisation_zh},
            contacts=tuple(contacts),
            made=now,
            ends=days.end(until),
        )
        peers = [each.lower() for each in to or ()]
        kept = members.announce(records, said, ledger_key(settings()), peers=peers, now=now)
    _member(kept, now, as_json=as_json)


@command.command("members")
def show_all(as_json: AsJson = False) -> None:
    """Every member, with whom to write to, in which language, when."""
    from comity.bootstrap.desk import desk_read

    now = datetime.now(UTC)
    with desk_read(settings()) as records:
        found = records.coalition.members()
    for kept in found:
        _member(kept, now, as_json=as_json)
    if not found and not as_json:
        put(speaker().say("coalition.none"))


@command.command("directory")
def directory(
    out: Annotated[Path | None, typer.Option("--out", metavar="FILE", dir_okay=False)] = None, as_json: AsJson = False
) -> None:
    """Every entry as its member signed it, to hand on."""
    from comity.bootstrap.desk import desk_read
    from comity.ledger.document import bundle
    from comity.outlets.files.replacing import replaced
    from comity.services.prove.coalition import directory as members

    with desk_read(settings()) as records:
        notes = members.directory(records, datetime.now(UTC))
    data = bundle(notes)
    if out is None:
        print(data.decode())
        return
    with replaced(out) as file:
        file.write(data)
    told = {"members": len(notes), "file": str(out)}
    print(json.dumps(told) if as_json else speaker().say("coalition.written", n=len(notes), path=plain(str(out))))


@command.command("take")
def take(file: Annotated[str, typer.Argument(metavar="FILE|-")], as_json: AsJson = False) -> Outcome:
    """Take a directory in: each entry whose member's key was compared; the others are named."""
    from comity.bootstrap.desk import desk_store
    from comity.bootstrap.trust.documents import documents
    from comity.ledger.document import bundle, issuer_of, read_bundle
    from comity.ledger.posting import Fault

    data = sys.stdin.buffer.read(_LIMIT) if file == "-" else Path(file).read_bytes()[:_LIMIT]
    found = read_bundle(data)
    if isinstance(found, Fault):
        raise wrong("directory-malformed", file, Outcome.BAD_INPUT)
    taking, store, refused = documents(settings()), desk_store(settings()), 0
    for text in found:
        issuer = issuer_of(text) or "-"
        if issuer == settings().identity.domain:
            continue
        answer = taking.take(store, bundle([text]), now=datetime.now(UTC))
        code = answer.said.get("error")
        refused += code is not None
        if as_json:
            print(json.dumps({"issuer": issuer, "taken": answer.said.get("taken") == 1, "refused": code}))
            continue
        words = speaker()
        reason = "" if code is None else refusal(str(code))
        put(words.say("coalition.taken" if code is None else "coalition.refused", issuer=plain(issuer), reason=reason))
    return Outcome.BAD_INPUT if refused else Outcome.DONE


@command.command("digest")
def digest(
    since: Annotated[str | None, typer.Option("--since", metavar="DAY")] = None,
    mail: Annotated[bool, typer.Option("--mail")] = False,
    as_json: AsJson = False,
) -> None:
    """What changed with each peer, and who waits for whom."""
    from comity.bootstrap.desk import desk_read, desk_write
    from comity.bootstrap.trust.coalition import mail_digest, since_last, told

    found, now, mails = settings(), datetime.now(UTC), 0
    with (desk_write if mail else desk_read)(found) as records:
        start = since_last(found, records, now) if since is None else days.beginning(since)
        if mail:
            peers, mails = mail_digest(found, records, since=start, now=now)
        else:
            peers = told(found, records, since=start, now=now)
    for each in peers:
        if as_json:
            print(json.dumps(_digest_object(each)))
        else:
            _digest(each)
    if not peers and not as_json:
        put(speaker().say("digest.nothing"))
    if mails:
        print(json.dumps({"mails": mails}) if as_json else speaker().say("digest.mailed", n=mails))


def _digest(found: "PeerDigest") -> None:
    say = speaker().say
    put(say("digest.peer", peer=plain(found.peer)))
    for name, messages in (("changed", found.changed), ("for-us", found.for_us), ("for-them", found.for_them)):
        if messages:
            put(f"  {say(f'digest.{name}')}")
        for each in messages:
            for number, part in enumerate(wrapped(plain(speaker().tell(each)), 74)):
                put(f"    {'-' if number == 0 else ' '} {part}")


def _digest_object(found: "PeerDigest") -> dict[str, object]:
    from comity.model.message import OwnWords

    def objects(messages: "tuple[Message, ...]") -> list[dict[str, object]]:
        return [
            {"what": each.message_id.removeprefix("digest.")}
            | {
                name: plain_value(value)
                for name, value in each.arguments.items()
                if isinstance(value, str | int | OwnWords)
            }
            for each in messages
        ]

    def plain_value(value: object) -> object:
        return value.english if isinstance(value, OwnWords) else value

    return {
        "peer": found.peer,
        "changed": objects(found.changed),
        "for_us": objects(found.for_us),
        "for_them": objects(found.for_them),
    }


def _member(kept: "KeptMember", now: datetime, *, as_json: bool) -> None:
    said = kept.said
    if as_json:
        print(
            json.dumps(
                {
                    "member": said.issuer,
                    "version": said.version,
                    "organisation": dict(said.organisation),
                    "contacts": [
                        {
                            "role": each.role,
                            "address": each.address,
                            "languages": list(each.languages),
                            "hours": each.hours,
                        }
                        for each in said.contacts
                    ],
                    "made": said.made.isoformat(),
                    "ends": said.ends.isoformat(),
                    "over": said.ends <= now,
                    "note": kept.note,
                }
            )
        )
        return
    say = speaker().say
    language = "zh" if speaker().language.startswith("zh") else "en"
    state = "coalition.over" if said.ends <= now else "coalition.until"
    until = f"{said.ends - timedelta(seconds=1):%Y-%m-%d}"
    for part in wrapped(say(state, member=plain(said.issuer), name=plain(said.organisation[language]), day=until), 80):
        print(part)
    for each in said.contacts:
        told = say(
            "coalition.contact",
            role=say(f"coalition.role.{each.role}"),
            address=plain(each.address),
            languages=", ".join(each.languages),
            hours=plain(each.hours),
        )
        for part in wrapped(told, 76):
            put(f"    {part}")
