"""Cards, keys and their end on the command line."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from comity.bootstrap import settings_for
from comity.bootstrap.desk import desk_store, scribe
from comity.cli import main
from comity.ledger import note, pairing
from comity.ledger.leaf import LeafType
from comity.services.prove.writing import Event

Run = Callable[..., tuple[int, str]]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    monkeypatch.chdir(tmp_path)

    def ran(*words: str) -> tuple[int, str]:
        status = main([*words, "--language", "en"])
        return status, capsys.readouterr().out

    return ran


def wrote(number: int, *, us: str = "west.example", them: str = "east.example", config: str | None = None) -> None:
    settings = settings_for(config, {}, Path())
    writer, store = scribe(settings), desk_store(settings)
    assert writer is not None
    event = Event(
        reporting=us, reported=them, leaf_type=LeafType.DISPUTE, event_id=f"d{number}", observed=None, facts={}
    )
    with store.write() as rows:
        writer.write(rows.ledger, [event], datetime.now(UTC))
    store.close()


def test_a_new_key_signs_and_the_old_one_still_verifies(run: Run) -> None:
    """The ledger says so itself; the card has the new key and the same revocation key; the old key lies beside."""
    run("init", "--domain", "west.example", "--address", "feedback@west.example")
    wrote(1)
    before = pairing.read_card(Path("ledger.card").read_text())
    status, text = run("peer", "rotate-key", "--json")
    said = json.loads(text)
    after = pairing.read_card(Path("ledger.card").read_text())
    assert before is not None and after is not None
    assert (status, said["channels"], said["key"]) == (0, 1, after.ledger.encoded())
    assert (after.revocation, after.ledger != before.ledger) == (before.revocation, True)
    assert Path(said["old"]).exists()
    wrote(2)
    status, text = run("ledger", "verify", "--json")
    assert (status, json.loads(text)["leaves"]) == (0, 3)


def test_a_key_is_called_back_by_the_one_that_was_kept_away(run: Run, tmp_path: Path) -> None:
    """The statement that it prints ends the trust of a peer; a statement of anybody else is refused."""
    run("init", "--domain", "west.example", "--address", "feedback@west.example")
    run("init", "peer", "--domain", "east.example", "--address", "fbl@east.example")
    Path("revocation.key").rename(tmp_path / "usb.key")
    config = ("--config", "peer/comity.toml")
    card = pairing.read_card(Path("ledger.card").read_text())
    assert card is not None
    run("peer", "add", "ledger.card", *config)
    run("peer", "trust", "west.example", pairing.figures(card.fingerprint()), *config)
    status, text = run("peer", "revoke", "--with", str(tmp_path / "usb.key"))
    Path("revoked.txt").write_text(text)
    assert status == 0
    forged = note.sign(text.partition("\n\n")[0] + "\n", "west.example/revocation", _other())
    Path("forged.txt").write_text(forged)
    assert run("peer", "revoke", "forged.txt", *config)[0] == 65
    assert run("peer", "revoke", "revoked.txt", *config)[0] == 0
    assert run("peer", "trust", "west.example", pairing.figures(card.fingerprint()), *config)[0] == 64


def _other() -> "note.Ed25519PrivateKey":
    return note.Ed25519PrivateKey.generate()


def test_the_card_goes_as_a_picture_too(run: Run) -> None:
    """A QR code as SVG, with the very text of the card in it."""
    run("init", "--domain", "west.example", "--address", "feedback@west.example")
    status, text = run("peer", "card", "--svg", "card.svg")
    assert (status, Path("card.svg").read_bytes()[:5]) == (0, b"<?xml")
    assert pairing.read_card("\n".join(text.splitlines()[:3])) is not None
    assert len(text.splitlines()) > 8


def test_a_network_takes_another_name_with_a_desk_of_its_own(run: Run) -> None:
    """A new desk is paired as anybody's, all ledgers go on; one whose settings are changed instead holds no more, and says so."""
    names = ("west", "east", "orient")
    config = {each: ("--config", f"{each}/comity.toml") for each in names}
    cards = {}
    for each in names:
        run("init", each, "--domain", f"{each}.example", "--address", f"feedback@{each}.example")
        Path(f"{each}.card").write_text(run("peer", "card", *config[each])[1], encoding="utf-8")
        cards[each] = pairing.read_card(Path(each, "ledger.card").read_text())
    for one, other in (("west", "east"), ("east", "west"), ("west", "orient"), ("orient", "west")):
        card = cards[other]
        assert card is not None
        assert run("peer", "add", f"{other}.card", *config[one])[0] == 0
        assert run("peer", "trust", f"{other}.example", pairing.figures(card.fingerprint()), *config[one])[0] == 0
        wrote(1, us=f"{one}.example", them=f"{other}.example", config=f"{one}/comity.toml")
    for each, channels in (("west", 2), ("east", 1), ("orient", 1)):
        status, text = run("ledger", "verify", "--json", *config[each])
        assert (status, len(text.splitlines())) == (0, channels)
    assert not _is_called_otherwise(run, *config["east"])
    settings = Path("east", "comity.toml")
    settings.write_text(settings.read_text().replace("east.example", "orient.example"))
    assert run("ledger", "verify", *config["east"])[0] == 65
    assert _is_called_otherwise(run, *config["east"])


def _is_called_otherwise(run: Run, *config: str) -> bool:
    found = [json.loads(line)["finding"] for line in run("doctor", "--json", *config)[1].splitlines()]
    return "ledger-other-name" in found


def test_what_the_command_printed_is_a_card(run: Run) -> None:
    """``comity peer card > west.card`` here and ``comity peer add west.card`` there, as the page says; it checks proofs, too."""
    from comity.cli.prove.proofs import _keys

    run("init", "west", "--domain", "west.example", "--address", "feedback@west.example")
    run("init", "east", "--domain", "east.example", "--address", "feedback@east.example")
    Path("west.card").write_text(run("peer", "card", "--config", "west/comity.toml")[1], encoding="utf-8")
    status, text = run("peer", "add", "west.card", "--config", "east/comity.toml")
    assert (status, "west.example" in text) == (0, True)
    assert {each.name for each in _keys("west.card")} == {"west.example"}
