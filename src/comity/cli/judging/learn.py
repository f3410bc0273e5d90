"""``comity learn spam|legitimate PATH...``: tell the filter what each mail is; ``status|retract|lift``: what people teach it.

Answers:    the new model takes the place of the old one once all of it was learnt; after a fault the old one stays.
Limits:     what people taught stays upon what the operator teaches: all of it is learnt again, a second for some thousand mails.
"""

import json
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from comity.cli.configuration import settings
from comity.cli.judging.people import lift, retract, status
from comity.cli.progress import progress
from comity.cli.speech import plain, speaker
from comity.model.mailbox import Condition
from comity.model.outcomes import Outcome

if TYPE_CHECKING:
    from comity.services.judge.filtering import Filter

command = typer.Typer(add_completion=False, no_args_is_help=True)
command.command("status")(status)
command.command("retract")(retract)
command.command("lift")(lift)

Paths = Annotated[list[str], typer.Argument()]
AsJson = Annotated[bool, typer.Option("--json")]


@command.command("spam")
def spam(path: Paths, as_json: AsJson = False) -> Outcome:
    """Learn each item of each path as spam."""
    return _learn(path, is_spam=True, as_json=as_json)


@command.command("legitimate")
def legitimate(path: Paths, as_json: AsJson = False) -> Outcome:
    """Learn each item of each path as legitimate."""
    return _learn(path, is_spam=False, as_json=as_json)


def _learn(path: list[str], *, is_spam: bool, as_json: bool) -> Outcome:
    from comity.bootstrap.learning import taught_by_operator
    from comity.formats.spam_headers import without_marks
    from comity.outlets.mailboxes import as_given, open_source
    from comity.services.judge.lots import in_lots

    learnt, closed = 0, list[str]()

    def teach(judge: "Filter") -> None:
        nonlocal learnt
        with progress(speaker().say("learn.progress")) as line:
            for lot in in_lots(item for each in path for item in as_given(each, open_source(each))):
                plain_data = [without_marks(item.data) for item in lot]
                judge.look_ahead(plain_data)
                for item, data in zip(lot, plain_data, strict=True):
                    line.advance(share=item.share)
                    if item.condition is Condition.CLOSED:
                        closed.append(item.name)
                    else:
                        judge.learn(data, is_spam, sure=True)
                        learnt += 1

    taught_by_operator(settings(), teach)
    kind = "spam" if is_spam else "legitimate"
    if as_json:
        sys.stdout.write(json.dumps({"kind": kind, "learnt": learnt, "closed": len(closed)}) + "\n")
    else:
        sys.stdout.write(speaker().say("learn.done", n=learnt, kind=speaker().say(f"verdict.{kind}")) + "\n")
        for name in closed:
            sys.stdout.write(f"{plain(name)}: {speaker().say('why.cannot-open')}\n")
    return Outcome.BAD_INPUT if closed else Outcome.DONE
