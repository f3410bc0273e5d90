"""Two operators close a month, make, sign and verify a statement with the commands they would type."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from comity.accord.statement import canonical
from comity.bootstrap.desk import ledger_keys
from comity.cli import main
from comity.cli.configuration import choose, settings
from comity.ledger.leaf import LeafType
from comity.services.prove.writing import Event
from comity.web.pages import statement_compared

WEST, EAST = "west.example", "east.example"
Run = Callable[..., tuple[int, list[dict[str, object]]]]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Run]:
    """Two desks, each with the same reports of one past month in its ledger; commands of one of them."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("COMITY_CONFIG", raising=False)
    for ours, theirs in ((WEST, EAST), (EAST, WEST)):
        folder = tmp_path / ours
        given = ["--domain", ours, "--address", f"feedback@{ours}", "--dkim", "ed25519"]
        assert main(["init", str(folder), *given]) == 0
        agreement = f'[[agreement]]\npeer = "peer"\naddress = "fbl@{theirs}"\ndkim_domains = ["{theirs}"]\n'
        (folder / "agreements.toml").write_text(agreement, encoding="utf-8")
        config = folder / "comity.toml"
        text = config.read_text(encoding="utf-8")
        if "\n[complain]" in text:
            text = text.replace("\n[complain]", '\n[complain]\nagreements = "agreements.toml"', 1)
        else:
            text += '\n[complain]\nagreements = "agreements.toml"\n'
        config.write_text(text, encoding="utf-8")
        fill(config)

    def command(of: str, *words: str) -> tuple[int, list[dict[str, object]]]:
        capsys.readouterr()
        status = main([*words, "--json", "--config", str(tmp_path / of / "comity.toml")])
        return status, [json.loads(line) for line in capsys.readouterr().out.splitlines()]

    yield command
    choose(None)


def fill(config: Path) -> None:
    """Reports from west to east in February."""
    from comity.bootstrap.desk import desk_store, scribe

    choose(str(config))
    writer = scribe(settings())
    assert writer is not None
    store = desk_store(settings())
    for day, n in ((1, 14), (20, 12)):
        events = [
            Event(
                reporting=WEST, reported=EAST, leaf_type=LeafType.REPORT, event_id=f"r{day}.{number}", observed=None,
                facts={"class": "complaint", "source": {"ip": "198.51.100.7"}},
                by_mail=settings().identity.domain != WEST,
            )
            for number in range(n)
        ]  # fmt: skip
        with store.write() as records:
            writer.write(records.ledger, events, datetime(2026, 2, day, 12, tzinfo=UTC))
    with store.read() as records:
        assert records.ledger.channels()
    (config.parent / "key.txt").write_text(ledger_keys(settings())[0].encoded(), encoding="ascii")
    store.close()


