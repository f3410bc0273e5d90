"""``comity redaction reverse|log``: whose token a peer quotes, for us alone; every time it was asked stands in the log.

Trust:      the token is a stranger's text. The mailbox is printed, and kept nowhere.
Answers:    the mailbox on standard output, or ``--json``; status 65 where it is none of these.
"""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from comity.cli.configuration import settings
from comity.cli.desk.account import account
from comity.cli.speech import plain, speaker
from comity.cli.wrapping import put
from comity.model.outcomes import ComityError, Outcome
from comity.services.public.times import instant

command = typer.Typer(add_completion=False)

_JSON = Annotated[bool, typer.Option("--json")]


@command.callback()
def _group() -> None:
    """What is taken out of reports."""


@command.command("reverse")
def reverse(  # noqa: PLR0917 - the options of a command line
    token: Annotated[str, typer.Argument(metavar="TOKEN")],
    peer: Annotated[str, typer.Option("--peer", metavar="NAME")],
    mailboxes: Annotated[Path, typer.Option("--mailboxes", metavar="FILE")],
    why: Annotated[str, typer.Option("--why", metavar="TEXT")],
    epoch: Annotated[str | None, typer.Option("--epoch", metavar="NAME")] = None,
    by: Annotated[str | None, typer.Option("--by", metavar="NAME")] = None,
    as_json: _JSON = False,
) -> None:
    """Say whose token that is."""
    from comity.bootstrap.desk import COMPLAINER_KEY, beside, desk_store
    from comity.outlets.secret_file import secret
    from comity.services.complain.redaction.reversing import asked, epochs, search

    found, store = settings(), desk_store(settings())
    key_file = beside(found, found.complain.key_file, COMPLAINER_KEY)
    if not key_file.exists():  # nobody can be found by a key that is made now
        raise ComityError("redaction-key", str(key_file), outcome=Outcome.CONFIGURATION, place=str(key_file))
    now = datetime.now(UTC)
    within = epochs(found.complain.epoch, epoch, now)
    order = asked(token, party=peer, epoch=", ".join(within), by=by or account(), why=why, at=now)
    with store.write() as records:
        number = records.reversals.add(order)
    mailbox = search(order, _lines(mailboxes), master=secret(key_file), within=within)
    with store.write() as records:
        records.reversals.end(number, found=mailbox is not None)
    if mailbox is None:
        details = {"text": order.token, "peer": peer, "epoch": order.epoch}
        raise ComityError("redaction-nobody", "none of these", outcome=Outcome.BAD_INPUT, details=details)
    print(json.dumps({"token": order.token, "mailbox": mailbox}) if as_json else plain(mailbox))


@command.command("log")
def log(as_json: _JSON = False) -> None:
    """Who asked whose token that is, when and why."""
    from comity.bootstrap.desk import desk_read

    with desk_read(settings()) as records:
        found = records.reversals.all()
    words = speaker()
    for each in found:
        ended = {True: "found", False: "not-found", None: "open"}[each.found]
        if as_json:
            told = {"at": instant(each.at), "by": each.by, "why": each.why, "peer": each.party, "epoch": each.epoch}
            print(json.dumps({**told, "token": each.token, "ended": ended}, ensure_ascii=True))
            continue
        put(f"{each.at:%Y-%m-%d %H:%M} UTC  {plain(each.by)}  {plain(each.party)}  {words.say(f'redaction.{ended}')}")
        put(f"  {each.token}  {plain(each.why)}")
    if not found and not as_json:
        put(words.say("redaction.none"))


def _lines(path: Path) -> Iterator[str]:
    with path.open(encoding="utf-8-sig", errors="replace") as file:
        for line in file:
            yield line.strip()
