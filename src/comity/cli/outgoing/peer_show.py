"""``comity peer show``: one peer: what was agreed, who owes whom an answer, and how far receipts are behind.

Answers:    counted now, nothing is written; with ``--json`` one object.
"""

import json
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from comity.cli.configuration import settings
from comity.cli.speech import plain, speaker
from comity.cli.wrapping import put
from comity.model.outcomes import ComityError, Outcome

if TYPE_CHECKING:
    from comity.model.owed import AnswersOwed, AnswerWatch

AsJson = Annotated[bool, typer.Option("--json")]


def show(
    name: Annotated[str, typer.Argument(metavar="PEER")],
    as_json: AsJson = False,
) -> None:
    """One peer, and what both owe each other."""
    from comity.bootstrap.desk import desk_read
    from comity.bootstrap.owed.answers import standing
    from comity.bootstrap.parties import own_domain
    from comity.bootstrap.trust.agreements import configured, peer_of
    from comity.services.prove import forwarding

    known = {peer_of(settings(), each.peer) for each in configured(settings())}
    now, ours, peer = datetime.now(UTC), own_domain(settings()), peer_of(settings(), name)
    with desk_read(settings()) as records:
        found = standing(settings(), records, peer, now=now)
        noted = records.owed_answers.watch(peer)
        behind = forwarding.behind(records.history, ours, peer)
        seen = records.owed_heads.seen_of(peer)
        is_known = found is not None or noted is not None or peer != name.lower() or bool(records.keys.of(peer))
        if not is_known and peer not in known and not records.peers.by_name([name]):
            raise ComityError("peer-nobody", name, outcome=Outcome.UNKNOWN, details={"name": name})
    if as_json:
        print(json.dumps(_object(peer, found, noted) | {"behind": behind.leaves, "heads_by_mail": len(seen)}))
        return
    say = speaker().say
    put(say("owed.peer", peer=plain(peer)))
    if found is None:
        put(say("owed.no-agreement"))
    for which in ("theirs", "ours") if found is not None else ():
        owed: AnswersOwed = getattr(found, which)
        put(say(f"owed.{which}" if owed.oldest else f"owed.{which}-nothing", **_holes(owed)))
        if owed.unreceipted is not None:
            put(say("owed.receipts", n=owed.unreceipted, days=owed.acknowledge_days))
    for which in ("reminded", "escalated"):
        if noted is not None and (day := getattr(noted, which)) is not None:
            put(say(f"owed.{which}", day=day.isoformat()))
    put(say("owed.behind", n=behind.leaves))
    if seen:
        put(say("owed.heads-seen", n=len(seen)))


def _holes(owed: "AnswersOwed") -> dict[str, object]:
    return {
        "open": owed.open,
        "overdue": owed.overdue,
        "escalating": owed.escalating,
        "days": owed.answer_days,
        "oldest": owed.oldest and owed.oldest.isoformat(),
    }


def _object(peer: str, found: "AnswerWatch | None", noted: "AnswerWatch | None") -> dict[str, Any]:
    def told(owed: "AnswersOwed | None") -> dict[str, Any] | None:
        return None if owed is None else asdict(owed) | {"oldest": owed.oldest and owed.oldest.isoformat()}

    return {
        "peer": peer,
        "they_owe": told(found.theirs if found else None),
        "we_owe": told(found.ours if found else None),
        "reminded": noted and noted.reminded and noted.reminded.isoformat(),
        "escalated": noted and noted.escalated and noted.escalated.isoformat(),
    }
