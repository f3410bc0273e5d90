"""What was counted leaves as Parquet files: the same sums, nothing small for others; and the questions of the page are right."""

import json
import re
from pathlib import Path

import duckdb
import pytest

from comity.cli import main
from comity.store.engine import Store, open_store
from comity.store.tables.consumers.judged import judged_count
from comity.store.tables.intake import rollup
from comity.store.tables.ledger import channel

PAGE = Path(__file__).parents[3] / "docs/how-to/parquet.md"
# Day, channel, class, network, count; channel 0 is outside any.
ROWS = [
    ("2026-01-05", 1, "complaint", "192.0.2.0/24", 40),
    ("2026-01-06", 1, "complaint", "198.51.100.0/24", 60),
    ("2026-01-06", 1, "fraud", "192.0.2.0/24", 3),
    ("2026-01-07", 1, "bot", "192.0.2.0/24", 25),
    ("2026-02-01", 1, "complaint", "192.0.2.0/24", 300),
    ("2026-02-01", 2, "complaint", "203.0.113.0/24", 4),
    ("2026-02-02", 0, "complaint", "203.0.113.0/24", 7),
    ("2026-02-28", 2, "complaint", 'a "quoted", odd \\N\nnet', 20),
]


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    """A store with a year's sums, and the settings that name it."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "comity.toml").write_text('[store]\ndatabase = "comity.db"\n')
    made = open_store(tmp_path / "comity.db")
    made.create()
    with made.write() as records:
        for number, reporting in ((1, "east.example"), (2, "north.example")):
            row = {"id": number, "origin": f"o{number}", "reporting": reporting, "reported": "west.example"}
            records.connection.execute(channel.insert().values(**row, quarter="2026q1"))
        names = ("day", "channel_id", "class", "source_net", "count")
        records.connection.execute(rollup.insert(), [dict(zip(names, row, strict=True)) for row in ROWS])
        judged = {"day": "2026-02-01", "peer": "west.example", "mails": 2000, "judged": 1900, "spam": 30, "traps": 1}
        records.connection.execute(judged_count.insert().values(**judged))
    return made


def export(capsys: pytest.CaptureFixture[str], *more: str) -> dict[str, object]:
    """What the command says."""
    capsys.readouterr()
    assert main(["export", "parquet", "aggregates", "--json", *more]) == 0
    said: dict[str, object] = json.loads(capsys.readouterr().out)
    return said


def asked(query: str) -> list[tuple[object, ...]]:
    """What DuckDB answers."""
    return duckdb.connect(":memory:").execute(query).fetchall()


def test_the_sums_are_those_of_the_store(desk: Store, capsys: pytest.CaptureFixture[str]) -> None:
    """Row by row what was counted, strange names and what lies outside any channel included; days are cut as asked."""
    assert export(capsys)["rows"] == {
        "reports": 8, "delivered": 0, "judged": 1, "claimed": 0, "left": 0, "exchanged": 0, "cases": 0,
    }  # fmt: skip
    sides = {0: None, 1: "east.example", 2: "north.example"}
    found = asked("SELECT day::VARCHAR, reporting, class, network, reports FROM 'aggregates/reports.parquet'")
    assert sorted(found, key=str) == sorted(((day, sides[side], *rest) for day, side, *rest in ROWS), key=str)
    assert export(capsys, "--since", "2026-01-06", "--until", "2026-01-07")["rows"]["reports"] == 3  # type: ignore[index]
    assert [each.name for each in Path("aggregates").iterdir() if each.suffix != ".parquet"] == []


def test_nothing_small_leaves_the_house(desk: Store, capsys: pytest.CaptureFixture[str]) -> None:
    """Whole months, by class; small numbers and what gives them away are not there; what has no channel is nobody's business."""
    said = export(capsys, "--outside", "--since", "2026-01-01", "--until", "2026-03-10")
    assert (said["since"], said["until"], list(said["rows"])) == ("2026-01-01", "2026-02-28", ["reports"])  # type: ignore[call-overload]
    found = asked("SELECT month, reporting, class, reports FROM 'aggregates/reports.parquet' ORDER BY ALL")
    assert found == [
        ("2026-01", "east.example", "", 128),
        ("2026-01", "east.example", "complaint", 100),
        ("2026-02", "east.example", "", 300),
        ("2026-02", "east.example", "complaint", 300),
        ("2026-02", "north.example", "", 24),
        ("2026-02", "north.example", "complaint", 24),
    ]
    assert (
        main(["export", "parquet", "aggregates", "--outside", "--since", "2026-01-02", "--until", "2026-01-31"]) == 64
    )


def test_the_questions_of_the_page(desk: Store, capsys: pytest.CaptureFixture[str]) -> None:
    """Each is run as it stands there, and answers what the rows say."""
    export(capsys)
    growth, networks, rate = re.findall(r"(?ms)^```sql\n(.*?)^```", PAGE.read_text(encoding="utf-8"))
    assert [(row[0], row[2], row[3]) for row in asked(growth)] == [
        ("east.example", 300, 172),
        ("east.example", 128, None),
        ("north.example", 24, None),
    ]
    assert asked(networks) == [("192.0.2.0/24", 368)]
    assert [(row[1], row[2]) for row in asked(rate)] == [("west.example", 152.0)]
