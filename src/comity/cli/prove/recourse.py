"""``comity recourse``: what is done to other networks, and their way back.

Trust:      ``ask`` and ``argue`` are for whoever shows the reference, or proves by a record in the DNS that the subject is his; the
            operator runs them for people who call or write by other ways. Reasons and arguments are shown made plain.
Answers:    lines, or ``--json`` objects. What is to be handed on because it could not be mailed is printed.
"""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from comity.accord import recourse as rules
from comity.cli import days
from comity.cli.configuration import settings
from comity.cli.desk.account import whom
from comity.cli.prove.washing import washing
from comity.cli.speech import plain, speaker
from comity.cli.wrapping import put
from comity.model.outcomes import ComityError, Outcome
from comity.model.recourse import Measure
from comity.services.public.recourse import consequence_form, why_form

if TYPE_CHECKING:
    from pathlib import Path

    from comity.model.recourse import Consequence, Recourse
    from comity.services.prove.recourse.acting import RecourseDesk, Why
    from comity.services.prove.recourse.mail import Posted
    from comity.store.records import Records

command = typer.Typer(add_completion=False, no_args_is_help=True)

AsJson = Annotated[bool, typer.Option("--json")]
Reference = Annotated[str, typer.Argument(metavar="REFERENCE")]
By = Annotated[str, typer.Option("--by", metavar="NAME")]


@contextmanager
def _desk(actor: str, now: datetime) -> "Iterator[tuple[Records, RecourseDesk]]":
    from comity.bootstrap.desk import desk_write
    from comity.bootstrap.trust.recourse import recourse_desk

    with desk_write(settings()) as records:
        yield records, recourse_desk(settings(), records, actor=actor, now=now)


@command.command("impose")
def impose(  # noqa: PLR0913, PLR0917 - the options of a command line
    subject: Annotated[str, typer.Argument(metavar="SUBJECT")],
    measure: Annotated[Measure, typer.Option("--measure")],
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT")],
    until: Annotated[str, typer.Option("--until", metavar="DAY")],
    by: By,
    case: Annotated[str | None, typer.Option("--case", metavar="CASE")] = None,
    also: Annotated[str | None, typer.Option("--also", metavar="CLASS")] = None,
    severe: Annotated[bool, typer.Option("--severe")] = False,
    peer: Annotated[str | None, typer.Option("--peer", metavar="PEER")] = None,
    as_json: AsJson = False,
) -> None:
    """Do something to a network, after a warning."""
    from comity.bootstrap.proving import peer_domain
    from comity.bootstrap.trust.recourse import post
    from comity.model.agreement import Definition
    from comity.services.prove.recourse.acting import Imposing

    now = datetime.now(UTC)
    known = [each.value for each in Definition if each is not Definition.COMPLAINT]
    if also is not None and also not in known:
        raise _wrong("recourse-class", also, known=", ".join(known))
    wanted = Imposing(
        subject=subject,
        measure=measure,
        reason=reason,
        ends=days.end(until),
        is_severe=severe,
        also=also,
        case=case,
        peer=None if peer is None else peer_domain(settings(), peer),
    )
    with _desk(by, now) as (records, desk):
        made = desk.impose(wanted)
        posted = post(settings()).warn(records, made, by=by, now=now)
    _say(made, posted, as_json=as_json)


@command.command("warn")
def warn(  # noqa: PLR0917 - the options of a command line
    reference: Reference,
    by: By,
    handed_on: Annotated[str | None, typer.Option("--handed-on", metavar="HOW")] = None,
    as_json: AsJson = False,
) -> None:
    """Warn whom nobody has warned: by mail, or write down how you did it."""
    from comity.bootstrap.trust.recourse import post

    now = datetime.now(UTC)
    with _desk(by, now) as (records, desk):
        made, recourse = desk.find(reference)
        if handed_on is None:
            posted = post(settings()).warn(records, made, by=by, now=now)
        else:
            posted = post(settings()).handed_on(records, made, handed_on, by=by, now=now)
    _say(made, posted, as_json=as_json, recourse=recourse)


