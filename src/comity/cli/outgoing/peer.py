"""``comity peer``: whose mail leaves. After ``comity init`` nothing leaves for anybody; each peer is switched by its own command.

Answers:    ``list``, ``live NAME``, ``observe NAME``; ``show`` stands in ``peer_show``,
            pairing in ``comity.cli.outgoing.pairing``.
"""

import json
from collections import Counter
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from comity.cli.configuration import settings
from comity.cli.outgoing import pairing, peer_show
from comity.cli.speech import plain, speaker
from comity.cli.wrapping import put
from comity.model.sending import OURS, OWN_PROGRAMS, OutboxState

if TYPE_CHECKING:
    from comity.model.sending import Peer

command = typer.Typer(add_completion=False, no_args_is_help=True)

for _function in (pairing.card, pairing.add, pairing.trust, pairing.revoke):
    command.command()(_function)
command.command("rotate-key")(pairing.rotate_key)
command.command("show")(peer_show.show)

AsJson = Annotated[bool, typer.Option("--json")]


@command.command("list")
def show(as_json: AsJson = False) -> None:
    """Every peer, its state, and what is held or waits for it."""
    from comity.bootstrap.sending import provider_side

    side, words = provider_side(settings(), is_reporting=False), speaker()
    with side.store.read() as rows:
        peers, counts = rows.peers.all(), rows.sending.counts()
        keys = {each.peer: each.state.value for each in rows.keys.all()}
    number: Counter[tuple[str, OutboxState]] = Counter()
    for count in counts:
        number[count.party, count.state] += count.count
    for peer in side.peering.known(peers, datetime.now(UTC)):
        held, waiting, sent = (
            number[peer.name, state] for state in (OutboxState.HELD, OutboxState.WAITING, OutboxState.SENT)
        )
        if as_json:
            key = None if peer.name in OURS else keys.pop(_domain(peer), None)
            print(json.dumps(_object(peer) | {"held": held, "waiting": waiting, "sent": sent, "key": key}))
            continue
        put(
            words.say(
                "peer.line",
                name=plain(peer.name),
                address=plain(peer.address),
                state=_state(peer),
                held=held,
                waiting=waiting,
                sent=sent,
            )
        )
        if peer.name not in OURS and (state := keys.pop(_domain(peer), None)) is not None:
            put("    " + words.say(f"key-state.{state}", peer=plain(_domain(peer))))
    ours = settings().identity.domain
    for domain, state in keys.items():
        if domain == ours:
            continue
        if as_json:
            print(json.dumps({"name": domain, "address": None, "state": None, "key": state}))
        else:
            put(words.say(f"key-state.{state}", peer=plain(domain)))


@command.command()
def live(
    name: Annotated[str, typer.Argument(metavar="NAME")],
    with_held: Annotated[bool, typer.Option("--with-held")] = False,
    as_json: AsJson = False,
) -> None:
    """Let mail for one peer leave."""
    from comity.bootstrap.owed.outcomes import HeldAnswers
    from comity.bootstrap.sending import provider_side

    side, now, held = provider_side(settings(), is_reporting=False), datetime.now(UTC), HeldAnswers(settings())
    peer, released = side.peering.live(name, now=now, with_held=with_held)
    with side.store.read() as rows:
        outcomes = held.counts(rows, now).get(name, 0)
    told = held.tell(side.store, name, now=now) if with_held and outcomes else 0
    if as_json:
        print(json.dumps(_object(peer) | {"released": released, "outcomes": {"told": told, "held": outcomes - told}}))
        return
    put(_said("peer.live", peer))
    if with_held:
        put(speaker().say("peer.released", n=released))
    if told:
        put(speaker().say("outcomes.told", n=told, name=plain(name)))
    if outcomes > told:
        put(speaker().say("outcomes.held", n=outcomes - told, name=plain(name)))


@command.command()
def observe(name: Annotated[str, typer.Argument(metavar="NAME")], as_json: AsJson = False) -> None:
    """Hold mail for one peer."""
    from comity.bootstrap.sending import provider_side

    peer = provider_side(settings(), is_reporting=False).peering.observe(name, now=datetime.now(UTC))
    print(json.dumps(_object(peer)) if as_json else _said("peer.observe", peer))


def _said(what: str, peer: "Peer") -> str:
    """What holds from now on; to our own programs no mail goes."""
    if peer.name == OWN_PROGRAMS:
        return speaker().say(f"{what}.programs")
    return speaker().say(what, name=plain(peer.name), address=plain(peer.address))


def _domain(peer: "Peer") -> str:
    return peer.address.rpartition("@")[2]


def _state(peer: "Peer") -> str:
    state = speaker().say(f"peer-state.{peer.state.value}")
    return state if peer.reason is None else f"{state} ({speaker().say(f'peer-reason.{peer.reason}')})"


def _object(peer: "Peer") -> dict[str, object]:
    return {
        "name": peer.name,
        "address": peer.address,
        "state": peer.state.value,
        "since": peer.since.isoformat(),
        "reason": peer.reason,
        "agreement_version": peer.agreement_version,
    }
