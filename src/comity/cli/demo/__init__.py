"""``comity demo``: two networks on loopback, and a third that is a mailbox with a person; the whole loop, every step checked.

Trust:      the mail is our own, or with ``--corpus`` anybody's: it goes through the same doors as everywhere.
Answers:    a story, or ``--json``: an object a step. Exit status 0 when every check held, 70 when one did not.
Limits:     nothing leaves this machine: there is one mail host, ours, on loopback. Everything that was started is stopped by its
            process id, also after Control-C; the folder is removed unless ``--keep`` names one.
"""

import signal
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event
from types import FrameType
from typing import TYPE_CHECKING, Annotated

import typer

from comity.model.outcomes import ComityError, Outcome

if TYPE_CHECKING:
    from comity.cli.demo.loop import Stage
    from comity.cli.demo.network import Network
    from comity.cli.demo.telling import Telling


def command(  # noqa: PLR0917  # the options of a command line
    serve: Annotated[bool, typer.Option("--serve")] = False,
    keep: Annotated[Path | None, typer.Option("--keep", metavar="DIR", file_okay=False)] = None,
    corpus: Annotated[Path | None, typer.Option("--corpus", metavar="DIR", exists=True, file_okay=False)] = None,
    database: Annotated[str | None, typer.Option("--database", metavar="ADDRESS")] = None,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> Outcome:
    """Show the whole loop."""
    from comity.cli.demo.loop import Loop
    from comity.cli.demo.telling import Telling

    telling = Telling(as_json=as_json)
    with heard(), ExitStack() as stack:
        folder = _folder(keep, stack)
        telling.tell("begin", folder=str(folder))
        databases = {} if database is None else _schemas(database, stack, keep=keep is not None)
        stage = stage_in(folder, corpus, telling, stack=stack, databases=databases)
        Loop(stage, telling).run()
        telling.end()
        if keep is not None:
            telling.tell("kept", folder=str(folder))
        if serve:
            _leave_running(stage, telling)
    return Outcome.FAULT if telling.failed else Outcome.DONE


def _schemas(database: str, stack: ExitStack, *, keep: bool) -> Mapping[str, str]:
    from comity.cli.demo.helping import SCHEMAS
    from comity.store.dialects.schemas import schemas

    return stack.enter_context(schemas(database, SCHEMAS, keep=keep))


def stage_in(
    folder: Path, corpus: Path | None, telling: "Telling", *, stack: ExitStack, databases: Mapping[str, str]
) -> "Stage":
    """Make both networks, and see to it that what they start is stopped."""
    from comity.cli.demo.loop import Stage
    from comity.cli.demo.mail_host import MailHost
    from comity.cli.demo.network import Network
    from comity.cli.demo.places import EAST, WEST, found

    mail_host = stack.enter_context(MailHost(folder))
    west, east = (Network(name, folder / name, telling.ran) for name in (WEST, EAST))
    inbox = found(folder, mail_host.port, corpus and corpus.resolve(), databases=databases)
    stack.callback(east.stop)
    stack.callback(west.stop)
    return Stage(west=west, east=east, mail_host=mail_host, inbox=inbox, is_corpus=corpus is not None)


def _folder(keep: Path | None, stack: ExitStack) -> Path:
    if keep is None:
        return Path(stack.enter_context(TemporaryDirectory(prefix="comity-demo-"))).resolve()
    if keep.exists() and any(keep.iterdir()):
        raise ComityError(
            "demo-folder", f"{keep} is not empty", outcome=Outcome.USAGE, place="--keep", details={"folder": str(keep)}
        )
    keep.mkdir(parents=True, exist_ok=True)
    return keep.resolve()


def _leave_running(stage: "Stage", telling: "Telling") -> None:
    """Stay until somebody presses Control-C, and say what there is to see."""
    telling.tell("serving", west=str(stage.west.config), east=str(stage.east.config))
    for name, gate in stage.mail_host.routes.items():
        telling.detail("gate", network=name, place=str(gate))
    for network in (stage.west, stage.east):
        telling.detail("desk", network=network.name, place=network.place("desk"), **_account(network))
    telling.tell("serving-end")
    sys.stdout.flush()
    waiting = Event()
    try:
        while not waiting.wait(1.0):
            stage.west.check_alive()
            stage.east.check_alive()
    except KeyboardInterrupt:
        telling.tell("stopping")


def _account(network: "Network") -> dict[str, str]:
    """Somebody who may sign in to this desk for as long as it runs; the password is made now."""
    from secrets import token_urlsafe

    from comity.bootstrap.pages import passwords
    from comity.model.account import Role
    from comity.services.operate.accounts.keeping import Keeping

    name, password = "demo", token_urlsafe(12)
    with network.changed_rows() as records:
        Keeping(records.accounts, passwords(), datetime.now(UTC)).make(name, Role.ADMINISTRATOR, password)
    return {"account": name, "password": password}


@contextmanager
def heard() -> Iterator[None]:
    """SIGTERM ends this as Control-C does: by cleaning up."""

    def stop(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = {each: signal.signal(each, stop) for each in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
