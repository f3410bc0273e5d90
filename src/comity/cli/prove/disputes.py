"""``comity ledger disputes``: what one side does not accept of the other's ledger, and what that holds up.

Trust:      places and details are the other side's words, printed harmless.
Answers:    a refused leaf of ours until the other side's dispute is here, and every dispute of both sides, newest first. What does
            not fit is said in words, with its key beside; ``--json`` has keys alone.
Limits:     a dispute is never deleted: people settle it, and what was settled is said by a correction.
"""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from comity.cli.configuration import settings
from comity.cli.speech import plain, refusal, speaker
from comity.cli.wrapping import put
from comity.services.public.pages.number_words import number_words

if TYPE_CHECKING:
    from comity.services.prove.leaves.objecting import Disputed
    from comity.store.records import Records

_CELLS = 5


def disputes(as_json: Annotated[bool, typer.Option("--json")] = False) -> None:
    """Show what one side does not accept of the other's ledger."""
    from comity.bootstrap.desk import desk_read
    from comity.bootstrap.parties import own_domain
    from comity.services.prove.leaves.objecting import disputes as all_disputes

    found = settings()
    ours, hold = own_domain(found), timedelta(hours=found.exchange.refused_hours)
    with desk_read(found) as rows:
        held = list(_held(rows, ours, hold))
        said = all_disputes(rows.closes, rows.closes.directions())
    if as_json:
        for line in (*held, *map(_object, said)):
            print(json.dumps(line))
        return
    for line in held:
        _tell_held(line)
    for each in said:
        tell(each, ours)
    if not held and not said:
        put(speaker().say("ledger.disputes.none"))


def _held(rows: "Records", ours: str, hold: timedelta) -> Iterator[dict[str, Any]]:
    """Leaves of ours that a peer refuses: the ones that hold up what follows, and those that it went on without."""
    for channel in rows.ledger.channels():
        if channel.is_copy or channel.reporting != ours:
            continue
        for each in rows.history.refused(channel.channel_id):
            yield {
                "what": "refused",
                "by": channel.reported,
                "of": ours,
                "place": f"{channel.origin}#{each.position}",
                "reason": each.code,
                "detail": each.detail,
                "since": each.since.isoformat(),
                "goes_on": (each.since + hold).isoformat(),
                "went_on": each.passed and each.passed.isoformat(),
            }


def _object(said: "Disputed") -> dict[str, Any]:
    return {
        "what": "dispute",
        "by": said.by,
        "of": said.of,
        "place": said.place,
        "reason": said.reason,
        "detail": said.detail,
        "since": said.since and said.since.isoformat(),
        "cells": [list(each) for each in said.cells],
    }


def _tell_held(line: dict[str, Any]) -> None:
    say = speaker().say
    put(say("ledger.disputes.held", peer=plain(line["by"]), place=plain(line["place"])))
    put(_why(line["reason"], line["detail"]))
    if line["went_on"] is not None:
        put(say("ledger.disputes.went-on", moment=_minute(line["went_on"])))
    else:
        put(say("ledger.disputes.waits", moment=_minute(line["goes_on"])))


def tell(said: "Disputed", ours: str) -> None:
    """One dispute, for people."""
    say, is_close = speaker().say, said.reason == "close-differs"
    whose = "ours" if said.by == ours else "theirs"
    what = "close" if is_close else "leaf"
    put(
        say(
            f"ledger.disputes.{whose}.{what}",
            peer=plain(said.of if said.by == ours else said.by),
            place=plain(said.place),
        )
    )
    if said.since is not None:
        put(say("ledger.disputes.since", moment=_minute(said.since.isoformat())))
    if not is_close:
        put(_why(said.reason, said.detail))
    for key, theirs, counted in said.cells[:_CELLS]:
        put(say("ledger.disputes.cell", key=_named(str(key)), said=theirs, counted=counted))
    if len(said.cells) > _CELLS:
        put(say("ledger.disputes.more", n=len(said.cells) - _CELLS))


def _named(key: str) -> str:
    """What a number counts, with its key for whoever looks into the ledger; the key alone where nobody has words for it."""
    called = number_words(speaker(), key)
    return (
        plain(key, 200)
        if called is None
        else speaker().say("ledger.disputes.key", called=plain(called), key=plain(key, 200))
    )


def _why(reason: str, detail: str | None) -> str:
    """Why a leaf is refused or disputed: a field in words, too; what else stands there is the other side's."""
    say, words = speaker().say, speaker()
    what = plain(detail or "-", 200)
    if reason == "leaf-field" and detail:
        field = f"ledger.field.{detail}"
        what = say("ledger.disputes.key", called=say(field if field in words else "ledger.field-unknown"), key=what)
    return say("ledger.disputes.why", reason=refusal(reason), detail=what)


def _minute(moment: str) -> str:
    return datetime.fromisoformat(moment).astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")
