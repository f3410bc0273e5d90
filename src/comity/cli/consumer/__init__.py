"""``comity consumer``: networks that get feedback from us by enrolment, where no agreement was signed.

Trust:      what an applicant says is checked, proved, and accepted by a person before anything leaves for him.
Answers:    lines, or ``--json`` objects; ``show`` prints the records of the DNS that prove each claim.
"""

import json
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from comity.cli.configuration import settings
from comity.cli.consumer.lines import tell, tell_line
from comity.cli.speech import plain, speaker
from comity.cli.wrapping import put
from comity.feedback.enrolment import NOES, OTHER, because
from comity.model import utc_day
from comity.model.agreement import ReportFormat
from comity.model.consumer import ClaimKind, ConsumerAct, ConsumerState
from comity.model.outcomes import ComityError, Outcome
from comity.services.public.consumers import consumer_form, full_form

if TYPE_CHECKING:
    from collections.abc import Sequence

    from comity.model.consumer import Consumer, ConsumerEvent
    from comity.services.complain.enrolment.acting import EnrolmentDesk, WantedProof
    from comity.store.records import Records

    _Shown = tuple[Consumer, Sequence[WantedProof], Sequence[ConsumerEvent]]

command = typer.Typer(add_completion=False, no_args_is_help=True)

AsJson = Annotated[bool, typer.Option("--json")]
Name = Annotated[str, typer.Argument(metavar="NAME")]
# A no has a reason: whoever applied is told it.
No = Annotated[str, typer.Option("--no", metavar="NAME")]
Why = Annotated[str, typer.Option("--reason", metavar="TEXT")]


class _Vouched(StrEnum):
    """What a peer can vouch for: who answers at a mailbox is found out there alone."""

    DOMAIN = ClaimKind.DOMAIN.value
    NETWORK = ClaimKind.NETWORK.value


@contextmanager
def _desk(now: datetime, actor: str = "operator") -> "Iterator[tuple[Records, EnrolmentDesk]]":
    from comity.bootstrap.consumers.enrolling import enrolment_desk
    from comity.bootstrap.desk import desk_write

    with desk_write(settings()) as records:
        yield records, enrolment_desk(settings(), records, actor=actor, now=now)


@command.command("apply")
def apply(  # noqa: PLR0917 - the options of a command line
    name: Name,
    address: Annotated[str, typer.Option("--mailbox", metavar="ADDRESS")],
    network: Annotated[list[str] | None, typer.Option("--network", metavar="NETWORK")] = None,
    domain: Annotated[list[str] | None, typer.Option("--domain", metavar="DOMAIN")] = None,
    contact: Annotated[str | None, typer.Option("--contact", metavar="ADDRESS")] = None,
    report_format: Annotated[ReportFormat, typer.Option("--format")] = ReportFormat.ARF,
    as_json: AsJson = False,
) -> None:
    """Write an application down."""
    from comity.services.complain.enrolment.acting import Application

    now = datetime.now(UTC)
    wanted = Application(
        name=name,
        address=address,
        contact=contact,
        networks=tuple(network or ()),
        domains=tuple(domain or ()),
        report_format=report_format,
    )
    with _desk(now) as (records, desk):
        desk.apply(wanted)
        shown = _whole(records, desk, name)
    _show(shown, now=now, as_json=as_json)


@command.command("list")
def show_all(state: Annotated[ConsumerState | None, typer.Option("--state")] = None, as_json: AsJson = False) -> None:
    """Every consumer."""
    with _desk(datetime.now(UTC)) as (records, _):
        found = records.consumers.all(() if state is None else (state,))
    for each in found:
        print(json.dumps(consumer_form(each))) if as_json else tell_line(each)
    if not found and not as_json:
        put(speaker().say("consumer.none"))


@command.command("show")
def show(name: Name, as_json: AsJson = False) -> None:
    """One, with what it claims, what proves it, and its history."""
    now = datetime.now(UTC)
    with _desk(now) as (records, desk):
        shown = _whole(records, desk, name)
    _show(shown, now=now, as_json=as_json)


@command.command("prove")
def prove(  # noqa: PLR0917 - the options of a command line
    name: Name,
    mail: Annotated[bool, typer.Option("--mail")] = False,
    note: Annotated[Path | None, typer.Option("--note", metavar="FILE")] = None,
    as_json: AsJson = False,
) -> Outcome:
    """Look for proof: in the DNS, by mail, or in what a peer signed."""
    from comity.bootstrap.consumers.enrolling import asking, look_up, take_voucher

    now = datetime.now(UTC)
    with _desk(now) as (_, desk):
        names = [each.dns_name for each in desk.wanted(name) if each.dns_name is not None]
    found = look_up(names)
    with _desk(now) as (records, desk):
        if note is not None:
            take_voucher(settings(), records, note.read_text("utf-8", errors="replace"), name=name, now=now)
        desk.look(name, found)
        asked = []
        if mail:
            asks = asking(settings())
            asks.allow(records, now)
            asked = asks.ask(records, [each for each in records.consumers.claims(name) if not each.holds(now)], now=now)
        shown = _whole(records, desk, name)
        # A voucher that is no good is refused above: the other claims are another question.
        ready = note is not None or all(each.holds(now) for each in records.consumers.claims(name))
    _show(shown, now=now, as_json=as_json)
    if not as_json:
        for each in asked:
            put(speaker().say("consumer.asked", address=plain(each)))
    return Outcome.DONE if ready else Outcome.TRY_AGAIN


