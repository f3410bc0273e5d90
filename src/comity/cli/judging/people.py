"""``comity learn status|retract|lift``: what people teach the filter, and how it is taken back.

Answers:    lines, or one JSON object with ``--json``; exit status 65 where nothing is meant.
"""

import json
import sys
from contextlib import closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from comity.cli.configuration import settings
from comity.cli.speech import plain, speaker
from comity.model.outcomes import ComityError, Outcome

if TYPE_CHECKING:
    from comity.services.judge.learning.rows import VersionRow
    from comity.services.judge.learning.showing import Shown

AsJson = Annotated[bool, typer.Option("--json")]


def status(as_json: AsJson = False) -> None:
    """What waits, what was refused and why, what the serving model learnt from."""
    from comity.bootstrap.desk import desk_read
    from comity.services.judge.learning.showing import shown

    with desk_read(settings()) as rows:
        found = shown(rows, datetime.now(UTC))
    sys.stdout.write(json.dumps(found.row()) + "\n" if as_json else "".join(f"{each}\n" for each in _lines(found)))


def retract(
    *,
    sample: Annotated[list[int] | None, typer.Option("--sample", metavar="N")] = None,
    mailbox: Annotated[str | None, typer.Option("--mailbox", metavar="ADDRESS")] = None,
    complaint: Annotated[int | None, typer.Option("--complaint", metavar="N")] = None,
    peer: Annotated[str | None, typer.Option("--peer", metavar="NAME")] = None,
    campaign: Annotated[str | None, typer.Option("--campaign", metavar="FINGERPRINT")] = None,
    as_json: AsJson = False,
) -> Outcome:
    """Take samples out; the model is then the one that never had them."""
    from comity.bootstrap.desk import desk_store
    from comity.bootstrap.learning import classroom_of, drawing_of
    from comity.services.judge.learning.rows import Which

    if not (sample or mailbox or complaint is not None or peer or campaign):
        raise ComityError("retract-what", "nothing says which samples are meant", outcome=Outcome.USAGE)
    reporter = None if mailbox is None else drawing_of(settings()).reporter(mailbox)
    which = Which(samples=sample or (), reporter=reporter, complaint_id=complaint, peer=peer, campaign=campaign)
    with closing(desk_store(settings())) as store:
        done = classroom_of(settings(), store).take_out(which, datetime.now(UTC))
    meant = sum(done.refused.values())
    if as_json:
        row = {"retracted": meant, "taken_out_of_the_model": done.taken_out, "version": done.version}
        sys.stdout.write(json.dumps(row) + "\n")
    else:
        say = speaker().say
        sys.stdout.write(say("learn.retracted", n=meant) + "\n")
        if done.version is not None:
            sys.stdout.write(say("learn.retracted-model", n=done.taken_out, version=done.version) + "\n")
    return Outcome.DONE if meant else Outcome.BAD_INPUT


def lift(campaign: str, as_json: AsJson = False) -> Outcome:
    """Let the mail of a campaign through again."""
    from comity.bootstrap.desk import desk_write

    with desk_write(settings()) as rows:
        lifted = rows.learning.lift(campaign, by="operator", at=datetime.now(UTC))
    if as_json:
        sys.stdout.write(json.dumps({"campaign": campaign, "lifted": lifted}) + "\n")
    else:
        words = "learn.lifted" if lifted else "learn.not-junked"
        sys.stdout.write(speaker().say(words, campaign=plain(campaign, 40)) + "\n")
    return Outcome.DONE if lifted else Outcome.BAD_INPUT


def _lines(found: "Shown") -> list[str]:
    say = speaker().say
    waiting = found.states["waiting"]
    lines = [say("learn.status.waiting", n=waiting)]
    if found.next_eligible is not None:
        lines.append("  " + say("learn.status.next", time=_time(found.next_eligible)))
    for title, counted, prefix in (
        ("learn.status.refused", found.refused, "learn.why"),
        ("learn.status.retracted", found.retracted, "learn.out"),
    ):
        lines.append(say(title, n=sum(counted.values())))
        lines += [f"{n:>9,}  {say(f'{prefix}.{reason}')}" for reason, n in counted.most_common()]
    lines += [say("learn.status.junked", n=len(found.junked))]
    lines += [
        "  " + say("learn.status.junked-line", campaign=each.campaign, n=each.people, until=_time(each.until))
        for each in found.junked
    ]
    if found.serving is None:
        lines.append(say("learn.status.none"))
    else:
        lines += _serving(found, found.serving)
    if found.last_refused is not None:
        refused = found.last_refused
        lines.append(say("learn.status.not-published", version=refused.version, time=_time(refused.at)))
        lines.append("  " + say(f"learn.why.{refused.reason}"))
    return lines


def _serving(found: "Shown", serving: "VersionRow") -> list[str]:
    say = speaker().say
    lines = [
        say("learn.status.serving", version=serving.version, time=_time(serving.at)),
        "  " + say(f"learn.kind.{serving.kind.value}"),
        "  " + say("learn.status.samples", spam=serving.spam, legitimate=serving.legitimate),
        "  " + say("learn.status.from", mailboxes=found.mailboxes, campaigns=found.campaigns),
    ]
    if serving.locked is not None:
        lines.append("  " + say("learn.status.locked", lost=serving.lost, missed=serving.missed))
    if serving.left_out:
        lines.append("  " + say("learn.status.left-out", n=serving.left_out))
    return lines


def _time(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M UTC")