@command.command("list")
def show_all(as_json: AsJson = False) -> None:
    """Every consequence, and where its recourse stands."""
    from comity.services.public.today import untold_of

    now = datetime.now(UTC)
    with _desk("", now) as (records, _):
        found, warned, returned = records.recourses.all(), records.recourses.warned(), records.recourses.unwarned()
        untold = untold_of(records, [made for made, _ in found], now)
    for made, recourse in found:
        if as_json:
            is_unheard = untold.get(made.reference) == "asked"
            said = {
                "warned": made.reference in warned,
                "warning_returned": made.reference in returned,
                "unanswered": is_unheard,
            }
            print(json.dumps(consequence_form(made, recourse, now) | said))
            continue
        told = "returned" if made.reference in returned else "untold" if made.reference not in warned else None
        told = "leaving" if told is None and made.waits else told
        told = told if rules.hurts(made, now) else None
        _line(made, recourse, now, told="asked" if untold.get(made.reference) == "asked" else told)
    if not found and not as_json:
        put(speaker().say("recourse.none"))


@command.command("show")
def show(reference: Reference, as_json: AsJson = False) -> None:
    """One, with its evidence and its history; looking at it is not asking."""
    now = datetime.now(UTC)
    with _desk("", now) as (_, desk):
        why = desk.why(*desk.find(reference))
    _tell(why, now, as_json=as_json)


@command.command("ask")
def ask(  # noqa: PLR0917 - the options of a command line
    reference: Annotated[str | None, typer.Argument(metavar="[REFERENCE]")] = None,
    subject: Annotated[str | None, typer.Option("--subject", metavar="SUBJECT")] = None,
    by_mail: Annotated[bool, typer.Option("--by-mail")] = False,
    as_json: AsJson = False,
) -> Outcome:
    """Tell the affected why: by the reference, or where the DNS or a mailbox of the domain proves that the subject is his."""
    from comity.bootstrap.trust.recourse import is_proved, proof_of

    now, how = datetime.now(UTC), "reference"
    if (reference is None) == (subject is None) or (by_mail and subject is None):
        raise _wrong("recourse-which", "")
    if by_mail and subject is not None:
        return _ask_by_mail(subject, now, as_json=as_json)
    if subject is not None:
        names, said = proof_of(settings(), subject)
        if not is_proved(settings(), subject):
            proof = {"proved": False, "names": names, "type": "TXT", "value": said}
            records_wanted = "\n".join(f'  {each}  TXT  "{said}"' for each in names)
            print(json.dumps(proof) if as_json else speaker().say("recourse.prove", records=records_wanted))
            return Outcome.TRY_AGAIN
        how = "dns"
    with _desk("affected", now) as (records, desk):
        if subject is not None:
            references = [made.reference for made, _ in records.recourses.about(_canonical(subject))]
        else:
            references = [reference or ""]
        whys = [desk.ask(each, how=how) for each in references]
    for why in whys:
        _tell(why, now, as_json=as_json)
    if not whys and not as_json:
        put(speaker().say("recourse.none-about", subject=plain(subject or "")))
    return Outcome.DONE


def _ask_by_mail(subject: str, now: datetime, *, as_json: bool) -> Outcome:
    from comity.bootstrap.trust.recourse import mail_proof

    with _desk("", now) as (records, _):
        asked = mail_proof(settings()).ask(records, subject, actor="comity", now=now)
    if as_json:
        print(json.dumps({"proved": False, "asked": asked}))
    else:
        say = speaker().say
        none = say("recourse.none-about", subject=plain(subject))
        put(say("recourse.asked-by-mail", to=", ".join(asked)) if asked else none)
    return Outcome.TRY_AGAIN if asked else Outcome.DONE


@command.command("argue")
def argue(
    reference: Reference, text: Annotated[str, typer.Option("--text", metavar="TEXT")], as_json: AsJson = False
) -> None:
    """Write down why the affected says that it is wrong."""
    from comity.bootstrap.trust.recourse import acknowledge

    now = datetime.now(UTC)
    with _desk("affected", now) as (records, desk):
        _, was = desk.find(reference)
        desk.argue(reference, text)
        acknowledge(settings(), records, reference, was=was, now=now)
        why = desk.why(*desk.find(reference))
    _tell(why, now, as_json=as_json)


@command.command("answer")
def answer(  # noqa: PLR0917 - the options of a command line
    reference: Reference,
    text: Annotated[str, typer.Option("--text", metavar="TEXT")],
    by: By,
    grant: Annotated[bool, typer.Option("--grant/--refuse")],
    as_json: AsJson = False,
) -> None:
    """Answer as a person, with reasons."""
    from comity.bootstrap.trust.recourse import post
    from comity.bootstrap.trust.signals import republish

    now = datetime.now(UTC)
    with _desk(by, now) as (records, desk):
        why, act = desk.answer(reference, text, grants=grant)
        posted = post(settings()).answered(records, why, act.value, text, now=now)
    republish(settings())
    _say(why.consequence, posted, as_json=as_json, recourse=why.recourse)


