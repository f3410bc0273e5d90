"""``comity judge PATH...|- [--json]``: what each mail is, and why; ``--filter`` for a pipe: mail in, mail with our fields out.

Answers:    see ``verdicts``, which the frame asks first: this is the command line in all its forms.
"""

from typing import Annotated

import typer

from comity.cli.judging.verdicts import judge_all, pass_on
from comity.model.outcomes import ComityError, Outcome


def command(
    path: Annotated[list[str] | None, typer.Argument()] = None,
    as_json: Annotated[bool, typer.Option("--json")] = False,
    as_filter: Annotated[bool, typer.Option("--filter")] = False,
) -> Outcome:
    """Judge each item of each path, or what comes through a pipe."""
    if as_filter == bool(path):
        raise ComityError("judge-path-or-filter", "name mails, or filter one", outcome=Outcome.USAGE)
    if as_filter:
        return pass_on()
    return judge_all(path or [], as_json=as_json)
