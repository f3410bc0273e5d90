"""``comity retention show|run|hold|lift|holds|proof``: for how long what is kept, erasing on time, and legal holds.

Trust:      ``--by`` must be one of ``retention.holders``; reasons are people's words and pass ``plain``.
Answers:    lines or ``--json``. ``run`` erases what is due, ``run --dry-run`` counts it; ``proof`` lists what was erased, with a
            number the proof that it stands in the ledger: a file that ``comity ledger check`` and any program for tlog-proof check.
"""

import json
from contextlib import closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from comity.cli import days
from comity.cli.configuration import settings
from comity.cli.desk.account import account, own_account, whom
from comity.cli.speech import plain, speaker
from comity.cli.wrapping import put
from comity.model.outcomes import ComityError, Outcome
from comity.services.public.times import instant

if TYPE_CHECKING:
    from collections.abc import Iterable

    from comity.bootstrap.retention import Deed
    from comity.model.retention import Bound, Erasure, LegalHold, Term

command = typer.Typer(add_completion=False, no_args_is_help=True)

_JSON = Annotated[bool, typer.Option("--json")]
_WHY = Annotated[str, typer.Option("--why", metavar="TEXT")]
_BY = Annotated[str | None, typer.Option("--by", metavar="NAME")]
_SHOWN = 50


@command.command()
def show(as_json: _JSON = False) -> None:
    """For how long what is kept, and which law says so."""
    from comity.bootstrap.retention import terms

    for each in terms(settings()).values():
        print(json.dumps(_term(each), ensure_ascii=False) if as_json else _term_line(each))


@command.command()
def run(dry_run: Annotated[bool, typer.Option("--dry-run")] = False, as_json: _JSON = False) -> None:
    """Erase what is due, or count it."""
    from comity.bootstrap.desk import desk_store
    from comity.bootstrap.retention import erase_due, terms
    from comity.services.operate.retention.erasing import due

    now, words = datetime.now(UTC), speaker()
    with closing(desk_store(settings())) as store:
        if dry_run:
            with store.read() as records:
                found = due(records, terms(settings()), now=now)
            for each in found:
                facts = {"of": each.term.of.value, "due": each.n, "held": each.held}
                said = words.say("retention.due", what=_what(each.term.of.value), n=each.n, held=each.held)
                print(json.dumps(facts) if as_json else said)
            return
        n = 0
        for made in erase_due(settings(), store, now=now):
            n += 1
            print(json.dumps(_erasure(made)) if as_json else _erasure_line(made))
    if not n and not as_json:
        put(words.say("retention.nothing-due"))


@command.command()
def hold(
    case: Annotated[str | None, typer.Option("--case", metavar="CASE")] = None,
    subscriber: Annotated[str | None, typer.Option("--subscriber", metavar="SUBSCRIBER")] = None,
    *,
    until: Annotated[str, typer.Option("--until", metavar="DAY")],
    why: _WHY,
    by: _BY = None,
    as_json: _JSON = False,
) -> None:
    """Keep a case, or all that is held of a subscriber, until a day."""
    from comity.bootstrap.desk import desk_store
    from comity.services.receive.desk import Desk

    if (case is None) == (subscriber is None):
        raise ComityError("hold-what", "--case or --subscriber", outcome=Outcome.USAGE)
    deed = _deed(why, by)
    day = days.ahead(until, deed.at)
    with closing(desk_store(settings())) as store:
        made = deed.done(
            settings(),
            store,
            case or subscriber or "",
            act=lambda holding, records: holding.place(
                until=day,
                case=None if case is None else Desk(records, actor=deed.by, now=deed.at).find(case),
                subscriber=subscriber,
            ),
        )
    _print([made], deed.at, as_json=as_json)


@command.command()
def lift(
    number: Annotated[int, typer.Argument(metavar="NUMBER")], *, why: _WHY, by: _BY = None, as_json: _JSON = False
) -> None:
    """End a hold before its day."""
    from comity.bootstrap.desk import desk_store

    deed = _deed(why, by)
    with closing(desk_store(settings())) as store:
        made = deed.done(settings(), store, str(number), act=lambda holding, _: holding.lift(number))
    _print([made], deed.at, as_json=as_json)


@command.command()
def holds(everything: Annotated[bool, typer.Option("--all")] = False, as_json: _JSON = False) -> None:
    """What is on hold."""
    from comity.bootstrap.desk import desk_read

    now = datetime.now(UTC)
    with desk_read(settings()) as records:
        found = records.holds.all(in_force=None if everything else now)
    _print(found, now, as_json=as_json)
    if not found and not as_json:
        put(speaker().say("retention.no-holds"))


