"""A national hub relays: what is signed end to end goes through it as it came; it changes nothing, and reaches nobody else."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx

from comity.bootstrap.owed.relaying import relays
from comity.model.exchange_site import ExchangeSite
from comity.outlets.peers.client import LEAVES_PATH, PeerClient
from comity.services.prove import forwarding as forwarding_service
from comity.services.prove.forwarding import Forwarding
from comity.settings import Settings
from comity.settings.exchange import ExchangeSettings
from comity.web.peers import PeersWork

from ...services.prove.two_sides import EAST, WEST, Side, both, give
from .test_https import _log, echo, served


def doors(side: Side) -> PeersWork:
    """What a network does with leaves."""

    def take(data: bytes) -> tuple[int, Mapping[str, object]]:
        answer = side.receiving.take(side.store, data, now=side.now)
        return answer.status, answer.said

    return PeersWork(take=take, answer=take, documents=take, statements=take, log=_log)


def hub_of(tmp_path: Path, *members: tuple[str, int]) -> dict[str, Any]:
    sites = tuple(
        ExchangeSite(peer=name, url=f"https://127.0.0.1:{port}", trusted=str(tmp_path / EAST / "peers.pem"))
        for name, port in members
    )
    return dict(relays(Settings(exchange=ExchangeSettings(relay_to=sites))))


def through(tmp_path: Path, peer: str, port: int) -> PeerClient:
    """How a member reaches a network through the hub."""
    return PeerClient(ExchangeSite(peer=peer, url=f"https://127.0.0.1:{port}", trusted=str(tmp_path / "hub/peers.pem")))


def test_leaves_go_through_a_hub_and_receipts_come_back(tmp_path: Path) -> None:
    """West names the hub's address for east: east's own cosignature stands under west's head; the hub keeps nothing."""
    for each in (EAST, "hub"):
        (tmp_path / each).mkdir(parents=True)
    west, east = both(per_day=1000)
    own: list[bytes] = []
    with served(tmp_path / EAST, doors(east)) as port:
        hub = replace(echo(own), relay=hub_of(tmp_path, (EAST, port)))
        with served(tmp_path / "hub", hub) as at:
            client = through(tmp_path, EAST, at)
            west.reports(EAST, 0, 20)
            assert [step.reason for step in give(west, east, Forwarding(west.store, EAST, client.post))] == [None]
            client.close()
    assert (east.size(f"{WEST}/to/{EAST}/2026q4"), east.faults(), west.faults(), own) == (20, [], [], [])
    with west.store.read() as rows:
        assert forwarding_service.behind(rows.history, WEST, EAST).leaves == 0
    west.store.close()
    east.store.close()


def test_a_hub_that_changes_a_byte_is_found_out(tmp_path: Path) -> None:
    """A posting with another leaf in it is refused by east, and an answer with another line is no receipt for west."""
    west, east = both()
    west.reports(EAST, 0, 3)

    def forged(data: bytes) -> tuple[int, Mapping[str, object]]:
        answer = east.receiving.take(east.store, data.replace(b"198.51.100.1", b"198.51.100.9"), now=east.now)
        return answer.status, answer.said

    assert give(west, east, Forwarding(west.store, EAST, forged))[0].reason == "root-differs"

    def cut(data: bytes) -> tuple[int, Mapping[str, object]]:
        return 200, {"size": 3, "receipt": "\u2014 east.example AAAA\n"}

    assert give(west, east, Forwarding(west.store, EAST, cut))[0].reason == "receipt-not-signed"
    west.store.close()
    east.store.close()


def test_a_hub_reaches_its_members_and_nobody_else(tmp_path: Path) -> None:
    """Whoever is not named is not reached, what was relayed is not relayed again, and a member that is away is said to be."""
    for each in (EAST, "hub"):
        (tmp_path / each).mkdir(parents=True)
    own: list[bytes] = []
    theirs: list[bytes] = []
    with served(tmp_path / EAST, echo(theirs)) as port:
        hub = replace(echo(own), relay=hub_of(tmp_path, (EAST, port), ("away.example", 1)))
        with served(tmp_path / "hub", hub) as at:
            asked = {name: through(tmp_path, name, at) for name in (EAST, "south.example", "away.example")}
            assert asked[EAST].post(b"for east") == (200, {"size": 8})
            assert asked["south.example"].post(b"for south") == (200, {"size": 9})
            assert asked[EAST].relay(LEAVES_PATH, b"again") == (200, {"size": 5})
            status, said = asked["away.example"].ask(b"x")
            assert (status, said) == (502, {"error": "peer-unreachable"})
            with httpx.Client(verify=False, trust_env=False) as plain:  # noqa: S501 - our own hub, on loopback
                strange = {"comity-to": "https://south.example/", "content-type": "text/plain"}
                answer = plain.post(f"https://127.0.0.1:{at}{LEAVES_PATH}", content=b"odd", headers=strange)
            assert answer.status_code == 200
            for client in asked.values():
                client.close()
    assert theirs == [b"for east"]
    assert own == [b"for south", b"again", b"odd"]
