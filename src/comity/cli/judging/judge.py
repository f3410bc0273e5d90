"""``comity judge PATH...|- [--json]``: what each mail is, and why; ``--filter`` for a pipe: mail in, mail with our fields out.

Answers:    see ``verdicts``, which the frame asks first: this is the command line in all its forms.
"""

from typing import Annotated

import typer

from comity.cli.judging.verdicts import judge_all, pass_on
from comity.model.outcomes import ComityError, Outcome


def command(  # noqa: PLR0917 - the options of a command line
    path: Annotated[list[str] | None, typer.Argument()] = None,
    as_json: Annotated[bool, typer.Option("--json")] = False,
    as_filter: Annotated[bool, typer.Option("--filter")] = False,
    processes: Annotated[int, typer.Option("--processes", min=1, max=512)] = 1,
    dask: Annotated[str | None, typer.Option("--dask")] = None,
) -> Outcome:
    """Judge each item of each path, or what comes through a pipe."""
    if as_filter == bool(path):
        raise ComityError("judge-path-or-filter", "name mails, or filter one", outcome=Outcome.USAGE)
    if as_filter:
        return pass_on()
    if dask is not None:
        from comity.outlets.fanning.cluster import cluster

        return judge_all(path or [], as_json=as_json, hands=lambda judge: cluster(judge, dask))
    if processes > 1:
        from comity.outlets.fanning.processes import processes as several

        return judge_all(path or [], as_json=as_json, hands=lambda judge: several(judge, processes))
    return judge_all(path or [], as_json=as_json)
