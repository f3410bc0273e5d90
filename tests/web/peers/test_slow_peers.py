"""Peers that drip, hang or show a certificate that has ended: each is named, and keeps no other waiting."""

import json
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from comity.bootstrap import settings_for
from comity.bootstrap.desk import desk_store, scribe
from comity.bootstrap.trust.exchange import exchanging_beside, peers_doors
from comity.cli import main
from comity.ledger.leaf import LeafType
from comity.locale import catalogue
from comity.model.exchange_site import ExchangeSite
from comity.outlets.peers.certificate import make
from comity.outlets.peers.client import PeerClient
from comity.outlets.programs.posting import Place, post
from comity.services.prove.writing import Event
from comity.web.peers import PeersWork

from .test_https import served

NOW = datetime.now(UTC)
HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"


@contextmanager
def dripping(beginning: bytes, context: ssl.SSLContext | None = None) -> Iterator[int]:
    """A server that says its beginning, then an octet now and then, for ever; its port."""
    over = threading.Event()

    def drip(connection: socket.socket) -> None:
        with connection, suppress(OSError):
            if context is not None:
                connection = context.wrap_socket(connection, server_side=True)
            connection.sendall(beginning)
            while not over.wait(0.05):
                connection.sendall(b"x")

    def accept() -> None:
        with suppress(OSError):
            while True:
                connection, _ = server.accept()
                threads.append(threading.Thread(target=drip, args=(connection,), daemon=True))
                threads[-1].start()

    with socket.create_server(("127.0.0.1", 0)) as server:
        threads = [threading.Thread(target=accept, daemon=True)]
        threads[0].start()
        try:
            yield server.getsockname()[1]
        finally:
            over.set()
            server.shutdown(socket.SHUT_RDWR)
            for each in threads:
                each.join(60)


@pytest.mark.parametrize(
    "beginning", [b"", HEAD, HEAD + b"content-length: 100000\r\n\r\n{"], ids=["line", "head", "body"]
)
def test_whoever_drips_is_late(beginning: bytes) -> None:
    """An octet now and then is no answer, wherever it stands; the whole exchange has one deadline."""
    with dripping(beginning) as port:
        site = ExchangeSite(peer="east.example", url=f"http://127.0.0.1:{port}")
        client = PeerClient(site, seconds=0.5)
        assert client.post(b"{}") == (0, {"error": "peer-late"})
        assert client.post(b"{}") == (0, {"error": "peer-late"})
        client.close()
        said = post(Place(url=f"http://127.0.0.1:{port}/"), b"{}", {}, seconds=0.5, most=1 << 20)
        assert (said.status, said.data) == (0, b"late")


def test_a_handshake_that_never_ends() -> None:
    """The same holds before there is any HTTP."""
    with dripping(b"\x16\x03\x03\x40\x00") as port:
        client = PeerClient(ExchangeSite(peer="east.example", url=f"https://127.0.0.1:{port}"), seconds=0.5)
        assert client.post(b"{}") == (0, {"error": "peer-late"})
        client.close()


@pytest.mark.parametrize(
    ("made", "host", "reason"),
    [
        (NOW - timedelta(days=4000), "127.0.0.1", "expired"),
        (NOW + timedelta(days=40), "127.0.0.1", "early"),
        (NOW, "192.0.2.1", "name"),
    ],
)
def test_a_certificate_that_does_not_hold_is_named(tmp_path: Path, made: datetime, host: str, reason: str) -> None:
    """Whoever reads the log knows on which side something is to be done."""
    make(tmp_path / "peers.pem", tmp_path / "peers.key", [host], now=made)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "peers.pem", tmp_path / "peers.key")
    with dripping(HEAD, context) as port:
        url = f"https://127.0.0.1:{port}"
        client = PeerClient(ExchangeSite(peer="east.example", url=url, trusted=str(tmp_path / "peers.pem")))
        assert client.post(b"{}") == (0, {"error": f"peer-certificate-{reason}"})
        client.close()
    for language in ("en", "zh"):
        assert f"refused.peer-certificate-{reason}" in catalogue(language)


def test_nobody_waits_for_a_slow_peer(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """While one peer drips, the leaves of another get their receipts."""
    for side in ("west", "east", "north"):
        words = ["init", str(tmp_path / side), "--domain", f"{side}.example", "--address", f"fbl@{side}.example"]
        assert main(words) == 0
    capsys.readouterr()

    def run(side: str, *words: str) -> dict[str, Any]:
        assert main([*words, "--json", "--config", str(tmp_path / side / "comity.toml")]) == 0
        found: dict[str, Any] = json.loads(capsys.readouterr().out)
        return found

    for ours, theirs in (("west", "east"), ("west", "north"), ("east", "west")):
        card = run(theirs, "peer", "card")
        (tmp_path / "card").write_text(card["card"])
        run(ours, "peer", "add", str(tmp_path / "card"))
        run(ours, "peer", "trust", f"{theirs}.example", *card["words"][0].split())
    east = settings_for(str(tmp_path / "east/comity.toml"), {}, tmp_path)
    take, answer = peers_doors(east)
    logged: list[tuple[str, object, object]] = []
    work = PeersWork(take=take, answer=answer, documents=take, statements=take, log=lambda *_, **__: None)
    monkeypatch.setattr("comity.outlets.peers.client.SECONDS", 600.0)
    with served(tmp_path, work) as port, ExitStack() as slow_one:
        slow = slow_one.enter_context(dripping(HEAD))
        config = tmp_path / "west/comity.toml"
        sites = (
            f'"north.example http://127.0.0.1:{slow}", "east.example https://127.0.0.1:{port} {tmp_path / "peers.pem"}"'
        )
        config.write_text(config.read_text().replace("[exchange]\n", f"[exchange]\npeers = [{sites}]\n"))
        west = settings_for(str(config), {}, tmp_path)
        store, writer = desk_store(west), scribe(west)
        assert writer is not None
        with store.write() as rows:
            writer.write(rows.ledger, [_event("north", 0), _event("east", 0)], datetime.now(UTC))
        with exchanging_beside(
            west, lambda event, **said: logged.append((event, said.get("channel"), said.get("leaves")))
        ):
            logged.clear()  # whoever does not answer at the start is named, and not waited for
            _until(lambda: any(each[0] == "exchange-given" for each in logged))
            with store.write() as rows:
                writer.write(rows.ledger, [_event("east", number) for number in range(1, 4)], datetime.now(UTC))
            _until(lambda: sum(each[0] == "exchange-given" for each in logged) == 2)
            assert not [each for each in logged if "north" in str(each[1])], "it is still being waited for"
            slow_one.close()
        store.close()
    assert [each[2] for each in logged if each[0] == "exchange-given"] == [1, 3]


def _event(to: str, number: int) -> Event:
    return Event(
        reporting="west.example", reported=f"{to}.example", leaf_type=LeafType.REPORT, event_id=f"cr1-{to}-{number}",
        observed=datetime.now(UTC), facts={"class": "complaint", "source": {"ip": "198.51.100.9", "dkim": None}}, payload=b"p",
    )  # fmt: skip


def _until(is_so: Callable[[], bool]) -> None:
    until = time.monotonic() + 120
    while not is_so():
        assert time.monotonic() < until
        time.sleep(0.02)
