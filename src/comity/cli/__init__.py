"""The command line: ``comity COMMAND ...``.

How a command comes to be (this is the whole convention):

1. ``COMMANDS`` below names it: ``"read": "comity.cli.read"``.
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

COMMANDS: Final[dict[str, str]] = {
    "init": "comity.cli.init",
    "demo": "comity.cli.demo",
    "read": "comity.cli.read",
    "triage": "comity.cli.triage",
    "ingest": "comity.cli.desk.ingest",
    "case": "comity.cli.desk.case",
    "urgent": "comity.cli.desk.urgent",
    "sealed": "comity.cli.desk.sealed",
    "shunt": "comity.cli.desk.shunt",
    "playbook": "comity.cli.playbook",
    "suppress": "comity.cli.desk.suppress",
    "source": "comity.cli.desk.source",
    "notice": "comity.cli.notice",
    "help": "comity.cli.notice.site",
    "volume": "comity.cli.playbook.volume",
    "report": "comity.cli.playbook.weekly",
    "complain": "comity.cli.complain",
    "judge": "comity.cli.judging.judge",
    "learn": "comity.cli.judging.learn",
    "evaluate": "comity.cli.judging.evaluate",
    "model": "comity.cli.judging.model",
    "serve": "comity.cli.operate.serve",
    "token": "comity.cli.operate.token",
    "account": "comity.cli.desk.accounts",
    "peer": "comity.cli.outgoing.peer",
    "agreement": "comity.cli.prove.agreement",
    "consumer": "comity.cli.consumer",
    "counters": "comity.cli.consumer.counters",
    "invite": "comity.cli.consumer.invite",
    "contact": "comity.cli.consumer.contact",
    "redaction": "comity.cli.outgoing.redaction",
    "outbox": "comity.cli.outgoing.outbox",
    "ledger": "comity.cli.ledger",
    "statement": "comity.cli.prove.statement",
    "recourse": "comity.cli.prove.recourse",
    "practices": "comity.cli.prove.practices",
    "signal": "comity.cli.prove.signals",
    "coalition": "comity.cli.prove.coalition",
    "send": "comity.cli.outgoing.send",
    "data": "comity.cli.data",
    "lease": "comity.cli.lease",
    "maillog": "comity.cli.operate.maillog",
    "trace": "comity.cli.operate.trace",
    "sighting": "comity.cli.remedy.sighting",
    "effect": "comity.cli.remedy.effect",
    "backup": "comity.cli.operate.backup",
    "db": "comity.cli.database",
    "subscriber": "comity.cli.remedy.subscriber",
    "garden": "comity.cli.remedy.garden",
    "doctor": "comity.cli.operate.doctor",
    "bench": "comity.cli.bench",
}
# Commands that programs start for each mail: where ``meant`` of this module understands the command line, no other is loaded.
QUICK: Final[dict[str, str]] = {"judge": "comity.cli.judging.verdicts"}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command line and give its exit status."""
    # numpy starts a thread for each core, for multiplying matrices, which nothing here does: a sixth of judging one mail.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    from comity.cli import frame

    return frame.run(tuple(sys.argv[1:] if arguments is None else arguments), COMMANDS, QUICK)
