"""Two networks over real HTTPS on loopback, with certificates that each side pins; and everything that a stranger may send."""

import json
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from comity.cli import main
from comity.gates.web import WebPlace
from comity.model.exchange_site import ExchangeSite
from comity.model.listener import Listener
from comity.outlets.peers.certificate import make
from comity.outlets.peers.client import LEAVES_PATH, PeerClient
from comity.store.engine import Store
from comity.web.peers import AT_ONCE, PeersWork, peers_app

from ..on_loopback import on_loopback

Said = list[dict[str, object]]


@contextmanager
def served(folder: Path, work: PeersWork) -> Iterator[int]:
    """The application over TLS in a thread of its own; its port."""
    make(folder / "peers.pem", folder / "peers.key", ["127.0.0.1", "localhost"], now=datetime.now(UTC))
    place = WebPlace(
        name="peers", app=peers_app(work), listener=Listener(port=0),
        certificate=folder / "peers.pem", key=folder / "peers.key",
    )  # fmt: skip
    with on_loopback(place) as port:
        yield port


def _log(event: str, /, **details: object) -> None:
    """Nobody listens."""


def echo(taken: list[bytes], seconds: float = 30.0) -> PeersWork:
    def take(data: bytes) -> tuple[int, dict[str, object]]:
        taken.append(data)
        return 200, {"size": len(data)}

    return PeersWork(take=take, answer=take, documents=take, statements=take, log=_log, seconds=seconds)


def test_the_certificate_is_pinned(tmp_path: Path) -> None:
    """Our client speaks to the holder of that certificate, and to nobody else."""
    taken: list[bytes] = []
    (tmp_path / "other").mkdir()
    make(tmp_path / "other" / "peers.pem", tmp_path / "other" / "peers.key", ["127.0.0.1"], now=datetime.now(UTC))
    with served(tmp_path, echo(taken)) as port:
        url = f"https://127.0.0.1:{port}"
        right = PeerClient(ExchangeSite(peer="east.example", url=url, trusted=str(tmp_path / "peers.pem")))
        wrong = PeerClient(ExchangeSite(peer="east.example", url=url, trusted=str(tmp_path / "other" / "peers.pem")))
        usual = PeerClient(ExchangeSite(peer="east.example", url=url))
        assert right.post(b"{}") == (200, {"size": 2})
        assert wrong.post(b"{}") == usual.post(b"{}") == (0, {"error": "peer-certificate-unknown"})
        for each in (right, wrong, usual):
            each.close()
    assert taken == [b"{}"]


def test_a_certificate_that_is_not_there_yet_stops_nobody_else(tmp_path: Path) -> None:
    """A peer whose file we were not given, or that holds no certificate, is not asked; once it is there, it is."""
    taken: list[bytes] = []
    theirs = tmp_path / "theirs.pem"
    with served(tmp_path, echo(taken)) as port:
        client = PeerClient(ExchangeSite(peer="east.example", url=f"https://127.0.0.1:{port}", trusted=str(theirs)))
        assert client.post(b"{}") == (0, {"error": "peer-certificate-missing"})
        theirs.write_text("no certificate\n")
        assert client.post(b"{}") == (0, {"error": "peer-certificate-missing"})
        theirs.write_bytes((tmp_path / "peers.pem").read_bytes())
        assert client.post(b"{}") == (200, {"size": 2})
        client.close()
    assert taken == [b"{}"]