@command.command()
def proof(
    number: Annotated[int | None, typer.Argument(metavar="[NUMBER]")] = None,
    as_json: _JSON = False,
) -> None:
    """What was erased; with a number the proof of it."""
    from comity.bootstrap.desk import desk_read
    from comity.services.prove import proving

    with desk_read(settings()) as records:
        if number is None:
            _list(records.erasures.newest(_SHOWN), as_json=as_json)
            return
        made = records.erasures.by_id(number)
        proved = (
            []
            if made is None or made.leaf is None
            else [
                each
                for each in proving.prove(records.history, records.ledger.channels(), made.leaf)
                if f"/to/{settings().identity.domain}/" in each.proof.head.partition("\n")[0]
            ]
        )
    if made is None:
        raise ComityError("erasure-unknown", str(number), outcome=Outcome.UNKNOWN, details={"text": str(number)})
    if not proved:
        raise ComityError("erasure-unproved", str(number), outcome=Outcome.UNKNOWN, details={"text": str(number)})
    text = proved[-1].proof.text()
    print(json.dumps({**_erasure(made), "proof": text}) if as_json else text, end="\n" if as_json else "")


def _deed(why: str, by: str | None) -> "Deed":
    from comity.bootstrap.retention import Deed

    return Deed(by=by or account(), why=why, at=datetime.now(UTC), account=own_account())


def _list(found: "Iterable[Erasure]", *, as_json: bool) -> None:
    n = 0
    for each in found:
        n += 1
        print(json.dumps(_erasure(each)) if as_json else _erasure_line(each))
    if not n and not as_json:
        put(speaker().say("retention.none-erased"))


def _print(found: "Iterable[LegalHold]", now: datetime, *, as_json: bool) -> None:
    for each in found:
        if as_json:
            print(json.dumps(_hold(each, now), ensure_ascii=False))
        else:
            put(_hold_line(each, now))


def _what(of: str) -> str:
    return speaker().say(f"retention.class.{of}")


def _term_line(term: "Term") -> str:
    words = speaker()
    line = words.say("retention.term", what=_what(term.of.value), days=term.days)
    laws = [
        words.say(f"retention.{side}", days=n, country=bound.jurisdiction, law=plain(bound.law or "-", 200))
        for side, bound, n in (
            ("least", term.least, term.least and term.least.least_days),
            ("most", term.most, term.most and term.most.most_days),
        )
        if bound is not None
    ]
    if term.is_moved:
        laws.append(words.say("retention.moved", days=term.wanted))
    return " ".join((line, *laws))


def _erasure_line(each: "Erasure") -> str:
    words = speaker()
    line = words.say(
        "retention.erased",
        number=each.erasure_id,
        at=f"{each.at:%Y-%m-%d %H:%M}",
        what=_what(each.of.value),
        part=each.part,
        n=each.n,
        before=f"{each.before:%Y-%m-%d %H:%M}",
        digest=each.digest,
    )
    return f"{line} {words.say('retention.spared', n=each.spared)}" if each.spared else line


def _hold_line(each: "LegalHold", now: datetime) -> str:
    words = speaker()
    about = plain(each.case_id or each.subject, 80)
    facts = {"n": each.hold_id, "about": about, "until": f"{each.until:%Y-%m-%d}", "by": whom(each.by)}
    line = f"{words.say('retention.hold', **facts)} {plain(each.why, 200)}"
    if each.lifted is not None:
        ended = words.say("retention.lifted", day=f"{each.lifted:%Y-%m-%d}", by=whom(each.lifted_by or ""))
        return f"{line} {ended} {plain(each.lifted_why or '', 200)}"
    return line if each.holds(now) else f"{line} {words.say('retention.hold-over')}"


def _term(term: "Term") -> dict[str, Any]:
    return {
        "of": term.of.value,
        "days": term.days,
        "wanted": term.wanted,
        "least": _bound(term.least),
        "most": _bound(term.most),
    }


def _bound(bound: "Bound | None") -> dict[str, Any] | None:
    if bound is None:
        return None
    return {
        "jurisdiction": bound.jurisdiction,
        "least_days": bound.least_days,
        "most_days": bound.most_days,
        "law": bound.law,
    }


def _erasure(each: "Erasure") -> dict[str, Any]:
    return {
        "erasure": each.erasure_id,
        "at": instant(each.at),
        "of": each.of.value,
        "part": each.part,
        "n": each.n,
        "before": instant(each.before),
        "digest": each.digest,
        "days": each.days,
        "held": each.spared,
        "leaf": each.leaf,
    }


def _hold(each: "LegalHold", now: datetime) -> dict[str, Any]:
    return {
        "hold": each.hold_id,
        "case": each.case_id,
        "subject": each.subject,
        "by": each.by,
        "why": each.why,
        "placed": instant(each.placed),
        "until": instant(each.until),
        "in_force": each.holds(now),
        "lifted": each.lifted and instant(each.lifted),
        "lifted_by": each.lifted_by,
        "lifted_why": each.lifted_why,
    }
