"""``comity data``: tables in, answers out, all or nothing."""

import gzip
import json
from pathlib import Path

import pytest

from comity.cli import main

NETWORKS = '192.0.2.0,192.0.2.255,64500,"West, Inc."\n2001:db8::,2001:db8:ffff:ffff:ffff:ffff:ffff:ffff,64501,East\n'
REGISTRY = "2|apnic|20260701|1|19830613|20260630|+1000\napnic|CN|ipv4|192.0.2.0|256|20110801|allocated|x\n"


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with two tables, one of them packed."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("COMITY_CONFIG", raising=False)
    (tmp_path / "asn.csv.gz").write_bytes(gzip.compress(NETWORKS.encode(), mtime=1_780_000_000))
    (tmp_path / "delegated").write_text(REGISTRY)
    return tmp_path


def _run(*arguments: str) -> int:
    return main(["data", *arguments, "--language", "en"])


def test_tables_become_answers(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What two tables say of an address stands in one answer, with the day of the older of both."""
    assert _run("import", "asn.csv.gz", "delegated") == 0
    shown = capsys.readouterr().out
    assert "asn.csv.gz: networks, 2 entries, of 2026-05-28" in shown
    assert "delegated: registrations, one entry, of 2026-06-30" in shown
    assert _run("show", "192.0.2.7", "[IPv6:2001:DB8::1]", "203.0.113.1") == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "192.0.2.7  AS64500 West, Inc. (registered in CN, used in unknown; data of 2026-05-28)"
    assert lines[1].startswith("2001:db8::1  AS64501 East")
    assert lines[2] == "203.0.113.1  nothing is known"


def test_a_bad_line_is_named_and_nothing_changes(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The index that is there goes on answering; every bad line of every file is told in one run."""
    assert _run("import", "asn.csv.gz") == 0
    before = (place / "prefixes.index").read_bytes()
    (place / "bad.csv").write_text(NETWORKS + "192.0.2.0,192.0.2.300,1,x\n" + "192.0.2.0,192.0.2.255,x,x\n")
    capsys.readouterr()
    assert _run("import", "bad.csv", "delegated") == 65
    lines = capsys.readouterr().out.splitlines()
    assert lines == [
        "bad.csv:3: this is no address: 192.0.2.300",
        "bad.csv:4: this is no AS number: x",
        "Nothing was changed.",
    ]
    assert (place / "prefixes.index").read_bytes() == before


@pytest.mark.parametrize("data", [b"", b"hello\n", gzip.compress(NETWORKS.encode(), mtime=0)[:-9], b"a,b\n" * 90])
def test_what_is_no_table_is_refused(place: Path, data: bytes, capsys: pytest.CaptureFixture[str]) -> None:
    """An empty file, a text, half a gzip file: said, and nothing is written."""
    (place / "x").write_bytes(data)
    assert _run("import", "x") == 65
    told = capsys.readouterr()
    assert "x" in told.out + told.err
    assert not (place / "prefixes.index").exists()


def test_before_an_import_the_way_to_one_is_shown(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing was imported: exit status 78, and what to do."""
    assert _run("show", "192.0.2.7") == 78
    assert "comity data import" in capsys.readouterr().err
    assert _run("import", "delegated") == 0
    assert _run("show", "192.0.2") == 64


def test_programs_get_objects(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Stable keys, one object a line; the operator's word on the day goes before all others."""
    assert _run("import", "delegated", "--date", "2026-01-02", "--json") == 0
    table, total = map(json.loads, capsys.readouterr().out.splitlines())
    assert table == {"file": "delegated", "shape": "delegations", "entries": 1, "date": "2026-01-02"}
    assert (total["written"], total["mistakes"], total["dates"]) == (True, 0, {"registrant": "2026-01-02"})
    assert _run("show", "192.0.2.7", "--json") == 0
    assert json.loads(capsys.readouterr().out) == {
        "address": "192.0.2.7",
        "asn": None,
        "name": None,
        "registrant_country": "CN",
        "location_country": None,
        "data_date": "2026-01-02",
    }
