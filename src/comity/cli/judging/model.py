"""``comity model show|list|export|import|diff|rollback``: what the filter has learnt, as a file.

Answers:    one JSON object with ``--json``. A damaged, foreign or newer file is refused by name, and the model in use stays.
Limits:     "-" is standard output or input, so that machines which only judge get a model through a pipe; the same model again
            changes nothing. What is exported holds weights only; ``--whole`` adds what is needed to go on learning exactly as here.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from comity.cli.configuration import settings
from comity.cli.speech import plain, speaker
from comity.cli.wrapping import put
from comity.model.outcomes import ComityError, Outcome

command = typer.Typer(add_completion=False)

_VERSIONS: Final = 30
AsJson = Annotated[bool, typer.Option("--json")]


@command.command("show")
def show(file: Annotated[Path | None, typer.Argument()] = None, as_json: AsJson = False) -> None:
    """What a model learnt from."""
    from comity.bootstrap.judging import filter_in, kept_filter
    from comity.services.judge.comparing import described

    _out(described(kept_filter(settings()) if file is None else filter_in(file)), as_json)


@command.command("export")
def export(file: Path, whole: bool = False, as_json: AsJson = False) -> None:
    """Write the model in use into a file."""
    from comity.bootstrap.judging import kept_filter
    from comity.outlets.model_file import write_model
    from comity.verdict.model_file import pack

    judge = kept_filter(settings())
    if str(file) == "-":
        sys.stdout.buffer.write(pack(judge.model() if whole else judge.portable()))
        sys.stdout.buffer.flush()
        return
    size = write_model(file, judge.model() if whole else judge.portable())
    _out({"file": str(file), "bytes": size}, as_json)


@command.command("import")
def import_(file: Path, anyway: Annotated[bool, typer.Option("--anyway")] = False, as_json: AsJson = False) -> None:
    """Use the model in a file from now on."""
    from comity.bootstrap.judging import filter_in, filter_on_input, is_kept
    from comity.bootstrap.learning import put_by_operator, refuse_what_is_worse
    from comity.services.judge.comparing import described

    judge = filter_on_input() if str(file) == "-" else filter_in(file)
    is_new = not is_kept(settings(), judge)
    if is_new and not anyway:
        refuse_what_is_worse(settings(), judge)
    if is_new:  # the same again must not take the place of the one before
        put_by_operator(settings(), judge)
    _out({"changed": is_new, **described(judge)}, as_json)


@command.command("diff")
def diff(file: Path, other: Annotated[Path | None, typer.Argument()] = None, as_json: AsJson = False) -> None:
    """How the model in use, or the other file, differs from a file."""
    from comity.bootstrap.judging import filter_in, kept_filter
    from comity.services.judge.comparing import compared

    after = kept_filter(settings()) if other is None else filter_in(other)
    _out(compared(filter_in(file), after), as_json)


@command.command("list")
def versions(as_json: AsJson = False) -> None:
    """The newest models, and what each learnt from."""
    from comity.bootstrap.desk import desk_read
    from comity.services.judge.learning.showing import version_row

    with desk_read(settings()) as rows:
        found = [version_row(each) for each in rows.learning.versions(_VERSIONS)]
    say = speaker().say
    if not found and not as_json:
        put(say("model.list-none"))
    for row in found:
        if as_json:
            sys.stdout.write(json.dumps(row) + "\n")
            continue
        at, kind = row["at"][:16].replace("T", " "), say(f"learn.kind.{row['kind']}")
        sys.stdout.write(f"{row['version']:>6}  {at}  {kind}\n")
        words = say("model.list-samples", spam=row["samples_spam"], legitimate=row["samples_legitimate"])
        sys.stdout.write(f"{'':8}{words}\n")
        if not row["serves"]:
            sys.stdout.write(f"{'':8}{say('model.list-refused')}\n")


@command.command("rollback")
def rollback(version: Annotated[int | None, typer.Argument()] = None, as_json: AsJson = False) -> None:
    """Put the model before the last change back, or this one."""
    from comity.bootstrap.judging import kept_filter, previous_path
    from comity.bootstrap.learning import rolled_back
    from comity.services.judge.comparing import described

    if not rolled_back(settings(), version):
        message = "there is no earlier model"
        place = str(previous_path(settings()))
        raise ComityError("model-no-previous", message, outcome=Outcome.BAD_INPUT, place=place)
    _out(described(kept_filter(settings())), as_json)


def _out(row: dict[str, Any], as_json: bool) -> None:
    if as_json:
        sys.stdout.write(json.dumps(row) + "\n")
        return
    say = speaker().say
    for name, value in row.items():
        called = say("model." + name.replace("_", "-"))
        if isinstance(value, dict | list):
            put(f"{called}:", *(f"  {each}" for each in _parts(value)))
        else:
            put(f"{called}: {_shown(value)}")


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return speaker().say("model.yes" if value else "model.no")
    return f"{value:,}" if isinstance(value, int) else plain(str(value), 300)


def _parts(several: dict[str, Any] | list[Any]) -> Iterator[str]:
    """What is counted of each part: of a language, a source or a view, in words where there are any."""
    words = speaker()
    rows = several.items() if isinstance(several, dict) else ((each.get("name", "-"), each) for each in several)
    for name, value in rows:
        called = words.called(f"model.part.{name}", plain(str(name), 60))
        if not isinstance(value, dict):
            yield f"{called}: {_shown(value)}"
            continue
        counts = {which: n for which, n in value.items() if which != "name"}
        named = (f"{words.called(f'model.{which}', plain(which, 40))}: {_shown(n)}" for which, n in counts.items())
        yield f"{called}: {', '.join(named)}"
