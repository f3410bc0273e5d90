"""A national hub relays: what is signed end to end goes through it as it came; it changes nothing, and reaches nobody else."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event, Semaphore
from typing import Any

import httpx

from comity.bootstrap.checking.web import exchange
from comity.bootstrap.owed.relaying import RelayCounts, relays
from comity.model.exchange_site import ExchangeSite
from comity.outlets.peers.client import LEAVES_PATH, PeerClient
from comity.services.integrate.metrics import figures
from comity.services.prove import forwarding as forwarding_service
from comity.services.prove.forwarding import Forwarding
from comity.services.prove.leaves.relayed import over_quota
from comity.settings import Settings
from comity.settings.exchange import ExchangeSettings
from comity.store.engine import open_store
from comity.web.peers import A_SENDER, PeersWork

from ...services.prove.two_sides import EAST, WEST, Side, both, give
from .test_https import _log, echo, served

NOON = datetime(2026, 11, 28, 12, tzinfo=UTC)


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


def test_no_sender_fills_a_hub(tmp_path: Path) -> None:
    """Beyond its quota a sender is told to come again, by name; what is for the hub itself goes on; who was refused is known."""
    for each in (EAST, "hub"):
        (tmp_path / each).mkdir(parents=True)
    now, theirs, own = [0.0], list[bytes](), list[bytes]()
    told: list[tuple[str, str, str | None]] = []
    with served(tmp_path / EAST, echo(theirs)) as port:
        hub = replace(
            echo(own),
            relay=hub_of(tmp_path, (EAST, port)),
            relay_per_minute=6,
            relayed=lambda sender, to, refused: told.append((sender, to, refused)),
            clock=lambda: now[0],
        )
        with served(tmp_path / "hub", hub) as at:
            client, other = through(tmp_path, EAST, at), through(tmp_path, "hub.example", at)
            assert [client.post(b"%d" % each)[0] for each in range(10)] == [200] * 10
            assert client.post(b"more") == (429, {"error": "relay-quota"})
            assert other.post(b"for the hub") == (200, {"size": 11})
            with httpx.Client(verify=False, trust_env=False) as plain:  # noqa: S501 - our own hub, on loopback
                answer = plain.post(f"https://127.0.0.1:{at}{LEAVES_PATH}", content=b"x", headers={"comity-to": EAST})
            assert (answer.status_code, answer.headers["retry-after"]) == (429, "10")
            now[0] = 10.0
            assert client.post(b"later") == (200, {"size": 5})
            client.close()
            other.close()
    assert (len(theirs), theirs[-1], own) == (11, b"later", [b"for the hub"])
    assert [each for each in told if each[2]] == [("127.0.0.1", EAST, "relay-quota")] * 2


def test_a_sender_gets_half_of_the_places(tmp_path: Path) -> None:
    """Whoever begins messages and does not end them keeps places free for others."""
    for each in (EAST, "hub"):
        (tmp_path / each).mkdir(parents=True)
    held, entered = Event(), Semaphore(0)

    def waits(path: str, data: bytes) -> tuple[int, Mapping[str, object]]:
        entered.release()
        held.wait(20)
        return 200, {"size": len(data)}

    own: list[bytes] = []
    hub = replace(echo(own), relay={EAST: waits})
    with served(tmp_path / "hub", hub) as at, ThreadPoolExecutor(A_SENDER) as pool:

        def post() -> tuple[int, Mapping[str, Any]]:
            client = through(tmp_path, EAST, at)
            try:
                return client.post(b"slow")
            finally:
                client.close()

        slow = [pool.submit(post) for _ in range(A_SENDER)]
        try:
            for _ in range(A_SENDER):
                assert entered.acquire(timeout=20)
            assert post() == (503, {"error": "busy"})
            other = through(tmp_path, "hub.example", at)
            assert other.post(b"own") == (200, {"size": 3})
            other.close()
        finally:
            held.set()
        assert [each.result() for each in slow] == [(200, {"size": 4})] * A_SENDER
        assert post() == (200, {"size": 4})


def test_who_was_refused_stands_in_the_store(tmp_path: Path) -> None:
    """Counts are written once a minute at most and at the end; `comity doctor` says who, Prometheus how many."""
    settings = Settings(
        store=replace(Settings().store, database=str(tmp_path / "comity.db")),
        exchange=ExchangeSettings(relay_to=(ExchangeSite(peer=EAST, url="https://127.0.0.1:1", trusted=None),)),
    )
    store = open_store(tmp_path / "comity.db")
    store.create()
    clock = [NOON]
    counts = RelayCounts(settings, lambda: clock[0])
    counts.note("192.0.2.7", EAST, None)
    for sender in ("192.0.2.7", "192.0.2.7", "198.51.100.1"):
        counts.note(sender, EAST, "relay-quota")
    counts.note("203.0.113.5", EAST, "busy")  # no quota of it was passed
    counts.note("192.0.2.7", EAST, None)
    counts.close()
    with store.read() as records:
        assert over_quota(records.keys, NOON.date().isoformat()) == {"192.0.2.7": 2, "198.51.100.1": 1}
        shown = [each for each in figures(records, NOON) if each.name == "comity_relayed_today"]
    assert [(each.value, dict(each.labels)) for each in shown] == [(2, {"what": "handed-on"}), (4, {"what": "refused"})]
    store.close()
    checks = [(each.finding, dict(each.details)) for each in exchange(settings, NOON)]
    assert checks == [
        ("relayed", {"n": 2}),
        ("relay-quota", {"sender": "192.0.2.7", "n": 2}),
        ("relay-quota", {"sender": "198.51.100.1", "n": 1}),
    ]


def test_a_flood_from_many_addresses_is_named_a_thousand_times_a_day(tmp_path: Path) -> None:
    """Minute after minute others come: the store keeps a thousand of them by name, the rest as one; the next day begins anew."""
    (tmp_path / "comity.toml").touch()
    settings = Settings(file=tmp_path / "comity.toml", exchange=ExchangeSettings())
    store = open_store(tmp_path / "comity.db")
    store.create()
    clock = [NOON]
    counts = RelayCounts(settings, lambda: clock[0])
    for number in range(3000):
        clock[0] = NOON + timedelta(minutes=number // 500)
        counts.note(f"2001:db8:0:{number:x}::", EAST, "relay-quota")
    counts.note("2001:db8:0:0::", EAST, "relay-quota")
    clock[0] = NOON + timedelta(days=1)
    counts.note("192.0.2.7", EAST, "relay-quota")
    counts.close()
    with store.read() as records:
        found = over_quota(records.keys, NOON.date().isoformat())
        after = over_quota(records.keys, clock[0].date().isoformat())
    store.close()
    assert len(found) == 1001
    assert (found["2001:db8:0:0::"], found["2001:db8:0:3e7::"], found["other senders"]) == (2, 1, 2000)
    assert after == {"192.0.2.7": 1}
