"""``comity init [DIR]``: settings, keys and database for a new desk.

Trust:      what is given is the operator's own.
Answers:    a line for each thing, and the next steps; ``--json``: an object for each thing. Run again, it says what is there and
            makes what is missing.
Limits:     nothing is written over and nothing leaves the machine.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from comity.cli.speech import plain, speaker
from comity.cli.wrapping import put
from comity.locale import FALLBACK
from comity.model.outcomes import ComityError, Outcome

if TYPE_CHECKING:
    from comity.bootstrap.first_run import FirstRun

PAGES: Final = "127.0.0.1:8470"


def command(  # noqa: PLR0913  # the options of a command line
    folder: Annotated[Path, typer.Argument(metavar="DIR", file_okay=False, show_default=False)] = Path(),
    *,
    domain: Annotated[str | None, typer.Option("--domain", metavar="DOMAIN")] = None,
    address: Annotated[str | None, typer.Option("--address", metavar="ADDRESS")] = None,
    organisation: Annotated[str | None, typer.Option("--organisation", metavar="NAME")] = None,
    network: Annotated[list[str] | None, typer.Option("--network", metavar="PREFIX")] = None,
    own: Annotated[list[Path] | None, typer.Option("--own", metavar="FILE", exists=True, dir_okay=False)] = None,
    database: Annotated[str | None, typer.Option("--database", metavar="ADDRESS")] = None,
    dkim: Annotated[str, typer.Option("--dkim", metavar="rsa|ed25519")] = "rsa",
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Make what is missing, say what is there."""
    from comity.bootstrap.first_run import SETTINGS, first_run
    from comity.outlets.private_key import KeySort

    if dkim not in list(KeySort):
        raise ComityError("dkim-sort", f"{dkim} is no kind of key", outcome=Outcome.USAGE, place="--dkim")
    stated = {
        "identity.domain": domain,
        "identity.address": address,
        "identity.organisation": organisation,
        "own.networks": network,
        "store.database": database,
        "own.files": [str(each.absolute()) for each in own or ()],
    }
    given = {name: value for name, value in stated.items() if value}
    ours = speaker().language
    if not (folder / SETTINGS).exists():
        given["pages.listen"] = [PAGES]  # reached from this machine alone, by those who have an account
        if ours != FALLBACK:
            given["identity.language"] = "zh"
    done = first_run(folder, given, KeySort(dkim), language=ours)
    if as_json:
        for line in _objects(done):
            print(line)
        return
    put(*_lines(done))


def _objects(done: "FirstRun") -> Iterator[str]:
    for each in done.made:
        found = {"what": each.what, "path": str(each.path), "made": each.made}
        if each.what == "ledger-key":
            found["public"] = done.ledger_public
        yield json.dumps(found, ensure_ascii=True)


def _lines(done: "FirstRun") -> Iterator[str]:
    words = speaker()
    for each in done.made:
        what = words.say(f"init.{each.what}")
        yield words.say("init.made" if each.made else "init.there", what=what, path=plain(str(each.path)))
    if not any(each.made for each in done.made):
        yield ""
        yield words.say("init.nothing-new")
    yield ""
    yield words.say("init.next")
    steps = _steps(done)
    for number, step in enumerate(steps, start=1):
        yield f"  {number}. {step}"
    yield ""
    yield words.say("init.quiet")


def _steps(done: "FirstRun") -> Iterator[str]:
    say, settings = speaker().say, done.settings
    place = plain(str(settings.file))
    if settings.identity.domain is None or settings.identity.address is None:
        yield say("init.step-identity", path=place)
    if not (settings.own.networks or settings.own.domains or settings.own.files):
        yield say("init.step-own", path=place)
    record = next((each for each in done.made if each.what == "dkim-record"), None)
    if record is not None:
        yield say("init.step-dns", path=plain(str(record.path)))
    if done.ledger_public is not None:
        card = next(each for each in done.made if each.what == "card")
        yield say("init.step-ledger", path=plain(str(card.path)))
    revocation = next((each for each in done.made if each.what == "revocation-key"), None)
    if revocation is not None:
        yield say("init.step-revocation", path=plain(str(revocation.path)))
    if settings.identity.address is not None and settings.identity.address not in settings.gates.mailboxes:
        yield say("init.step-gates", address=plain(str(settings.identity.address)), path=place)
    yield say("init.step-ingest")
    if settings.pages.listen:
        yield say("init.step-pages", place=str(settings.pages.listen[0]))
