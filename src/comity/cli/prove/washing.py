"""``comity recourse washing``: consumers of our reports whose complainers vanish while others go on complaining.

Trust:      numbers of our own complaints; who complained is in none of them.
Answers:    a line for each peer that got reports in twelve weeks; ``--lower`` shows less to those that wash, as the running program
            does once a day, and tells them why, until when, and how to object.
"""

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from comity.cli.configuration import settings
from comity.cli.speech import plain, speaker
from comity.cli.wrapping import put

if TYPE_CHECKING:
    from comity.services.prove.washing import Looked


def washing(
    lower: Annotated[bool, typer.Option("--lower")] = False, as_json: Annotated[bool, typer.Option("--json")] = False
) -> None:
    """Show what is measured of each consumer, and show less to those that wash."""
    from comity.bootstrap.desk import desk_store
    from comity.bootstrap.trust.washing import lower_those
    from comity.services.prove.washing import look

    now, store = datetime.now(UTC), desk_store(settings())
    with store.read() as records:
        found = look(records, now)
    lowered = {}
    if lower:
        with store.write() as records:
            lowered = {made.subject: made for made, _ in lower_those(settings(), records, found, now=now, actor="desk")}
    for each in found:
        made = lowered.get(each.peer)
        if as_json:
            print(json.dumps({**_object(each), "reference": made and made.reference}))
            continue
        _tell(each)
        if made is not None:
            put(speaker().say("washing.lowered", reference=made.reference, until=made.last_day))
    if not found and not as_json:
        put(speaker().say("washing.none"))


def _object(each: "Looked") -> dict[str, object]:
    found = each.washing
    return {
        "peer": each.peer,
        "verdict": found.verdict.value,
        "shown_less": each.is_lowered,
        "told": found.told,
        "returned": found.returned,
        "new_before": found.new_before,
        "new_after": found.new_after,
        "delivered_before": found.delivered_before,
        "delivered_after": found.delivered_after,
    }


def _tell(each: "Looked") -> None:
    say, found = speaker().say, each.washing
    put(say("washing.line", peer=plain(each.peer), verdict=say(f"washing.{found.verdict.value}")))
    put(say("washing.told", told=found.told, returned=found.returned))
    unknown = say("washing.not-counted")
    before, after = (unknown if n is None else n for n in (found.delivered_before, found.delivered_after))
    put(say("washing.new", before=found.new_before, after=found.new_after, mails_before=before, mails_after=after))
    if each.is_lowered:
        put(say("washing.is-lowered"))
