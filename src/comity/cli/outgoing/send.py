"""``comity send --once``: decide on the complaints that are due, and send what waits.

Answers:    how much left; its exit status is 75 where the mail host could not be reached, and 0 else.
Limits:     ``comity serve`` does the same all the time.
"""

import json
from datetime import UTC, datetime
from typing import Annotated

import typer

from comity.cli.configuration import settings
from comity.cli.speech import plain, speaker
from comity.cli.wrapping import put
from comity.model.outcomes import ComityError, Outcome


def command(
    once: Annotated[bool, typer.Option("--once")] = False,
    dns: Annotated[bool, typer.Option("--dns")] = False,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> Outcome:
    """Decide, and send."""
    from comity.bootstrap.remedy.joining import from_complaints
    from comity.bootstrap.sending import provider_side, sending_as

    if not once:
        raise ComityError("send-once", "say --once; comity serve sends all the time", outcome=Outcome.USAGE)
    found = settings()
    side = provider_side(found, dns=dns, is_reporting=False, seeing=from_complaints(found))
    decided = released = 0
    while (batch := side.deciding.run(datetime.now(UTC))).complaints or batch.shunted:
        decided, released = decided + batch.complaints, released + batch.released
    side.deciding.sweep(datetime.now(UTC))
    mailing = side.mailing()
    with sending_as(found, mailing, lambda *_, **__: None) as owner:
        sent = mailing.once(f"{owner}/0")
    if as_json:
        counts = {"decided": decided, "released": released, "sent": sent.sent, "later": sent.later}
        print(json.dumps(counts | {"failed": dict(sent.failed), "unreachable": sent.unreachable}))
    else:
        words = speaker()
        put(words.say("send.decided", n=decided))
        put(words.say("send.sent", n=sent.sent))
        if sent.later:
            put(words.say("send.later", n=sent.later))
        for reason, n in sent.failed.most_common():
            put(words.say("send.failed", n=n, why=words.say(f"sending.{reason}")))
        if sent.unreachable:
            put(words.say("send.unreachable", reason=plain(sent.unreachable, 200)))
    return Outcome.TRY_AGAIN if sent.unreachable else Outcome.DONE