@command.command("renew")
def renew(name: Name, as_json: AsJson = False) -> None:
    """Ask for all proofs anew, before they run out."""
    from comity.bootstrap.consumers.enrolling import asking, look_up

    now = datetime.now(UTC)
    with _desk(now) as (_, desk):
        names = [each.dns_name for each in desk.wanted(name) if each.dns_name is not None]
    found = look_up(names)
    with _desk(now) as (records, desk):
        desk.look(name, found)
        asks = asking(settings())
        asks.allow(records, now)
        stale = [each for each in records.consumers.claims(name) if each.proved != now]
        asked = asks.ask(records, stale, now=now)
        shown = _whole(records, desk, name)
    _show(shown, now=now, as_json=as_json)
    if not as_json:
        for each in asked:
            put(speaker().say("consumer.asked", address=plain(each)))


@command.command("accept")
def accept(name: Name, as_json: AsJson = False) -> None:
    """Let reports leave for it, on trial."""
    _act(name, ConsumerAct.ACCEPT, None, as_json=as_json)


@command.command("confirm")
def confirm(name: Name, as_json: AsJson = False) -> None:
    """End the trial: it sees its own identifiers, so that it can suppress who complained."""
    _act(name, ConsumerAct.CONFIRM, None, as_json=as_json)


@command.command("refuse")
def refuse(name: Name, reason: Why, *, no: No = OTHER, as_json: AsJson = False) -> None:
    """Say no."""
    _act(name, ConsumerAct.REFUSE, _named(no, reason), as_json=as_json)


@command.command("suspend")
def suspend(name: Name, reason: Why, *, no: No = OTHER, as_json: AsJson = False) -> None:
    """Stop reports to it."""
    _act(name, ConsumerAct.SUSPEND, _named(no, reason), as_json=as_json)


@command.command("resume")
def resume(name: Name, as_json: AsJson = False) -> None:
    """Let reports leave again, on trial."""
    _act(name, ConsumerAct.RESUME, None, as_json=as_json)


@command.command("leave")
def leave(name: Name, as_json: AsJson = False) -> None:
    """End it: nothing leaves any more."""
    _act(name, ConsumerAct.LEAVE, None, as_json=as_json)


@command.command("card")
def card(  # noqa: PLR0917 - the options of a command line
    name: Annotated[str | None, typer.Argument(metavar="[NAME]")] = None,
    days: Annotated[int, typer.Option("--days", min=1, max=366)] = 7,
    mail: Annotated[bool, typer.Option("--mail")] = False,
    as_json: AsJson = False,
) -> None:
    """The report card of one peer or consumer; without a name that of all together."""
    from comity.bootstrap.consumers.cards import mail_card, make_card
    from comity.bootstrap.desk import desk_store
    from comity.services.public.cards import card_form, card_lines

    now = datetime.now(UTC)
    until = utc_day.midnight(now)
    with closing(desk_store(settings())) as store:
        made = make_card(settings(), store, name, since=until - timedelta(days=days), until=until)
        if mail:
            mail_card(settings(), store, made, now=now)
    if as_json:
        print(json.dumps(card_form(made)))
    else:
        put(*(plain(each) for each in card_lines(made, speaker().say)))


@command.command("vouch")
def vouch(  # noqa: PLR0917 - the options of a command line
    name: Name,
    kind: Annotated[_Vouched, typer.Argument(metavar="KIND")],
    subject: Annotated[str, typer.Argument(metavar="SUBJECT")],
    to: Annotated[str, typer.Option("--to", metavar="DOMAIN")],
) -> None:
    """Sign, for a peer of ours, that a network or domain is that consumer's."""
    from comity.bootstrap.consumers.enrolling import voucher

    print(voucher(settings(), name, kind=ClaimKind(kind.value), subject=subject, to=to), end="")


def _named(no: str, reason: str) -> str:
    """A no with its name; one that has none is refused."""
    if no not in NOES:
        known = ", ".join(NOES)
        raise ComityError(
            "consumer-no", f"no such reason: {no}", outcome=Outcome.USAGE, details={"text": no, "known": known}
        )
    return because(no, reason)


def _act(name: str, act: ConsumerAct, reason: str | None, *, as_json: bool) -> None:
    from comity.bootstrap.consumers.enrolling import asking

    now = datetime.now(UTC)
    with _desk(now) as (records, desk):
        changed = desk.act(name, act, reason=reason)
        told = [] if settings().identity.address is None else asking(settings()).decided(records, changed, act, now=now)
    print(json.dumps(consumer_form(changed))) if as_json else tell_line(changed)
    if not as_json:
        for each in told:
            put(speaker().say("consumer.told", address=plain(each)))


def _whole(records: "Records", desk: "EnrolmentDesk", name: str) -> "_Shown":
    """What is shown of one, taken inside the transaction: a closed pipe must not undo what was done."""
    return desk.find(name), desk.wanted(name), records.consumers.history(name)


def _show(shown: "_Shown", *, now: datetime, as_json: bool) -> None:
    consumer, wanted, history = shown
    if as_json:
        print(json.dumps(full_form(consumer, wanted, history, now=now)))
    else:
        tell(consumer, wanted, history, now=now)
