"""``comity help export DIR``: the public pages about infected devices, as files that anybody can host.

Answers:    a folder of HTML that needs nothing else: it opens from a disk, without network. The same texts give the same bytes.
"""

import json
from pathlib import Path
from typing import Annotated

import typer

from comity.cli.configuration import settings
from comity.cli.speech import plain, speaker

command = typer.Typer(add_completion=False, no_args_is_help=True)


@command.callback()
def _group() -> None:
    """Public pages for subscribers."""


@command.command("export")
def export(
    folder: Annotated[Path, typer.Argument(metavar="DIR")],
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Write the public pages."""
    from comity.bootstrap.help import packs_of, public_house
    from comity.outlets.files.replacing import replaced
    from comity.web.help.export import site_files

    packs = packs_of(settings())
    made = site_files(packs, public_house(settings(), packs))
    for name, text in made.items():
        with replaced(folder / name) as file:
            file.write(text.encode("utf-8"))
    if as_json:
        print(json.dumps({"folder": str(folder), "files": len(made), "version": packs.version}))
        return
    print(speaker().say("help.exported", n=len(made), folder=plain(str(folder)), version=packs.version))
