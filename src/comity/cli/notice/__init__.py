"""``comity notice preview|lint|check|send|list``: what subscribers are told, before and after they are told it.

Trust:      a reference that is checked is a stranger's word; what is shown of its case is for our own staff.
Answers:    files of previews, faults of templates (exit 65 where there are any), what became of a reference, a notice that leaves.
"""

import typer

from comity.cli.notice import giving, showing

command = typer.Typer(add_completion=False, no_args_is_help=True)


@command.callback()
def _group() -> None:
    """Notices to subscribers."""


command.command("preview")(showing.preview)
command.command("lint")(showing.lint)
command.command("check")(giving.check)
command.command("send")(giving.send)
command.command("list")(giving.show)
