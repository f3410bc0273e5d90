"""``comity learn spam|legitimate PATH...``: tell the filter what each mail is.

Answers:    the new model takes the place of the old one once all of it was learnt; after a fault the old one stays.
"""

import json
import sys
from enum import StrEnum
from typing import Annotated

import typer

from comity.cli.configuration import settings
from comity.cli.progress import progress
from comity.cli.speech import plain, speaker
from comity.model.mailbox import Condition
from comity.model.outcomes import Outcome


class Kind(StrEnum):
    """What the mail is."""

    SPAM = "spam"
    LEGITIMATE = "legitimate"


def command(
    kind: Kind,
    path: Annotated[list[str], typer.Argument()],
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> Outcome:
    """Learn each item of each path."""
    from comity.bootstrap.judging import keep, kept_filter
    from comity.outlets.mailboxes import as_given, open_source

    judge = kept_filter(settings())
    learnt, closed = 0, []
    with progress(speaker().say("learn.progress")) as line:
        for each in path:
            for item in as_given(each, open_source(each)):
                line.advance(share=item.share)
                if item.condition is Condition.CLOSED:
                    closed.append(item.name)
                else:
                    judge.learn(item.data, kind is Kind.SPAM)
                    learnt += 1
    keep(settings(), judge)
    if as_json:
        sys.stdout.write(json.dumps({"kind": kind.value, "learnt": learnt, "closed": len(closed)}) + "\n")
    else:
        sys.stdout.write(speaker().say("learn.done", n=learnt, kind=speaker().say(f"verdict.{kind}")) + "\n")
        for name in closed:
            sys.stdout.write(f"{plain(name)}: {speaker().say('why.cannot-open')}\n")
    return Outcome.BAD_INPUT if closed else Outcome.DONE
