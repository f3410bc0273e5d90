"""``comity signal``: what networks tell each other about networks, domains and campaigns, and the lists made of it."""

import typer

from comity.cli.prove.signals import deciding, exchanging, showing

command = typer.Typer(add_completion=False, no_args_is_help=True)
command.command("propose")(deciding.propose)
command.command("list")(showing.show_all)
command.command("show")(showing.show)
command.command("adopt")(deciding.adopt)
command.command("drop")(deciding.drop)
command.command("withdraw")(deciding.withdraw)
command.command("rule")(deciding.rule)
command.command("rules")(showing.rules)
command.command("end-rule")(deciding.end_rule)
command.command("send")(exchanging.send)
command.command("give")(exchanging.give)
command.command("write")(exchanging.write)
command.command("take")(exchanging.take)
command.command("export")(exchanging.export)
