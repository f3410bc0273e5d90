"""``comity ledger status|scrub|reconcile|heal|give``: how far peers are, whether what is stored is what both signed, and repair.

Trust:      our disk may have changed anything, a peer may say anything: see ``comity.services.prove.repairing``.
Answers:    a line a channel, or ``--json``; exit status 65 when something does not hold (after ``heal``: even so), 75 when a peer
            was not reached.
"""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from comity.cli.configuration import settings
from comity.cli.speech import plain, refusal, speaker
from comity.cli.wrapping import put
from comity.model.outcomes import ComityError, Outcome

if TYPE_CHECKING:
    from comity.ledger.note import Verifier
    from comity.model.entry import Channel
    from comity.services.prove.repairing import Healed
    from comity.services.prove.verifying import Verdict
    from comity.store.engine import Store
    from comity.store.records import Records

AsJson = Annotated[bool, typer.Option("--json")]
Peer = Annotated[str | None, typer.Argument(metavar="[DOMAIN]")]


def status(as_json: AsJson = False) -> None:
    """How far each peer is behind, and what was refused."""
    from comity.bootstrap.desk import desk_read
    from comity.bootstrap.parties import exchanging, own_domain, windows
    from comity.services.prove import forwarding

    found, now, say = settings(), datetime.now(UTC), speaker().say
    ours = own_domain(found)
    with desk_read(found) as rows:
        for peer in exchanging(found):
            waiting = forwarding.behind(rows.history, ours, peer)
            is_open = forwarding.is_open(waiting, windows(found)[peer], now)
            hours = (now - waiting.since).total_seconds() / 3600 if waiting.since else 0.0
            refused = {what: count for what, count in rows.keys.counts(peer).items() if what.startswith("refused")}
            copies = [each for each in rows.history.between(peer, ours) if each.is_copy]
            unmet = [rows.history.unmet(each.channel_id) for each in copies]
            alone, without = sum(each[0] for each in unmet), sum(each[1] for each in unmet)
            if as_json:
                print(
                    json.dumps(
                        {
                            "peer": peer,
                            "leaves_behind": waiting.leaves,
                            "bytes_behind": waiting.octets,
                            "hours_behind": round(hours, 2),
                            "window_open": is_open,
                            "refused": refused,
                            "leaves_taken": sum(each.size for each in copies),
                            "leaves_without_mail": alone,
                            "mails_without_leaf": without,
                        }
                    )
                )
                continue
            put(say("ledger.behind", peer=plain(peer), n=waiting.leaves, hours=f"{hours:.1f}"))
            if not is_open:
                put(say("ledger.window-closed", peer=plain(peer)))
            if alone or without:
                put(say("ledger.unmet", alone=alone, without=without))
            for what, count in sorted(refused.items()):
                by, _, code = what.partition(":")
                word = say("ledger.refused-by-us" if by == "refused" else "ledger.refused-by-peer", n=count)
                put(f"    {word} {refusal(code)}")


def scrub(as_json: AsJson = False) -> Outcome:
    """Compute every channel again and compare it with what both sides signed."""
    from comity.bootstrap.desk import desk_read
    from comity.bootstrap.trust.repair import kept_heads, known_keys
    from comity.services.prove import repairing

    found, say = settings(), speaker().say
    with desk_read(found) as rows:
        scrubbed = repairing.scrub(rows, known_keys(found, rows.keys), kept_heads(found))
    for each in scrubbed:
        origin = each.channel.origin
        if as_json:
            print(
                json.dumps(
                    {
                        "channel": origin,
                        "holds": each.holds,
                        "covered": each.covered,
                        "uncovered": each.uncovered,
                        "faults": list(each.faults),
                        "stopped": each.stopped,
                    }
                )
            )
            continue
        said = "ledger.scrub-holds" if each.holds else "ledger.scrub-fails"
        put(say(said, channel=plain(origin), covered=each.covered, uncovered=each.uncovered))
        for fault in each.faults:
            put(say("ledger.fault-anywhere", what=say(f"ledger.{fault}")))
        if each.stopped:
            put(say("ledger.stopped", reason=say(f"ledger.{each.stopped}")))
    if not all(each.holds for each in scrubbed) and not as_json:
        put(say("ledger.to-do"))
    return Outcome.DONE if all(each.holds for each in scrubbed) else Outcome.BAD_INPUT


