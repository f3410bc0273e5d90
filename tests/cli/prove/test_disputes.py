"""``comity ledger disputes`` names what is refused and what is disputed, in both languages."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from rich.cells import cell_len

from comity.bootstrap.desk import desk_store, scribe
from comity.bootstrap.proving import close_terms
from comity.cli import main
from comity.cli.prove.disputes import tell
from comity.cli.speech import choose
from comity.ledger.leaf import LeafType
from comity.locale import catalogue
from comity.model.entry import RefusedLeaf
from comity.services.prove.leaves.checking import Wrong
from comity.services.prove.leaves.objecting import Disputed, Objecting
from comity.services.prove.writing import Event
from comity.settings.reader import read_settings

from .conftest import Run

NOW = datetime.now(UTC).replace(microsecond=0)
ORIGIN = "east.example/to/west.example/2026q4"


def test_nothing_is_disputed(run: Run) -> None:
    """A fresh desk has nothing to show."""
    assert run("west", "ledger", "disputes") == (0, [])


@pytest.fixture
def west(run: Run, tmp_path: Path) -> Run:
    """West has a leaf that east refuses, and disputes one of east."""
    settings = read_settings(tmp_path / "west" / "comity.toml")
    writer = scribe(settings)
    assert writer is not None
    with desk_store(settings).write() as rows:
        facts = {"report": "cr1-1", "outcome": "stopped"}
        own = Event(
            reporting="west.example", reported="east.example", leaf_type=LeafType.OUTCOME, event_id="cr1-1.out",
            observed=None, facts=facts,
        )  # fmt: skip
        ((channel_id, position),) = writer.write(rows.ledger, [own], NOW)
        rows.history.refuse(
            RefusedLeaf(channel_id=channel_id, position=position, code="answers-nothing", detail="cr1-1", since=NOW)
        )
        theirs = rows.ledger.channel(
            ORIGIN, reporting="east.example", reported="west.example", quarter="2026q4", is_copy=True
        )
        Objecting(writer, close_terms(settings)).object(
            rows, theirs, refused={3: Wrong(code="leaf-field", detail="class")}, closes=(), now=NOW
        )
    return run


def test_both_sides_words_are_shown(west: Run) -> None:
    """A refused leaf says until when it holds what follows; a dispute says where and why."""
    status, (held, said) = west("west", "ledger", "disputes")
    assert (status, held["what"], held["by"], held["reason"]) == (0, "refused", "east.example", "answers-nothing")
    assert datetime.fromisoformat(held["goes_on"]) - datetime.fromisoformat(held["since"]) == timedelta(hours=6)
    assert (said["by"], said["place"], said["reason"], said["detail"]) == (
        "west.example", f"{ORIGIN}#3", "leaf-field", "class",
    )  # fmt: skip


@pytest.mark.parametrize(("language", "words"), [("en", "We dispute leaf"), ("zh_Hans", "提出争议")])
def test_people_read_it(
    west: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str], language: str, words: str
) -> None:
    """In their language."""
    capsys.readouterr()
    assert main(["ledger", "disputes", "--language", language, "--config", str(tmp_path / "west" / "comity.toml")]) == 0
    assert words in capsys.readouterr().out


@pytest.mark.parametrize("language", ["en", "zh_Hans"])
def test_a_field_is_named_in_words(
    west: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str], language: str
) -> None:
    """As people call it, with its key beside, in lines of eighty columns."""
    words = catalogue(language)
    assert main(["ledger", "disputes", "--language", language, "--config", str(tmp_path / "west" / "comity.toml")]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert any(f"{words.say('ledger.field.class')} [class]" in line for line in lines)
    assert [line for line in lines if cell_len(line) > 80] == []


@pytest.mark.parametrize(("language", "said"), [("en", "customer told (month)"), ("zh_Hans", "已告知客户（按月）")])
def test_a_number_is_named_in_words(capsys: pytest.CaptureFixture[str], language: str, said: str) -> None:
    """As on the pages; a key that nobody has words for stands as it is, and what is left out is counted."""
    cells = [["month/outcome/warned", 3, 2], ["x/y", 1, 2], *(["report", n, 0] for n in range(5))]
    try:
        choose(language)
        closed = Disputed(
            by="west.example",
            of="east.example",
            place=f"{ORIGIN}#3",
            reason="close-differs",
            detail=None,
            since=NOW,
            cells=cells,
        )
        tell(closed, "west.example")
    finally:
        choose(None)
    lines = capsys.readouterr().out.splitlines()
    assert said in "".join(lines)
    assert any("[month/outcome/warned]" in line for line in lines)
    assert any(line.strip().startswith("x/y") for line in lines)
    assert " 2 " in lines[-1]
    assert [line for line in lines if cell_len(line) > 80] == []
