"""``comity trace make SUBJECT`` and ``comity trace read VALUE``: the sealed header that says whose a mail is, to us alone.

Trust:      the keys are ours; a value may be anybody's, and says nothing where no key of ours opens it.
Answers:    ``make`` prints the header for one mail, for a mail server that puts it on; ``read`` whose it is. Exit status 65 where
            nothing opens it.
"""

import json
from typing import Annotated

import typer

from comity.cli.configuration import settings
from comity.cli.speech import plain, speaker
from comity.cli.wrapping import put
from comity.formats import trace
from comity.model.outcomes import ComityError, Outcome

command = typer.Typer(add_completion=False, no_args_is_help=True)

_JSON = Annotated[bool, typer.Option("--json")]


@command.command()
def make(subject: Annotated[str, typer.Argument(metavar="SUBJECT")], as_json: _JSON = False) -> None:
    """Seal the name of a customer, a login or a line."""
    from comity.bootstrap.sources.tracing import tracer

    value = tracer(settings())(subject)
    if value is None:
        most = trace.SUBJECT_LIMIT
        details = {"text": subject, "most": most}
        raise ComityError("trace-subject", f"no name of 1 to {most} bytes", outcome=Outcome.USAGE, details=details)
    print(json.dumps({"name": trace.HEADER, "value": value}) if as_json else f"{trace.HEADER}: {value}")


@command.command()
def read(value: Annotated[str, typer.Argument(metavar="VALUE")], as_json: _JSON = False) -> Outcome:
    """Open a value."""
    from comity.bootstrap.sources.tracing import trace_keys

    keys = trace_keys(settings())
    stated = value.strip()
    if stated.lower().startswith(f"{trace.HEADER.lower()}:"):
        stated = stated.partition(":")[2]
    found = None if keys is None else trace.read(stated, keys)
    if as_json:
        sent = found and found.sent.isoformat()
        print(
            json.dumps(
                {"subject": found and found.subject, "sent": sent, "key": found and found.key}, ensure_ascii=True
            )
        )
    elif found is None:
        put(speaker().say("trace.closed"))
    else:
        day = f"{found.sent:%Y-%m-%d %H:%M}"
        put(speaker().say("trace.opened", subject=plain(found.subject, 80), sent=day, key=found.key))
    return Outcome.DONE if found is not None else Outcome.BAD_INPUT
