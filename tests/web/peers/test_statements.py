"""A joint statement over real HTTPS on loopback, with the commands alone: proposed, counted again, cosigned, fetched, verified."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from comity.bootstrap import settings_for
from comity.bootstrap.desk import desk_store, ledger_keys, scribe
from comity.bootstrap.parties import own_card
from comity.bootstrap.trust.documents import documents_door
from comity.bootstrap.trust.exchange import peers_doors
from comity.bootstrap.trust.statements import statements_door
from comity.cli import main
from comity.ledger import pairing
from comity.ledger.leaf import LeafType
from comity.outlets.peers.client import STATEMENTS_PATH
from comity.services.prove.writing import Event
from comity.web.peers import PeersWork

from .test_https import served

WEST, EAST = "west.example", "east.example"
Said = list[dict[str, Any]]
DAY = "2026-02-10"


@dataclass
class Two:
    """West and east, paired, each listening; commands of one of them."""

    folder: Path
    read: Callable[[], str]
    ports: dict[str, int]

    def run(self, side: str, *words: str) -> tuple[int, Said]:
        self.read()
        status = main([*words, "--json", "--config", str(self.folder / side / "comity.toml")])
        return status, [json.loads(line) for line in self.read().splitlines() if line.startswith("{")]

    def say(self, side: str, language: str, *words: str) -> str:
        self.read()
        main([*words, "--language", language, "--config", str(self.folder / side / "comity.toml")])
        return self.read()

    def key(self, side: str) -> str:
        settings = settings_for(str(self.folder / side / "comity.toml"), {}, self.folder / side)
        return ledger_keys(settings)[0].encoded()


@contextmanager
def paired(folder: Path, read: Callable[[], str]) -> Iterator[Two]:
    """Two networks in folders of their own; ``read`` gives what was printed."""
    both = Two(folder, read, {})
    for side in (WEST, EAST):
        assert main(["init", str(folder / side), "--domain", side, "--address", f"fbl@{side}"]) == 0
    stated = {side: settings_for(str(folder / side / "comity.toml"), {}, folder / side) for side in (WEST, EAST)}
    with ExitStack() as stack:
        for ours, theirs in ((WEST, EAST), (EAST, WEST)):
            card = own_card(stated[theirs])
            (folder / "card").write_text(card.text())
            assert main(["peer", "add", str(folder / "card"), "--config", str(folder / ours / "comity.toml")]) == 0
            words = pairing.figures(card.fingerprint()).split()
            assert main(["peer", "trust", theirs, *words, "--config", str(folder / ours / "comity.toml")]) == 0
            take, answer = peers_doors(stated[ours])
            log: Callable[..., None] = lambda event, /, **details: None  # noqa: E731
            work = PeersWork(
                take=take,
                answer=answer,
                documents=documents_door(stated[ours]),
                statements=statements_door(stated[ours]),
                log=log,
            )
            both.ports[ours] = stack.enter_context(served(folder / ours, work))
        for ours, theirs in ((WEST, EAST), (EAST, WEST)):
            config = folder / ours / "comity.toml"
            site = f"{theirs} https://127.0.0.1:{both.ports[theirs]} {folder / theirs / 'peers.pem'}"
            config.write_text(config.read_text().replace("[exchange]\n", f'[exchange]\npeers = ["{site}"]\n'))
        _reported(folder / WEST)
        yield both


@pytest.fixture
def two(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[Two]:
    with paired(tmp_path, lambda: capsys.readouterr().out) as both:
        yield both


def _reported(folder: Path) -> None:
    """West reported 25 mails to east on a day of February."""
    settings = settings_for(str(folder / "comity.toml"), {}, folder)
    writer, store = scribe(settings), desk_store(settings)
    assert writer is not None
    facts = {
        "class": "complaint", "definition": "complaint", "role": "originator",
        "source": {"ip": "198.51.100.7", "dkim": None}, "tier": "T2", "tlp": "TLP:AMBER", "agreement": None,
    }  # fmt: skip
    events = [
        Event(
            reporting=WEST, reported=EAST, leaf_type=LeafType.REPORT, event_id=f"cr1-{number}",
            observed=datetime(2026, 2, 10, 11, tzinfo=UTC), facts=facts,
        )
        for number in range(25)
    ]  # fmt: skip
    with store.write() as records:
        writer.write(records.ledger, events, datetime(2026, 2, 10, 12, tzinfo=UTC))
    store.close()


def closed(two: Two) -> None:
    """Both close the day, west first, so that east has west's leaves before."""
    for side in (WEST, EAST):
        assert two.run(side, "ledger", "close-day", DAY)[0] == 0
        status, lines = two.run(side, "ledger", "give")
        assert status == 0, lines