def reconcile(peer: Peer = None, as_json: AsJson = False) -> Outcome:
    """Compare our ledger with a peer's copy."""
    from comity.bootstrap.desk import desk_read
    from comity.bootstrap.trust.repair import asking, peer_of
    from comity.services.prove import repairing

    found, say, is_equal = settings(), speaker().say, True
    with desk_read(found) as rows:
        for channel in _channels(rows, peer):
            other = peer_of(found, channel)
            with asking(found, other, channel.origin) as ask:
                done = repairing.reconcile(rows, channel, ask)
            lost, is_miscounted = done.lost, done.ours != done.counted
            if lost == "here":  # what the running program wrote and gave since we began to read is not lost
                with desk_read(found) as again:
                    now = again.history.channel(channel.origin)
                lost = None if now is not None and now.size >= done.theirs else lost
            is_equal = is_equal and not done.differing and lost is None and not is_miscounted
            if as_json:
                print(
                    json.dumps(
                        {
                            "channel": channel.origin,
                            "peer": other,
                            "equal": done.is_equal,
                            "ours": done.ours,
                            "counted": done.counted,
                            "theirs": done.theirs,
                            "differing": list(done.differing),
                            "lost": lost,
                            "comparisons": done.comparisons,
                        }
                    )
                )
                continue
            said = "ledger.differs" if done.differing else f"ledger.lost.{lost}" if lost else "ledger.same"
            origin, places = plain(channel.origin), ", ".join(map(str, done.differing[:20]))
            put(say(said, channel=origin, ours=done.ours, theirs=done.theirs, places=places, n=len(done.differing)))
            if is_miscounted:
                put(say("ledger.counts", stands=done.ours, counted=done.counted))
    return Outcome.DONE if is_equal else Outcome.BAD_INPUT


def heal(
    peer: Peer = None, as_json: AsJson = False, let_go: Annotated[bool, typer.Option("--let-go")] = False
) -> Outcome:
    """Get back from a peer what is damaged or lost here, and say what does not hold even so."""
    from comity.bootstrap.desk import desk_store
    from comity.bootstrap.trust.repair import kept_heads, known_keys
    from comity.services.prove import verifying

    found, refused = settings(), list[ComityError]()
    kept = kept_heads(found)
    with closing(desk_store(found)) as store:
        with store.read() as rows:
            shared = list(_channels(rows, peer))
            channels = [*shared, *_alone(rows, known_keys(found, rows.keys), peer=peer, shared=shared)]
        for channel in channels:
            try:
                done = _healed(store, channel, kept, is_shared=channel in shared, let_go=let_go)
            except ComityError as error:
                if error.outcome is not Outcome.BAD_INPUT:
                    raise
                if error.details.get("reason") != "no-head-of-both":  # else there is nothing to heal
                    refused.append(error)
                continue
            _say_healed(channel, done, as_json=as_json)
        with store.read() as rows:
            verdicts = verifying.verify(rows.ledger, known_keys(found, rows.keys))
    if refused:  # the others are healed all the same
        raise refused[0]
    left = [each for each in verdicts if each.faults and each.channel.origin in {one.origin for one in channels}]
    _say_left(left, as_json=as_json)
    return Outcome.BAD_INPUT if left else Outcome.DONE


