"""``comity outbox outcomes``: what was found out about cases and a network was not told, because its mail was held.

Answers:    a line for each peer; with its name one for each report. ``--tell`` tells them, once the peer is live, ``--drop`` says
            that nobody does.
"""

import json
from datetime import UTC, datetime
from typing import Annotated

import typer

from comity.cli.configuration import settings
from comity.cli.desk.account import account
from comity.cli.speech import plain, speaker
from comity.cli.wrapping import put
from comity.model.outcomes import ComityError, Outcome
from comity.services.public.times import instant


def outcomes(
    peer: Annotated[str | None, typer.Argument(metavar="[PEER]")] = None,
    *,
    tell: Annotated[bool, typer.Option("--tell")] = False,
    drop: Annotated[bool, typer.Option("--drop")] = False,
    most: Annotated[int, typer.Option("--most", min=1, max=10_000)] = 50,
    by: Annotated[str | None, typer.Option("--by", metavar="NAME")] = None,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Outcomes of cases that peers were not told while their mail was held."""
    if (tell or drop) and (peer is None or tell == drop):
        raise ComityError("outcomes-which", "outcomes-which", outcome=Outcome.USAGE)
    if peer is None:
        _count(as_json=as_json)
    elif tell or drop:
        _decide(peer, tells=tell, by=by or account(), as_json=as_json)
    else:
        _list(peer, most, as_json=as_json)


def _count(*, as_json: bool) -> None:
    from comity.bootstrap.desk import desk_read
    from comity.bootstrap.owed.outcomes import HeldAnswers

    with desk_read(settings()) as records:
        counts = HeldAnswers(settings()).counts(records, datetime.now(UTC))
    for name, n in sorted(counts.items()):
        if as_json:
            print(json.dumps({"peer": name, "held": n}))
        else:
            put(speaker().say("outcomes.held", n=n, name=plain(name)))
    if not counts and not as_json:
        put(speaker().say("outcomes.none"))


def _list(peer: str, most: int, *, as_json: bool) -> None:
    from comity.bootstrap.desk import desk_read
    from comity.bootstrap.owed.outcomes import HeldAnswers

    with desk_read(settings()) as records:
        found = HeldAnswers(settings()).of(records, peer, most, now=datetime.now(UTC))
    for each in found:
        if as_json:
            told = {
                "report": each.report_id,
                "case": each.case_id,
                "outcome": each.outcome,
                "found": instant(each.found),
            }
            print(json.dumps(told))
        else:
            what = speaker().say(f"desk-outcome.{each.outcome}")
            day = f"{each.found:%Y-%m-%d %H:%M}"
            put(speaker().say("outcomes.line", report=each.report_id, case=each.case_id, day=day, what=what))
    if not found and not as_json:
        put(speaker().say("outcomes.none"))


def _decide(peer: str, *, tells: bool, by: str, as_json: bool) -> None:
    from contextlib import closing

    from comity.bootstrap.desk import desk_store
    from comity.bootstrap.owed.outcomes import HeldAnswers

    held, now = HeldAnswers(settings()), datetime.now(UTC)
    with closing(desk_store(settings())) as store:
        n = held.tell(store, peer, now=now) if tells else held.drop(store, peer, by=by, now=now)
    word = "told" if tells else "dropped"
    print(json.dumps({"peer": peer, word: n})) if as_json else put(
        speaker().say(f"outcomes.{word}", n=n, name=plain(peer))
    )