def test_from_the_proposal_to_the_strangers_check(two: Two) -> None:
    """West proposes, east's desk counts again, a person accepts, west fetches; two public keys are enough then."""
    closed(two)
    status, (proposed,) = two.run(WEST, "statement", "propose", EAST, DAY)
    assert (status, proposed["state"], proposed["handed"]) == (0, "offered", True)
    (waiting,) = two.run(EAST, "statement", "list")[1]
    assert (waiting["state"], waiting["sha256"]) == ("proposed", proposed["sha256"])
    status, (there,) = two.run(WEST, "statement", "fetch", EAST, DAY)
    assert (status, there["there"], there["kept"]) == (0, "proposed", None)
    status, (accepted,) = two.run(EAST, "statement", "accept", WEST, DAY)
    assert (status, accepted["state"], accepted["handed"]) == (0, "signed", True)
    (ours,) = two.run(WEST, "statement", "list")[1]
    assert (ours["state"], ours["sha256"]) == ("signed", proposed["sha256"])
    file = two.folder / "statement.json"
    status, (fetched,) = two.run(WEST, "statement", "fetch", EAST, DAY, "--out", str(file))
    assert (status, fetched["there"], fetched["kept"]["state"]) == (0, "signed", "signed")
    status, (checked,) = two.run(WEST, "statement", "verify", str(file), two.key(WEST), two.key(EAST))
    assert (status, checked["holds"], checked["cosigned_heads"]) == (0, True, checked["heads"])
    assert {each["value"] for each in checked["numbers"] if each["key"] == "report"} == {25, 0}
    assert two.run(EAST, "statement", "accept", WEST, DAY)[0] == 64


def test_a_refusal_names_the_number_to_both_operators(two: Two) -> None:
    """East loses one complaint out of its own count: each operator reads which number it is, and what each side says."""
    closed(two)
    two.run(WEST, "statement", "propose", EAST, DAY)
    from sqlalchemy import text

    settings = settings_for(str(two.folder / EAST / "comity.toml"), {}, two.folder / EAST)
    store = desk_store(settings)
    with store.write() as records:
        place = records.connection.execute(text("SELECT max(position) FROM leaf WHERE type = 'report'")).scalar_one()
        lost = text("UPDATE leaf SET data = :data WHERE type = 'report' AND position = :place")
        records.connection.execute(lost, {"data": b'{"type":"dispute"}', "place": place})
        records.connection.execute(text("DELETE FROM joint_statement"))
    store.close()
    status, (told,) = two.run(WEST, "statement", "propose", EAST, DAY)
    assert (status, told["refused"]) == (65, "close-disputed")
    assert "day/report" in told["numbers"]
    status, (there,) = two.run(WEST, "statement", "fetch", EAST, DAY)
    assert (status, there["there"]) == (65, "differs")
    assert {"number": "day/report", "values": {WEST: 25, EAST: 24}} in there["differing"]
    for language, word in (("en", "says otherwise"), ("zh", "不")):
        for side in (WEST, EAST):
            assert word in two.say(side, language, "statement", "list")
        assert "day/report: west.example 25, east.example 24" in two.say(
            WEST, language, "statement", "fetch", EAST, DAY
        )
    assert two.run(EAST, "statement", "accept", WEST, DAY, "--with-differences")[0] == 65


@pytest.mark.parametrize("language", ["en", "zh"])
def test_it_fits_a_terminal_in_both_languages(two: Two, language: str) -> None:
    """No line is wider than 80 columns, and no id shows through."""
    from rich.cells import cell_len

    closed(two)
    said = [
        two.say(side, language, "statement", *words)
        for side, words in (
            (WEST, ("list",)), (WEST, ("propose", EAST, DAY)), (EAST, ("list",)), (WEST, ("fetch", EAST, DAY)),
            (EAST, ("accept", WEST, DAY)), (WEST, ("list",)), (WEST, ("fetch", EAST, DAY, "--out", str(two.folder / "f"))),
        )
    ]  # fmt: skip
    lines = [line for text in said for line in text.splitlines()]
    assert all(said)
    assert [line for line in lines if cell_len(line) > 80 and str(two.folder) not in line] == []
    assert [line for line in lines if "statement." in line or "{" in line] == []


def test_who_is_not_reached_has_it_later(two: Two) -> None:
    """The proposal waits with us; what is written to a file goes on by hand."""
    closed(two)
    config = two.folder / WEST / "comity.toml"
    sited = config.read_text()
    config.write_text(sited.replace(f"127.0.0.1:{two.ports[EAST]}", "127.0.0.1:1"))
    file = two.folder / "by-hand.json"
    status, (told,) = two.run(WEST, "statement", "propose", EAST, DAY, "--out", str(file))
    assert (status, told["refused"], told["state"]) == (75, "peer-unreachable", "offered")
    assert two.run(EAST, "statement", "sign", str(file), "--key", two.key(WEST))[1][0]["missing"] == []
    config.write_text(sited)
    from comity.bootstrap.trust.exchange import ExchangeRun

    with ExitStack() as stack:
        run = ExchangeRun(settings_for(str(config), {}, config.parent), stack)
        assert [each.reason for each in run.statements()] == [None]
        assert list(run.statements()) == []


def test_what_a_stranger_posts_changes_nothing(two: Two) -> None:
    """Junk and what is too large are refused with a name; other methods too."""
    with httpx.Client(verify=False, trust_env=False, timeout=120) as client:  # noqa: S501 - a stranger
        url = f"https://127.0.0.1:{two.ports[EAST]}{STATEMENTS_PATH}"
        for body, status, error in (
            (b"", 400, "message-malformed"), (b"{}", 400, "message-malformed"), (b"x" * (9 << 20), 413, "message-too-large"),
        ):  # fmt: skip
            answer = client.post(url, content=body)
            assert (answer.status_code, answer.json()["error"]) == (status, error)
        assert client.get(url).status_code == 405
    assert two.run(EAST, "statement", "list")[1] == []