def _healed(
    store: "Store", channel: "Channel", kept: "Mapping[str, str]", *, is_shared: bool, let_go: bool
) -> "Healed":
    """One channel, in a transaction of its own."""
    from comity.bootstrap.trust.repair import asking, known_keys, peer_of
    from comity.services.prove import repairing

    found, now = settings(), datetime.now(UTC)
    with ExitStack() as stack:
        way = asking(found, peer_of(found, channel), channel.origin) if is_shared else None
        ask = None if way is None else stack.enter_context(way)
        rows = stack.enter_context(store.write())
        keys = known_keys(found, rows.keys)
        return repairing.heal(rows, channel, keys, ask=ask, now=now, kept=kept, let_go=let_go)


def _say_left(verdicts: "Sequence[Verdict]", *, as_json: bool) -> None:
    """What does not hold after all that could be done; with ``--json`` ``comity ledger verify`` says it."""
    if as_json or not verdicts:
        return
    say = speaker().say
    for verdict in verdicts:
        print(say("ledger.left", channel=plain(verdict.channel.origin)))
        for fault in verdict.faults:
            said = "ledger.fault" if fault.where else "ledger.fault-anywhere"
            print(say(said, what=say(f"ledger.{fault.code}"), where=fault.where))
    print(say("ledger.left.to-do"))


def _say_healed(channel: "Channel", done: "Healed", *, as_json: bool) -> None:
    say, (before, stood) = speaker().say, done.counted
    if as_json:
        print(
            json.dumps(
                {
                    "channel": channel.origin,
                    "leaves": list(done.leaves),
                    "tree": done.nodes,
                    "resumed": done.resumed,
                    "counted": before,
                    "stood": stood,
                    "behind": done.is_behind,
                }
            )
        )
        return
    put(say("ledger.healed", channel=plain(channel.origin), n=len(done.leaves), resumed=done.resumed))
    if done.nodes:
        put(say("ledger.healed-tree"))
    if before != stood:
        put(say("ledger.counted", stands=stood, counted=before))
    if done.is_behind:
        put(say("ledger.still-behind"))


def give(as_json: AsJson = False) -> Outcome:
    """Give peers our leaves now, once; the running program does so by itself."""
    from comity.bootstrap.trust.exchange import ExchangeRun

    outcome, say = Outcome.DONE, speaker().say
    with ExitStack() as stack:
        for each in ExchangeRun(settings(), stack).once():
            if each.reason is not None and each.reason != "size-differs":
                outcome = Outcome.TRY_AGAIN
            if as_json:
                print(
                    json.dumps(
                        {
                            "peer": each.peer,
                            "channel": each.origin,
                            "given": each.given,
                            "reason": each.reason,
                            "where": each.where,
                        }
                    )
                )
                continue
            origin = plain(each.origin)
            put(say("ledger.given", channel=origin, n=each.given))
            if each.reason is not None:
                where = plain(each.where) if each.where else "-"
                put(say("ledger.not-given", reason=refusal(each.reason), where=where))
    return outcome


def _channels(rows: "Records", peer: str | None) -> "Iterator[Channel]":
    """Channels that the other side has a copy of, or writes, and in which something stands."""
    from comity.bootstrap.parties import exchanging

    known = exchanging(settings())
    for each in rows.ledger.channels():
        sides = {each.reporting, each.reported}
        if each.origin.endswith("/by-mail") or not sides & set(known) or (peer is not None and peer not in sides):
            continue
        if rows.history.standing(each.channel_id) or each.is_copy:
            yield each


def _alone(
    rows: "Records", keys: "Sequence[Verifier]", *, peer: str | None, shared: "Collection[Channel]"
) -> "Iterator[Channel]":
    """The others, where they count other than what stands in them or their tree is not that of their leaves: nobody needs to be
    asked for that."""
    from comity.services.prove import repairing

    for each in repairing.scrub(rows, keys):
        channel = each.channel
        is_wrong = not {"size-differs", "nodes-differ", "surplus"}.isdisjoint(each.faults)
        if is_wrong and channel not in shared and peer in (None, channel.reporting, channel.reported):
            yield channel
