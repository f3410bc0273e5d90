"""``comity agreement``: terms between two networks, as a document that both sign.

Trust:      what the other side wrote is shown made plain. Nothing is accepted but by ``accept``, by a person.
Answers:    lines, or ``--json`` objects. A note for a peer that keeps no ledger with us is written to ``--out``, to be handed over;
            with any other it goes along with the ledger by itself.
Limits:     a peer is paired first (``comity peer trust``).
"""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from comity.cli import days
from comity.cli.configuration import settings
from comity.cli.prove import agreement_lines as lines
from comity.cli.speech import listed, plain, speaker
from comity.cli.wrapping import put
from comity.model.outcomes import ComityError, Outcome

if TYPE_CHECKING:
    from comity.model.agreement_document import AgreementPaper
    from comity.services.prove.agreement.acting import AgreementDesk
    from comity.store.records import Records

command = typer.Typer(add_completion=False, no_args_is_help=True)

AsJson = Annotated[bool, typer.Option("--json")]
Peer = Annotated[str, typer.Argument(metavar="PEER")]
Terms = Annotated[Path | None, typer.Option("--terms", metavar="FILE", exists=True, dir_okay=False)]
Out = Annotated[Path | None, typer.Option("--out", metavar="FILE", dir_okay=False)]
Words = Annotated[str | None, typer.Option("--text", metavar="TEXT")]
Which = Annotated[str | None, typer.Option("--hash", metavar="HASH")]
_LIMIT = 1 << 20


@contextmanager
def _desk(now: datetime) -> "Iterator[tuple[Records, AgreementDesk]]":
    from comity.bootstrap.desk import desk_write
    from comity.bootstrap.trust.agreements import desk

    with desk_write(settings()) as rows:
        yield rows, desk(settings(), rows, now)


@command.command()
def draft(peer: Peer, out: Out = None, as_json: AsJson = False) -> None:
    """A terms file to begin with."""
    from comity.accord.agreement.drafting import file_of
    from comity.bootstrap.trust import agreements

    now = datetime.now(UTC)
    domain = agreements.peer_of(settings(), peer)
    with _desk(now) as (rows, _):
        record = agreements.draft(settings(), rows, domain, now=now)
    text = file_of(record, settings().identity.domain or "")
    if out is not None:
        _write(out, text)
    if as_json:
        print(json.dumps({"peer": domain, "terms": record}))
    elif out is None:
        print(text, end="")
    else:
        put(speaker().say("agreement.draft", path=str(out), peer=domain))
        lacking = [name for name, side in record["sides"].items() if not side["jurisdictions"]]
        if lacking:  # what nobody can know for them; a proposal without it is refused
            put(speaker().say("agreement.draft-countries", parties=listed(lacking)))


@command.command()
def propose(  # noqa: PLR0917 - the options of a command line
    peer: Peer, terms: Terms = None, out: Out = None, as_json: AsJson = False
) -> None:
    """Put terms before a peer."""
    _propose(peer, terms, out, as_json=as_json, is_first=True)


@command.command()
def amend(  # noqa: PLR0917 - the options of a command line
    peer: Peer, terms: Terms = None, out: Out = None, as_json: AsJson = False
) -> None:
    """Propose the next version of terms that hold."""
    _propose(peer, terms, out, as_json=as_json, is_first=False)


def _propose(peer: str, terms: Path | None, out: Path | None, *, as_json: bool, is_first: bool) -> None:
    from comity.bootstrap.trust import agreements

    now, domain = datetime.now(UTC), agreements.peer_of(settings(), peer)
    with _desk(now) as (rows, desk):
        number, _ = desk.next_of(domain)
        if (number == 1) != is_first:
            code = "agreement-there" if is_first else "agreement-nothing-to-amend"
            raise ComityError(code, code, outcome=Outcome.USAGE, place=domain, details={"peer": domain})
        record = agreements.proposal(settings(), rows, domain, file=terms, now=now)
        paper = desk.propose(record, domain)
    _done(paper, "propose", out, as_json=as_json)


@command.command()
def accept(  # noqa: PLR0917
    peer: Annotated[str, typer.Argument(metavar="PEER|FILE")],
    which: Which = None,
    out: Out = None,
    as_json: AsJson = False,
) -> None:
    """Sign what a peer proposed."""
    from comity.accord.agreement.terms import domain_of
    from comity.bootstrap.trust import agreements

    now = datetime.now(UTC)
    if Path(peer).is_file():  # what is in the file was read, and no other
        read = _take(peer, now)
        peer, which = read.peer, which or read.digest
    domain = agreements.peer_of(settings(), peer)
    others = [each for each in agreements.standing(settings()) if domain_of(each) != domain]
    with _desk(now) as (_, desk):
        paper = desk.accept(domain, others, which)
    _done(paper, "accept", out, as_json=as_json)


@command.command()
def reject(  # noqa: PLR0917
    peer: Peer, text: Words = None, which: Which = None, out: Out = None, as_json: AsJson = False
) -> None:
    """Say no to a proposal, or take one of ours back."""
    from comity.bootstrap.trust import agreements

    with _desk(datetime.now(UTC)) as (_, desk):
        reason = "other" if text is None else "terms"
        paper = desk.reject(agreements.peer_of(settings(), peer), reason, text, digest=which)
    _done(paper, "reject", out, as_json=as_json)


