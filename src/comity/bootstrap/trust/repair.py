"""Join what proves, compares and repairs the ledger.

Answers:    ``known_keys(settings, rows)`` whose signatures count here, ``peer_of(settings, channel)`` the other side of a channel,
            ``asking(settings, peer, origin)`` gives a way to ask it, ``kept_heads(settings)`` the file on the other disk;
            ``at_start(settings, log)`` is done before anything is signed.
"""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, Final

from comity.bootstrap.desk import ledger_keys
from comity.bootstrap.parties import ledger_key, own_domain, site_of
from comity.ledger import note, posting
from comity.model.entry import Channel
from comity.model.log_events import LogEvent
from comity.model.outcomes import ComityError, Outcome
from comity.services.prove import pairing
from comity.services.prove.leaves.refusals import no_answer
from comity.services.prove.repairing import Ask
from comity.settings import Settings

_START_SECONDS: Final = 5.0  # for each answer, when the program starts: who is later is asked again by what follows
_AT_ONCE: Final = 16


def known_keys(settings: Settings, rows: pairing.KeyRows) -> list[note.Verifier]:
    """Our own keys, and those of peers that were pinned, now or before."""
    ours = ledger_keys(settings)
    cosigning = [note.Verifier(name=each.name, public=each.public, algorithm=note.COSIGNATURE) for each in ours]
    peers = {each.peer for each in rows.all()}
    return [*ours, *cosigning, *(each for peer in sorted(peers) for each in pairing.verifiers(rows, peer))]


def peer_of(settings: Settings, channel: Channel) -> str:
    """The other side of a channel."""
    return channel.reported if channel.reporting == own_domain(settings) else channel.reporting


def kept_heads(settings: Settings) -> Mapping[str, str]:
    """The heads of the file on the other disk."""
    if settings.exchange.head_file is None:
        return {}
    from comity.outlets.peers import head_file

    return head_file.read(settings.exchange.head_file)


@contextmanager
def asking(settings: Settings, peer: str, origin: str, *, seconds: float | None = None) -> Iterator[Ask]:
    """A way to ask a peer about one channel."""
    from comity.outlets.peers.client import PeerClient

    client, key, name = (
        PeerClient(site_of(settings, peer), seconds=seconds),
        ledger_key(settings),
        own_domain(settings),
    )

    def ask(what: str, numbers: Sequence[int]) -> Mapping[str, Any]:
        question = posting.Question(
            asker=name,
            asked=peer,
            origin=origin,
            what=what,
            numbers=tuple(numbers),
            second=int(datetime.now(UTC).timestamp()),
        )
        status, said = client.ask(posting.ask(question, key).encode())
        if status != 200:
            reason = said.get("error") if status else no_answer(said)
            raise ComityError(
                "peer-refused",
                f"{peer} says no: {reason}",
                outcome=Outcome.TRY_AGAIN,  # no place: the text names the peer
                details={"peer": peer, "reason": str(reason)[:60]},
            )
        return said

    try:
        yield ask
    finally:
        client.close()


def at_start(settings: Settings, log: LogEvent) -> None:
    """Before anything is signed: compute the ledger again, and ask whether somebody knows a longer one of ours.

    What is damaged or behind is logged; a channel that is behind signs nothing until ``comity ledger heal`` has brought
    its end back.
    """
    from comity.bootstrap.desk import desk_store
    from comity.services.prove import repairing

    now, store, kept = datetime.now(UTC), desk_store(settings), kept_heads(settings)
    with store.read() as rows:
        known = known_keys(settings, rows.keys)
        scrubbed = repairing.scrub(rows, known, kept)
    for each in scrubbed:
        if not each.holds:
            faults = ",".join(each.faults) or each.stopped
            log("ledger-damaged", channel=each.channel.origin, faults=faults, covered=each.covered)
    with store.write() as rows:
        repairing.stop_where_behind(rows, known, kept, now=now)
    peers: dict[str, list[Channel]] = {each.peer: [] for each in settings.exchange.peers}
    for each in scrubbed:
        channel = each.channel
        if not channel.is_copy and not channel.origin.endswith("/by-mail") and channel.reported in peers:
            peers[channel.reported].append(channel)
    # All at once, and outside of any transaction: a peer that is slow must not keep us from starting.
    with ThreadPoolExecutor(_AT_ONCE, "start") as pool:
        heads = list(pool.map(lambda each: _heads_at(settings, *each, log=log), peers.items()))
    for channel, shown in (each for found in heads for each in found):
        with store.write() as rows:
            repairing.stop_where_peer_has_more(rows, channel, known, ask=lambda *_, shown=shown: shown, now=now)
    store.close()


def _heads_at(
    settings: Settings, peer: str, channels: Sequence[Channel], *, log: LogEvent
) -> list[tuple[Channel, Mapping[str, Any]]]:
    """What a peer shows of these channels; the first that it does not answer for is the last that it is asked about."""
    found = list[tuple[Channel, Mapping[str, Any]]]()
    for channel in channels:
        try:
            with asking(settings, peer, channel.origin, seconds=_START_SECONDS) as ask:
                found.append((channel, ask("head", ())))
        except ComityError as error:
            reason = str(error.details.get("reason"))
            log("exchange-refused", channel=channel.origin, reason=reason, where=None)
            if reason.startswith("peer-"):
                break
    return found
