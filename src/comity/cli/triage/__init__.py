"""``comity triage SOURCE --own FILES``: an abuse mailbox as cases on one page. The Monday command.

Trust:      the mailbox is strangers'; nothing in it is changed, followed or sent. The password of a mailbox comes from
            COMITY_IMAP_PASSWORD or is asked for.
Answers:    a terminal page or ``--json`` lines on standard output, and with ``--out`` one HTML page.
Limits:     interrupted with Control-C it keeps what it has read beside the page, and says how to go on.
"""

import os
import shlex
import sys
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from comity.cli import days
from comity.cli.configuration import settings
from comity.cli.password import password
from comity.cli.progress import progress
from comity.cli.speech import plain, speaker
from comity.model.case import ItemFacts, Triage
from comity.model.outcomes import ComityError, Outcome

if TYPE_CHECKING:
    from comity.formats.own_side import Mistake
    from comity.model.holding import Holding

_WRONG_LINES_SHOWN = 10


def command(
    source: Annotated[str, typer.Argument(metavar="SOURCE")],
    *,
    own: Annotated[list[str] | None, typer.Option("--own", metavar="FILES")] = None,
    out: Annotated[Path | None, typer.Option("--out", metavar="FILE", dir_okay=False)] = None,
    state: Annotated[Path | None, typer.Option("--state", metavar="FILE", dir_okay=False)] = None,
    since: Annotated[str | None, typer.Option("--since", metavar="DAY")] = None,
    as_json: Annotated[bool, typer.Option("--json")] = False,
    resume: Annotated[bool, typer.Option("--resume/--no-resume")] = True,
) -> None:
    """Read, group, show."""
    from comity.cases.grouping import group
    from comity.cases.own_side import OwnSide
    from comity.cli.triage.lines import lines
    from comity.cli.triage.screen import show

    now = datetime.now(UTC)
    beginning = days.back(since, now) if since else None
    own_side = OwnSide(_holdings(own))
    if state is None and out is not None:
        state = out.with_name(out.name + ".state")
    for kept, option in ((out, "--out"), (state, "--state")):
        _folder_there(kept, option)
    if state is not None and not resume:
        state.unlink(missing_ok=True)
    facts = _gather(source, state=state, out=out, since=beginning)
    triage = group(facts, own_side, now, since=beginning)
    if out is not None:
        _write_page(triage, source, out)
    if as_json:
        for line in lines(triage, source):
            print(line)
    else:
        show(triage, source, out)


def _folder_there(path: Path | None, option: str) -> None:
    """Ten thousand mails are not read for a page that has no place."""
    if path is not None and not path.parent.is_dir():
        folder = str(path.parent)
        raise ComityError(
            "folder-missing",
            f"there is no folder {folder}",
            outcome=Outcome.USAGE,
            place=f"{option} {path}",
            remedy="Make it first, or name a file in another folder.",
            details={"folder": folder},
        )


def _holdings(own: list[str] | None) -> list["Holding"]:
    """All that is ours, from the lists named on the command line, else from the settings.

    A line that cannot be used ends the run before anything is read: a wrong list makes wrong cases.
    """
    from comity.formats.own_side import read_own

    names = [name.strip() for each in own or () for name in each.split(",") if name.strip()]
    lists = [read_own(_bytes_of(name), name) for name in names or map(str, settings().own.files)]
    if not names:
        stated = [*map(str, settings().own.networks), *settings().own.domains]
        lists.append(read_own("\n".join(stated).encode(), "comity.toml, [own]"))
    if not any(each.holdings or each.mistakes for each in lists):
        remedy = "Give --own with lists of your prefixes and domains, or name them in the settings, section [own]."
        raise ComityError(
            "own-missing", "nothing says what is yours", outcome=Outcome.USAGE, place="--own", remedy=remedy
        )
    mistakes = [mistake for each in lists for mistake in each.mistakes]
    if mistakes:
        _say_mistakes(mistakes)
        details = {"n": len(mistakes)}
        raise ComityError(
            "own-lines", f"{len(mistakes)} lines cannot be used", outcome=Outcome.CONFIGURATION, details=details
        )
    return [holding for each in lists for holding in each.holdings]