@command.command()
def end(  # noqa: PLR0917
    peer: Peer,
    on: Annotated[str | None, typer.Option("--on", metavar="DAY")] = None,
    text: Words = None,
    out: Out = None,
    as_json: AsJson = False,
) -> None:
    """Give notice."""
    from comity.bootstrap.trust import agreements

    with _desk(datetime.now(UTC)) as (_, desk):
        paper = desk.end(agreements.peer_of(settings(), peer), None if on is None else _moment(on), text)
    _done(paper, "end", out, as_json=as_json)


@command.command()
def take(file: Annotated[str, typer.Argument(metavar="FILE|-")], as_json: AsJson = False) -> None:
    """Take in what a peer handed over: a proposal, its signature, a no, a notice."""
    now = datetime.now(UTC)
    paper = _take(file, now)
    if as_json:
        print(json.dumps(lines.described(paper, _papers(paper.peer), now)))
    else:
        for line in lines.lines_of(paper, _papers(paper.peer), now):
            print(line)


@command.command("list")
def show_all(as_json: AsJson = False) -> None:
    """Every version with every peer, and where it stands."""
    from comity.bootstrap.desk import desk_store

    now, store = datetime.now(UTC), desk_store(settings())
    with store.read() as rows:
        found = rows.agreements.all()
    store.close()
    for papers in found.values():
        for paper in papers:
            if as_json:
                print(json.dumps(lines.described(paper, papers, now)))
            else:
                print("\n".join(lines.lines_of(paper, papers, now)))
    if not found and not as_json:
        put(speaker().say("agreement.nothing"))


@command.command()
def show(  # noqa: PLR0917 - the options of a command line
    peer: Peer,
    which: Which = None,
    at: Annotated[str | None, typer.Option("--at", metavar="TIME")] = None,
    both: Annotated[bool, typer.Option("--both")] = False,
    html: Annotated[Path | None, typer.Option("--html", metavar="FILE", dir_okay=False)] = None,
    out: Out = None,
    as_json: AsJson = False,
) -> None:
    """The terms in words: those in force, or at a moment, or of one version."""
    from comity.bootstrap.trust import agreements

    now = datetime.now(UTC)
    domain = agreements.peer_of(settings(), peer)
    papers = _papers(domain)
    paper = lines.chosen(papers, domain, digest=which, at=now if at is None else _moment(at), is_asked=at is not None)
    if out is not None:
        _write(out, paper.note)
    if html is not None:
        from comity.web.pages.agreement import render

        _write(html, render(paper, papers, now))
    if as_json:
        record = agreements.record_of(paper)
        print(json.dumps(lines.described(paper, papers, now) | {"terms": record, "note": paper.note}))
        return
    for line in lines.whole(paper, papers, now, both=both):
        print(line)
    _say_unlike(paper)


def _papers(peer: str) -> "list[AgreementPaper]":
    from comity.bootstrap.desk import desk_read

    with desk_read(settings()) as rows:
        return rows.agreements.of(peer)


def _take(file: str, now: datetime) -> "AgreementPaper":
    from comity.bootstrap.desk import desk_write
    from comity.bootstrap.trust.agreements import taking, way_of

    data = sys.stdin.buffer.read(_LIMIT) if file == "-" else Path(file).read_bytes()[:_LIMIT]
    text = data.decode("utf-8", "replace").replace("\r\n", "\n")
    with desk_write(settings()) as rows:
        taken = taking(settings()).take(rows, text, now=now, way=way_of(settings(), text))
    if taken.paper is None:
        raise lines.not_taken(taken, file)
    return taken.paper


def _done(paper: "AgreementPaper", act: str, out: Path | None, *, as_json: bool) -> None:
    """Say what was done, and how it gets to the other side."""
    from comity.bootstrap.parties import exchanging

    note = paper.note if act in ("propose", "accept") else paper.events[-1].note or ""
    goes = paper.peer in exchanging(settings())
    if out is not None:
        _write(out, note)
    now = datetime.now(UTC)
    if as_json:
        shown = lines.described(paper, [*_papers(paper.peer)], now)
        print(json.dumps(shown | {"act": act, "by_ledger": goes, "note": note}))
        return
    say = speaker().say
    put(say(f"agreement.did.{act}", peer=paper.peer, version=paper.document.version, digest=paper.digest[:16]))
    if goes:
        put(say("agreement.by-ledger"))
    elif out is not None:
        put(say("agreement.hand-over", path=str(out), peer=paper.peer))
    else:
        put(say("agreement.hand-over-later", peer=paper.peer))
    if act == "accept":
        _say_unlike(paper)


def _say_unlike(paper: "AgreementPaper") -> None:
    """What it says of us that the settings do not, where the other side wrote it."""
    from comity.bootstrap.trust.agreements import unlike_us

    if paper.document.proposed_by != paper.peer or not (found := list(unlike_us(settings(), paper))):
        return
    say = speaker().say
    put("", say("agreement.ours"))
    for each in found:
        details = {name: plain(str(value)) for name, value in each.arguments.items()}
        put(f"  - {say(each.message_id, **details)}")
    put(say("agreement.ours-how", peer=paper.peer))


def _write(path: Path, text: str) -> None:
    from comity.outlets.files.replacing import replaced

    with replaced(path) as file:
        file.write(text.encode("utf-8"))


def _moment(text: str) -> datetime:
    """A day, or one moment of it."""
    try:
        found = datetime.fromisoformat(text) if len(text) > len("2026-01-01") else days.beginning(text)
    except ValueError:
        found = days.beginning(text)  # it is none; that says so
    return found if found.tzinfo else found.replace(tzinfo=UTC)
