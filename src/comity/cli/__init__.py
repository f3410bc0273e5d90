"""The command line: ``comity COMMAND ...``.

How a command comes to be (this is the whole convention):

1. ``GROUPS`` below names it, among those that belong to the same work: ``"read": "comity.cli.read"``.
2. That module has an attribute ``command``: a function with typer annotations, or a ``typer.Typer`` for a command with
   sub-commands. It is imported when the command is called, never before, so that ``comity --help`` stays quick.
3. Its words stand in ``locale/*/*.toml``: ``help.read`` is the text of the command (its first line is shown by ``comity --help``),
   ``help.read.json`` that of the parameter ``json`` (``help.case.list.json`` for a sub-command). No help text stands in code.
4. It speaks through ``comity.cli.speech.speaker().say(id, ...)``, shows strangers' text through ``comity.cli.speech.plain``,
   counts long work with ``comity.cli.progress.progress``, and takes its settings from ``comity.cli.configuration.settings()``.
   ``--language`` and ``--config`` are read here, wherever they stand; a command does not define them.
5. It returns None or an ``Outcome``, or raises ``ComityError``; the exit status comes from the one table in
   ``comity.model.outcomes``. An ``OSError`` that names a file becomes an error that names the file.

Trust:      arguments are the operator's own; texts of errors may quote strangers and are shown with control characters removed.
Answers:    ``main()`` gives the exit status: 0 done, 64 usage, 65 bad input, 70 a fault of ours, 75 try again, 78 configuration,
            130 interrupted. A closed pipe is not an error.
"""

import os
import sys
from collections.abc import Sequence
from typing import Final

# What each group is about: ``help.group-NAME``. Within a group, what comes first in use stands first.
GROUPS: Final[dict[str, dict[str, str]]] = {
    "begin": {
        "init": "comity.cli.init",
        "demo": "comity.cli.demo",
        "sample": "comity.cli.demo.sampling",
        "doctor": "comity.cli.operate.doctor",
    },
    "look": {
        "read": "comity.cli.read",
        "triage": "comity.cli.triage",
    },
    "desk": {
        "ingest": "comity.cli.desk.ingest",
        "search": "comity.cli.search",
        "case": "comity.cli.desk.case",
        "urgent": "comity.cli.desk.urgent",
        "sealed": "comity.cli.desk.sealed",
        "letter": "comity.cli.letter",
        "shunt": "comity.cli.desk.shunt",
        "playbook": "comity.cli.playbook",
        "suppress": "comity.cli.desk.suppress",
        "volume": "comity.cli.playbook.volume",
        "source": "comity.cli.desk.source",
        "report": "comity.cli.playbook.weekly",
    },
    "complain": {
        "complain": "comity.cli.complain",
        "send": "comity.cli.outgoing.send",
        "outbox": "comity.cli.outgoing.outbox",
        "redaction": "comity.cli.outgoing.redaction",
        "consumer": "comity.cli.consumer",
        "counters": "comity.cli.consumer.counters",
        "invite": "comity.cli.consumer.invite",
        "contact": "comity.cli.consumer.contact",
    },
    "judge": {
        "judge": "comity.cli.judging.judge",
        "learn": "comity.cli.judging.learn",
        "model": "comity.cli.judging.model",
        "evaluate": "comity.cli.judging.evaluate",
    },
    "whose": {
        "data": "comity.cli.data",
        "lease": "comity.cli.lease",
        "maillog": "comity.cli.operate.maillog",
        "trace": "comity.cli.operate.trace",
    },
    "remedy": {
        "sighting": "comity.cli.remedy.sighting",
        "notice": "comity.cli.notice",
        "garden": "comity.cli.remedy.garden",
        "subscriber": "comity.cli.remedy.subscriber",
        "effect": "comity.cli.remedy.effect",
        "help": "comity.cli.notice.site",
    },
    "prove": {
        "peer": "comity.cli.outgoing.peer",
        "agreement": "comity.cli.prove.agreement",
        "ledger": "comity.cli.ledger",
        "statement": "comity.cli.prove.statement",
        "recourse": "comity.cli.prove.recourse",
        "signal": "comity.cli.prove.signals",
        "practices": "comity.cli.prove.practices",
        "coalition": "comity.cli.prove.coalition",
    },
    "operate": {
        "serve": "comity.cli.operate.serve",
        "account": "comity.cli.desk.accounts",
        "token": "comity.cli.operate.token",
        "retention": "comity.cli.retention",
        "backup": "comity.cli.operate.backup",
        "db": "comity.cli.database",
        "export": "comity.cli.database.exporting",
        "bench": "comity.cli.bench",
        "capacity": "comity.cli.capacity",
    },
}
COMMANDS: Final[dict[str, str]] = {name: module for group in GROUPS.values() for name, module in group.items()}
# Commands that programs start for each mail: where ``meant`` of this module understands the command line, no other is loaded.
QUICK: Final[dict[str, str]] = {"judge": "comity.cli.judging.verdicts"}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command line and give its exit status; without arguments that of this process, which does nothing else."""
    from comity.outlets.models.processor import suit_numpy
    from comity.outlets.readers import circles

    if arguments is None:
        circles.begin()
    suit_numpy(os.environ)
    from comity.cli import frame

    return frame.run(tuple(sys.argv[1:] if arguments is None else arguments), GROUPS, QUICK)