def test_what_is_too_large_or_lies_about_its_length_is_refused(tmp_path: Path) -> None:
    """By what it says of itself, and by what comes; nothing of it is worked on."""
    taken: list[bytes] = []
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with served(tmp_path, echo(taken)) as port, httpx.Client(verify=context, trust_env=False, timeout=120) as client:
        url = f"https://127.0.0.1:{port}{LEAVES_PATH}"
        with socket.create_connection(("127.0.0.1", port), 20) as raw, context.wrap_socket(raw) as lying:
            lying.sendall(f"POST {LEAVES_PATH} HTTP/1.1\r\nHost: x\r\nContent-Length: {1 << 30}\r\n\r\n".encode())
            assert b" 413 " in lying.recv(200)
        chunks = (b"x" * (1 << 20) for _ in range(9))
        assert client.post(url, content=chunks).status_code == 413
        assert client.get(url).status_code == 405
        assert client.post(f"https://127.0.0.1:{port}/other", content=b"").status_code == 404
        assert client.post(f"{url}/", content=b"", headers={"host": "other.example"}).status_code == 404
    assert taken == []


def test_who_is_slow_is_told_so(tmp_path: Path) -> None:
    """A body that does not come ends with 408, and others are served meanwhile."""
    taken: list[bytes] = []
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with (
        served(tmp_path, echo(taken, seconds=0.2)) as port,
        socket.create_connection(("127.0.0.1", port), 20) as raw,
        context.wrap_socket(raw) as slow,
    ):
        slow.sendall(f"POST {LEAVES_PATH} HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n".encode())
        assert b" 408 " in slow.recv(200)


def test_who_drips_keeps_nobody_out(tmp_path: Path) -> None:
    """Strangers begin as many messages as are worked on at once, and end none: what a peer sends is taken meanwhile."""
    taken: list[bytes] = []
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with ExitStack() as ends:
        port = ends.enter_context(served(tmp_path, echo(taken, seconds=60)))
        url = f"https://127.0.0.1:{port}{LEAVES_PATH}"
        for number in range(2 * AT_ONCE):
            of = (f"127.0.0.{2 + number % 2}", 0)
            raw = ends.enter_context(socket.create_connection(("127.0.0.1", port), 20, source_address=of))
            slow = ends.enter_context(context.wrap_socket(raw))
            slow.sendall(f"POST {LEAVES_PATH} HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nx".encode())
        client = ends.enter_context(httpx.Client(verify=context, trust_env=False, timeout=60))
        assert client.post(url, content=b"whole").status_code == 200
        assert [client.post(url, content=b"%d" % each).status_code for each in range(20)] == [200] * 20
        raw = ends.enter_context(socket.create_connection(("127.0.0.1", port), 20, source_address=("127.0.0.2", 0)))
        more = ends.enter_context(context.wrap_socket(raw))
        more.sendall(f"POST {LEAVES_PATH} HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\nx".encode())
        assert b" 503 " in more.recv(200)  # one address has so many, and no more
    assert taken[0] == b"whole"


Run = Callable[..., tuple[int, Said]]


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    def ran(side: str, *words: str) -> tuple[int, Said]:
        status = main([*words, "--json", "--config", str(tmp_path / side / "comity.toml")])
        out = capsys.readouterr().out
        return status, [json.loads(line) for line in out.splitlines() if line.startswith("{")]

    return ran


def _row_behind_the_end(run: Run, store: Store) -> None:
    """A hand puts a row behind the last leaf of west: every way to look names it, and it is healed."""
    with store.write() as rows:
        rows.history.plant(1, [((0, 40), bytes(32))])
    status, verified = run("west", "ledger", "verify")
    assert (status, verified[0]["faults"][0]) == (65, {"code": "surplus", "where": "node 0/40"})
    assert "ledger-damaged" in [each.get("finding") for each in run("west", "doctor")[1]]
    assert run("west", "ledger", "heal")[1][0]["tree"]
    assert run("west", "ledger", "scrub")[0] == 0


