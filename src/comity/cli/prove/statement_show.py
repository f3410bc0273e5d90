"""``comity statement show``: a joint statement for people, in both languages, as a page and as a PDF.

Trust:      a stranger's file: its texts are escaped on the page, and data to the typesetter.
Answers:    files, each replaced as one. Exit status 65 where keys were given and the statement does not hold: the page says so too.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from comity.cli.speech import plain, speaker
from comity.cli.wrapping import put
from comity.model.outcomes import ComityError, Outcome

if TYPE_CHECKING:
    from comity.web.pages.statement_view import View


def command(  # noqa: PLR0917 - the options of a command line
    path: Annotated[Path, typer.Argument(metavar="FILE", exists=True, dir_okay=False)],
    keys: Annotated[list[str] | None, typer.Argument(metavar="[KEY...]")] = None,
    html: Annotated[Path | None, typer.Option("--html", metavar="FILE", dir_okay=False)] = None,
    pdf: Annotated[Path | None, typer.Option("--pdf", metavar="FILE", dir_okay=False)] = None,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> Outcome:
    """Write a statement for people."""
    if html is None and pdf is None:
        raise ComityError("statement-show-nothing", "nothing to write", outcome=Outcome.USAGE)
    view, holds = _view(path, keys)
    if html is not None:
        from comity.web.pages.statement import render

        write_file(html, render(view).encode("utf-8"))
    if pdf is not None:
        from comity.outlets.typesetting import pdf as typeset

        template = files("comity.web").joinpath("templates", "statement.typ").read_text(encoding="utf-8")
        write_file(pdf, typeset(template, asdict(view)))
    written = [str(each) for each in (html, pdf) if each is not None]
    if as_json:
        print(json.dumps({"written": written, "holds": holds}))
    else:
        for each in written:
            put(speaker().say("statement.written", path=plain(each)))
    return Outcome.BAD_INPUT if holds is False else Outcome.DONE


def _view(path: Path, keys: list[str] | None) -> tuple["View", bool | None]:
    """The view of a file, and whether it holds; None where no keys were given."""
    from comity.bootstrap.proving import keys_in
    from comity.services.prove.stating.checking import check
    from comity.services.prove.stating.making import read
    from comity.web.pages.statement_view import view_of

    data = path.read_bytes()
    found = read(data)
    if found is None:
        raise _no_statement(path)
    statement, note = found
    checked = check(data, keys_in(keys)) if keys else None
    _shaped(statement, path)
    return view_of(statement, note, checked), None if checked is None else not checked.faults


def _shaped(statement: Mapping[str, Any], path: Path) -> None:
    """Refuse what has not the form of a statement: it could not be shown."""
    from comity.services.prove.stating.checking import check
    from comity.services.prove.stating.making import write

    faults = check(write(statement, None), (), signed=False).faults
    if any(fault.code in ("form", "bytes-changed") for fault in faults):
        raise _no_statement(path)


def _no_statement(path: Path) -> ComityError:
    return ComityError("statement-form", "this is no joint statement", outcome=Outcome.BAD_INPUT, place=str(path))


def write_file(path: Path, data: bytes) -> None:
    """Replace the file as one: what was there stays until the new one is whole."""
    beside = path.with_name(f".{path.name}.new")
    beside.write_bytes(data)
    beside.replace(path)