@command.command("escalate")
def escalate(
    reference: Reference, text: Annotated[str, typer.Option("--text", metavar="TEXT")], as_json: AsJson = False
) -> None:
    """Ask for a second person, once."""
    from comity.bootstrap.trust.recourse import acknowledge

    now = datetime.now(UTC)
    with _desk("affected", now) as (records, desk):
        _, was = desk.find(reference)
        desk.escalate(reference, text)
        acknowledge(settings(), records, reference, was=was, now=now)
        why = desk.why(*desk.find(reference))
    _tell(why, now, as_json=as_json)


@command.command("replies")
def replies(as_json: AsJson = False) -> None:
    """What a mail host says to whoever is turned away now, as a table for it."""
    from comity.accord.recourse import smtp_reply
    from comity.bootstrap import provider_of

    now = datetime.now(UTC)
    provider = provider_of(settings(), settings().file or _no_file())
    with _desk("", now) as (records, _):
        found = records.recourses.all(in_force_at=now)
    away = [
        made for made, _ in found if made.measure in (Measure.LIMITED, Measure.BLOCKED)
    ]  # the others turn nobody away
    for made in away:
        text = smtp_reply(made, ours=provider.domain, address=provider.address)
        print(json.dumps({"subject": made.subject, "reply": text}) if as_json else f"{made.subject}\t{text}")
    if not away and not as_json:
        print(speaker().say("recourse.no-replies"), file=sys.stderr)  # a table for a mail host has no sentence in it


command.command("washing")(washing)


def _no_file() -> "Path":
    from pathlib import Path

    return Path("comity.toml")


def _canonical(subject: str) -> str:
    from comity.accord.recourse import subject_of

    return str(subject_of(subject))


def _wrong(code: str, place: str, **details: object) -> ComityError:
    return ComityError(code, code, outcome=Outcome.USAGE, place=place, details=details)


def _say(made: "Consequence", posted: "Posted", *, as_json: bool, recourse: "Recourse | None" = None) -> None:
    if as_json:
        print(
            json.dumps(
                {
                    "reference": made.reference,
                    "subject": made.subject,
                    "measure": made.measure.value,
                    "begins": made.begins.isoformat(),
                    "ends": made.ends.isoformat(),
                    "state": recourse.state.value if recourse else "open",
                    "mailed": posted.not_mailed is None,
                    "not_mailed": posted.not_mailed,
                    "text": posted.text,
                }
            )
        )
        return
    say = speaker().say
    put(say("recourse.done", reference=made.reference, subject=plain(made.called)))
    if posted.not_mailed == "handed-on":
        put(say("recourse.handed-on"))
        return
    if posted.not_mailed is None:
        put(say("recourse.mailed"))
        return
    put(say("recourse.hand-on", why=say(f"recourse.not-mailed.{posted.not_mailed}")))
    for line in posted.text.splitlines():
        put(f"  {plain(line)}")


def _line(made: "Consequence", recourse: "Recourse", now: datetime, *, told: str | None = None) -> None:
    say = speaker().say
    due = "" if recourse.due is None else say("recourse.due", due=f"{recourse.due:%Y-%m-%d %H:%M}")
    lifted = "" if made.lifted is None else say("recourse.lifted", day=f"{made.lifted:%Y-%m-%d}")
    late = say("recourse.late") if recourse.was_overdue or (recourse.due is not None and recourse.due < now) else ""
    put(
        say(
            "recourse.line.waits" if made.waits else "recourse.line",
            reference=made.reference,
            subject=plain(made.called),
            measure=say(f"recourse.measure.{made.measure.value}"),
            begins=f"{made.begins:%Y-%m-%d %H:%M}",
            ends=made.last_day,
            state=say(f"recourse.state.{recourse.state.value}"),
            due=due + late + lifted + ("" if told is None else say(f"recourse.{told}")),
        )
    )


def _tell(why: "Why", now: datetime, *, as_json: bool) -> None:
    from comity.services.prove.recourse.mail import why_lines

    if as_json:
        print(json.dumps(why_form(why, now)))
        return
    say = speaker().say
    _line(why.consequence, why.recourse, now)
    put(say("recourse.mail.reason", reason=plain(why.consequence.reason)))
    for line in why_lines(why, say):
        put(f"  {plain(line)}")
    for event in why.history:
        act = say(f"recourse.act.{event.act}")
        note = plain(" ".join((event.note or "").split()), 400)
        put(f"  {event.at:%Y-%m-%d %H:%M} UTC  {act}  {whom(event.actor)}  {note}".rstrip())