def test_two_networks_pair_exchange_reconcile_and_heal(tmp_path: Path, run: Run) -> None:
    """With the commands alone: cards, fingerprints in words of two languages, leaves, receipts, a proof, damage, healing."""
    from sqlalchemy import update

    from comity.bootstrap import settings_for
    from comity.bootstrap.desk import desk_store, scribe
    from comity.bootstrap.trust.exchange import exchanging_beside, peers_doors
    from comity.ledger.leaf import LeafType
    from comity.services.prove.writing import Event
    from comity.store.tables import ledger

    for side in ("west", "east"):
        assert (
            main(["init", str(tmp_path / side), "--domain", f"{side}.example", "--address", f"fbl@{side}.example"]) == 0
        )
    cards = {side: run(side, "peer", "card")[1][0] for side in ("west", "east")}
    for ours, theirs, language in (("west", "east", 0), ("east", "west", 1)):
        (tmp_path / "card").write_text(str(cards[theirs]["card"]))
        assert run(ours, "peer", "add", str(tmp_path / "card"))[1][0]["state"] == "offered"
        words = cards[theirs]["words"]
        assert isinstance(words, list)
        status, said = run(ours, "peer", "trust", f"{theirs}.example", *words[language].split())
        assert (status, said[0]["state"]) == (0, "pinned")
    logged: list[str] = []
    east = settings_for(str(tmp_path / "east/comity.toml"), {}, tmp_path)
    take, answer = peers_doors(east)
    with served(tmp_path, PeersWork(take=take, answer=answer, documents=take, statements=take, log=_log)) as port:
        config = tmp_path / "west/comity.toml"
        site = f"east.example https://127.0.0.1:{port} {tmp_path / 'peers.pem'}"
        config.write_text(config.read_text().replace("[exchange]\n", f'[exchange]\npeers = ["{site}"]\n'))
        west = settings_for(str(config), {}, tmp_path)
        writer, store = scribe(west), desk_store(west)
        assert writer is not None
        now = datetime.now(UTC)
        events = [
            Event(
                reporting="west.example", reported="east.example", leaf_type=LeafType.REPORT, event_id=f"cr1-{number}",
                observed=now, facts={"class": "complaint", "source": {"ip": "198.51.100.9", "dkim": None}}, payload=b"p",
            )
            for number in range(30)
        ]  # fmt: skip
        with store.write() as rows:
            writer.write(rows.ledger, events, now)
        assert run("west", "ledger", "status")[1][0]["leaves_behind"] == 30
        status, given = run("west", "ledger", "give")
        assert (status, given[0]["given"], given[0]["reason"]) == (0, 30, None)
        assert run("west", "ledger", "status")[1][0]["leaves_behind"] == 0
        status, same = run("west", "ledger", "reconcile")
        assert (status, same[0]["equal"], same[0]["theirs"]) == (0, True, 30)
        _, proved = run("west", "ledger", "prove", "cr1-17")
        (tmp_path / "proof").write_text(str(proved[0]["proof"]))
        for each in ("west", "east"):
            (tmp_path / f"{each}.card").write_text(str(cards[each]["card"]))
        keys = ["--key", str(tmp_path / "west.card"), "--key", str(tmp_path / "east.card")]
        status, checked = run("west", "ledger", "check", str(tmp_path / "proof"), *keys)
        assert (status, checked[0]["holds"], checked[0]["signed_by"]) == (0, True, ["west.example"])
        with store.write() as rows:
            rows.connection.execute(update(ledger.leaf).where(ledger.leaf.c.position == 4).values(data=b"{}"))
        assert run("west", "ledger", "scrub")[0] == 65
        status, differs = run("west", "ledger", "reconcile")
        assert (status, differs[0]["differing"]) == (65, [4])
        assert run("west", "ledger", "heal")[1][0]["leaves"] == [4]
        assert run("west", "ledger", "scrub")[0] == 0
        _row_behind_the_end(run, store)
        with store.write() as rows:
            writer.write(rows.ledger, [replace(events[0], event_id="cr1-later")], now)
        with exchanging_beside(west, lambda event, **_: logged.append(event)):  # as comity serve does
            until = time.monotonic() + 120
            while "exchange-given" not in logged and time.monotonic() < until:
                threading.Event().wait(0.05)
        assert logged == ["exchange-given"]
        store.close()
    status, given = run("west", "ledger", "give")
    assert (status, given) == (0, [])
