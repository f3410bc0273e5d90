"""``comity sample load|status|remove``: a desk with made-up data beside one's own, made by the networks of the demonstration.

Trust:      the mail is our own, and goes through the same doors as everywhere, on loopback.
Answers:    one line, or one JSON object. The real store is not opened by any of it.
Limits:     both networks run while it is loaded; what is kept is one of them, and no process works its store off afterwards.
"""

import json
import shutil
from contextlib import ExitStack
from typing import TYPE_CHECKING, Annotated

import typer

from comity.cli.configuration import settings
from comity.cli.progress import progress
from comity.cli.speech import plain, speaker
from comity.model.outcomes import ComityError, Outcome
from comity.services.public.times import instant

if TYPE_CHECKING:
    from pathlib import Path

    from comity.cli.progress import Progress

command = typer.Typer(add_completion=False, no_args_is_help=True)
_AsJson = Annotated[bool, typer.Option("--json")]
_STEPS = 26  # of the demonstration, and ours


@command.callback()
def _group() -> None:
    """A desk to look around."""


@command.command("load")
def load(as_json: _AsJson = False) -> None:
    """Fill it."""
    from comity.bootstrap.pages.sampling import SampleFolder
    from comity.cli.demo import heard

    sample = SampleFolder(settings())
    with sample.making() as folder, heard(), progress(speaker().say("sample.progress"), _STEPS) as bar:
        cases = _filled(folder, bar)
    if as_json:
        print(json.dumps({"sample": "loaded", "folder": str(sample.folder), "cases": cases}))
    else:
        print(speaker().say("sample.loaded", cases=cases, place=plain(str(sample.folder))))


@command.command("status")
def status(as_json: _AsJson = False) -> None:
    """Whether it is there."""
    from comity.bootstrap.pages.sampling import SampleFolder

    sample = SampleFolder(settings())
    state, loaded = sample.state(), sample.loaded()
    since = None if loaded is None else instant(loaded.since)
    if as_json:
        print(json.dumps({"sample": state.value, "folder": str(sample.folder), "since": since}))
        return
    name = "is-loaded" if loaded is not None else state.value
    print(speaker().say(f"sample.{name}", place=plain(str(sample.folder)), since=since or ""))


@command.command("remove")
def remove(as_json: _AsJson = False) -> None:
    """Take it away."""
    from comity.bootstrap.pages.sampling import SampleFolder

    sample = SampleFolder(settings())
    was_there = sample.remove()
    if as_json:
        print(json.dumps({"sample": "none", "folder": str(sample.folder), "was_there": was_there}))
    else:
        print(speaker().say("sample.removed" if was_there else "sample.was-none"))


def _filled(folder: "Path", bar: "Progress") -> int:
    """Run the demonstration in this folder, add what it has not, and keep the one network whose desk is shown."""
    from comity.bootstrap.pages.sampling import NETWORK
    from comity.cli.demo import stage_in
    from comity.cli.demo.furnishing import furnish
    from comity.cli.demo.loop import Loop
    from comity.cli.demo.telling import Telling

    telling = Telling(as_json=False, begun=bar.advance)
    with ExitStack() as stack:
        stage = stage_in(folder, None, telling, stack=stack, databases={})
        Loop(stage, telling).run()
        if telling.broken:
            raise ComityError(
                "sample-failed",
                "a check of the sample networks did not hold",
                outcome=Outcome.TRY_AGAIN,
                place=str(folder),
                details={"checks": ", ".join(telling.broken)},
            )
        furnish(stage.east)
        cases = len(stage.east.comity("case", "list").lines)
    for each in folder.iterdir():
        if each.is_dir() and each.name != NETWORK:
            shutil.rmtree(each)
    return cases