def test_from_closing_to_verifying(
    run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Days are closed, quiet ones too; both sign; a stranger verifies; one flipped byte fails with its reason."""
    for of in (WEST, EAST):
        status, lines = run(of, "ledger", "close-day", "2026-02-28")
        assert (status, len(lines)) == (0, 2 * 28)
    file, keys = tmp_path / "february.json", {of: str(tmp_path / of / "key.txt") for of in (WEST, EAST)}
    assert run(WEST, "statement", "make", "peer", "2026-02", "--out", str(file))[0] == 0
    status, (done,) = run(EAST, "statement", "sign", str(file), "--key", keys[WEST])
    assert (status, done["joined"], done["missing"]) == (0, True, [WEST])
    status, (done,) = run(WEST, "statement", "sign", str(file), "--key", keys[EAST])
    assert (status, done["joined"], done["missing"]) == (0, False, [])
    status, (checked,) = run(WEST, "statement", "verify", str(file), *keys.values())
    assert (status, checked["holds"], checked["faults"]) == (0, True, [])
    assert {"report", "not-spam"} <= {each["key"] for each in checked["numbers"]}  # type: ignore[index,attr-defined]
    compared = ("It is compared with what was measured then. " * 3, "与当时测得的数字比较。" * 9)
    monkeypatch.setattr(statement_compared, "sentences", lambda _: [compared])
    english, chinese = ("HOLDS", "Counted in the ledgers", "0 each: "), ("成立", "账本计数", "均为 0：")
    for language, words in (("en", english), ("zh", chinese)):
        capsys.readouterr()
        assert main(["--language", language, "statement", "verify", str(file), *keys.values()]) == 0
        said = capsys.readouterr().out
        assert all(word in said for word in words)
        assert max(map(len, said.splitlines())) <= 80
        assert (
            said.count("dispute") == said.count(words[2]) == 4
        )  # what is nought stands once for each direction and side
    data = bytearray(file.read_bytes())
    data[data.index(b'"report"') + 1] ^= 1
    file.write_bytes(data)
    status, (checked,) = run(WEST, "statement", "verify", str(file), *keys.values())
    assert (status, checked["holds"]) == (65, False)


def test_a_period_is_stated_once_by_file_too(run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Another file about what both signed is refused with its remedy, and changes nothing; of two that crossed one goes on."""
    for of in (WEST, EAST):
        assert run(of, "ledger", "close-day", "2026-02-28")[0] == 0
    keys = {WEST: str(tmp_path / EAST / "key.txt"), EAST: str(tmp_path / WEST / "key.txt")}
    drafts = {of: tmp_path / f"{of}.json" for of in (WEST, EAST)}
    for of, file in drafts.items():
        assert run(of, "statement", "make", "peer", "2026-02", "--out", str(file))[0] == 0
        assert run(of, "statement", "sign", str(file), "--key", keys[of])[0] == 0
    crossed = {
        of: run(of, "statement", "sign", str(drafts[other]), "--key", keys[of], "--out", str(tmp_path / f"{of}.both"))[
            0
        ]
        for of, other in ((WEST, EAST), (EAST, WEST))
    }
    assert sorted(crossed.values()) == [0, 64], "exactly one of the two goes on"
    (yielding,) = [of for of, status in crossed.items() if status == 0]
    kept = EAST if yielding == WEST else WEST
    done = tmp_path / f"{yielding}.both"
    assert run(kept, "statement", "sign", str(done), "--key", keys[kept])[1][0]["missing"] == []
    assert run(yielding, "statement", "sign", str(done), "--key", keys[yielding])[1][0]["missing"] == []
    for of in (WEST, EAST):
        fresh = tmp_path / "fresh.json"
        assert run(of, "statement", "make", "peer", "2026-02", "--out", str(fresh))[0] == 0
        statement = json.loads(fresh.read_bytes())
        statement["statement"]["made"] = "2026-03-02T00:00:00+00:00"
        fresh.write_bytes(canonical(statement) + b"\n")
        before = fresh.read_bytes()
        capsys.readouterr()
        words = ["statement", "sign", str(fresh), "--key", keys[of], "--config", str(tmp_path / of / "comity.toml")]
        assert main(words) == 64
        assert "A period is stated once" in capsys.readouterr().err
        assert fresh.read_bytes() == before
        assert [each["state"] for each in run(of, "statement", "list")[1]] == ["signed"]


def test_an_open_day_is_told_with_its_remedy(run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Without a close there is no statement; the error names the day and the command."""
    run(WEST, "ledger", "close-day", "2026-02-27")
    assert run(WEST, "statement", "make", "peer", "2026-02", "--out", str(tmp_path / "f.json"))[0] == 75
    capsys.readouterr()
    main(["statement", "make", "peer", "2026-02", "--out", "f.json", "--config", str(tmp_path / WEST / "comity.toml")])
    assert "comity ledger close-day 2026-02-28" in capsys.readouterr().err
    assert not (tmp_path / "f.json").exists()


@pytest.mark.parametrize(
    ("words", "status"),
    [
        (["ledger", "close-day", "yesterday"], 64),
        (["ledger", "close-day", "2999-01-01"], 64),
        (["statement", "make", "nobody", "2026-02", "--out", "f.json"], 64),
        (["statement", "make", "peer", "february", "--out", "f.json"], 64),
        (["statement", "verify", "comity.toml", "key.txt"], 65),
        (["statement", "verify", "comity.toml", "comity.toml"], 64),
    ],
)
def test_what_is_wrong_is_said(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: list[str], status: int
) -> None:
    """A slip on the command line has its exit status and never a trace."""
    monkeypatch.chdir(tmp_path / WEST)
    assert run(WEST, *words)[0] == status


def test_the_worker_closes_what_is_over(run: Run, tmp_path: Path) -> None:
    """What the running program does now and then closes every day up to yesterday, once."""
    from comity.bootstrap.desk import desk_store
    from comity.bootstrap.proving import close_what_is_due

    choose(str(tmp_path / WEST / "comity.toml"))
    store = desk_store(settings())
    noon = datetime(2026, 3, 1, 12, tzinfo=UTC)
    assert close_what_is_due(settings(), store, log=lambda *_, **__: None, now=noon) == 2 * 28
    assert close_what_is_due(settings(), store, log=lambda *_, **__: None, now=noon) == 0
    store.close()