def _bytes_of(name: str) -> bytes:
    try:
        return Path(name).read_bytes()
    except FileNotFoundError:
        remedy = "--own and own.files take lists of your prefixes and domains, one a line; several files after commas."
        raise ComityError(
            "own-file-missing", "there is no such file", outcome=Outcome.BAD_INPUT, place=name, remedy=remedy
        ) from None


def _say_mistakes(mistakes: list["Mistake"]) -> None:
    words = speaker()
    for mistake in mistakes[:_WRONG_LINES_SHOWN]:
        said = words.say(f"error.{mistake.code}", text=plain(mistake.text, 60), advice=plain(mistake.advice or ""))
        print(f"comity: {plain(mistake.place)}: {said}", file=sys.stderr)
    if len(mistakes) > _WRONG_LINES_SHOWN:
        print("comity: " + words.say("own-more", n=len(mistakes) - _WRONG_LINES_SHOWN), file=sys.stderr)


def _gather(source: str, *, state: Path | None, out: Path | None, since: datetime | None) -> list[ItemFacts]:
    """The facts of every item; interrupted, what was read is on file and the way to go on is said."""
    from comity.bootstrap import reader_for
    from comity.outlets.mailboxes import Opening, open_source
    from comity.outlets.triage_state import StateFile
    from comity.services.receive.triage import NoMemory, gather

    keeping: AbstractContextManager[StateFile | None] = nullcontext()
    if state is not None:
        keeping = StateFile(state, version=_version(settings().reading.trusted_hosts), source=_named(source))
    facts: list[ItemFacts] = []
    try:
        with keeping as kept, progress(speaker().say("triage.progress")) as bar:
            opening = Opening(
                known=kept if kept is not None else frozenset(),
                since=since,
                password=password,
                without=frozenset(path for path in (out, state) if path is not None),
            )
            for item, found in gather(open_source(source, opening), reader_for(settings()), kept or NoMemory()):
                facts.append(found)
                bar.advance(share=item.share)
    except KeyboardInterrupt:
        _say_how_to_go_on(len(facts), kept=state is not None)
        raise
    return facts


def _say_how_to_go_on(count: int, *, kept: bool) -> None:
    words = speaker()
    print("comity: " + words.say("triage.interrupted", n=count), file=sys.stderr)
    again = shlex.join(["comity", *(word for word in sys.argv[1:] if word != "--no-resume")])
    print("  " + (words.say("triage.go-on", command=again) if kept else words.say("triage.no-state")), file=sys.stderr)


def _version(trusted: tuple[str, ...]) -> str:
    """Changes whenever the code that reads changes, so that an old state never shows what an older reader made of a mail."""
    from hashlib import blake2b

    import comity

    digest = blake2b(repr(sorted(trusted)).encode(), digest_size=12)
    root = Path(comity.__file__).parent
    for path in sorted([*root.glob("formats/**/*.py"), *root.glob("model/*.py"), root / "cases" / "facts.py"]):
        digest.update(path.read_bytes())
    return f"{comity.__version__}-{digest.hexdigest()}"


def _named(source: str) -> str:
    """The source as the state names it: a path is the same from whatever folder it was given."""
    return source if source == "-" or "://" in source else str(Path(source).resolve())


def _write_page(triage: Triage, source: str, out: Path) -> None:
    """Write beside the target first: a page is whole or not there."""
    from comity.web.pages.triage import render

    fresh = out.with_name(f".{out.name}.{os.getpid()}.tmp")
    try:
        fresh.write_text(render(triage, source, speaker().language), encoding="utf-8")
        fresh.replace(out)
    except OSError as error:
        error.filename = str(out)  # a write does not say by itself which file had no room
        raise
    finally:
        fresh.unlink(missing_ok=True)
