"""A peer signs two histories of one channel, over HTTPS: what the other side sees, and what it can show to anybody."""

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from comity.bootstrap import settings_for
from comity.bootstrap.checking.check import Condition
from comity.bootstrap.checking.ledger import ledger
from comity.bootstrap.desk import desk_write
from comity.bootstrap.trust.exchange import peers_doors
from comity.cli import main
from comity.ledger import checkpoint, leaf, note, posting, tree
from comity.model.entry import ForkedHistory
from comity.model.exchange_site import ExchangeSite
from comity.outlets.peers.client import PeerClient
from comity.outlets.private_key import read_ed25519
from comity.web.peers import PeersWork

from .test_https import _log, served

Said = list[dict[str, Any]]
Run = Callable[..., tuple[int, Said, str]]
ORIGIN = "west.example/to/east.example/2026q4"


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    def ran(side: str, *words: str) -> tuple[int, Said, str]:
        capsys.readouterr()
        status = main([*words, "--config", str(tmp_path / side / "comity.toml")])
        out = capsys.readouterr().out
        return status, [json.loads(line) for line in out.splitlines() if line.startswith("{")], out

    for side in ("west", "east"):
        assert (
            main(["init", str(tmp_path / side), "--domain", f"{side}.example", "--address", f"fbl@{side}.example"]) == 0
        )
    card = ran("west", "peer", "card", "--json")[1][0]
    (tmp_path / "west.card").write_text(str(card["card"]))
    ran("east", "peer", "add", str(tmp_path / "west.card"))
    assert ran("east", "peer", "trust", "west.example", *card["words"][0].split())[0] == 0
    return ran


def _posting(tmp_path: Path, ids: list[str]) -> bytes:
    """What west signs over these reports, from the first leaf on."""
    key, second = read_ed25519(tmp_path / "west/ledger.key"), int(time.time())
    leaves = [
        leaf.canonical({
            "type": "report", "id": each, "observed": second, "submitted": second, "payload_commit": None,
            "class": "complaint", "source": {"ip": "198.51.100.7", "dkim": None},
        })
        for each in ids
    ]  # fmt: skip
    root = tree.root_of([tree.leaf_hash(each) for each in leaves])
    text = note.sign(checkpoint.Checkpoint(origin=ORIGIN, size=len(leaves), root=root).text(), "west.example", key)
    head = note.with_lines(text, [note.cosign(text, "west.example", key, second=second)])
    shown = posting.Posting(origin=ORIGIN, old_size=0, leaves=tuple(leaves), payloads=(), heads=(head,))
    return posting.write(shown)


def _doctor(run: Run) -> list[str]:
    return [each["finding"] for each in run("east", "doctor", "--json")[1]]


def test_two_histories_are_seen_told_and_shown_to_a_stranger(tmp_path: Path, run: Run) -> None:
    """Doctor, list and file say it in both languages; a stranger with west's card alone checks the file, and it holds once only."""
    east = settings_for(str(tmp_path / "east/comity.toml"), {}, tmp_path)
    take, answer = peers_doors(east)
    with served(tmp_path, PeersWork(take=take, answer=answer, documents=take, statements=take, log=_log)) as port:
        site = ExchangeSite(peer="east.example", url=f"https://127.0.0.1:{port}", trusted=str(tmp_path / "peers.pem"))
        west = PeerClient(site)
        assert west.post(_posting(tmp_path, ["a", "b", "c"]))[0] == 200
        assert "ledger-forked" not in _doctor(run)
        assert "Nobody signed two histories." in run("east", "ledger", "forks")[2]
        for _ in range(2):
            status, said = west.post(_posting(tmp_path, ["a", "x"]))
            assert (status, said["error"], said["size"]) == (409, "two-histories", 3)
        west.close()
    assert "ledger-forked" in _doctor(run)
    status, (found,), _ = run("east", "ledger", "forks", "--json")
    assert (status, found["writer"], found["smaller"], found["larger"]) == (0, "west.example", 2, 3)
    assert datetime.fromisoformat(found["seen"]) <= datetime.now(UTC)
    for language, words in (("en", "signed two histories"), ("zh", "签署了两份历史")):
        for command in (("ledger", "forks"), ("doctor",)):
            assert words in " ".join(run("east", *command, "--language", language)[2].split()), (language, command)
    file = tmp_path / "two-histories.txt"
    file.write_text(run("east", "ledger", "forks", ORIGIN)[2])
    keys = ["--key", str(tmp_path / "west.card")]
    assert run("west", "ledger", "check", str(file), *keys, "--json")[1] == [
        {"holds": True, "fault": None, "channel": ORIGIN, "signed_twice_by": "west.example", "sizes": [2, 3]}
    ]
    assert "The proof holds" in run("west", "ledger", "check", str(file), *keys)[2]
    file.write_text(file.read_text().replace("\n2\n", "\n1\n"))
    status, _, out = run("west", "ledger", "check", str(file), *keys)
    assert (status, "proves nothing" in out) == (65, True)
    assert run("east", "ledger", "forks", "north.example/to/east.example/2026q4")[0] == 65


def test_what_is_past_is_wrong_no_more(tmp_path: Path, run: Run) -> None:
    """Nothing unsays a signature: while its quarter and the next one run, doctor fails; then it is said, and watched no more."""
    settings, now = settings_for(str(tmp_path / "east/comity.toml"), {}, tmp_path), datetime(2026, 11, 30, tzinfo=UTC)
    for quarter in ("2026q2", "2026q3", "2026q4"):
        origin = f"west.example/to/east.example/{quarter}"
        fork = ForkedHistory(origin=origin, writer="west.example", smaller=2, larger=3, proof="-", seen=now)
        with desk_write(settings) as rows:
            rows.forks.keep(fork)
    assert [each.condition for each in ledger(settings, now)] == [Condition.ODD, Condition.WRONG, Condition.WRONG]
