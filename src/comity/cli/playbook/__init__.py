"""``comity playbook``: what is done about cases by itself.

Answers:    ``check``, ``list``, ``show``; each with ``--json``. ``try`` and ``turn`` stand in ``comity.cli.playbook.running``.
"""

import json
from pathlib import Path
from typing import Annotated

import typer

from comity.cli.configuration import settings
from comity.cli.playbook import running
from comity.cli.playbook.lines import lines_of
from comity.cli.speech import plain, speaker
from comity.cli.wrapping import put, wrapped
from comity.services.public.pages.playbook_words import object_of

command = typer.Typer(add_completion=False, no_args_is_help=True)

for _function in (running.turn, running.try_out):
    command.command("try" if _function is running.try_out else "turn")(_function)

AsJson = Annotated[bool, typer.Option("--json")]


@command.command()
def check(files: Annotated[list[str], typer.Argument(metavar="FILE...")], as_json: AsJson = False) -> None:
    """Say whether playbooks can be used."""
    from comity.bootstrap.playbook import playbook_named

    for name in files:
        playbook = playbook_named(name, Path())
        if as_json:
            print(json.dumps({"file": name, **object_of(playbook)}, ensure_ascii=True))
        else:
            n, rules = len(playbook.states) + 1, len(playbook.rules())
            put(speaker().say("playbook.fine", file=plain(name, 60), name=playbook.name, n=n, rules=rules))


@command.command("list")
def list_playbooks(as_json: AsJson = False) -> None:
    """Show the playbooks there are."""
    from comity.bootstrap.playbook import playbook_in_use, playbook_named, shipped

    found, words = settings(), speaker()
    named = found.playbook.use
    own = [] if named is None or named in shipped() else [named]
    for name in (*shipped(), *own):
        playbook = playbook_in_use(found) if name == named else playbook_named(name, Path())
        if playbook is None:
            continue
        if as_json:
            print(json.dumps({"in_use": name == named, **object_of(playbook)}, ensure_ascii=True))
            continue
        used = f"  [{words.say('playbook.in-use')}]" if name == named else ""
        put(f"{plain(name, 40)}{used}")
        about = playbook.about.get(words.language[:2]) or playbook.about.get("en")
        if about:
            print("\n".join(f"    {line}" for line in wrapped(plain(about), 76)))


@command.command()
def show(
    name: Annotated[str | None, typer.Argument(metavar="PLAYBOOK")] = None,
    *,
    text: Annotated[bool, typer.Option("--text")] = False,
    as_json: AsJson = False,
) -> None:
    """Show one playbook."""
    from comity.bootstrap.playbook import needed_playbook, text_of

    found = settings()
    playbook = needed_playbook(found, name)
    if text:
        folder = found.file.parent if found.file and name is None else Path()
        print(text_of(name or found.playbook.use or "", folder)[0], end="")
    elif as_json:
        print(json.dumps(object_of(playbook), ensure_ascii=True))
    else:
        for line in lines_of(playbook):
            print(line)
