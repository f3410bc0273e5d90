"""``comity signal send|give|write|take|export``: signals on their way to peers, from peers, and onto lists.

Trust:      a file that is taken in is believed for the signatures in it, and as a whole or not at all.
Answers:    a line each, or ``--json`` objects; 75 where a peer was not reached, 65 where something was refused.
"""

import json
import sys
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from comity.accord.signals.rules import Audience
from comity.cli.configuration import settings
from comity.cli.prove.signals.desk import AsJson, SignalId, one, signal_desk, wrong
from comity.cli.speech import plain, refusal, speaker
from comity.cli.wrapping import put, wrapped
from comity.model.outcomes import ComityError, Outcome

_LIMIT = 8 << 20


def send(
    signal: SignalId,
    peers: Annotated[list[str], typer.Argument(metavar="PEER...")],
    as_json: AsJson = False,
) -> None:
    """Have peers given a signal of ours, and its withdrawal."""
    now = datetime.now(UTC)
    with signal_desk("", now) as (records, desk):
        kept = one(records, signal)
        for peer in peers:
            desk.send(kept.signal.signal_id, peer.lower())
    for peer in peers:
        told = {"signal": kept.signal.signal_id, "peer": peer.lower(), "state": "waiting"}
        print(json.dumps(told) if as_json else speaker().say("signal.sent-waiting", peer=plain(peer), reason="-"))


def give(as_json: AsJson = False) -> Outcome:
    """Give peers now what waits for them; the running program does so by itself."""
    from comity.bootstrap.trust.exchange import ExchangeRun

    outcome = Outcome.DONE
    with ExitStack() as stack:
        for peer, handed in ExchangeRun(settings(), stack).documents():
            if handed.refused:
                outcome = Outcome.BAD_INPUT
            if handed.reason is not None:
                outcome = Outcome.TRY_AGAIN
            if as_json:
                told = {"peer": peer, "given": handed.given, "refused": list(handed.refused), "reason": handed.reason}
                print(json.dumps(told))
                continue
            put(speaker().say("signal.given", peer=plain(peer), n=handed.given))
            for reason in (*handed.refused, *([handed.reason] if handed.reason else ())):
                put(f"    {refusal(reason)}")
    return outcome


def write(
    peer: Annotated[str, typer.Argument(metavar="PEER")],
    out: Annotated[Path | None, typer.Option("--out", metavar="FILE", dir_okay=False)] = None,
    as_json: AsJson = False,
) -> None:
    """Write what waits for a peer into a file, for one that is not reached over HTTPS; what was written does not wait more."""
    from comity.bootstrap.desk import desk_write
    from comity.ledger.document import MOST_DOCUMENTS, bundle
    from comity.outlets.files.replacing import replaced

    with desk_write(settings()) as records:
        waiting = records.documents.waiting(peer.lower(), MOST_DOCUMENTS)
        if not waiting:
            raise wrong("signal-nothing-waits", peer, peer=plain(peer))
        data = bundle([each.note for each in waiting])
        if out is not None:
            with replaced(out) as file:
                file.write(data)
        records.documents.given([each.document_id for each in waiting], datetime.now(UTC))
    if out is None:
        print(data.decode())
    elif as_json:
        print(json.dumps({"peer": peer.lower(), "documents": len(waiting), "file": str(out)}))
    else:
        put(speaker().say("signal.written", n=len(waiting), path=plain(str(out))))


def take(file: Annotated[str, typer.Argument(metavar="FILE|-")], as_json: AsJson = False) -> None:
    """Take in what a peer wrote: all of it or nothing."""
    from comity.bootstrap.desk import desk_store
    from comity.bootstrap.trust.documents import documents

    data = sys.stdin.buffer.read(_LIMIT) if file == "-" else Path(file).read_bytes()[:_LIMIT]
    answer = documents(settings()).take(desk_store(settings()), data, now=datetime.now(UTC))
    if answer.status != 200:
        code = str(answer.said.get("error"))
        reason = refusal(code)
        where = answer.said.get("where")
        raise ComityError(
            "document-refused",
            f"not taken: {code} at {where}",
            outcome=Outcome.BAD_INPUT,
            place=file,
            details={"reason": reason, "where": where or "-", "code": code},
        )
    _republish()
    if as_json:
        print(json.dumps(dict(answer.said)))
    else:
        put(speaker().say("signal.taken", n=answer.said["taken"], known=answer.said["known"]))


def export(
    folder: Annotated[Path | None, typer.Argument(metavar="[FOLDER]", file_okay=False)] = None,
    audience: Annotated[Audience | None, typer.Option("--for")] = None,
    as_json: AsJson = False,
) -> None:
    """Write our lists for rbldnsd and BIND, and as CSV."""
    from comity.bootstrap.desk import desk_store
    from comity.bootstrap.trust import signals
    from comity.services.prove.signals.publishing import CSV, INDEX

    found = settings()
    place = folder or found.signals.folder
    if place is None:
        raise wrong("signal-no-folder", "signals.folder")
    seen = audience or Audience(found.signals.audience)
    signals.export(found, desk_store(found), place, audience=seen, now=datetime.now(UTC))
    index = json.loads((place / INDEX).read_text(encoding="utf-8"))
    if as_json:
        print(
            json.dumps(
                {"folder": str(place), "audience": seen.value, "serial": index["serial"], "lists": index["lists"]}
            )
        )
        return
    say = speaker().say
    told = say("signal.exported", folder=plain(str(place)), audience=say(f"signal.audience.{seen.value}"))
    for part in wrapped(told, 80):
        print(part)
    for each in index["lists"]:
        put(say("signal.exported-list", zone=each["zone"], n=each["entries"]))
        put(f"        rbldnsd {each['zone']}:{each['sort']}:{each['rbldnsd']}")
        put(f"        named   {each['bind']}")
    put(say("signal.exported-csv", file=CSV))


def _republish() -> None:
    from comity.bootstrap.trust.signals import republish

    republish(settings())
